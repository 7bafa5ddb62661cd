"""Image references, taken apart; pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

DOCKER: Final = "docker.io"
"""The registry of a reference that names none."""
_LIKE_A_HOST: Final = frozenset(".:")


@dataclass(frozen=True)
class Image:
    """``registry/name:tag@digest``; what a reference does not say is empty."""

    name: str
    tag: str = ""
    digest: str = ""

    @classmethod
    def of(cls, reference: str) -> Image:
        """The parts of a reference, or of a container's image id, which may begin with ``docker-pullable://``."""
        bare = reference.rpartition("://")[2]
        rest, _, digest = bare.partition("@")
        if not digest and rest.startswith("sha256:"):
            return cls("", "", rest)  # the id alone, of an image that has no name where it runs
        folder, slash, last = rest.rpartition("/")
        name, _, tag = last.partition(":")  # a colon before the last slash is a port's
        return cls(f"{folder}{slash}{name}", tag, digest)

    @property
    def short(self) -> str:
        """Enough to tell it apart: the last part of its name, with its tag."""
        name = self.name.rpartition("/")[2]
        return f"{name}:{self.tag}" if self.tag else f"{name}@{brief(self.digest)}" if self.digest else name

    @property
    def host(self) -> str:
        """The registry's name; Docker's own where the reference begins with none."""
        first, slash, _ = self.name.partition("/")
        return first if slash and (_LIKE_A_HOST & set(first) or first == "localhost") else DOCKER

    @property
    def repository(self) -> str:
        """The name within the registry."""
        if self.host != DOCKER or self.name.startswith(f"{DOCKER}/"):
            return self.name.partition("/")[2]
        return self.name if "/" in self.name else f"library/{self.name}"


def brief(digest: str) -> str:
    """Enough of a digest to tell it apart."""
    algorithm, _, value = digest.partition(":")
    return f"{algorithm}:{value[:12]}…" if value else "an unknown digest"
