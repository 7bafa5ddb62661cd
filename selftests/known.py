"""Whole results against known answers, and the two values between which a boundary lies."""

from __future__ import annotations

import dataclasses
import math
from typing import TYPE_CHECKING, Any

import pytest
from scipy import stats

if TYPE_CHECKING:
    from _typeshed import DataclassInstance


def same(result: DataclassInstance, **fields: Any) -> None:
    """Every field of the result is as known: figures to a millionth, anything else exactly."""
    assert dataclasses.asdict(result) == pytest.approx(fields, nan_ok=True)


def above(figure: float) -> float:
    """The next larger number."""
    return math.nextafter(figure, math.inf)


def below(figure: float) -> float:
    """The next smaller number."""
    return math.nextafter(figure, -math.inf)


def level(alpha: float, freedom: float) -> float:
    """The normal level whose score is Student's t at ``alpha``."""
    return float(stats.norm.sf(stats.t.isf(alpha, freedom)))


def lower(events: float, n: float, at: float) -> float:
    """Clopper and Pearson's lower limit of a share, as a quantile of the beta distribution."""
    return float(stats.beta.ppf(at, events, n - events + 1))


def upper(events: float, n: float, at: float) -> float:
    """Their upper limit."""
    return float(stats.beta.isf(at, events + 1, n - events))
