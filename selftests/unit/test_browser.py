"""Finding a browser, getting one, and telling what goes wrong in it without what must not be told."""

from __future__ import annotations

import ssl
import subprocess
import sys
from pathlib import Path

import pytest

from golive.clients import browser_find, browser_install
from golive.clients.pins import spki_sha256
from golive.clients.words import place
from golive.errors import LabUnavailable, NotDescribed, Reason
from golive.target.cluster import Cluster
from golive.target.needed import required


@pytest.fixture
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine without any browser; gives the only folder on its PATH."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.setenv("PLAYWRIGHT_BROWSERS_PATH", str(tmp_path / "own"))
    monkeypatch.delenv("GOLIVE_BROWSER", raising=False)
    monkeypatch.setattr(browser_find, "MAC_APPLICATIONS", ())
    return folder


def program(path: Path, says: str = "Chromium 1.2") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\necho '{says}'\n", encoding="utf-8")
    path.chmod(0o755)
    return path


def test_the_variable_comes_first_then_path_then_playwrights_own(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = program(bare.parent / "own" / "chromium-1200" / "chrome-linux64" / "chrome")
    assert browser_find.find() == browser_find.Found(own, "Playwright's own")
    chrome = program(bare / "google-chrome")
    assert browser_find.find() == browser_find.Found(chrome, "PATH")
    chromium = program(bare / "chromium")
    assert browser_find.find().path == chromium
    named = program(bare.parent / "mine")
    monkeypatch.setenv("GOLIVE_BROWSER", str(named))
    assert browser_find.find() == browser_find.Found(named, "GOLIVE_BROWSER")
    assert browser_find.version(browser_find.find()) == "Chromium 1.2"


@pytest.mark.usefixtures("bare")
def test_a_machine_without_a_browser_is_told_how_to_get_one() -> None:
    with pytest.raises(LabUnavailable, match="no browser found") as raised:
        browser_find.find()
    assert "golive browser --install" in raised.value.hint
    assert raised.value.reason is Reason.LAB_UNAVAILABLE


@pytest.mark.usefixtures("bare")
def test_a_named_browser_that_is_not_there_is_no_reason_to_take_another(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOLIVE_BROWSER", "/nowhere/chromium")
    with pytest.raises(LabUnavailable, match="GOLIVE_BROWSER=/nowhere/chromium"):
        browser_find.find()


def test_a_browser_that_does_not_run_is_told(bare: Path) -> None:
    broken = program(bare / "chromium")
    broken.write_text("#!/bin/sh\nexit 127\n", encoding="utf-8")
    with pytest.raises(LabUnavailable, match="--version failed"):
        browser_find.version(browser_find.find())


def test_installing_does_nothing_where_there_is_one(bare: Path) -> None:
    path = program(bare / "chromium")
    said: list[str] = []
    assert browser_install.install(said.append).path == path
    assert said == []


def test_installing_tries_one_way_after_the_other(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program(bare / "apt-get")
    monkeypatch.setattr("os.geteuid", lambda: 0)
    tried = []

    def fake(command: list[str], _: dict[str, str]) -> int:
        tried.append(command[1:])
        if "playwright" in command:
            program(bare.parent / "own" / "chromium-1" / "chrome-linux" / "chrome")
            return 0
        return 100

    monkeypatch.setattr(browser_install, "_run", fake)
    said: list[str] = []
    assert browser_install.install(said.append).chosen == "Playwright's own"
    assert tried[0][:2] == ["install", "-y"]
    assert tried[1] == ["-m", "playwright", "install", "chromium"]
    assert "apt-get install chromium ended with 100" in said


@pytest.mark.usefixtures("bare")
def test_a_machine_that_allows_no_way_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(browser_install, "_ways", lambda: iter(()))
    with pytest.raises(LabUnavailable, match="none could be installed"):
        browser_install.install(lambda _: None)


@pytest.mark.usefixtures("bare")
def test_the_command_says_what_is_missing_and_ends_with_1() -> None:
    golive = Path(sys.executable).with_name("golive")
    ran = subprocess.run([golive, "browser"], capture_output=True, text=True, check=False)
    assert ran.returncode == 1
    assert "no browser found" in ran.stderr
    assert "golive browser --install" in ran.stderr


def test_a_place_is_told_without_codes_and_tokens() -> None:
    assert place("https://hub.example/?code=abc&state=d") == "https://hub.example/"
    assert place("https://hub.example/a#access_token=abc") == "https://hub.example/a"


def test_a_key_is_pinned_as_browsers_take_it(tmp_path: Path) -> None:
    key, cert = tmp_path / "key.pem", tmp_path / "cert.pem"
    self_signed(key, cert)
    der = ssl.PEM_cert_to_DER_cert(cert.read_text(encoding="utf-8"))
    assert spki_sha256(der) == pinned_by_hand(key)


def self_signed(key: Path, cert: Path) -> None:
    import datetime  # noqa: PLC0415 - for this helper alone

    from cryptography import x509  # noqa: PLC0415 - slow to import
    from cryptography.hazmat.primitives import hashes, serialization  # noqa: PLC0415 - see above
    from cryptography.hazmat.primitives.asymmetric import ec  # noqa: PLC0415 - see above

    private = ec.generate_private_key(ec.SECP256R1())
    pem = serialization.Encoding.PEM
    key.write_bytes(private.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
    name = x509.Name([])
    now = datetime.datetime.now(datetime.UTC)
    made = x509.CertificateBuilder(name, name, private.public_key(), 1, now, now + datetime.timedelta(days=1))
    cert.write_bytes(made.sign(private, hashes.SHA256()).public_bytes(pem))


def pinned_by_hand(key: Path) -> str:
    """The digest over the key's own DER, got without any certificate."""
    import base64  # noqa: PLC0415 - for this helper alone
    import hashlib  # noqa: PLC0415 - for this helper alone

    from cryptography.hazmat.primitives import serialization  # noqa: PLC0415 - slow to import

    private = serialization.load_pem_private_key(key.read_bytes(), None)
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    der = private.public_key().public_bytes(serialization.Encoding.DER, form)
    return base64.b64encode(hashlib.sha256(der).digest()).decode()


def test_a_table_that_is_missing_is_no_evidence() -> None:
    cluster = Cluster()
    assert required(cluster, "cluster", "functional.web_hub") is cluster
    with pytest.raises(NotDescribed, match=r"no table \[hub\].*functional.web_hub") as raised:
        required(None, "hub", "functional.web_hub")
    assert raised.value.reason is Reason.NO_EVIDENCE
    assert "add [hub]" in raised.value.hint
