"""Each public host on each of its addresses: certificate, versions of TLS, redirect and HSTS."""

from __future__ import annotations

import datetime
import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes

from golive.clients import tls
from golive.clients.handshake import KINDS, OLD, HandshakeClient, Place, of_kind, old_context, trusting_context
from golive.clients.http import HttpClient
from golive.errors import NoEvidence
from golive.facts.addresses import SYSTEM, addresses_of, at
from golive.target import Target
from golive.target.edge import Edge
from golive.target.needed import required

ITEM: Final = "infrastructure.tls"
DAY: Final = 86_400
REDIRECTS: Final = frozenset({301, 302, 307, 308})
REFUSALS: Final = frozenset({400, 403, 404, 410, 426})
"""By these plain HTTP serves nothing of a path that exists; 401 is the API's own, which would take a token there."""
HTTPS: Final = 443
PATH: Final = "/golive-redirect"
LOOKS: Final = 8
"""Handshakes with an address, each of which may come to another server behind it."""
_MAX_AGE: Final = re.compile(r"max-age\s*=\s*\"?(\d+)", re.IGNORECASE)


@dataclass(frozen=True)
class OldClient:
    """What this host's client did with a server of its own that takes only that version: it must be able to."""

    version: str
    able: bool


@dataclass(frozen=True)
class Shown:
    """What one address of a host shows.

    ``verifies`` is empty where chain, name and dates hold, ``redirect`` where plain HTTP leads to TLS; else they say
    what does not.
    """

    place: str
    host: str
    verifies: str
    names: tuple[str, ...]
    days_left: float
    fingerprints: tuple[str, ...]
    """Of all certificates that were seen there."""
    old_versions: tuple[str, ...]
    redirect: str
    hsts: int


