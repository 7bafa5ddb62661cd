"""Which answers may speak for the release that they are asked of."""

from __future__ import annotations

from pathlib import Path

import pytest

from golive.errors import WrongVersion
from golive.facts.gateway import Gateway, GatewayAnswer
from golive.target.load import read

LAB = Path(__file__).parents[2] / "targets" / "lab.toml"
R1, R2 = "2026.11.0", "2026.10.0"


def confirm(*seen: tuple[int, str], tag: str = R1) -> None:
    answers = (
        GatewayAnswer(f"ask {n}", "/", status, version, 1, "TLSv1.3") for n, (status, version) in enumerate(seen)
    )
    Gateway(read(LAB).target).confirm_release(answers, tag)


def test_answers_that_all_name_the_release_may_speak_for_it() -> None:
    confirm((200, R1), (401, R1), (404, R1))


@pytest.mark.parametrize("status", [200, 301, 401, 403, 404, 429])
def test_an_answer_below_500_that_names_none_may_not_whatever_stands_beside_it(status: int) -> None:
    with pytest.raises(WrongVersion, match=f"ask 1: HTTP {status}"):
        confirm((200, R1), (status, ""))


def test_another_release_may_not() -> None:
    with pytest.raises(WrongVersion, match=R2):
        confirm((200, R1), (502, ""), (401, R2))


def test_a_failure_that_names_none_counts_for_what_it_is() -> None:
    confirm((200, R1), (500, ""))
    confirm((503, ""))


def test_no_release_named_to_the_run_matches_nothing() -> None:
    with pytest.raises(WrongVersion, match="no release is named"):
        confirm((200, ""), tag="")
