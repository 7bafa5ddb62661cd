"""Which addresses ``golive target check`` connects to."""

from __future__ import annotations

from pathlib import Path

from golive.clients.reach import endpoints
from golive.target.load import read

LAB = read(Path(__file__).parents[2] / "targets" / "lab.toml")


def edges(changes: dict[str, object]) -> set[tuple[str, str]]:
    return {(each.label, each.host) for each in endpoints(LAB.changed(changes).target) if each.system == "edge"}


def test_the_edge_is_asked_at_every_address_that_the_records_of_a_host_name() -> None:
    hosts = ("hub.example.test", "api.example.test")
    assert edges({}) == {(f"edge {host}", address) for host in hosts for address in ("127.0.1.1", "127.0.1.2")}


def test_a_host_without_a_record_is_asked_by_its_name() -> None:
    assert edges({"edge": {"hosts": ["new.example.test"]}}) == {("edge new.example.test", "new.example.test")}
