"""Which roles of a Keycloak realm make somebody an admin, and who has them: directly, by group or by another role."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from golive.clients.keycloak_admin import SYSTEM, KeycloakAuditor
from golive.errors import NotDescribed

MASTER: Final = "master"
MASTER_ROLES: Final = frozenset({"admin", "create-realm"})
OF_REALM: Final = "realm-management"
"""The client whose roles are a realm's administration; impersonation is one of them."""
OF_MASTER: Final = "-realm"
"""How master's clients are called whose roles are the administration of each realm."""


@dataclass(frozen=True)
class Role:
    """A role and where its holders are listed, below the realm's path."""

    id: str
    name: str
    path: str = field(repr=False)
    client: str = ""
    """The client whose role it is; empty for a role of the realm."""
    composite: bool = False

    @property
    def words(self) -> str:
        """The role's name, after its client's."""
        return f"{self.client} {self.name}".strip()


@dataclass
class Holders:
    """Who has an admin role. ``everybody`` names what gives one to each user: the default role, or a default group."""

    users: dict[str, set[str]] = field(default_factory=dict)
    """Keycloak's id of each user, with the ways by which it has the role."""
    everybody: tuple[str, ...] = ()


class AdminRoles:
    """One realm's roles, read once."""

    def __init__(self, auditor: KeycloakAuditor, own: Iterable[str]) -> None:
        """``own`` names the realm roles of operators."""
        self._auditor = auditor
        self._own = frozenset(own) | (MASTER_ROLES if auditor.realm == MASTER else frozenset())
        self.clients = auditor.all("/clients")

    def holders(self) -> Holders:
        """Everybody with an admin role, whichever way."""
        roles = self._admin_roles()
        default = (self._auditor.get().get("defaultRole") or {}).get("id")
        found = Holders(everybody=tuple(sorted(role.words for role in roles.values() if role.id == default)))
        listed = {role: role.path for role in roles.values() if role.id != default}
        for role, users in self._auditor.every({role: f"{path}/users" for role, path in listed.items()}).items():
            _note(found, users, role.words)
        if self._auditor.get("/groups/count").get("count"):
            groups = self._auditor.every({role: f"{path}/groups" for role, path in listed.items()})
            ways = {group["id"]: f"{role.words} by group" for role, each in groups.items() for group in each}
            groups_of_admins = self._members(found, ways)
            joined = [each for each in self._auditor.all("/default-groups") if each["id"] in groups_of_admins]
            found.everybody += tuple(sorted(f"group {each['name']}, which new users join" for each in joined))
        return found

    def _admin_roles(self) -> dict[str, Role]:
        """By id, those that are admin roles themselves and those that contain one, however deep.

        Raises NotDescribed where the realm has not every role that the target names.
        """
        roles = self._all_roles()
        absent = sorted(self._own - {role.name for role in roles.values() if not role.client})
        if absent:
            raise NotDescribed(
                SYSTEM,
                f"realm {self._auditor.realm} has no role {', '.join(absent)}, by which its admins are to be found",
                hint=f"correct keycloak.admins.{self._auditor.realm}.roles",
            )
        parts = self._auditor.every(
            {id_: f"/roles-by-id/{id_}/composites" for id_, role in roles.items() if role.composite}
        )
        contained = {id_: {part["id"] for part in each} for id_, each in parts.items()}
        admin = {id_ for id_, role in roles.items() if self._is_admin(role)}
        grown = True
        while grown:
            more = {id_ for id_, inner in contained.items() if inner & admin} - admin
            admin |= more
            grown = bool(more)
        return {id_: roles[id_] for id_ in sorted(admin)}

    def _all_roles(self) -> dict[str, Role]:
        found = {told["id"]: _role(told, f"/roles/{_quoted(told['name'])}") for told in self._auditor.all("/roles")}
        paths = {client["clientId"]: f"/clients/{client['id']}/roles" for client in self.clients}
        for client_id, roles in self._auditor.every(paths).items():
            for told in roles:
                role = _role(told, f"{paths[client_id]}/{_quoted(told['name'])}", client_id)
                found[role.id] = role
        return found

    def _is_admin(self, role: Role) -> bool:
        if not role.client:
            return role.name in self._own
        return role.client == OF_REALM or (self._auditor.realm == MASTER and role.client.endswith(OF_MASTER))

    def _members(self, found: Holders, groups: Mapping[str, str]) -> set[str]:
        """Note who is in these groups or below them; gives the ids of all of these."""
        seen: set[str] = set()
        while groups := {id_: way for id_, way in groups.items() if id_ not in seen}:
            seen |= groups.keys()
            for id_, users in self._auditor.every({id_: f"/groups/{id_}/members" for id_ in groups}).items():
                _note(found, users, groups[id_])
            below = self._auditor.every({id_: f"/groups/{id_}/children" for id_ in groups})
            groups = {child["id"]: groups[id_] for id_, children in below.items() for child in children}
        return seen


def _role(told: Mapping[str, Any], path: str, client: str = "") -> Role:
    return Role(str(told["id"]), str(told["name"]), path, client, bool(told.get("composite")))


def _note(found: Holders, users: Iterable[Mapping[str, Any]], way: str) -> None:
    for user in users:
        found.users.setdefault(str(user["id"]), set()).add(way)


def _quoted(name: str) -> str:
    from urllib.parse import quote

    return quote(name, safe="")
