"""A registry: distribution's own, out of Debian's package, with the images of the platform.

It asks for a token of its authorization service (``registry_tokens``), or by the configuration for a password.
Options: ``other_ca`` has a certificate that nobody trusts; ``realm_elsewhere`` sends whoever asks to another address
for their token, which the target does not name.
"""

from __future__ import annotations

import base64
import os
import shutil
import ssl
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Final

import httpx

from golive.errors import LabUnavailable
from golive_lab import debian
from golive_lab.certificates import Authority
from golive_lab.files import write_json
from golive_lab.images import REGISTRY, LabImage, all_images
from golive_lab.platform.config import HOST
from golive_lab.process import environment
from golive_lab.registry_access import ISSUER, SERVICE, access, signed
from golive_lab.services.base import LabService, Launch, Progress
from golive_lab.standins.registry_tokens import USER

if TYPE_CHECKING:
    from golive_lab.context import Lab

SIGNER: Final = "registry_tokens"
ROOT: Final = "content"
"""Below the service's folder: distribution's own layout, ``docker/registry/v2``."""
PUSHER: Final = "lab"
PROGRAM: Final = "docker-registry"


class RegistryService(LabService):
    """One process over one folder."""

    name: ClassVar[str] = "registry"
    system: ClassVar[str] = "registry"
    ready_seconds: ClassVar[float] = 20

    def __init__(self, lab: Lab) -> None:
        super().__init__(lab)
        self._program = ""

    def prepare(self, progress: Progress) -> None:
        """Find or fetch the program."""
        found = shutil.which(PROGRAM)
        unpacked = found or debian.unpacked(PROGRAM, (PROGRAM,), self.lab.cache, progress) / "usr" / "bin" / PROGRAM
        self._program = str(unpacked)

    def launch(self) -> Launch:
        """Serve what was pushed before, and take more."""
        if not self._program:
            raise LabUnavailable(self.name, "it was not prepared")
        home = self.lab.data(self.name)
        write_json(home / "config.json", self._settings(home))
        return Launch((self._program, "serve", str(home / "config.json")), environment(HOME=str(home)), home)

    def ready(self) -> str | None:
        """Whether it takes this lab's own credentials, which no other one would."""
        try:
            with self._client() as client:
                answer = client.get("/v2/")
        except httpx.HTTPError as error:
            return str(error) or type(error).__name__
        return None if answer.is_success else f"HTTP {answer.status_code}: {answer.text[:200]}"

    def settle(self, progress: Progress) -> None:
        """Push every image that is not there."""
        progress("the platform's images")
        with self._client() as client:
            for image in all_images(self.lab.configuration.platform.release):
                _push(client, image, self._shown(image.repository))

    def overlay(self) -> dict[str, Any]:
        """Its address, and the suite's password."""
        about = {
            "url": f"https://{HOST}:{self.lab.ports.take(self.name)}",
            "user": USER,
            "password": {"file": str(self.lab.secrets.path(f"{SIGNER}-token"))},
        }
        realm = {} if self._by_password else {"token_url": self._realm}
        return {"registries": {REGISTRY: about | realm}}

    def _settings(self, home: Path) -> dict[str, Any]:
        """Of distribution, https://distribution.github.io/distribution/about/configuration/; JSON is YAML too."""
        authority = self.lab.authority
        name = "other-ca" if "other_ca" in self.options.names else authority.name
        certificate = Authority(authority.folder, name=name).issue(self.name)
        return {
            "version": "0.1",
            "log": {"level": "warn", "accesslog": {"disabled": True}},
            "storage": {"filesystem": {"rootdirectory": str(home / ROOT)}},
            "auth": self._by_passwords(home) if self._by_password else self._by_tokens(),
            "http": {
                "addr": f"{HOST}:{self.current_port}",
                "secret": self.lab.secrets.get("registry-http"),
                "tls": {"certificate": str(certificate.cert_file), "key": str(certificate.key_file)},
            },
        }

    def _by_tokens(self) -> dict[str, Any]:
        elsewhere = "realm_elsewhere" in self.options.names
        realm = "https://tokens.example.test/token" if elsewhere else self._realm
        bundle = str(self.lab.authority.ca_file)
        return {"token": {"realm": realm, "service": SERVICE, "issuer": ISSUER, "rootcertbundle": bundle}}

    def _by_passwords(self, home: Path) -> dict[str, Any]:
        import bcrypt

        users = {USER: f"{SIGNER}-token", PUSHER: "registry-pusher"}
        salted = {
            user: bcrypt.hashpw(self.lab.secrets.get(secret).encode(), bcrypt.gensalt(rounds=5)).decode()
            for user, secret in users.items()
        }
        file = home / "htpasswd"
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as written:
            written.writelines(f"{user}:{value}\n" for user, value in salted.items())
        return {"htpasswd": {"realm": SERVICE, "path": str(file)}}

    @property
    def _by_password(self) -> bool:
        return self.lab.configuration.cluster.registry_asks_for == "password"

    @property
    def _realm(self) -> str:
        return f"https://{HOST}:{self.lab.ports.take(SIGNER)}/token"

    def _client(self) -> httpx.Client:
        authority = self.lab.authority
        trusted = ssl.create_default_context(cafile=str(authority.ca_file))
        trusted.load_verify_locations(Authority(authority.folder, name="other-ca").ca_file)
        url = f"https://{HOST}:{self.current_port}"
        return httpx.Client(base_url=url, verify=trusted, timeout=5, trust_env=False, headers=self._shown(""))

    def _shown(self, repository: str) -> dict[str, str]:
        """The header of who may push there."""
        if self._by_password:
            shown = base64.b64encode(f"{PUSHER}:{self.lab.secrets.get('registry-pusher')}".encode()).decode()
            return {"Authorization": f"Basic {shown}"}
        certificate = self.lab.authority.issue(SIGNER)
        claim = access(f"repository:{repository}:pull,push", frozenset({"pull", "push"}))
        claims = [claim] if claim else []
        token = signed(certificate.key_file.read_bytes(), certificate.cert_file.read_bytes(), PUSHER, claims)
        return {"Authorization": f"Bearer {token}"}


def _push(client: httpx.Client, image: LabImage, shown: dict[str, str]) -> None:
    """Push what is not there; https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md has how."""
    place = f"/v2/{image.repository}"
    for blob in image.blobs:
        if client.head(f"{place}/blobs/{blob.digest}", headers=shown).is_success:
            continue
        begun = client.post(f"{place}/blobs/uploads/", headers=shown).raise_for_status()
        where = httpx.URL(begun.headers["location"]).copy_merge_params({"digest": blob.digest})
        kind = {"Content-Type": "application/octet-stream"}
        client.put(where, content=blob.content, headers=shown | kind).raise_for_status()
    for part in image.manifests:
        name = image.tag if part.digest == image.digest else part.digest
        kind = {"Content-Type": part.media_type}
        client.put(f"{place}/manifests/{name}", content=part.content, headers=shown | kind).raise_for_status()
