"""A registry in memory that serves the lab's images to whoever shows its token, in place of the HTTP client."""

from __future__ import annotations

from dataclasses import dataclass, field
from http import HTTPStatus

from golive.clients.http import Answer, Request
from golive_lab.images import LabImage, Part
from selftests.unit.answering import answer

URL, REALM = "https://registry.test", "https://auth.test/token"
BEARER = f'Bearer realm="{REALM}",service="registry.test",scope="repository:x:pull"'
TOKEN = "pulls-and-no-more"


@dataclass
class Memory:
    """``manifests`` by tag and digest, ``blobs`` by digest, over all repositories; each may be taken away."""

    images: tuple[LabImage, ...]
    challenge: str = BEARER
    expected: str = f"Bearer {TOKEN}"
    token: Answer = field(default_factory=lambda: answer(200, {"token": TOKEN}))
    elsewhere: str = ""
    """Where blobs are, if not here."""

    def __post_init__(self) -> None:
        self.manifests: dict[str, Part] = {}
        self.blobs: dict[str, Part] = {}
        for image in self.images:
            self.manifests |= {part.digest: part for part in image.manifests} | {image.tag: image.manifests[-1]}
            self.blobs |= {part.digest: part for part in image.blobs}

    def __call__(self, request: Request) -> Answer:
        """What it says."""
        if request.url.startswith(REALM):
            return self.token
        if self.elsewhere and request.url.startswith(self.elsewhere):
            assert "Authorization" not in request.headers
            return answer(200, self.blobs[request.url.rpartition("/")[2]].content)
        if request.headers.get("Authorization", "") != self.expected:
            return answer(401, {"errors": [{"code": "UNAUTHORIZED"}]}, {"www-authenticate": self.challenge})
        kind, name = request.url.split("/")[-2:]
        part = (self.manifests if kind == "manifests" else self.blobs).get(name)
        if part is None:
            return answer(HTTPStatus.NOT_FOUND, {"errors": [{"code": "MANIFEST_UNKNOWN"}]})
        if kind == "blobs" and self.elsewhere:
            return answer(307, b"", {"location": f"{self.elsewhere}/{name}"})
        return answer(200, part.content, {"content-type": part.media_type, "docker-content-digest": part.digest})
