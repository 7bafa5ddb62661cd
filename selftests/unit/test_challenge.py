"""The header by which servers ask for credentials, as they write it."""

from __future__ import annotations

import pytest

from golive.clients.challenge import Challenge, challenges

REALM, SERVICE = "https://auth.test/token", "registry.test"


@pytest.mark.parametrize(
    ("header", "found"),
    [
        ("", ()),
        ("Negotiate", (Challenge("negotiate", {}),)),
        ('Basic realm="a, b = c"', (Challenge("basic", {"realm": "a, b = c"}),)),
        (
            f'Bearer realm="{REALM}",service="{SERVICE}",scope="repository:a/b:pull,push"',
            (Challenge("bearer", {"realm": REALM, "service": SERVICE, "scope": "repository:a/b:pull,push"}),),
        ),
        (
            f'Negotiate, BASIC Realm = "x" , Bearer realm="{REALM}", service={SERVICE}',
            (
                Challenge("negotiate", {}),
                Challenge("basic", {"realm": "x"}),
                Challenge("bearer", {"realm": REALM, "service": SERVICE}),
            ),
        ),
        (r'Basic realm="say \"x\" \\"', (Challenge("basic", {"realm": 'say "x" \\'}),)),
        ('Basic realm="x", (what', (Challenge("basic", {"realm": "x"}),)),
    ],
)
def test_challenges_are_told_apart(header: str, found: tuple[Challenge, ...]) -> None:
    assert challenges(header) == found
