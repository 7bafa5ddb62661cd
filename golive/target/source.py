"""Where the release's source is kept, which branch it is cut from, and when that was frozen."""

from __future__ import annotations

import re
from typing import Annotated, Literal, Self

from pydantic import AwareDatetime, Field, model_validator

from golive.target.base import NonEmpty, Section
from golive.target.secrets import SecretReference

_URLS = {
    "git": r"^(git|https|ssh)://[^\s/]+/\S+$",
    "github": r"^https://[^\s/]+\S*$",
    "gitlab": r"^https://[^\s/]+\S*$",
}

RepositoryPath = Annotated[str, Field(pattern=r"^[^/\s:*][^:*]*[^/]$")]


class Source(Section):
    """A repository, asked in git's own protocol, or by the API of GitHub or GitLab."""

    kind: Literal["git", "github", "gitlab"]
    url: NonEmpty
    """``git``: the repository's, with git, https or ssh. Else the API's: ``https://api.github.com``, or the server of
    GitLab, without ``/api/v4``."""
    repository: NonEmpty | None = None
    """``owner/name`` at GitHub, ``group/.../name`` at GitLab."""
    branch: NonEmpty
    """The release branch."""
    tag: Annotated[str, Field(pattern=r"\{release\}")] = "{release}"
    """Name of the release's tag; ``{release}`` stands for the release that is to go live."""
    freeze: AwareDatetime
    """From then on nothing more may be committed to the branch."""
    token: SecretReference | None = None
    """May read the repository. In git's own protocol only over https, as the password of ``user``."""
    user: NonEmpty = "golive"
    configuration: frozenset[RepositoryPath] = frozenset()
    """Folders and files that decide what is deployed, which application.configuration looks at: charts with their
    values, or the rendered manifests where the repository keeps these."""
    note: str = ""
    """What the evidence says of it, where it is no ordinary one."""

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if not re.match(_URLS[self.kind], self.url):
            schemes = "git, https or ssh" if self.kind == "git" else "https"
            raise ValueError(f"{self.url!r} is no address that begins with {schemes}://")
        if (self.repository is None) != (self.kind == "git"):
            raise ValueError("repository is for github and gitlab, which need it; git's own protocol has it in the url")
        if self.kind == "git" and self.token is not None and not self.url.startswith("https://"):
            raise ValueError("a token is shown over https only; leave it out, or ask by https")
        return self
