"""Who is on standby: held roles, and a roll-call on both sides of each of its limits."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from golive.clients.pagerduty import OnCall, PagerDutyClient
from golive.errors import BadInput, NoEvidence, NotDescribed, StaleEvidence
from golive.evidence import roll_call
from golive.facts.attestations import Stated
from golive.facts.standby import OnDuty, Present, Standby
from golive.target import Target
from golive.target.pagerduty import Standby as Settings
from selftests.unit.answering import target
from selftests.unit.evidence.refusals import said

NOW = datetime(2026, 11, 26, 16, tzinfo=UTC)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
DUTY = OnDuty("database", "PSCHED2", NOW, NOW + 4 * HOUR, ("P1", "P2"), (), "")


def described(roll_call: str = "roll-call.yaml") -> Target:
    lab = target()
    assert lab.pagerduty is not None
    assert lab.evidence is not None
    standby = Settings(roles={"database": "PSCHED2", "platform": "PSCHED1"})
    return lab.model_copy(
        update={
            "pagerduty": lab.pagerduty.model_copy(update={"standby": standby}),
            "evidence": lab.evidence.model_copy(update={"roll_call": Path(roll_call)}),
        }
    )


def stated(signed_at: datetime = NOW) -> Stated:
    return Stated(
        "preflight.team_on_standby", "operations_manager", "Manager Four", "Manager Four", "All are there.",
        release="r1", holds=True, signed_at=signed_at, valid_until=NOW + HOUR, documents={}, measured={},
        file="standby.yaml",
    )  # fmt: skip


def present(folder: Path, *answers: tuple[str, datetime], signed_at: datetime = NOW) -> tuple[Present, ...]:
    lines = [f"- {{user: {user}, at: '{at:%Y-%m-%dT%H:%M:%SZ}', by: Slack}}\n" for user, at in answers]
    (folder / "roll-call.yaml").write_text("answers:\n" + "".join(lines), encoding="utf-8")
    return Standby(described(), folder, lambda: NOW).present([DUTY], stated(signed_at))


def test_roles_are_held_by_their_own_schedules(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    calls = (
        OnCall(1, "P1", None, None, "PSCHED1"),
        OnCall(2, "P1", None, None, "PSCHED1"),
        OnCall(1, "P2", None, NOW + HOUR, "PSCHED2"),
        OnCall(1, "P3", NOW + 2 * HOUR, None, "PSCHED2"),
        OnCall(1, "P4", None, None, ""),
    )
    monkeypatch.setattr(PagerDutyClient, "on_duty", lambda *_: calls)
    database, platform = Standby(described(), tmp_path, lambda: NOW).on_duty()
    assert (platform.role, platform.people, platform.uncovered) == ("platform", ("P1",), ())
    assert (database.role, database.people) == ("database", ("P2", "P3"))
    assert database.uncovered == ("2026-11-26T17:00:00+00:00 to 2026-11-26T18:00:00+00:00",)
    assert database.until == NOW + 4 * HOUR


def test_a_role_that_nobody_holds_is_there_too(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(PagerDutyClient, "on_duty", lambda *_: ())
    duties = Standby(described(), tmp_path, lambda: NOW).on_duty()
    assert [(each.role, each.people, len(each.uncovered)) for each in duties] == [
        ("database", (), 1),
        ("platform", (), 1),
    ]


def test_who_answered_and_who_did_not(tmp_path: Path) -> None:
    assert present(tmp_path, ("P1", NOW - 14 * MINUTE), ("P9", NOW - 3 * HOUR)) == (
        Present("database", ("P1: 14 min ago by Slack",), ("P2",)),
    )


def test_an_answer_counts_until_just_before_its_limit_and_the_latest_is_taken(tmp_path: Path) -> None:
    second = timedelta(seconds=1)
    (found,) = present(tmp_path, ("P1", NOW - 2 * HOUR + second), ("P2", NOW - 5 * HOUR), ("P2", NOW - MINUTE))
    assert found.silent == ()
    with pytest.raises(StaleEvidence, match=r"P1 \(database\) answered 120 min ago or earlier"):
        present(tmp_path, ("P1", NOW - 2 * HOUR), ("P2", NOW))


def test_no_answer_is_from_after_the_signature(tmp_path: Path) -> None:
    signed_at = NOW - 5 * MINUTE
    assert present(tmp_path, ("P1", signed_at), ("P2", signed_at), signed_at=signed_at)[0].silent == ()
    with pytest.raises(NoEvidence, match=r"P2 answered after standby\.yaml was signed, at 15:55 UTC"):
        present(tmp_path, ("P1", signed_at), ("P2", signed_at + timedelta(seconds=1)), signed_at=signed_at)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("answers: []\nnote: x\n", "roll-call.yaml:2.*unknown field"),
        ("answers:\n- {user: P1, at: '2026-11-26 16:00'}\n", "roll-call.yaml:2"),
        ("answers:\n- {user: P1, at: '2026-11-26T16:00:00+01:00'}\n", "must be in UTC"),
        ("- P1\n", "roll-call.yaml"),
    ],
)
def test_a_roll_call_that_cannot_be_read_says_where(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "roll-call.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(NoEvidence, match=said):
        Standby(described(), tmp_path, lambda: NOW).present([DUTY], stated())


def test_every_field_of_a_roll_call_that_nobody_knows_is_named(tmp_path: Path) -> None:
    path = tmp_path / "roll-call.yaml"
    path.write_text("answers:\n- {user: P1, at: '2026-11-26T16:00:00Z', ba: Slack}\nanswer: x\n", encoding="utf-8")
    with pytest.raises(BadInput) as raised:
        roll_call.read(path)
    assert said(raised.value) == [
        ("unknown field", "roll-call.yaml", 2, "answers.0.ba", "the fields here are: user, at, by"),
        ("unknown field", "roll-call.yaml", 3, "answer", "did you mean 'answers'?"),
    ]


def test_a_roll_call_that_is_not_there_and_a_target_without_roles(tmp_path: Path) -> None:
    with pytest.raises(NoEvidence, match="cannot be read"):
        Standby(described(), tmp_path, lambda: NOW).present([DUTY], stated())
    lab = target()
    assert lab.pagerduty is not None
    without = lab.model_copy(update={"pagerduty": lab.pagerduty.model_copy(update={"standby": None})})
    with pytest.raises(NotDescribed, match=r"\[pagerduty.standby\]"):
        Standby(without, tmp_path, lambda: NOW).on_duty()
