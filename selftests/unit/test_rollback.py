"""A rollback, told from Helm's history: which revision it went back to, and when there was none."""

from __future__ import annotations

from typing import Any

import pytest

from golive.errors import NotApplicable, ProtocolBroken, TooLittleData, WrongVersion
from golive.facts.history import Content, History, Revision, revision
from golive.facts.rollback import newest_and_earlier, rollback_of

MANIFEST = """
# Source: a chart
apiVersion: apps/v1
kind: Deployment
metadata: { name: prices }
---
apiVersion: v1
kind: Service
metadata: { name: prices }
spec: { selector: { app: prices } }
---
apiVersion: v1
kind: Service
metadata: { name: elsewhere }
spec: { type: ExternalName }
---
"""


def at(number: int, tag: str, description: str = "Upgrade complete", status: str = "superseded") -> Revision:
    return Revision(
        number, status, description, "then", Content("desk-3", tag, f"values of {tag}", f"objects of {tag}")
    )


def history(*revisions: Revision) -> History:
    return History("desk", "markets", revisions)


def back(number: int, tag: str, to: int, status: str = "deployed") -> Revision:
    return at(number, tag, f"Rollback to {to}", status)


def test_the_revision_before_the_release_is_the_one_to_be_repeated() -> None:
    found = rollback_of("2", history(at(1, "0"), at(2, "1"), at(3, "2"), back(4, "1", 2)))
    assert (found.revision, found.status, found.failed_hooks) == (4, "deployed", ())
    assert (found.now, found.differences) == (found.earlier, {})
    assert found.earlier.revision == 2


def test_an_older_revision_is_not_the_one_before_the_release() -> None:
    found = rollback_of("2", history(at(1, "0"), at(2, "1"), at(3, "2"), back(4, "0", 1)))
    assert found.differences == {
        "revision": "1; expected 2", "tag": "0; expected 1", "values_sha256": "values of 0; expected values of 1",
        "manifest_sha256": "objects of 0; expected objects of 1",
    }  # fmt: skip


def test_the_release_may_have_been_deployed_more_than_once() -> None:
    found = rollback_of("2", history(at(1, "1"), at(2, "2"), at(3, "2"), back(4, "1", 1)))
    assert (found.now, found.earlier.revision) == (found.earlier, 1)


def test_a_rollback_to_what_was_itself_rolled_back_to_is_the_same() -> None:
    found = rollback_of(
        "2", history(at(1, "1"), at(2, "2"), back(3, "1", 1, "superseded"), at(4, "2"), back(5, "1", 3))
    )
    assert (found.now, found.earlier.revision) == (found.earlier, 3)


def test_a_revision_that_failed_was_never_what_ran() -> None:
    found = rollback_of("2", history(at(1, "0"), at(2, "1", status="failed"), at(3, "2"), back(4, "0", 1)))
    assert (found.now, found.earlier.revision) == (found.earlier, 1)


def test_a_second_rollback_still_is_one_of_the_release() -> None:
    found = rollback_of(
        "2", history(at(1, "1"), at(2, "2"), back(3, "1", 1, "superseded"), at(4, "gone", "Rollback to 0"))
    )
    assert (found.revision, found.now.revision, found.earlier.revision) == (4, 0, 1)


@pytest.mark.parametrize(
    ("revisions", "now", "earlier"),
    [
        ((at(2, "2"), at(3, "3", status="failed"), back(4, "2", 2, "superseded"), back(5, "1", 1)), 1, 1),
        ((at(2, "2"), at(3, "3", status="failed"), back(4, "1", 1)), 1, 1),
        ((at(2, "2"), at(3, "3", status="failed"), at(4, "gone", "Rollback to 0")), 0, 1),
        ((at(2, "0", 'Release "desk" failed: timed out'), at(3, "2"), back(4, "1", 1)), 1, 1),
    ],
)
def test_after_a_failed_upgrade_the_earlier_one_is_of_another_release_and_was_deployed(
    revisions: tuple[Revision, ...], now: int, earlier: int
) -> None:
    found = rollback_of("2", history(at(1, "1"), *revisions))
    assert (found.now.revision, found.earlier.revision) == (now, earlier)


def test_the_earlier_tag_deployed_again_by_an_upgrade_is_a_rollback_too() -> None:
    again = Revision(3, "deployed", "Upgrade complete", "now", Content("desk-3", "1", "other values", "objects of 1"))
    found = rollback_of("2", history(at(1, "1"), at(2, "2"), again))
    assert (found.now.revision, found.earlier.revision) == (0, 1)


@pytest.mark.parametrize(
    "newest",
    [
        at(3, "other", 'Rollback "desk" failed: no such object', "failed"),
        at(3, "other", 'Release "desk" failed: timed out waiting', "failed"),
        at(3, "other", "Rollback to 7", "pending-rollback"),
    ],
)
def test_a_rollback_that_failed_or_hangs_is_one(newest: Revision) -> None:
    found = rollback_of("2", history(at(1, "1"), at(2, "2"), newest))
    assert (found.status, found.now.revision) == (newest.status, 0)


