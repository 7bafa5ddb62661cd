"""Where an alert goes, by the rules that Alertmanager's documentation has for its tree of routes."""

from __future__ import annotations

from typing import Any

import pytest

from golive.facts.alert_routes import receivers

TREE: dict[str, Any] = {
    "receiver": "default",
    "routes": [
        {"receiver": "audit", "matchers": ['severity!=""'], "continue": True},
        {
            "receiver": "pager",
            "match": {"severity": "page"},
            "routes": [{"match_re": {"service": "prices|curves"}, "receiver": "prices"}, {"matchers": ['team="edge"']}],
        },
        {"receiver": "quiet", "matchers": ['severity=~"ticket|info"', "service !~ gate.*"]},
    ],
}


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        ({}, ("default",)),
        ({"severity": "page"}, ("audit", "pager")),
        ({"severity": "page", "service": "prices"}, ("audit", "prices")),
        ({"severity": "page", "service": "prices-2"}, ("audit", "pager")),
        ({"severity": "page", "team": "edge"}, ("audit", "pager")),
        ({"severity": "info"}, ("audit", "quiet")),
        ({"severity": "ticket", "service": "gateway"}, ("audit",)),
        ({"severity": "other"}, ("audit",)),
    ],
)
def test_receivers(labels: dict[str, str], expected: tuple[str, ...]) -> None:
    assert receivers(TREE, labels) == expected


@pytest.mark.parametrize(
    ("matcher", "labels", "takes"),
    [
        ('{a="1",b=~"x,y|z"}', {"a": "1", "b": "x,y"}, True),
        ('{a="1",b=~"x,y|z"}', {"a": "1", "b": "x"}, False),
        ('a = "say \\"no\\""', {"a": 'say "no"'}, True),
        ("a=1", {"a": "1"}, True),
        ('a=""', {}, True),
        ('a!~"1|2"', {"a": "3"}, True),
        ('a!~"1|2"', {"a": "12"}, True),
        ('a!="1"', {"a": "1"}, False),
    ],
)
def test_matchers(matcher: str, labels: dict[str, str], takes: bool) -> None:
    tree = {"receiver": "no", "routes": [{"receiver": "yes", "matchers": [matcher]}]}
    assert receivers(tree, labels) == (("yes",) if takes else ("no",))


def test_what_is_no_matcher_is_said() -> None:
    with pytest.raises(ValueError, match="is no matcher"):
        receivers({"receiver": "a", "routes": [{"matchers": ["severity"]}]}, {})
