"""Several processes write to one ledger: each record and reason is in it once, and the chain is whole."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from filelock import FileLock

from golive.errors import BadInput
from golive.evidence import ledger as ledgers
from golive.evidence import signoff
from golive.evidence.ledger import LOCK, Reason
from selftests.ledgers import Release, close, finding, record
from selftests.people import NOW

ROOT = Path(__file__).parents[3]
SMOKE = "smoke.health"
EACH = 6
WRITER = """
    import sys
    from datetime import UTC, datetime
    from pathlib import Path

    from cryptography.hazmat.primitives.serialization import load_pem_private_key
    from golive.errors import BadInput
    from golive.evidence import roles
    from golive.evidence.ledger import Reason, ledger
    from securesystemslib.signer import CryptoSigner

    folder, which = Path(sys.argv[1]), int(sys.argv[2])
    signer = CryptoSigner(load_pem_private_key((folder / "suite.key").read_bytes(), None))
    found = ledger(folder, "bare", "r1", roles.read(folder / "roles.toml"))
    _ = found.records
    print("ready", flush=True)
    sys.stdin.readline()
    for number in range({each}):
        found.enter(folder / "runs" / f"run-{{which}}-{{number}}", signer, datetime.now(UTC))
        why = f"reason {{number}} of writer {{which}}"
        found.give(Reason(target="bare", release="r1", item="smoke.health", run="red", why=why, at=datetime.now(UTC)),
                   signer, datetime.now(UTC))
        try:
            found.enter(folder / "runs" / "shared", signer, datetime.now(UTC))
        except BadInput as error:
            assert "is in the ledger already" in str(error), error
"""


def run_folder(release: Release, name: str) -> None:
    close(record(name, finding(SMOKE)), release.folder / "runs" / name)


def test_two_processes_enter_at_the_same_time(release: Release) -> None:
    for name in ("shared", *(f"run-{which}-{number}" for which in (1, 2) for number in range(EACH))):
        run_folder(release, name)
    (release.folder / "suite.key").write_bytes(release.people.signers["suite"].private_bytes)
    argv = [sys.executable, "-c", textwrap.dedent(WRITER).format(each=EACH), str(release.folder)]
    writers = [
        subprocess.Popen([*argv, which], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for which in ("1", "2")
    ]
    for writer in writers:
        assert writer.stdout is not None
        assert writer.stdout.readline() == "ready\n"
    for writer in writers:
        assert writer.stdin is not None
        writer.stdin.write("\n")
        writer.stdin.flush()
    assert [writer.wait(60) for writer in writers] == [0, 0]
    runs = [entered.record.run for entered in release.ledger.records]
    assert len(runs) == len(set(runs)) == 2 * EACH + 1
    assert len(release.ledger.reasons) == 2 * EACH
    assert release.ledger.strays() == []


def test_who_waits_too_long_is_told_what_for(release: Release, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ledgers, "PATIENCE", 0.05)
    run_folder(release, "one")
    release.ledger.folder.mkdir(parents=True)
    signer = release.people.signers["suite"]
    reason = Reason(target="bare", release="r1", item=SMOKE, run="red", why="a neighbour had the port", at=NOW)
    with FileLock(release.ledger.folder / LOCK):
        for write in (
            lambda: release.ledger.enter(release.folder / "runs" / "one", signer, NOW),
            lambda: release.ledger.give(reason, signer, NOW),
            lambda: signoff.sign(release.question().expected, "product_owner", "GO", signer),
        ):
            with pytest.raises(BadInput, match=r"another process has been writing to this ledger for 0\.05 s"):
                write()
    assert release.ledger.links == ()
    release.ledger.enter(release.folder / "runs" / "one", signer, NOW)
    assert [entered.record.run for entered in release.ledger.records] == ["one"]


def test_what_another_process_entered_meanwhile_is_seen(release: Release) -> None:
    run_folder(release, "one")
    opened = release.ledger
    assert opened.records == ()
    release.ledger.enter(release.folder / "runs" / "one", release.people.signers["suite"], NOW)
    with pytest.raises(BadInput, match="one is in the ledger already"):
        opened.enter(release.folder / "runs" / "one", release.people.signers["suite"], NOW)
    assert len(release.ledger.links) == 1
