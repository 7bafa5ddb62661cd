"""T-7 days: SSL/TLS certificates obtained and configured."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.t7d


@pytest.mark.item("infrastructure.tls")
def test_every_address_of_every_public_host_is_secured(public_hosts, evidence):
    """Every address of every public host MUST show the declared certificate, refuse old TLS, redirect and send HSTS.

    Hint: openssl s_client -connect ADDRESS:443 -servername HOST -tls1; then the edge's own settings on that address.
    """
    evidence.add(*public_hosts.old_clients())
    shown = public_hosts.shown()
    evidence.add(*shown)
    assert {each.host for each in shown} == set(public_hosts.expected.hosts)
    wrong = {each.place: public_hosts.wrong(each) for each in shown}
    assert {place: problems for place, problems in wrong.items() if problems} == {}
