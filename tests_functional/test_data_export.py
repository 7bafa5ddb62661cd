"""T+30 minutes: data export works."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.functional


@pytest.mark.item("functional.data_export")
def test_exports_hold_what_the_api_says(exports, identity, gateway, target, release, evidence):
    """An export MUST finish in time and open, with exactly the API's rows, columns and values, for its customer alone.

    Hint: the job's own state and error; the jobs service's log; mc stat on the exports bucket.
    """
    token, caiso = identity.log_in("miso").token, identity.log_in("caiso").token
    found = [exports.export(token, caiso, kind) for kind in target.export.formats]
    evidence.add(*found)
    gateway.confirm_release(found, release.tag)
    assert {each.format: each.state for each in found} == dict.fromkeys(target.export.formats, target.export.done)
    assert {each.format: each.opened for each in found} == dict.fromkeys(target.export.formats, "opened")
    assert {each.format: each.outsider for each in found} == dict.fromkeys(target.export.formats, "refused")
    exports.sweep(token)  # only now: where no job can be made, that is the finding
    for each in found:
        assert each.columns == each.api_columns
        assert each.rows == each.told_rows == each.api_rows > 0
        assert each.unlike_api == {}
        assert each.repeated == ()
        assert each.price_sum == each.api_price_sum
