"""Helm's own program, for rolling back: what it does about hooks, order and three-way merges nobody should redo.

Everything that is only read is read from its records in the cluster (``golive/facts/helm.py``), without it.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess

from golive.clients.deadlines import client_deadline
from golive.clients.words import clean
from golive.errors import NotDescribed, ProtocolBroken, Unreachable
from golive.target.rehearsal import Rehearsal
from golive.waiting import Deadline

SYSTEM = "helm"
GRACE = 20.0
"""Seconds beyond its own time limit before it is killed."""
LOOK_SECONDS = 30.0
NOT_FOUND = "release: not found"


class HelmProgram:
    """``helm rollback`` and ``helm history`` as the user of the rehearsal."""

    def __init__(self, settings: Rehearsal) -> None:
        self._settings = settings

    @property
    def program(self) -> str:
        """Its path. Raises NotDescribed where there is none."""
        found = shutil.which(self._settings.helm)
        if found is None:
            raise NotDescribed(
                SYSTEM, f"there is no program {self._settings.helm}, by which a release is rolled back",
                hint='install helm, or name it: helm = "/path/to/helm" in [rehearsal]; golive itself reads without it',
            )  # fmt: skip
        return found

    def rollback(self, release: str, namespace: str, revision: int, held: int) -> None:
        """Roll back to a revision and wait until it is ready.

        ``held``: a file that stays open as long as helm runs, and with it the lock on it. Raises ProtocolBroken, with
        helm's words, where it fails, and TimedOut where it does not end. An interrupt waits for it, too.
        """
        seconds = self._settings.wait
        argv = [self.program, "rollback", release, str(revision), "--namespace", namespace, *self._credentials()]
        argv += ["--wait", f"--timeout={seconds:g}s"]
        what = f"helm rollback {release} {revision}"
        status, _, said = _run(argv, client_deadline(SYSTEM, what, seconds + GRACE), held)
        if status != 0:
            raise _typed(what, said)

    def newest(self, release: str, namespace: str) -> tuple[int, str] | None:
        """The number of the newest revision where helm's kubeconfig leads, and when it was begun, in helm's words.

        None where helm knows no such release there. Raises as ``rollback``.
        """
        argv = [self.program, "history", release, "--namespace", namespace, *self._credentials()]
        what = f"helm history {release}"
        status, out, said = _run([*argv, "--max=1", "--output=json"], client_deadline(SYSTEM, what, LOOK_SECONDS))
        if status != 0 and NOT_FOUND in said:
            return None
        if status != 0:
            raise _typed(what, said)
        try:
            return max((int(each["revision"]), str(each["updated"])) for each in json.loads(out))
        except (ValueError, KeyError, TypeError):
            raise ProtocolBroken(SYSTEM, f"{what} gave no revision, or in another form than helm's") from None

    def _credentials(self) -> tuple[str, ...]:
        settings = self._settings
        config = () if settings.kubeconfig is None else (f"--kubeconfig={settings.kubeconfig}",)
        return config + (() if settings.context is None else (f"--kube-context={settings.context}",))


def _run(argv: list[str], deadline: Deadline, *held: int) -> tuple[int, str, str]:
    """Its exit status and what it wrote, once it has ended; an interrupt waits for that, too."""
    process = subprocess.Popen(
        argv, env=_environment(), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        start_new_session=True, pass_fds=held, text=True, errors="replace",
    )  # fmt: skip
    try:
        out, said = process.communicate(timeout=deadline.remaining)
    except subprocess.TimeoutExpired:
        raise deadline.expired("helm had not ended") from None
    finally:
        _end(process, deadline)
    return process.returncode, out, said


def _environment() -> dict[str, str]:
    """The caller's, for a kubeconfig's ``exec``, without what would lead helm elsewhere: never a default kubeconfig."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("HELM_")}
    return {**kept, "HELM_DRIVER": "secret", "KUBECONFIG": os.devnull}


def _end(process: subprocess.Popen[str], deadline: Deadline) -> None:
    """Let it finish what it began, whatever else goes on here; kill it once its time is over."""
    if process.poll() is None:
        try:
            process.wait(deadline.remaining)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _error(said: str) -> list[str]:
    """What helm said from its error on: before that it warns, of a kubeconfig's mode or of what it waits for."""
    lines = [line for line in said.splitlines() if line.strip()]
    first = next((place for place, line in enumerate(lines) if line.startswith("Error: ")), 0)
    return lines[first:]


def _typed(what: str, said: str) -> ProtocolBroken | Unreachable:
    words = clean("; ".join(_error(said)) or "it said nothing", 400)
    if "cluster unreachable" in said:
        return Unreachable(SYSTEM, f"{what}: {words}", hint="does the kubeconfig of [rehearsal] lead to this cluster?")
    return ProtocolBroken(
        SYSTEM, f"{what}: {words}", hint="helm history; what may its user do: deploy/rbac/disrupt.yaml"
    )
