"""T+15 minutes: database connections established."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.smoke


@pytest.mark.item("smoke.databases")
def test_databases_answer_the_application_over_tls(postgres, clickhouse, target, evidence):
    """Both databases MUST answer the application over TLS only, and keep connections free beside the services'.

    Neither MUST let anybody in who shows no password, or what stands for one.

    Hint: pg_stat_activity by application_name, pool sizes of the services, pg_hba.conf for plaintext and for trust.
    """
    session, warehouse = postgres.session(), clickhouse.session()
    evidence.add(session, warehouse)
    assert (session.state, session.role) == ("connected", target.postgres.role)
    assert {session.tls_version, warehouse.tls_version} <= {"TLSv1.2", "TLSv1.3"}

    plaintext = (postgres.plaintext(), *clickhouse.plaintext())
    evidence.add(*plaintext)
    assert [port for port in plaintext if port.state != "refused"] == []

    stranger = clickhouse.stranger()
    evidence.add(stranger)
    assert session.asked_for != "nothing"
    assert stranger.state == "refused"

    connections, queries = postgres.connections(), clickhouse.connections()
    evidence.add(connections, queries)
    assert connections.without_connection == set()
    assert queries.silent_services == ()
    assert connections.free_share >= target.postgres.min_free_share
    assert queries.note or queries.free_share >= target.clickhouse.min_free_share
