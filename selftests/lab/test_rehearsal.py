"""A rollback rehearsed on the lab's cluster: back, forward, killed at each step, and somebody deploys in between."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

import psutil
import pytest
import yaml
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, PrivateFormat

from golive.evidence import rehearsals, roles
from golive.rehearsal.journal import under_way
from golive_lab.images import SERVICES, service_image
from golive_lab.kubernetes import rights
from golive_lab.kubernetes.deploying import Site
from golive_lab.kubernetes.reaching import APPLICATION
from golive_lab.statements import FOLDER as EVIDENCE
from golive_lab.statements import PRIVATE, SUITE
from selftests.clusters import built, kept_lab

ROOT = Path(__file__).parents[2]
GOLIVE = Path(sys.executable).with_name("golive")
PASSPHRASE = "of-the-labs-own-suite"
EARLIER, RELEASE, LATER = "v41", "v42-rc7", "v43"
LEGACY = "legacy"
"""A service that the earlier release has and this one has not."""
STEPS = ("begin", "move", "moved", "look", "looked", "move", "moved", "look")
"""Of the journal, in their order; after the last one nothing is left to undo."""
KILLED_AFTER = range(len(STEPS)) if "GOLIVE_EVERY_KILL" in os.environ else (1, 2, 5, 6)
"""Without that variable the moves alone, back and forward, in their midst and done: each takes most of a minute."""
SECONDS = 240.0

pytestmark = built


@dataclass
class Staging:
    """The kept lab as the staging of a platform: golive's commands, and what Helm says on its own."""

    site: Site
    folder: Path

    @property
    def namespace(self) -> str:
        return self.site.configuration.cluster.application_namespace

    @property
    def release(self) -> str:
        return self.site.configuration.cluster.application_release

    @property
    def journal(self) -> Path:
        return under_way(self.site.lab_folder / EVIDENCE)

    def begin(self) -> subprocess.Popen[str]:
        words = ("rehearse", "rollback", "--target", "variant", "--confirm", RELEASE, "--reports", str(self.folder))
        key = ("--key", str(self.folder / "suite.pem"), "--passphrase-env", "GOLIVE_TEST_PASSPHRASE")
        return self._popen(*words, *key)

    def golive(self, *words: str) -> tuple[int, str]:
        process = self._popen(*words, "--target", "variant")
        out, _ = process.communicate(timeout=SECONDS)
        return process.returncode, out

    def _popen(self, *words: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [str(GOLIVE), *words], cwd=ROOT, env={**os.environ, "GOLIVE_TEST_PASSPHRASE": PASSPHRASE},
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip

    def history(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = json.loads(
            self.site.helm("history", self.release, "-n", self.namespace, "-o", "json")
        )
        return found

    def told(self, what: str, revision: int) -> str:
        return self.site.helm("get", what, self.release, "-n", self.namespace, "--revision", str(revision))

    def runs(self) -> tuple[str, set[str]]:
        """Helm's newest status and tag, and the tags of the deployments in the cluster."""
        newest = self.history()[-1]
        values = yaml.safe_load(self.told("values", newest["revision"]).partition("\n")[2])
        listed = json.loads(self.site.kubectl("get", "deployments", "-n", self.namespace, "-o", "json"))["items"]
        images = (each["spec"]["template"]["spec"]["containers"][0]["image"] for each in listed)
        tags = {image.partition("@")[0].rpartition(":")[2] for image in images}
        return f"{newest['status']} {values['image']['tag']}", tags

    def deploy(self, release: str) -> None:
        self.site.deploy_application(release)
        self.site.wait_rolled_out(self.namespace)


@pytest.fixture(scope="module")
def staging(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Staging]:
    own = tmp_path_factory.mktemp("rehearsals")
    with kept_lab(tmp_path_factory.mktemp("state")) as site:
        _write_key(site.lab_folder, own / "suite.pem")
        yield Staging(site, own)


def _write_key(lab: Path, file: Path) -> None:
    """The suite's key of the lab, as golive key new would have written it."""
    key = Ed25519PrivateKey.from_private_bytes((lab / PRIVATE / SUITE.name).read_bytes())
    sealed = BestAvailableEncryption(PASSPHRASE.encode())
    file.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, sealed))
    file.chmod(0o600)


@pytest.fixture(scope="module")
def released(staging: Staging) -> Staging:
    """With an earlier release before this one: the first one is refused, which is shown on the way."""
    begun = staging.begin()
    out, _ = begun.communicate(timeout=SECONDS)
    assert (begun.returncode, len(staging.history())) == (1, 1)
    assert "has no earlier revision to go back to: it is the first release" in out
    _deploy_both(staging)
    return staging


def _deploy_both(staging: Staging) -> None:
    digests = {service: service_image(service, EARLIER).digest for service in (*SERVICES, LEGACY)}
    services = {LEGACY: {"replicas": 1, "port": 8086}}
    staging.site.upgrade(APPLICATION, {"image": {"tag": EARLIER, "digests": digests}, "services": services})
    staging.deploy(RELEASE)


def _rehearse(staging: Staging) -> int:
    """One whole rehearsal, whatever another test deployed before; the revision that it began with."""
    _deploy_both(staging)
    before: int = staging.history()[-1]["revision"]
    begun = staging.begin()
    out, _ = begun.communicate(timeout=SECONDS)
    assert begun.returncode == 0, out
    return before


