"""What the refusals of statements say, as rows to compare."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import SecretStr

from golive import checklist as checklists
from golive.errors import BadInput, BadInputs
from golive.evidence.home import Home
from selftests.people import People

ROOT = Path(__file__).parents[3]
CHECKLIST = checklists.load(ROOT / "checklist.toml")
PASSPHRASE = SecretStr("twelve chars")
Said = tuple[str, str, int, str, str]


def said(error: BadInput) -> list[Said]:
    """Message, file, line, field and suggestion of each problem."""
    problems = error.problems if isinstance(error, BadInputs) else [error]
    return [(each.message, Path(each.file).name, each.line, each.field, each.suggestion) for each in problems]


def waivers_said(people: People) -> list[Said]:
    with pytest.raises(BadInput) as raised:
        Home(people.folder, people.folder, people.roles).waivers(CHECKLIST, "bare")
    return said(raised.value)


def attestations_said(people: People) -> list[Said]:
    with pytest.raises(BadInput) as raised:
        Home(people.folder, people.folder, people.roles).attestations(CHECKLIST, "bare")
    return said(raised.value)
