"""Several looks at one window, several endpoints in one verdict: what each may spend of the chance of a false FAIL.

Not claimed: that these are the sharpest bounds. They hold whatever the looks and endpoints have in common. Nor does
anything here allow an early PASS: who may stop whenever a window looks good passes a third of the servers on the limit.
"""

from __future__ import annotations

from collections.abc import Mapping


def per_look(alpha: float, looks: int) -> float:
    """The level at which each of ``looks`` looks may reject, so that all together err with ``alpha`` (Bonferroni).

    ``looks`` counts the last one, at the planned end, too. Raises ValueError for less than one look.
    """
    if looks < 1 or not 0 < alpha < 1:
        raise ValueError(f"expected one look or more and a level between 0 and 1, not {looks} looks at {alpha}")
    return alpha / looks


def holm(p_values: Mapping[str, float]) -> dict[str, float]:
    """P-values adjusted for being several: where one is at or below a level, its hypothesis may be rejected at it.

    Holm 1979, "A simple sequentially rejective multiple test procedure", *Scandinavian Journal of Statistics* 6. The
    chance of one false rejection or more among all is at most the level, whatever the tests have in common.
    """
    adjusted: dict[str, float] = {}
    largest = 0.0
    for place, (name, p_value) in enumerate(sorted(p_values.items(), key=lambda pair: pair[1])):
        largest = min(1.0, max(largest, (len(p_values) - place) * p_value))
        adjusted[name] = largest
    return adjusted
