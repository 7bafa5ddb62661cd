"""A registry of images, by the API of OCI's distribution specification; nothing is written, no layer is fetched.

https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#pull, and for tokens
https://distribution.github.io/distribution/spec/auth/token/. A token that is over is asked for anew.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import quote, urljoin

from pydantic import SecretStr

from golive.clients.address import origin, same_origin
from golive.clients.challenge import Challenge, challenges
from golive.clients.http import Answer, HttpClient, Request
from golive.clients.secret import bearer, credential
from golive.errors import CannotEstablish, CredentialsRefused, ProtocolBroken
from golive.target import Target
from golive.target.registries import Registry

SYSTEM: Final = "registry"
INDEXES: Final = frozenset(
    {"application/vnd.oci.image.index.v1+json", "application/vnd.docker.distribution.manifest.list.v2+json"}
)
MANIFESTS: Final = frozenset(
    {"application/vnd.oci.image.manifest.v1+json", "application/vnd.docker.distribution.manifest.v2+json"}
)
_ACCEPT: Final = ", ".join(sorted(INDEXES | MANIFESTS))
_REFUSED: Final = {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}
_ELSEWHERE: Final = {301, 302, 303, 307, 308}
_ALGORITHMS: Final = frozenset({"sha256", "sha512"})


@dataclass(frozen=True)
class Manifest:
    """An image's manifest, or an index of several, with the digest of its very bytes."""

    digest: str
    media_type: str
    content: Mapping[str, Any] = field(repr=False)

    @property
    def is_index(self) -> bool:
        """Whether it lists manifests, one a platform."""
        return self.media_type in INDEXES