def test_a_release_is_rolled_back_and_forward_and_the_record_is_signed(released: Staging) -> None:
    before = _rehearse(released)
    back, forward = released.history()[-2:]
    assert [back["revision"], forward["revision"]] == [before + 1, before + 2]
    evidence = released.site.lab_folder / EVIDENCE
    records = rehearsals.read(evidence, RELEASE, roles.read(evidence / "roles.toml"))
    (signed,) = (each for each in records if each.says and each.says.revisions.current == before)
    assert signed.says is not None
    assert (signed.refused, signed.says.wrong, signed.says.earlier_release) == ("", {}, EARLIER)
    numbers = signed.says.revisions
    assert (back["description"], forward["description"]) == (f"Rollback to {before - 1}", f"Rollback to {before}")
    assert numbers.model_dump() == {
        "current": before, "earlier": before - 1, "rolled_back": before + 1, "rolled_forward": before + 2,
    }  # fmt: skip
    for what in ("manifest", "values"):
        assert released.told(what, numbers.rolled_back) == released.told(what, numbers.earlier)
        assert released.told(what, numbers.rolled_forward) == released.told(what, numbers.current)
    assert released.runs() == (f"deployed {RELEASE}", {RELEASE})
    assert released.golive("abort") == (0, "variant: no rehearsal is open; nothing to undo\n")


def test_its_user_has_every_right_that_it_used_and_no_other(released: Staging) -> None:
    _rehearse(released)
    log = (released.site.folder / "audit.jsonl").read_text(encoding="utf-8").splitlines()
    entries = (json.loads(line) for line in log)
    mine = [each for each in entries if each["user"].get("username") == rights.DEPLOYER and "objectRef" in each]
    refused = {e["objectRef"]["resource"] for e in mine if e["responseStatus"]["code"] == 403}
    assert refused <= {"namespaces"}  # helm asks, and goes on without
    used = {
        (e["verb"], e["objectRef"].get("apiGroup", ""), e["objectRef"]["resource"])
        for e in mine
        if e["responseStatus"]["code"] != 403
    }
    (role,) = yaml.safe_load_all((rights.FOLDER / "disrupt.yaml").read_text(encoding="utf-8"))
    granted = {
        right for rule in role["rules"] for right in product(rule["verbs"], rule["apiGroups"], rule["resources"])
    }
    assert used - granted == set()
    # Revisions beyond the ten that Helm keeps, and a service that differs between two releases: not in this history.
    assert granted - used <= {("delete", "", "secrets"), ("patch", "", "services")}


@pytest.mark.parametrize("step", KILLED_AFTER, ids=lambda step: f"{step}-{STEPS[step]}")
def test_killed_after_a_step_it_is_undone(released: Staging, step: int) -> None:
    begun = released.begin()
    _await(lambda: len(_steps(released)) > step, begun)
    assert _steps(released)[: step + 1] == STEPS[: step + 1]
    begun.kill()
    begun.wait()
    command = "abort" if step % 2 else "clean"
    status, out = released.golive(command)
    # Of this lab's systems clean reaches the cluster alone, and says so.
    assert (status, "rehearsal: " in out) == ((0, False) if command == "abort" else (1, True)), out
    assert "not undone" not in out
    assert not released.journal.exists()
    released.site.wait_rolled_out(released.namespace)
    assert released.runs() == (f"deployed {RELEASE}", {RELEASE})


def test_where_helm_is_killed_too_its_half_of_a_step_is_undone(released: Staging) -> None:
    begun = released.begin()
    _await(lambda: released.history()[-1]["status"] == "pending-rollback", begun)
    helm = [each for each in psutil.Process(begun.pid).children() if "rollback" in each.cmdline()]
    begun.kill()
    for each in helm:
        each.kill()
        each.wait()
    begun.wait()
    assert released.history()[-1]["status"] == "pending-rollback"
    status, out = released.golive("abort")
    assert (status, "is deployed again" in out) == (0, True), out
    released.site.wait_rolled_out(released.namespace)
    assert released.runs() == (f"deployed {RELEASE}", {RELEASE})


def test_told_to_end_it_undoes_what_it_has_begun(released: Staging) -> None:
    begun = released.begin()
    _await(lambda: _steps(released)[-1:] == ("look",), begun)
    status, out = released.golive("abort")
    told, _ = begun.communicate(timeout=SECONDS)
    assert (status, "it is told to end" in out) == (0, True), out
    assert "broken off: interrupted\n" in told
    assert f"undone: {RELEASE} is deployed again" in told
    assert begun.returncode != 0
    assert released.runs() == (f"deployed {RELEASE}", {RELEASE})


def test_what_somebody_deployed_in_between_stays(released: Staging) -> None:
    begun = released.begin()
    _await(lambda: _steps(released)[-1:] == ("look",), begun)
    released.deploy(LATER)
    out, _ = begun.communicate(timeout=SECONDS)
    newest = released.history()[-1]["revision"]
    assert begun.returncode == 1
    try:
        for said in (out, *(_refused(released, command) for command in ("abort", "clean"))):
            assert "somebody deployed in between" in said
            assert f"({LATER}, 'Upgrade complete'" in said
        assert released.runs() == (f"deployed {LATER}", {LATER})
        status, out = released.golive("abort", "--leave")
        assert (status, "nothing is undone" in out) == (0, True)
        assert (released.golive("abort")[0], released.history()[-1]["revision"]) == (0, newest)
    finally:
        released.deploy(RELEASE)


def _refused(staging: Staging, command: str) -> str:
    status, out = staging.golive(command)
    assert status == 1, out
    return out


def _steps(staging: Staging) -> tuple[str, ...]:
    try:
        lines = staging.journal.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return ()
    return tuple(json.loads(line)["step"] for line in lines)


def _await(true: Callable[[], bool], process: subprocess.Popen[str]) -> None:
    """Return once it is true while the process runs."""
    until = time.monotonic() + SECONDS
    while not true():
        assert process.poll() is None, process.communicate()[0]
        assert time.monotonic() < until
        time.sleep(0.002)
