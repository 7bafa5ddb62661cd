"""T-7 days: all secrets rotated."""

from __future__ import annotations

import pytest

from golive.facts.secrets_rotation import taken

pytestmark = pytest.mark.t7d


@pytest.mark.item("security.secrets_rotated")
def test_every_secret_is_a_new_one_and_old_ones_are_refused(platform_secrets, evidence):
    """Every secret MUST be young and another than before, its consumers restarted since, and old ones refused.

    Hint: Vault's metadata of the secret; kubectl rollout restart of its consumers; the system's own list of logins.
    """
    names, kept, consumers = platform_secrets.names(), platform_secrets.kept(), platform_secrets.consumers()
    evidence.add(*kept, *consumers)
    assert names == platform_secrets.declared
    assert {each.name: each.wrong for each in kept} == dict.fromkeys(platform_secrets.declared, ())
    assert [each for each in consumers if each.started_after_seconds <= 0] == []

    tried = platform_secrets.tried()
    evidence.add(*tried)
    assert taken(tried) == platform_secrets.current
    assert {each.what for each in tried} == platform_secrets.current | platform_secrets.old
