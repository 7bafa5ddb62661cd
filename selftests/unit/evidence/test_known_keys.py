"""Keys and role maps: each refusal word for word, with file, line and field."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, PrivateFormat
from pydantic import SecretStr
from securesystemslib.signer import CryptoSigner

from golive.errors import BadInput
from golive.evidence import keys
from golive.evidence import roles as role_maps
from golive.evidence.home import home
from golive.evidence.roles import RoleMap
from golive.target.evidence import Evidence
from selftests.people import NAMES, People, public
from selftests.unit.evidence.refusals import PASSPHRASE, Said, said


def refused(path: Path, passphrase: SecretStr = PASSPHRASE) -> Said:
    with pytest.raises(BadInput) as raised:
        keys.load(path, passphrase)
    (told,) = said(raised.value)
    return told


def test_a_key_is_made_once_and_read_by_its_owner(tmp_path: Path) -> None:
    path = tmp_path / "k"
    made = keys.new(path, PASSPHRASE)
    signer = keys.load(path, PASSPHRASE)
    assert public(signer) == made
    assert keys.public_key(made).keyid == signer.public_key.keyid
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert path.read_bytes().startswith(b"-----BEGIN ENCRYPTED PRIVATE KEY-----")


@pytest.mark.parametrize(
    ("name", "passphrase", "told"),
    [
        ("k", "eleven char", ("the passphrase has less than 12 characters", "", 0, "passphrase", "")),
        ("there", "twelve chars", ("is there already", "there", 0, "", "another name; a key is never overwritten")),
        ("no/k", "twelve chars", ("cannot be written: No such file or directory", "k", 0, "", "")),
    ],
)
def test_a_key_that_is_not_made_says_why(tmp_path: Path, name: str, passphrase: str, told: Said) -> None:
    (tmp_path / "there").touch()
    with pytest.raises(BadInput) as raised:
        keys.new(tmp_path / name, SecretStr(passphrase))
    message, file, *rest = told
    assert said(raised.value) == [(message, file, *rest)]


def test_a_key_that_is_not_read_says_why(tmp_path: Path) -> None:
    path, other = tmp_path / "k", tmp_path / "x25519"
    assert refused(path) == ("the key cannot be read: No such file or directory", "k", 0, "", "golive key new")
    keys.new(path, PASSPHRASE)
    wrong = ("the passphrase is another one, or the file is damaged", "k", 0, "", "")
    assert refused(path, SecretStr("another one of them")) == wrong
    for mode in (0o640, 0o604, 0o610):
        path.chmod(mode)
        assert refused(path) == (f"others may read this key (mode {mode:o})", "k", 0, "", f"chmod 600 {path}")
    path.chmod(0o400)
    assert keys.load(path, PASSPHRASE)
    path.chmod(0o600)
    path.write_bytes(keys.LOCKED + b"\nno key")
    assert refused(path) == wrong
    for text in ("no key", "-----BEGIN PRIVATE KEY-----\n", f"ssh {keys.LOCKED.decode()}"):
        path.write_text(text)
        none = ("is no private key that a passphrase protects", "k", 0, "", "a file that golive key new made")
        assert refused(path) == none
    encrypted = BestAvailableEncryption(PASSPHRASE.get_secret_value().encode())
    other.write_bytes(X25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encrypted))
    other.chmod(0o600)
    assert refused(other) == ("is no ed25519 key", "x25519", 0, "", "golive key new")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("%", "is not base64"),
        ("é", "is not base64"),
        ("AAB=", "is not canonical base64: its unused bits must be zero"),
        ("AAAA", "is no ed25519 public key: 3 bytes, not 32"),
        ("A" * 44, "is no ed25519 public key: 33 bytes, not 32"),
    ],
)
def test_a_text_that_is_no_public_key_says_why(text: str, why: str) -> None:
    with pytest.raises(ValueError, match=f"^{why}$"):
        keys.public_key(text)


def role_map_said(people: People, extra: str) -> list[Said]:
    people.bind(extra)
    with pytest.raises(BadInput) as raised:
        role_maps.read(people.folder / "roles.toml")
    return said(raised.value)


def test_a_role_map_that_is_wrong_says_where(people: People) -> None:
    lines = 5 * len(NAMES) - 1  # four a table, and one between two
    again = public(people.signers["suite"])
    table = f'\n[[key]]\nrole = "suite"\nname = "Two"\npublic = "{again}"\n'
    assert role_map_said(people, table) == [
        (
            "this key speaks for somebody already", "roles.toml", lines + 5, "key.6.public",
            "a key of its own for each role: golive key new",
        )
    ]  # fmt: skip
    assert role_map_said(people, '\n[zeta]\n[roles]\nx = "1"\n') == [
        ("a role map holds only [[key]] tables", "roles.toml", lines + 3, "roles", "")
    ]
    empty, wrong = '\n[[key]]\nrole = "suite"\nname = ""\npublic = "AAAA"\n', '\n[[key]]\nrole = "boss"\n'
    told = role_map_said(people, empty + wrong)
    assert [(file, line, field) for _, file, line, field, _ in told] == [
        ("roles.toml", lines + 4, "key.6.name"),
        ("roles.toml", lines + 5, "key.6.public"),
        ("roles.toml", lines + 8, "key.7.role"),
        ("roles.toml", lines + 7, "key.7.name"),
        ("roles.toml", lines + 7, "key.7.public"),
    ]


def test_who_misspells_a_field_of_a_role_map_is_told_which_was_meant(people: People) -> None:
    key = public(CryptoSigner.generate_ed25519())
    line = 5 * len(NAMES) + 5  # the extra table's last
    table = f'\n[[key]]\nrole = "suite"\nname = "Two"\npublic = "{key}"\n'
    assert role_map_said(people, f'{table}nam = "Two"\n') == [
        ("unknown field", "roles.toml", line, "key.6.nam", "did you mean 'name'?")
    ]
    assert role_map_said(people, f'{table}zeta = "Two"\n') == [
        ("unknown field", "roles.toml", line, "key.6.zeta", "the fields here are: role, name, public")
    ]


def test_a_role_map_binds_no_key_or_tables_of_them(tmp_path: Path) -> None:
    path = tmp_path / "roles.toml"
    path.write_text("")
    assert role_maps.read(path) == RoleMap(path, ())
    path.write_text('# nobody\nkey = "suite"\n')
    with pytest.raises(BadInput) as raised:
        role_maps.read(path)
    assert said(raised.value) == [("is no list of tables", "roles.toml", 2, "key", "[[key]], a table a key")]


def test_keys_are_found_by_their_id_and_named_for_people(people: People) -> None:
    bound = people.roles.keys[0]
    keyid = people.signers["engineering_lead"].public_key.keyid
    assert people.roles.owner_of(keyid) == bound
    assert people.roles.owner_of("x") is None
    assert bound.words == f"Lead One (engineering lead, key {keyid[:12]})"


def test_where_nobody_has_stated_anything_yet_no_role_map_is_asked_for(tmp_path: Path) -> None:
    where = Evidence(folder=Path("evidence"), roles=Path("evidence/roles.toml"))
    nobody = home(where, tmp_path)
    assert (nobody.root, nobody.folder) == (tmp_path, tmp_path / "evidence")
    assert (nobody.roles.path, nobody.roles.keys) == (tmp_path / "evidence" / "roles.toml", ())
    (tmp_path / "evidence").mkdir()
    with pytest.raises(BadInput):
        home(where, tmp_path)
    people = People(tmp_path / "evidence")
    assert home(where, tmp_path).roles.keys == people.roles.keys
