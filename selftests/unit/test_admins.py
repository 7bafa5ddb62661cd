"""Who is an admin of a realm, and what of a flow asks for a second factor."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

import pytest

from golive.errors import NotDescribed
from golive.facts.admin_roles import AdminRoles
from golive.facts.admins import Admin, AdminsOfRealm, lacking, never_asked
from golive.facts.password_alone import ASKED, CLOSED, PasswordAlone, asked_for, by_other_than_codes, conditions

ROLES: list[dict[str, Any]] = [
    {"id": "r1", "name": "admin"},
    {"id": "r2", "name": "support", "composite": True},
    {"id": "r3", "name": "desk", "composite": True},
    {"id": "r4", "name": "trader"},
    {"id": "r5", "name": "default-roles-r", "composite": True},
    {"id": "r6", "name": "Head of desk"},
]
CLIENTS: list[dict[str, Any]] = [{"id": "c1", "clientId": "realm-management"}, {"id": "c2", "clientId": "web"}]
CLIENT_ROLES = {
    "c1": [{"id": "m1", "name": "impersonation"}, {"id": "m2", "name": "view-users"}],
    "c2": [{"id": "w1", "name": "admin"}],
}
PARTS = {"r2": ["r3"], "r3": ["m1"], "r5": ["r4"]}
USERS = {
    "/roles/admin/users": ["direct"],
    "/roles/support/users": ["nested"],
    "/roles/trader/users": ["customer"],
    "/roles/Head%20of%20desk/users": ["head"],
    "/clients/c1/roles/impersonation/users": ["double", "direct"],
    "/clients/c2/roles/admin/users": ["of-web"],
    "/groups/g2/members": ["by-subgroup"],
}
GROUPS = {"/roles/admin/groups": ["g1"]}
DEFAULT_GROUPS: list[dict[str, Any]] = [{"id": "g9", "name": "customers"}]
CHILDREN = {"/groups/g1/children": ["g2"], "/groups/g2/children": ["g1"]}


class Auditor:
    """A realm that is a handful of lists."""

    def __init__(self, realm: str, parts: Mapping[str, list[str]]) -> None:
        self.realm, self._parts = realm, parts

    def get(self, path: str = "") -> dict[str, Any]:
        return {"count": 2} if path == "/groups/count" else {"defaultRole": {"id": "r5"}}

    def all(self, path: str) -> list[dict[str, Any]]:
        return list({"/roles": ROLES, "/clients": CLIENTS, "/default-groups": DEFAULT_GROUPS}[path])

    def every(self, paths: Mapping[Any, str]) -> dict[Any, list[dict[str, Any]]]:
        return {key: self._listed(path) for key, path in paths.items()}

    def _listed(self, path: str) -> list[dict[str, Any]]:
        parts = path.strip("/").split("/")
        if parts[0] == "clients" and parts[-1] == "roles":
            return CLIENT_ROLES[parts[1]]
        if parts[-1] == "composites":
            return [{"id": id_} for id_ in self._parts.get(parts[1], [])]
        return [{"id": id_} for id_ in {**USERS, **GROUPS, **CHILDREN}.get(path, [])]


def holders(own: str = "admin", parts: Mapping[str, list[str]] = PARTS, realm: str = "r") -> Any:
    return AdminRoles(Auditor(realm, parts), [own]).holders()  # type: ignore[arg-type] # the three methods it uses


def test_direct_nested_and_grouped_roles_count_and_a_clients_own_does_not() -> None:
    found = holders()
    assert found.everybody == ()
    assert found.users == {
        "direct": {"admin", "realm-management impersonation"},
        "nested": {"support"},
        "double": {"realm-management impersonation"},
        "by-subgroup": {"admin by group"},
    }


def test_a_default_role_that_contains_an_admins_makes_everybody_one() -> None:
    assert holders(parts={**PARTS, "r5": ["r4", "r2"]}).everybody == ("default-roles-r",)


def test_a_group_of_admins_that_new_users_join_makes_everybody_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.modules[__name__], "DEFAULT_GROUPS", [*DEFAULT_GROUPS, {"id": "g2", "name": "night"}])
    assert holders().everybody == ("group night, which new users join",)


def test_roles_that_contain_each_other_end() -> None:
    assert holders(parts={"r2": ["r3"], "r3": ["r2", "r1"]}).users.keys() >= {"direct", "nested"}


def test_a_role_of_the_realm_may_have_spaces_in_its_name() -> None:
    assert holders(own="Head of desk").users["head"] == {"Head of desk"}
    assert "head" not in holders().users


def test_a_role_that_nobody_declared_is_none_but_masters_own_are(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "by-subgroup" not in holders(own="trader").users
    monkeypatch.setattr(sys.modules[__name__], "ROLES", [*ROLES, {"id": "r7", "name": "create-realm"}])
    assert "by-subgroup" in holders(own="trader", realm="master").users


def test_a_declared_role_that_the_realm_has_not_is_no_look_at_all() -> None:
    with pytest.raises(NotDescribed, match="has no role operator"):
        holders(own="operator")


def test_whoever_lacks_a_factor_is_named_by_id_and_way() -> None:
    people = (Admin("r", "1", ("admin",), ("otp",), ""), Admin("r", "2", ("a", "b"), (), "no second factor"))
    found = AdminsOfRealm("r", people, (), (), {}, throw_away_is_one=True)
    assert lacking([found]) == {"2": ("no second factor", "r", "a", "b")}


STEPS = [
    {"level": 0, "requirement": "REQUIRED", "providerId": "auth-username-password-form"},
    {"level": 0, "requirement": "CONDITIONAL"},
    {"level": 1, "requirement": "REQUIRED", "providerId": "conditional-user-configured"},
    {"level": 1, "requirement": "REQUIRED", "providerId": "auth-otp-form"},
]


@pytest.mark.parametrize(
    ("off", "asked"), [(None, True), (3, False), (1, False), (0, True)], ids=["on", "step off", "parent off", "other"]
)
def test_a_step_asks_unless_it_or_what_it_is_in_is_disabled(off: int | None, asked: bool) -> None:
    steps = [{**step, "requirement": "DISABLED"} if n == off else step for n, step in enumerate(STEPS)]
    assert asked_for(steps) == ({"otp"} if asked else set())


def test_making_the_factor_anew_is_no_factor() -> None:
    assert not asked_for([{"level": 0, "requirement": "REQUIRED", "providerId": "reset-otp"}])


GRANT = {"level": 0, "requirement": "REQUIRED", "providerId": "direct-grant-validate-otp"}


def test_a_password_grant_that_always_wants_one_refuses_whoever_has_none() -> None:
    everything = {"otp", "webauthn", "webauthn-passwordless"}
    assert asked_for([GRANT]) == everything
    assert asked_for([{"level": 0, "requirement": "CONDITIONAL"}, {**GRANT, "level": 1}]) == {"otp"}
    assert asked_for([{"level": 0, "requirement": "CONDITIONAL"}, GRANT]) == everything


@pytest.mark.parametrize(
    ("factors", "password", "named"),
    [(("webauthn",), True, True), (("otp", "webauthn"), True, False), (("webauthn",), False, False),
     (("federated by x",), True, False), ((), True, False)],
)  # fmt: skip
def test_an_admin_whose_factor_a_way_never_asks_for_is_named(
    factors: tuple[str, ...], password: bool, named: bool
) -> None:
    people = (Admin("r", "1", ("admin",), factors, "", password), Admin("other", "2", (), ("webauthn",), ""))
    found = AdminsOfRealm("r", people, (), (), {}, throw_away_is_one=True)
    ways = [PasswordAlone("r", "browser, hub", ASKED, ("otp", "webauthn")), PasswordAlone("r", "reset", CLOSED),
            PasswordAlone("r", "password grant, admin-cli", "refused", ("otp",))]  # fmt: skip
    said = ("password grant, admin-cli", "never asks for webauthn", "r", "admin")
    assert never_asked([found], ways) == ({"1": said} if named else {})


def test_a_condition_beside_a_factor_is_told_unless_it_is_that_there_is_one() -> None:
    role = {"level": 1, "requirement": "REQUIRED", "providerId": "conditional-user-role"}
    outer = [{"level": 0, "requirement": "CONDITIONAL"}, role]
    inner = [{**step, "level": level} for step, level in zip(STEPS[1:], (1, 2, 2), strict=True)]
    assert conditions(STEPS) == ()
    assert conditions([*STEPS, role]) == ("conditional-user-role",)
    assert conditions([*outer, *inner]) == ("conditional-user-role",)
    assert conditions([*outer, *STEPS]) == ()
    assert conditions([*STEPS, {**role, "requirement": "DISABLED"}]) == ()


DEVICE = "oauth2.device.authorization.grant.enabled"


@pytest.mark.parametrize(
    ("client", "lets_in"),
    [
        ({"attributes": {DEVICE: "true"}}, True),
        ({"implicitFlowEnabled": True}, True),
        ({"attributes": {DEVICE: "false"}, "implicitFlowEnabled": False}, False),
        ({"attributes": None, "standardFlowEnabled": True}, False),
    ],
)
def test_people_log_in_by_the_implicit_flow_and_at_devices_too(client: dict[str, Any], lets_in: bool) -> None:
    assert by_other_than_codes(client) is lets_in
