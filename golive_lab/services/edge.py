"""The edge: HAProxy before the gateway, on two addresses of loopback's network, with the origin that it hides.

Options: see ``edge_settings`` for what is left out or opened, and ``CERTIFICATES`` for what it shows.
"""

from __future__ import annotations

import socket
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Final

from golive.errors import LabUnavailable
from golive_lab import edge_settings
from golive_lab.certificates import Authority, Certificate
from golive_lab.edge_settings import ADDRESSES, ALLOWLISTS, EGRESS, HOST, INSIDE, Files, Ports
from golive_lab.haproxy_install import Installation, installation
from golive_lab.services.base import LabService, Launch, Progress
from golive_lab.zone import PUBLIC

if TYPE_CHECKING:
    from golive_lab.context import Lab

CERTIFICATES: Final[dict[str, dict[str, Any]]] = {
    "expired": {"days": -1},
    "expires_soon": {"days": 3},
    "wrong_name": {"hosts": ("other.example.test",)},
}
"""By option, how the certificate that the edge shows differs from the declared one."""
CONNECT_SECONDS: Final = 0.5


class EdgeService(LabService):
    """One HAProxy."""

    name: ClassVar[str] = "edge"
    system: ClassVar[str] = "edge"
    ready_seconds: ClassVar[float] = 20

    def __init__(self, lab: Lab) -> None:
        super().__init__(lab)
        self._installed: Installation | None = None

    def prepare(self, progress: Progress) -> None:
        """Find or fetch the program."""
        self._installed = installation(self.lab.cache, progress)
        self.lab.data(self.name)

    def launch(self) -> Launch:
        """Write what the options ask for and run it in the foreground."""
        if self._installed is None:
            raise LabUnavailable(self.name, "it was not prepared")
        home, options = self.lab.data(self.name), self.options.names
        text = edge_settings.render(self._files(), self._ports, self.lab.configuration.platform.health_path, options)
        settings = home / "haproxy.cfg"
        settings.write_text(text, encoding="utf-8")
        return Launch((str(self._installed.program), "-db", "-f", str(settings)), self._installed.environment, home)

    def ready(self) -> str | None:
        """Ready once each address takes connections."""
        for address in ADDRESSES:
            try:
                socket.create_connection((address, self._ports.https), timeout=CONNECT_SECONDS).close()
            except OSError as error:
                return f"{address}: {error.strerror or error}"
        return None

    def overlay(self) -> dict[str, Any]:
        """Ports, the declared certificate, and whose addresses the vantages have."""
        ports, public = self._ports, f"https://{PUBLIC[0]}:{self._ports.https}"
        shape = self.lab.configuration.platform
        guarded, origin = shape.health_path, f"https://{HOST}:{ports.origin}"
        return {
            "edge": {
                "https_port": ports.https,
                "http_port": ports.http,
                "certificate": str(self._declared().cert_file),
            },
            "allowlist": {
                "url": f"{public}{guarded}",
                "egress": f"{public}{EGRESS}",
                "origin": f"{origin}{guarded}",
                "haproxy": {"host": HOST, "port": ports.runtime},
            },
            "cdn": {"origin": f"{origin}{shape.hub_path}/hub.css"},
        }

    @property
    def _ports(self) -> Ports:
        take = self.lab.ports.take
        return Ports(take("edge_http"), take("edge"), take("edge_origin"), take("gateway"), take("edge_runtime"))

    def _declared(self) -> Certificate:
        return self.lab.authority.issue("edge", hosts=PUBLIC)

    def _files(self) -> Files:
        home = self.lab.data(self.name)
        allowlist = home / "allowlist"
        (chosen,) = [ALLOWLISTS[name] for name in self.options.names if name in ALLOWLISTS] or [INSIDE]
        allowlist.write_text("\n".join(chosen) + "\n", encoding="utf-8")
        shown, declared = self._whole(self._shown()), self._whole(self._declared())
        first = declared if "stale_address" in self.options.names else shown
        ingress = self._whole(self.lab.authority.issue("ingress"))
        beside, second = (self._stale() if one in self.options.names else () for one in ("stale_rsa", "stale_second"))
        return Files((first, shown), ingress, self.lab.authority.ca_file, allowlist, beside, second)

    def _stale(self) -> tuple[Path, ...]:
        """A certificate that ends within days, for an RSA key."""
        issued = self.lab.authority.issue("edge-rsa", hosts=PUBLIC, days=3, with_rsa=True)
        return (self._whole(issued),)

    def _shown(self) -> Certificate:
        options = self.options.names
        authority = self.lab.authority
        if "other_ca" in options:
            return Authority(authority.folder, name="other-ca").issue("edge", hosts=PUBLIC)
        for name in sorted(options & CERTIFICATES.keys()):
            return authority.issue(f"edge-{name}", **{"hosts": PUBLIC, **CERTIFICATES[name]})
        if options & {"stale_address", "other_certificate"}:
            return authority.issue("edge-of-last-year", hosts=PUBLIC)
        return self._declared()

    def _whole(self, certificate: Certificate) -> Path:
        """Certificate and key in one file, as HAProxy wants them."""
        path = self.lab.data(self.name) / certificate.cert_file.name
        path.touch(mode=0o600)
        path.write_bytes(certificate.cert_file.read_bytes() + certificate.key_file.read_bytes())
        return path
