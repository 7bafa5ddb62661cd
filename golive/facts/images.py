"""Image references, taken apart; pure."""

from __future__ import annotations

from dataclasses import dataclass


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
