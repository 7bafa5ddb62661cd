"""When a proof's next one saves the PASS between them: only one of the same item, in the same world around."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from golive.proofs import Proof
from golive_lab.proving import WORLD, _continues


def proof(item: str = "smoke.health", world: str = "gateway_stopped", within: str = "") -> Proof:
    return Proof(item=item, world=world, red_when="it is down", expect="UNKNOWN unreachable", within=within)


def running(further: Proof) -> Any:
    """What pytest runs for that proof."""
    return SimpleNamespace(callspec=SimpleNamespace(params={WORLD: further}))


@pytest.mark.parametrize("around", ["", "rolled_back"])
def test_a_further_world_of_the_item_continues_it(around: str) -> None:
    assert _continues(running(proof(world="gateway_frozen", within=around)), proof(within=around))


@pytest.mark.parametrize(
    "further",
    [proof("smoke.kafka"), proof(within="rolled_back"), proof("smoke.kafka", within="rolled_back")],
    ids=lambda further: f"{further.item} {further.within}".strip(),
)
def test_another_item_or_another_world_around_does_not(further: Proof) -> None:
    assert not _continues(running(further), proof())


@pytest.mark.parametrize("other", [None, SimpleNamespace(), SimpleNamespace(callspec=SimpleNamespace(params={}))])
def test_neither_does_the_end_nor_what_is_no_proof(other: Any) -> None:
    assert not _continues(other, proof())
