"""Target files: what is wrong is said by file, line and field, and a secret is only ever a reference."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from pydantic import BaseModel

from golive.errors import BadInput
from golive.target import SecretReference, Target
from golive.target.load import find, read, references
from golive.tomlfile import line_of

ROOT = Path(__file__).parents[2]
TARGETS = ROOT / "targets"
LAB = (TARGETS / "lab.toml").read_text(encoding="utf-8")


def line(text: str) -> int:
    """Of the first line of the lab's target that begins so."""
    return next(number for number, row in enumerate(LAB.splitlines(), 1) if row.startswith(text))


PORT, IDENTITY, CLUSTER, SYNTHETIC = (
    line(text) for text in ("port = 5432", "[identity]", "[cluster]", "[stream_load.synthetic]")
)


def wrong(tmp_path: Path, old: str, new: str) -> str:
    assert old in LAB
    path = tmp_path / "lab.toml"
    path.write_text(LAB.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(BadInput) as caught:
        read(path)
    return str(caught.value).removeprefix(str(tmp_path) + "/")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "port = 5432",
            'port = "many"',
            f"lab.toml:{PORT}: postgres.port: Input should be a valid integer",
        ),
        (
            'live = "/healthz"',
            'livee = "/healthz"',
            "object_storage.livee: unknown field\n    try: did you mean 'live'?",
        ),
        (
            'realm = "market-intelligence"',
            "",
            f"lab.toml:{IDENTITY}: identity.realm: required field is missing",
        ),
        ("max_age = 3", "max_ages = 3", "stream.max_ages: unknown field\n    try: did you mean 'max_age'?"),
        (
            ", absent = true",
            ", absnt = true",
            "api.parameters.job.absnt: unknown field\n    try: did you mean 'absent'?",
        ),
        ('names = "hub"', 'nmes = "hub"', "scenario.refused.1.nmes: unknown field\n    try: did you mean 'names'?"),
        ('{ file = "kafka-golive" }', '"hunter2-hunter2"', "kafka.password: a value stands where a reference belongs"),
        ('{ file = "kafka-golive" }', "{}", "kafka.password: name exactly one source"),
        ('"canary", "load"]', '"canari", "load"]', "lab.toml:8: levels"),
        ('"observe"', '"observ"', "'load' or 'disrupt'\n    try: did you mean 'observe'?"),
        ('kind = "websocket"', 'kind = "websockets"', "'websocket' or 'sse'\n    try: did you mean 'websocket'?"),
        ('market = "MISO"', 'market = "miso"', "'MISO' or 'CAISO'\n    try: did you mean 'MISO'?"),
        ('kind = "websocket"', 'kind = "zzz"', "Input should be 'websocket' or 'sse'"),
        ('name = "lab"', 'name = "other"', "lab.toml:5: name: the target calls itself 'other'"),
        ('flow = "client_credentials"', 'flow = "authorization_code"', "the authorization_code flow also needs"),
        ("title =", "title", "is not TOML"),
        ("port = 5432", 'port = "5432"', f"lab.toml:{PORT}: postgres.port: Input should be a valid integer"),
        ("max_age = 3", 'max_age = "3"', "stream.max_age: Input should be a valid number"),
        (
            "totp_required = true",
            'totp_required = "true"',
            "personas.admin.totp_required: Input should be a valid boolean",
        ),
        (
            'topic = "market.prices.synthetic"',
            'topic = "market.prices.miso"',
            f"lab.toml:{SYNTHETIC + 1}: stream_load.synthetic.topic: is the topic of [stream]: marked records would be "
            "among it\n    try: a topic that only the suite writes: market.prices.synthetic",
        ),
        (
            '"market.prices.synthetic"',
            '"market.prices.caiso"',
            "synthetic.topic: is a topic of kafka.flows",
        ),
        (
            '"market.prices.synthetic"',
            '"golive.smoke"',
            "synthetic.topic: is kafka.suite_topic, which nobody",
        ),
        (
            "/api/v1/markets/synthetic/stream/ws",
            "/api/v1/markets/miso/stream/ws",
            "stream_load.synthetic.route: is the route of [stream]: its subscribers are customers",
        ),
        ('node = "GOLIVE.SYNTHETIC"', "sequence = 1", "stream_load.synthetic.record: gives sequence, which differs"),
        ("window = 60", "window = 61", "load: a window of 61 s is no whole number of blocks of 3 s"),
        (
            "longest_burst = 1\n",
            "longest_burst = 1.1\n",
            "load: longest_burst 1.1 s is never shown by this window: 1 s",
        ),
        ("rate = 20\n", "rate = 0.01\nprocesses = 2\n", "load: rate 0.01 gives 2 processes less than a request each"),
        ("timeout = 4\n", "timeout = 4000\n", "load.timeout: Input should be less than or equal to 120"),
        ('route = "/api/v1/instruments"', 'route = "//api"', "load.endpoints.instruments.route: String should match"),
        ("[load]\n", '[load]\npersona = "desk"\n', "load.persona: is none of identity.personas\n    try: miso, caiso,"),
        (
            "subscribers = 4\nblock = 2",
            "subscribers = 4\nblock = 3",
            "stream_load.block: is too long: 57 s are looked at, which hold fewer than 20 such blocks\n"
            "    try: at most 2.9, or a longer window",
        ),
        (
            "longest_burst = 0.8",
            "longest_burst = 1",
            "stream_load.longest_burst: is never shown by 57 s in blocks of 2 s\n    try: at most 0.98, or a longer",
        ),
        ("rate = 8", "rate = 51", "stream_load.synthetic.rate: Input should be less than or equal to 50"),
    ],
)
def test_wrong_fields_are_named_by_file_line_and_field(tmp_path: Path, old: str, new: str, message: str) -> None:
    said = wrong(tmp_path, old, new)
    assert message in said
    assert "hunter2" not in said


