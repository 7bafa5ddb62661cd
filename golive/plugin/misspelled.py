"""An option of pytest's command line that nobody has: which one was probably meant."""

from __future__ import annotations

import copy
import re
from collections.abc import Sequence

import pytest

from golive.nearest import nearest

_OPTION = re.compile(r"(?<![\w-])--([a-z][\w-]*)")


def say_what_was_meant(config: pytest.Config, parser: pytest.Parser, arguments: Sequence[str]) -> None:
    """Let pytest's own refusal of an unknown option end with the option that is spelled most alike."""
    _, unknown = parser.parse_known_and_unknown_args(list(arguments), copy.copy(config.option))
    known = set(_OPTION.findall(parser.optparser.format_help()))
    meant = [nearest(each.partition("=")[0].lstrip("-"), known) for each in unknown]
    if any(meant):
        parser.extra_info["try"] = ", ".join(f"--{name}" for name in meant if name)
