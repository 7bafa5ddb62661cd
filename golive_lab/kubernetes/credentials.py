"""Who may do what in the lab's cluster: certificates of an authority of its own, as kubeconfig files."""

from __future__ import annotations

import base64
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from golive_lab.certificates import Authority, Certificate
from golive_lab.files import write_json

MASTERS: Final = "system:masters"
USERS: Final = {
    "admin": ("lab-admin", (MASTERS,)),
    "kwok": ("kwok-controller", (MASTERS,)),
    "kubelet-client": ("kube-apiserver-kubelet-client", (MASTERS,)),
    "etcd-client": ("kube-apiserver", ()),
    "front-proxy": ("front-proxy-client", ()),
    "kube-controller-manager": ("system:kube-controller-manager", ()),
    "kube-scheduler": ("system:kube-scheduler", ()),
    "pod-network": ("pod-network-stand-in", (MASTERS,)),
    "golive": ("golive", ()),
    "deployer": ("golive-deployer", ()),
    "stranger": ("golive-stranger", ()),
}
"""Under each name the user and groups that its certificate says. ``golive`` is the suite's own, ``deployer`` moves
releases for rehearsals, ``stranger`` may nothing."""


@dataclass(frozen=True)
class Credentials:
    """Keys, certificates and kubeconfig files below ``folder``, made when first asked for."""

    authority: Authority
    folder: Path

    def user(self, name: str) -> Certificate:
        """The client certificate of one of USERS."""
        common_name, groups = USERS[name]
        return self.authority.issue_user(f"user-{name}", common_name, groups)

    def server(self, name: str) -> Certificate:
        """A server's certificate."""
        return self.authority.issue(name)

    def kubeconfig(self, name: str, url: str) -> Path:
        """A kubeconfig file of that user with everything inside; JSON, which is YAML too."""
        certificate = self.user(name)
        cluster = {"server": url, "certificate-authority-data": _base64(self.authority.ca_file)}
        user = {
            "client-certificate-data": _base64(certificate.cert_file),
            "client-key-data": _base64(certificate.key_file),
        }
        path = self.folder / f"{name}.kubeconfig"
        write_json(
            path,
            {
                "apiVersion": "v1",
                "kind": "Config",
                "current-context": "lab",
                "clusters": [{"name": "lab", "cluster": cluster}],
                "users": [{"name": name, "user": user}],
                "contexts": [{"name": "lab", "context": {"cluster": "lab", "user": name}}],
            },
        )
        return path

    def service_accounts(self) -> Certificate:
        """The key pair that signs and verifies the tokens of service accounts: public part and private key, PEM."""
        public, private = self.folder / "service-accounts.pub", self.folder / "service-accounts.key"
        if not public.exists():
            key = rsa.generate_private_key(65537, 2048)
            pem = serialization.Encoding.PEM
            _write(
                private,
                key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()),
            )
            _write(public, key.public_key().public_bytes(pem, serialization.PublicFormat.SubjectPublicKeyInfo))
        return Certificate(public, private)


def _base64(path: Path) -> str:
    return base64.b64encode(path.read_bytes()).decode()


def _write(path: Path, content: bytes) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(content)
