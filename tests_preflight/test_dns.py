"""T-7 days: DNS records configured."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.t7d


@pytest.mark.item("infrastructure.dns")
def test_every_name_server_gives_the_declared_records(records, evidence):
    """Every authoritative server and a recursive one MUST give the declared values, kept no longer than declared.

    Hint: dig @SERVER NAME TYPE +norecurse for each server; the zone's serial where one of them differs.
    """
    answers = records.answers()
    evidence.add(*answers)
    assert {(answer.server, answer.name, answer.type) for answer in answers} == records.asked()
    assert records.wrong(answers) == {}
