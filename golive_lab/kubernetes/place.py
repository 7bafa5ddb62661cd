"""Where a lab's cluster is: its folder, address, credentials, and the API as its administrator."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from golive_lab.certificates import Authority
from golive_lab.kubernetes.api import ClusterApi
from golive_lab.kubernetes.credentials import USERS, Credentials

if TYPE_CHECKING:
    from golive_lab.context import Lab

HOST: Final = "127.0.0.1"
AUDIT_LOG: Final = "audit.jsonl"
FOLDER: Final = "cluster"


@dataclass(frozen=True)
class Place:
    """The cluster of one lab."""

    folder: Path
    """Holds kubeconfig files, the audit log, and what ``exec`` sees."""
    port: int
    credentials: Credentials

    @classmethod
    def of(cls, lab: Lab) -> Place:
        """The place in that lab; nothing need run yet."""
        folder = lab.data(FOLDER)
        folder.chmod(0o711)  # exec's user passes through
        authority = Authority(lab.authority.folder, name="cluster-ca")
        return cls(folder, lab.ports.take("kube_apiserver"), Credentials(authority, folder))

    @property
    def url(self) -> str:
        """The API server's address."""
        return f"https://{HOST}:{self.port}"

    @property
    def audit_log(self) -> Path:
        """A line of JSON a request, without those of the control plane itself."""
        return self.folder / AUDIT_LOG

    @property
    def exec_folder(self) -> Path:
        """The working folder of commands that are executed in a pod."""
        return self.folder / "exec"

    def kubeconfig(self, name: str) -> Path:
        """The kubeconfig file of one of USERS, once ``write_kubeconfigs`` was called."""
        return self.folder / f"{name}.kubeconfig"

    def write_kubeconfigs(self) -> None:
        """One file a user."""
        for name in USERS:
            self.credentials.kubeconfig(name, self.url)

    def api(self, user: str = "admin") -> ClusterApi:
        """The API as that user; to be closed."""
        certificate = self.credentials.user(user)
        return ClusterApi(self.url, self.credentials.authority.ca_file, certificate.cert_file, certificate.key_file)