class RegistryClient:
    """One registry. All methods raise the typed errors of clients; each request has the target's limits."""

    def __init__(self, target: Target, name: str, settings: Registry) -> None:
        """``name`` is that by which images name the registry."""
        self._settings = settings
        self._url = settings.address(name)
        self._http = HttpClient(SYSTEM, target.limits, target.ca_file)
        self._shown: dict[str, dict[str, str]] = {}

    def manifest(self, repository: str, reference: str) -> Manifest | None:
        """That of a tag or a digest; None where the registry has none. Its bytes are those of its digest."""
        answer = self._ask("GET", repository, f"manifests/{quote(reference, safe=':')}")
        if answer.status == HTTPStatus.NOT_FOUND:
            return None
        media_type = answer.headers.get("content-type", "").partition(";")[0].strip()
        seen = f"HTTP {answer.status} and {media_type or 'no media type'} for {repository}:{reference}"
        if answer.status != HTTPStatus.OK:
            raise self._broken(seen)
        names = [each for each in (reference, answer.headers.get("docker-content-digest", "")) if ":" in each]
        for each in names:
            _confirm(answer.body, repository, each)
        content = answer.json()
        if not isinstance(content, dict) or media_type not in INDEXES | MANIFESTS:
            raise self._broken(seen)
        digest = names[0] if names else _digest(answer.body, "sha256")
        return Manifest(digest, media_type, content)

    def configuration(self, repository: str, digest: str) -> Mapping[str, Any] | None:
        """An image's configuration; None where the registry has none. Its bytes are those of its digest."""
        answer = self._ask("GET", repository, f"blobs/{digest}")
        if answer.status in _ELSEWHERE:
            answer = self._elsewhere(answer, f"the configuration {digest} of {repository}")
        if answer.status == HTTPStatus.NOT_FOUND:
            return None
        seen = f"HTTP {answer.status} for the configuration {digest} of {repository}"
        if answer.status != HTTPStatus.OK:
            raise self._broken(seen)
        _confirm(answer.body, repository, digest)
        content = answer.json()
        if not isinstance(content, dict):
            raise self._broken(f"{seen}, and no JSON object")
        return content

    def _elsewhere(self, answer: Answer, what: str) -> Answer:
        """Where stores are apart the address itself says who may read, and no header of ours goes there."""
        place = answer.headers.get("location", "")
        if not place:
            raise self._broken(f"HTTP {answer.status} without a Location for {what}")
        return self._http.ask(Request(urljoin(self._url, place)))

    def has(self, repository: str, digest: str) -> bool:
        """Whether it has that blob; one that it sends elsewhere for is there."""
        answer = self._ask("HEAD", repository, f"blobs/{digest}")
        if answer.status not in {HTTPStatus.OK, HTTPStatus.NOT_FOUND, *_ELSEWHERE}:
            raise self._broken(f"HTTP {answer.status} for the blob {digest} of {repository}")
        return answer.status != HTTPStatus.NOT_FOUND

    def _ask(self, method: str, repository: str, what: str) -> Answer:
        url = f"{self._url}/v2/{repository}/{what}"

        def ask() -> Answer:
            headers = {"Accept": _ACCEPT} | self._shown.get(repository, {})
            return self._http.ask(Request(url, method, headers))

        answer = ask()
        if answer.status == HTTPStatus.UNAUTHORIZED:
            self._shown[repository] = self._credential(answer, repository)
            answer = ask()
        if answer.status in _REFUSED:
            raise self._refused(f"HTTP {answer.status} for {repository}")
        if answer.status == HTTPStatus.TOO_MANY_REQUESTS:
            raise ProtocolBroken(SYSTEM, f"{self._url} puts off with HTTP 429, its limit on requests", hint="ask later")
        return answer

    def _credential(self, answer: Answer, repository: str) -> dict[str, str]:
        """The header that the registry asks for."""
        asked = {one.scheme: one for one in challenges(answer.headers.get("www-authenticate", ""))}
        if "bearer" in asked:
            return bearer(SecretStr(self._token(asked["bearer"], repository)))
        if "basic" in asked and self._settings.user is not None:
            return self._own()
        words = "a user's password, and the target names none" if "basic" in asked else "nothing that golive has"
        raise self._refused(f"HTTP 401 for {repository}, and asks for {words}")

    def _token(self, challenge: Challenge, repository: str) -> str:
        realm = challenge.parameters.get("realm", "")
        if not any(same_origin(realm, place) for place in (self._url, self._settings.token_url) if place):
            there = origin(realm) if realm else "nowhere"
            raise CredentialsRefused(
                SYSTEM, f"{self._url} sends to {there} for a token, which the target does not name",
                hint="add it as token_url to [registries], if the password may be shown there",
            )  # fmt: skip
        query = {"scope": challenge.parameters.get("scope", f"repository:{repository}:pull")}
        if "service" in challenge.parameters:
            query["service"] = challenge.parameters["service"]
        answer = self._http.ask(Request(realm, headers=self._own(), params=query))
        if answer.status in _REFUSED:
            raise self._refused(f"HTTP {answer.status} from {origin(realm)} for a token for {repository}")
        content = answer.json()
        told = content if isinstance(content, dict) else {}
        token = told.get("token") or told.get("access_token")
        if answer.status != HTTPStatus.OK or not isinstance(token, str):
            raise self._broken(f"HTTP {answer.status} and no token from {origin(realm)}")
        return token

    def _own(self) -> dict[str, str]:
        return credential(SYSTEM, self._settings.user, self._settings.password, None)

    def _refused(self, seen: str) -> CannotEstablish:
        who = f"as {self._settings.user}" if self._settings.user else "as nobody in particular"
        return CredentialsRefused(SYSTEM, f"{self._url}, asked {who}: {seen}", hint="may it pull? Try: crane manifest")

    def _broken(self, seen: str) -> CannotEstablish:
        return ProtocolBroken(SYSTEM, f"{self._url} answers {seen}", hint="is that a registry's address, without /v2?")


def _confirm(content: bytes, repository: str, digest: str) -> None:
    """Raise ProtocolBroken where the content's digest is another one."""
    found = _digest(content, digest.partition(":")[0])
    if found != digest:
        raise ProtocolBroken(
            SYSTEM, f"{repository}: what it serves as {digest} has the digest {found}",
            hint="its store is damaged, or something changes answers on their way: no node could pull this",
        )  # fmt: skip


def _digest(content: bytes, algorithm: str) -> str:
    """By the algorithm, of the two that the specification registers; by sha256 where it is neither."""
    name = algorithm if algorithm in _ALGORITHMS else "sha256"
    return f"{name}:{hashlib.new(name, content).hexdigest()}"