def test_all_that_is_wrong_is_said_at_once(tmp_path: Path) -> None:
    path = tmp_path / "lab.toml"
    path.write_text(LAB.replace("port = 5432", "port = 0").replace("[cluster]", "[clutser]"), encoding="utf-8")
    with pytest.raises(BadInput) as caught:
        read(path)
    found = re.findall(r":(\d+): ([a-z.]+):", str(caught.value))
    assert found == [(str(PORT), "postgres.port"), (str(CLUSTER), "clutser")]


def test_an_unknown_target_names_those_there_are() -> None:
    with pytest.raises(BadInput, match=r"unknown target 'stagin'.*\n.*one of: lab, variant"):
        find("stagin", TARGETS)


@pytest.mark.parametrize("name", ["lab", "variant", "production.example", "cluster.example"])
def test_the_targets_that_ship_are_valid(name: str) -> None:
    assert read(TARGETS / f"{name}.toml").target.title


def test_the_example_documents_every_field() -> None:
    text = (TARGETS / "production.example.toml").read_text(encoding="utf-8")
    assert sorted(field for field in _fields(Target) if not re.search(rf"\b{field}\b", text)) == []


def _fields(model: type[BaseModel]) -> set[str]:
    found = set()
    for name, field in model.model_fields.items():
        found.add(name)
        for inner in (field.annotation, *getattr(field.annotation, "__args__", ())):
            if isinstance(inner, type) and issubclass(inner, BaseModel):
                found |= _fields(inner)
    return found


def test_a_missing_secret_is_named_with_its_line(monkeypatch: pytest.MonkeyPatch) -> None:
    file = read(TARGETS / "production.example.toml")
    for _, reference in references(file.target):
        if reference.env:
            monkeypatch.setenv(reference.env, "set")
    monkeypatch.delenv("GOLIVE_KAFKA_PASSWORD")
    missing = {problem.field: problem for problem in file.missing_secrets()}
    assert missing.keys() == {"kafka.password", "clickhouse.password", "cluster.kubeconfig"}
    assert "password" in file.text.splitlines()[missing["kafka.password"].line - 1]
    assert "GOLIVE_KAFKA_PASSWORD" in missing["kafka.password"].message


def test_an_overlay_replaces_addresses_and_keeps_the_rest() -> None:
    file = read(TARGETS / "lab.toml")
    over = {
        "postgres": {"port": 7777, "password": {"env": "ELSEWHERE"}},
        "services": {"prices": {"health": "http://h/x"}, "unknown": {"health": "http://h/y"}},
    }
    target = file.with_overlay(over)
    assert target.postgres.port == 7777
    assert target.postgres.password == SecretReference(env="ELSEWHERE")
    assert target.postgres.services == file.target.postgres.services
    assert set(target.services) == set(file.target.services)
    assert target.services["prices"].health == "http://h/x"


def test_a_secret_file_loses_one_newline_and_an_empty_one_is_missing(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    path.write_text("value\n\n", encoding="utf-8")
    assert SecretReference(file=path).resolve().get_secret_value() == "value\n"
    path.write_text("\n", encoding="utf-8")
    with pytest.raises(LookupError, match="not set or empty"):
        SecretReference(file=path).resolve()


def test_a_line_is_found_in_tables_dotted_keys_inline_tables_and_arrays_of_tables() -> None:
    text = 'a = 1\n[b]\nc.d = 2\ne = { f = 1, g = 2 }\n[[h]]\ni = 1\n[[h]]\ni = 2\n[item."x.y"]\nz = 1\n'
    tomllib.loads(text)
    places = [("a",), ("b", "c", "d"), ("b", "e", "g"), ("h", 1, "i"), ("item", "x.y", "z"), ("b", "missing"), ("no",)]
    assert [line_of(text, place) for place in places] == [1, 3, 4, 8, 10, 2, 0]