class PublicHosts:
    """The edge, as customers reach it."""

    def __init__(self, target: Target) -> None:
        self._target = target
        self.expected: Edge = required(target.edge, "edge", ITEM)
        self._shaking = HandshakeClient(SYSTEM, target.limits)
        self._http = HttpClient(SYSTEM, target.limits, target.ca_file)

    def old_clients(self) -> tuple[OldClient, ...]:
        """Whether this host can speak the versions that must be refused. Raises NoEvidence where it cannot."""
        tried = {version.name: self._shaking.control(version) for version in OLD}
        unable = {name: shaken.refused for name, shaken in tried.items() if not shaken.version}
        if unable:
            raise NoEvidence(
                SYSTEM,
                f"this host's client cannot speak old TLS, so its being refused would say nothing: {unable}",
                hint="run from a host whose OpenSSL still has them",
            )
        return tuple(OldClient(name, able=True) for name in tried)

    def shown(self) -> tuple[Shown, ...]:
        """What each address of each host shows now."""
        places = [place for host in self.expected.hosts
                  for place in addresses_of(self._target, host, self.expected.https_port)]  # fmt: skip
        return tuple(self._shown(place) for place in places)

    def wrong(self, shown: Shown) -> tuple[str, ...]:
        """What is wrong with that address, compared with what the target expects."""
        expected, declared = self.expected, self._declared()
        wrong = {
            shown.verifies: bool(shown.verifies),
            f"{shown.days_left:.1f} days left, at least {expected.min_days:g}": shown.days_left < expected.min_days,
            f"takes {', '.join(shown.old_versions)}": bool(shown.old_versions),
            f"plain HTTP: {shown.redirect}": bool(shown.redirect),
            f"HSTS max-age {shown.hsts}, at least {expected.min_hsts}": shown.hsts < expected.min_hsts,
            "not the certificate that its source has": bool(declared) and not set(shown.fingerprints) <= declared,
        }
        return tuple(words for words, holds in wrong.items() if holds)

    def _shown(self, place: Place) -> Shown:
        certificates, verifies = self._certificates(place)
        return Shown(
            place=str(place),
            host=place.host,
            verifies=verifies,
            names=tuple(sorted({name for each in certificates for name in _names(each)})),
            days_left=min(map(_days_left, certificates), default=0.0),
            fingerprints=tuple(sorted(map(_fingerprint, certificates))),
            old_versions=tuple(v.name for v in OLD if self._shaking.shake(place, old_context(v)).version),
            redirect=self._redirect(place),
            hsts=0 if verifies else self._hsts(place),
        )

    def _certificates(self, place: Place) -> tuple[frozenset[x509.Certificate], str]:
        """Every certificate that is seen there, and why one is not to be trusted; empty where all are.

        Behind one address there may be several servers, and each may have a certificate for each kind of key.
        """
        authorities = self._target.ca_file
        seen = [self._shaking.shake(place, tls.context(SYSTEM, authorities)) for _ in range(LOOKS)]
        if any(each.refused for each in seen):
            seen += [self._shaking.shake(place, trusting_context()) for _ in range(LOOKS)]
        for kind in KINDS:
            shown = self._shaking.shake(place, of_kind(trusting_context(), kind))
            if shown.certificate:
                seen += [shown, self._shaking.shake(place, of_kind(tls.context(SYSTEM, authorities), kind))]
        found = frozenset(x509.load_der_x509_certificate(each.certificate) for each in seen if each.certificate)
        why = next((each.refused for each in seen if each.refused), "")
        return found, why if found else f"no TLS: {why}"

    def _redirect(self, place: Place) -> str:
        """What plain HTTP does instead of leading to TLS; empty where it leads there from every path."""
        there = Place(place.host, place.address, self.expected.http_port)
        for path in self._paths():
            answer = self._http.ask(at(there, f"http://{place.host}:{there.port}{path}"))
            location = answer.headers.get("location", "")
            refused = path != PATH and answer.status in REFUSALS
            if not refused and not leads_to(place, path, answer.status, location):
                return f"HTTP {answer.status} {location}".strip() + f" for {path}"
        return ""

    def _paths(self) -> tuple[str, ...]:
        """One that nobody serves, and those that customers and monitoring use: exceptions are made for such."""
        target = self._target
        used = ("/", target.gateway.authenticated, target.hub.path if target.hub else "/")
        guarded = urlsplit(target.allowlist.url).path if target.allowlist else "/"
        return tuple(dict.fromkeys((PATH, *used, guarded)))

    def _hsts(self, place: Place) -> int:
        answer = self._http.ask(at(place, f"https://{place.host}:{place.port}/"))
        found = _MAX_AGE.search(answer.headers.get("strict-transport-security", ""))
        return int(found[1]) if found else 0

    def _declared(self) -> frozenset[str]:
        """Fingerprints of the certificates that may be served; none where the target names no file."""
        path = self.expected.certificate
        if path is None:
            return frozenset()
        try:
            pem = path.read_bytes()
            return frozenset(map(_fingerprint, x509.load_pem_x509_certificates(pem)))
        except (OSError, ValueError) as error:
            raise NoEvidence(
                SYSTEM,
                f"the declared certificate cannot be read from {path}: {error}",
                hint="edge.certificate is a PEM file, as the certificate's source has it",
            ) from error


def leads_to(place: Place, path: str, status: int, location: str) -> bool:
    """Whether an answer leads to that host by TLS, on the very port that customers are to use.

    And to that path, where nobody serves it: of others an edge may know where they are now.
    """
    parts = urlsplit(location)
    there = parts.scheme == "https" and parts.hostname == place.host and (parts.port or HTTPS) == place.port
    return there and status in REDIRECTS and (path != PATH or parts.path == PATH)


def _fingerprint(certificate: x509.Certificate) -> str:
    return certificate.fingerprint(hashes.SHA256()).hex()


def _days_left(certificate: x509.Certificate) -> float:
    left = certificate.not_valid_after_utc - datetime.datetime.now(datetime.UTC)
    return round(left.total_seconds() / DAY, 2)


def _names(certificate: x509.Certificate) -> tuple[str, ...]:
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return ()
    return tuple(str(name.value) for name in names)
