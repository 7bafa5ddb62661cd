"""Which client names stand for which declared service."""

from __future__ import annotations

import pytest

from golive.facts.clickhouse import silent


@pytest.mark.parametrize("name", ["prices", "prices/2.1", "prices clickhouse-connect/0.8.3 (lv:py/3.11)"])
def test_a_name_that_is_the_services_or_goes_on_from_it_stands_for_the_service(name: str) -> None:
    assert silent({"prices"}, ["Grafana", name]) == ()


@pytest.mark.parametrize("name", ["prices-backfill", "old prices", "prices2", "Prices", "Mozilla/5.0 prices", ""])
def test_a_name_that_only_contains_the_services_is_another_clients(name: str) -> None:
    assert silent({"prices"}, [name]) == ("prices",)


def test_every_service_without_a_name_is_silent() -> None:
    assert silent({"prices", "curves", "export"}, iter(["curves", "curves-backup"])) == ("export", "prices")
