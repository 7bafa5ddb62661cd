"""The checklist's own T-0: migrations, the infrastructure's and the application's Helm release, and a look at both."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from golive.waiting import Deadline, wait_until
from golive_lab.configuration import Configuration
from golive_lab.files import write_json
from golive_lab.images import SERVICES, service_image
from golive_lab.kubernetes.api import ClusterApi
from golive_lab.kubernetes.place import FOLDER
from golive_lab.kubernetes.programs import Programs
from golive_lab.kubernetes.reaching import APPLICATION, INFRASTRUCTURE
from golive_lab.kubernetes.setting_up import DATABASE
from golive_lab.process import environment, run

PLATFORM: Final = Path(__file__).parent.parent / "platform"
CHARTS: Final = PLATFORM / "charts"
MIGRATIONS: Final = PLATFORM / "migrations"
STEP_SECONDS: Final = 60.0


@dataclass(frozen=True)
class Site:
    """One lab's cluster as whoever deploys to it sees it: kubectl, helm, and the administrator's kubeconfig."""

    lab_folder: Path
    configuration: Configuration
    programs: Programs

    @property
    def folder(self) -> Path:
        """The cluster's own folder in the lab."""
        return self.lab_folder / FOLDER

    def deploy(self, release: str, progress: Callable[[str], None]) -> None:
        """All four steps. Raises LabUnavailable or TimedOut where one fails; what was done before it stays."""
        progress("1. database migrations")
        self.migrate()
        progress("2. the infrastructure's release")
        names = self.configuration.cluster
        self.upgrade(INFRASTRUCTURE, {"storage": {"class": names.storage_class}})
        progress("3. the application's release")
        self.deploy_application(release)
        progress("4. the roll-out")
        for namespace in (names.infrastructure_namespace, names.application_namespace):
            self.wait_rolled_out(namespace)

    def deploy_application(self, release: str) -> None:
        """The third step alone; what it begins may still be under way."""
        image = {"tag": release, "digests": {name: service_image(name, release).digest for name in SERVICES}}
        self.upgrade(APPLICATION, {"image": image})

    def wait_rolled_out(self, namespace: str) -> None:
        """Return once every workload there is as wanted. Raises TimedOut, naming those that are not."""
        deadline = Deadline("cluster", f"the roll-out in {namespace}", STEP_SECONDS)
        wait_until(lambda: self._rolled_out(namespace), deadline, interval=0.2)

    def migrate(self) -> None:
        """Run the release's migrations in the database's pod; psql ends at the first error."""
        there = self.folder / "exec" / "migrations"
        shutil.copytree(MIGRATIONS, there, dirs_exist_ok=True)
        there.chmod(0o755)
        for each in there.iterdir():
            each.chmod(0o644)
        names = self.configuration.names
        self.kubectl(
            *("exec", "-n", self.configuration.cluster.application_namespace, f"{DATABASE}-0", "--"),
            *("psql", "-U", "postgres", "-d", names.postgres_database, "-v", f"role={names.postgres_role}"),
            *("-v", "ON_ERROR_STOP=1", "-f", "migrations/production.sql"),
        )

    def upgrade(self, chart: str, values: dict[str, Any]) -> None:
        """``helm upgrade --install`` of one of CHARTS."""
        file = self.folder / f"values-{chart}.json"
        write_json(file, values)
        names = self.configuration.cluster
        release, namespace = {
            INFRASTRUCTURE: (names.infrastructure_release, names.infrastructure_namespace),
            APPLICATION: (names.application_release, names.application_namespace),
        }[chart]
        self.helm("upgrade", "--install", release, str(CHARTS / chart), "-n", namespace, "--values", str(file))

    def kubectl(self, *words: str) -> str:
        """kubectl as the administrator."""
        return self._run("kubectl", *words)

    def helm(self, *words: str) -> str:
        """Helm as the administrator."""
        return self._run("helm", *words)

    def _run(self, program: str, *words: str) -> str:
        argv = (self.programs[program], f"--kubeconfig={self.folder / 'admin.kubeconfig'}", *words)
        return run(argv, env=environment(HOME=str(self.folder)), cwd=self.folder, seconds=STEP_SECONDS)

    def _rolled_out(self, namespace: str) -> tuple[bool | None, str]:
        listed = json.loads(self.kubectl("get", "deployments,statefulsets", "-n", namespace, "-o", "json"))
        waiting = [each["metadata"]["name"] for each in listed["items"] if not _is_rolled_out(each)]
        return (None, f"not rolled out: {', '.join(waiting)}") if waiting else (True, "")


def deployed(api: ClusterApi, configuration: Configuration) -> bool:
    """Whether the application has been deployed at least once, of whatever release."""
    names = configuration.cluster
    owned = f"labelSelector=owner%3Dhelm,name%3D{names.application_release}"
    return bool(api.items(f"/api/v1/namespaces/{names.application_namespace}/secrets?{owned}"))


def _is_rolled_out(workload: dict[str, Any]) -> bool:
    status, wanted = workload["status"], workload["spec"]["replicas"]
    if status.get("observedGeneration") != workload["metadata"]["generation"]:
        return False
    return bool(wanted == status.get("updatedReplicas", 0) == status.get("readyReplicas", 0))
