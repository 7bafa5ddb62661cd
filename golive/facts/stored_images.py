"""Images as their registries hold them: whether each is there, whole, and for which platforms."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from golive.clients.registry import Manifest, RegistryClient
from golive.errors import NotDescribed
from golive.facts.images import Image, brief
from golive.target import Target

AT_ONCE: Final = 8
LATEST: Final = "latest"
"""What a reference means that has neither tag nor digest."""
_NOT_KEPT: Final = ("foreign", "nondistributable")
"""Layers that registries need not hold."""
K = TypeVar("K")
V = TypeVar("V")


@dataclass(frozen=True)
class Stored:
    """One image. ``lacking`` holds in words everything that keeps a node from pulling it."""

    digest: str
    platforms: tuple[str, ...]
    """For which it is there, as ``os/architecture``."""
    lacking: tuple[str, ...]


class StoredImages:
    """The target's registries, each logged in to anew."""

    def __init__(self, target: Target, item: str) -> None:
        """Raises NotDescribed where the target has no [registries], which ``item`` looks at."""
        if not target.registries:
            raise NotDescribed(
                "registry", f"the target has no table [registries], which {item} looks at",
                hint="add one for each registry that images come from; targets/production.example.toml explains it",
            )  # fmt: skip
        self._clients = {name: RegistryClient(target, name, each) for name, each in target.registries.items()}

    def client(self, image: Image) -> RegistryClient | None:
        """That of the image's registry; None where the target does not declare it."""
        return self._clients.get(image.host)

    def look(self, image: Image, wanted: frozenset[str]) -> Stored:
        """The image by tag and by digest, and all that is needed to run it on these platforms."""
        client = self.client(image)
        if client is None:
            return Stored("", (), (undeclared(image),))
        names = {"tag": image.tag or ("" if image.digest else LATEST), "digest": image.digest}
        found = {kind: client.manifest(image.repository, name) for kind, name in names.items() if name}
        gone = [f"its {kind} {_name(names[kind])}" for kind, there in found.items() if there is None]
        absent = (f"{' and '.join(gone)} not in the registry",) if gone else ()
        top = found.get("digest", found.get("tag"))
        if top is None:
            return Stored("", (), absent)
        looks = {each: tuple(_wrong(client, image.repository, top, each)) for each in sorted(wanted)}
        good = tuple(each for each, wrong in looks.items() if not wrong)
        return Stored(top.digest, good, (*absent, *(words for wrong in looks.values() for words in wrong)))


def undeclared(image: Image) -> str:
    """What is wrong with an image of a registry that nobody declared."""
    return f"is of {image.host}, which is no registry of the target's [registries]"


def side_by_side(work: Callable[[K], V], of: Iterable[K]) -> dict[K, V]:
    """What ``work`` gives for each, some at a time. Raises the first error."""
    keys = tuple(of)
    with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="registry") as pool:
        return dict(zip(keys, pool.map(work, keys), strict=True))


def digests_within(index: Manifest) -> dict[str, str]:
    """The manifests that an index lists, under their platforms."""
    listed = index.content.get("manifests")
    return {_platform(each.get("platform") or {}): str(each.get("digest")) for each in listed or ()}


def _platform(said: Mapping[str, Any]) -> str:
    return f"{said.get('os')}/{said.get('architecture')}"


def _wrong(client: RegistryClient, repository: str, top: Manifest, platform: str) -> Iterator[str]:
    """What keeps the image from running on that platform."""
    manifest: Manifest | None = top
    if top.is_index:
        digest = digests_within(top).get(platform)
        if digest is None:
            yield f"nothing for {platform}, but for {', '.join(digests_within(top))}"
            return
        manifest = client.manifest(repository, digest)
    if manifest is None:
        yield f"the manifest for {platform} is not in the registry"
        return
    described = client.configuration(repository, _digest(manifest.content.get("config")))
    if described is None:
        yield f"the configuration for {platform} is not in the registry"
    elif _platform(described) != platform:
        yield f"nothing for {platform}: its configuration says {_platform(described)}"
    for layer in manifest.content.get("layers") or ():
        kept = not any(word in str(layer.get("mediaType")) for word in _NOT_KEPT)
        if kept and not client.has(repository, _digest(layer)):
            yield f"the layer {brief(_digest(layer))} for {platform} is not in the registry"


def _name(tag_or_digest: str) -> str:
    return brief(tag_or_digest) if ":" in tag_or_digest else tag_or_digest


def _digest(descriptor: Any) -> str:
    return str((descriptor or {}).get("digest"))