@pytest.mark.parametrize(
    ("revisions", "words"),
    [
        ((), "Helm knows no release desk in markets"),
        ((at(1, "2", "Install complete", "deployed"),), "deployed as revision 1.*first release.*no earlier revision"),
        ((at(1, "1"), at(2, "2")), "desk 2 is deployed as revision 2, not rolled back$"),
        (
            (at(1, "1"), at(2, "2"), back(3, "1", 1, "superseded"), back(4, "2", 2)),
            "deployed as revision 4, not rolled",
        ),
        ((at(4, "1"), at(5, "3")), r"no revision of desk that Helm keeps \(4 to 5\) is of 2"),
        ((at(1, "1"), at(2, "2"), at(3, "3")), "desk 3 was deployed after 2, as revision 3"),
        ((at(1, "1"), at(2, "2"), at(3, "3"), at(4, "4"), back(5, "3", 3)), "desk 3 was deployed after 2"),
        ((at(1, "1"), at(2, "3", status="failed"), at(3, "2"), at(4, "3")), "desk 3 was deployed after 2"),
        (
            (at(1, "1"), at(2, "2"), at(3, "3", status="failed"), back(4, "2", 2), at(5, "3")),
            "desk 3 was deployed after 2",
        ),
        (
            (at(1, "2"), at(2, "3", status="failed"), back(3, "2", 1)),
            "deployed as revision 3, not rolled back; it is the first release",
        ),
        ((at(4, "2"), back(5, "2", 4)), "deployed as revision 5, not rolled back$"),
    ],
)
def test_where_nothing_was_rolled_back_what_was_seen_is_said(revisions: tuple[Revision, ...], words: str) -> None:
    with pytest.raises(NotApplicable, match=words):
        newest_and_earlier("2", history(*revisions))


def test_what_helm_no_longer_keeps_cannot_be_compared() -> None:
    with pytest.raises(TooLittleData, match="from before 2"):
        rollback_of("2", history(at(8, "2"), back(9, "1", 7)))
    with pytest.raises(WrongVersion):
        rollback_of("", history(at(1, "1")))


def record(**changes: Any) -> dict[str, Any]:
    chart = {"metadata": {"name": "desk", "version": "3"}, "values": {"image": {"tag": "older"}}}
    info = {"status": "deployed", "description": "Rollback to 2", "last_deployed": "then"}
    return {
        "version": 7, "info": info, "chart": chart, "config": {"image": {"tag": "1"}}, "manifest": MANIFEST, **changes,
    }  # fmt: skip


def test_of_a_record_names_and_digests_remain() -> None:
    found = revision(record(), "image.tag")
    assert (found.number, found.status, found.description, found.deployed) == (7, "deployed", "Rollback to 2", "then")
    assert (found.content.chart, found.content.tag) == ("desk-3", "1")
    assert (found.workloads, found.services) == (("prices",), ("prices",))
    other = revision(record(manifest=MANIFEST.replace("ExternalName", "NodePort")), "image.tag")
    assert other.content.manifest_sha256 != found.content.manifest_sha256
    assert revision(record(config=None), "image.tag").content.tag == "older"


@pytest.mark.parametrize(
    ("first", "installed"), [("then", True), ("long before", False), (None, False)], ids=["install", "later", "unsaid"]
)
def test_an_install_is_told_by_when_the_release_was_first_deployed(first: str | None, installed: bool) -> None:
    info = {"status": "failed", "description": 'Release "desk" failed: timed out', "last_deployed": "then"}
    found = revision(record(info=info | ({"first_deployed": first} if first else {})), "image.tag")
    assert (found.installed, found.rolled) == (installed, not installed)


def test_hooks_of_rollbacks_alone_count_and_only_those_that_ran() -> None:
    def hook(event: str, phase: str) -> dict[str, Any]:
        return {"name": f"{event}-{phase}", "events": [event], "last_run": {"phase": phase}}

    hooks = [
        hook("pre-rollback", "Failed"), hook("post-rollback", "Running"), hook("pre-rollback", "Succeeded"),
        hook("post-install", "Failed"), {"name": "never", "events": ["pre-rollback"], "last_run": {"phase": ""}},
    ]  # fmt: skip
    found = revision(record(hooks=hooks), "image.tag")
    assert found.failed_hooks == ("pre-rollback-Failed: Failed", "post-rollback-Running: Running")


def test_a_manifest_that_cannot_be_read_is_never_repeated() -> None:
    with pytest.raises(ProtocolBroken) as refused:
        revision(record(manifest="password: [hunter2-hunter2"), "image.tag")
    assert "hunter2" not in f"{refused.value}"
