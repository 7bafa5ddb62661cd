"""How worlds change the lab's realm: through Keycloak's admin API, and each change undoes itself."""

from __future__ import annotations

import ssl
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from golive.errors import ProtocolBroken
from golive_lab.realm import AUDIENCE_MAPPER, LAB_ADMIN, totp_credential

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from types import TracebackType


SECONDS: Final = 10.0
"""For one request of the admin API."""
OTP_FLOW: Final = "Browser - Conditional 2FA"
"""Keycloak's own name for the part of the browser's flow that asks for the second factor."""


class KeycloakAdmin:
    """A realm's admin API as a client that may change it. A context manager that closes its connections.

    Raises httpx's errors where Keycloak cannot be reached, and ProtocolBroken where it refuses.
    """

    def __init__(self, url: str, realm: str, secret: str, ca_file: str, client_id: str = LAB_ADMIN) -> None:
        """``url`` is Keycloak's base, ``secret`` the client's, ``ca_file`` PEM of the lab's authority."""
        import httpx

        context = ssl.create_default_context(cafile=ca_file)
        self._client = httpx.Client(base_url=url, verify=context, timeout=SECONDS, trust_env=False)
        self._realm, self._client_id = realm, client_id
        self._secret = secret

    def __enter__(self) -> KeycloakAdmin:
        """Nothing to do: it logs in for each request."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the connections."""
        self._client.close()

    # what worlds do

    @contextmanager
    def without_audience(self, client_id: str) -> Iterator[None]:
        """Tokens of that client lack the API's audience meanwhile."""
        path = f"/clients/{self.client(client_id)['id']}/protocol-mappers/models"
        (mapper,) = [one for one in self.get(path) if one["name"] == AUDIENCE_MAPPER]
        self._send("DELETE", f"{path}/{mapper['id']}")
        try:
            yield
        finally:
            self._send("POST", path, {name: value for name, value in mapper.items() if name != "id"})

    @contextmanager
    def token_lifespan(self, seconds: int) -> Iterator[None]:
        """Access tokens of the realm live so long meanwhile."""
        with self.realm_with(accessTokenLifespan=seconds):
            yield

    @contextmanager
    def realm_with(self, **changes: Any) -> Iterator[None]:
        """These fields of the realm's representation are so meanwhile."""
        realm = self.get("")
        before = {name: _emptied(realm[name], changes[name]) for name in changes}
        self._send("PUT", "", changes)
        try:
            yield
        finally:
            self._send("PUT", "", before)

    @contextmanager
    def client_with(self, client_id: str, **changes: Any) -> Iterator[None]:
        """These fields of the client's representation are so meanwhile."""
        client = self.client(client_id)
        path = f"/clients/{client['id']}"
        self._send("PUT", path, {**client, **changes})
        try:
            yield
        finally:
            self._send("PUT", path, {**client, **{name: _emptied(client[name], changes[name]) for name in changes}})

    @contextmanager
    def user_with(self, username: str, **changes: Any) -> Iterator[None]:
        """These fields of the user's representation are so meanwhile (``enabled=False``)."""
        user = self.user(username)
        path = f"/users/{user['id']}"
        self._send("PUT", path, {**user, **changes})
        try:
            yield
        finally:
            self._send("PUT", path, user)

    @contextmanager
    def new(self, path: str, body: Mapping[str, Any]) -> Iterator[str]:
        """Something is there meanwhile that was made by a POST to that path; gives its id."""
        made = self._send("POST", path, body).headers["location"].rpartition("/")[2]
        try:
            yield made
        finally:
            self._send("DELETE", f"{path}/{made}")

    @contextmanager
    def linked(self, path: str, body: Any) -> Iterator[None]:
        """What one POST to that path adds and a DELETE with the same body takes away."""
        self._send("POST", path, body)
        try:
            yield
        finally:
            self._send("DELETE", path, body)

    @contextmanager
    def member(self, username: str, group: str) -> Iterator[None]:
        """The user belongs to the group of that id meanwhile."""
        path = f"/users/{self.user(username)['id']}/groups/{group}"
        self._send("PUT", path)
        try:
            yield
        finally:
            self._send("DELETE", path)

    def change(self, method: str, path: str, body: Any = None) -> None:
        """Send one change whose undoing is somebody else's: within something ``new``, for instance."""
        self._send(method, path, body)

    def otp_not_asked(self) -> AbstractContextManager[None]:
        """Nobody is asked for a one-time password at login meanwhile, though they have one."""
        return self.step_disabled("browser", OTP_FLOW)

    @contextmanager
    def step_disabled(self, flow: str, name: str) -> Iterator[None]:
        """That step of the flow is left out meanwhile."""
        path = f"/authentication/flows/{quote(flow)}/executions"
        (step,) = [one for one in self.get(path) if one["displayName"] == name]
        self._send("PUT", path, {**step, "requirement": "DISABLED"})
        try:
            yield
        finally:
            self._send("PUT", path, step)

    @contextmanager
    def otp_removed(self, username: str, seed: str) -> Iterator[None]:
        """The user has no one-time password meanwhile; afterwards one of ``seed`` (base32) again."""
        user = self.user(username)
        path = f"/users/{user['id']}"
        for credential in self.get(f"{path}/credentials"):
            if credential["type"] == "otp":
                self._send("DELETE", f"{path}/credentials/{credential['id']}")
        try:
            yield
        finally:
            self._send("PUT", path, {**user, "credentials": [totp_credential(seed)]})

    # the plain API

    def client(self, client_id: str) -> dict[str, Any]:
        """The client's representation."""
        return self._only(self.get("/clients", clientId=client_id), f"client {client_id}")

    def user(self, username: str) -> dict[str, Any]:
        """The user's representation."""
        return self._only(self.get("/users", username=username, exact="true"), f"user {username}")

    def get(self, path: str, **query: str) -> Any:
        """What the admin API answers below the realm's own path."""
        return self._send("GET", path, query=query).json()

    def _only(self, found: list[dict[str, Any]], what: str) -> dict[str, Any]:
        if len(found) != 1:
            raise ProtocolBroken("identity", f"the lab's realm has {len(found)} of {what}, expected one")
        return found[0]

    def _send(self, method: str, path: str, body: Any = None, query: Mapping[str, str] | None = None) -> Any:
        # A token for each request: they are few, and a world may make tokens live for a second only.
        answer = self._client.request(
            method,
            f"/admin/realms/{self._realm}{path}",
            json=body,
            params=query,
            headers={"Authorization": f"Bearer {self._token()}"},
        )
        if not answer.is_success:
            raise ProtocolBroken(
                "identity", f"{method} {path or 'realm'} answered {answer.status_code} to {self._client_id}"
            )
        return answer

    def _token(self) -> str:
        answer = self._client.post(
            f"/realms/{self._realm}/protocol/openid-connect/token",
            data={"grant_type": "client_credentials"},
            auth=(self._client_id, self._secret),
        )
        if not answer.is_success:
            raise ProtocolBroken("identity", f"the token endpoint answered {answer.status_code} to {self._client_id}")
        return str(answer.json()["access_token"])


def _emptied(before: Any, change: Any) -> Any:
    """What was there before; an attribute that was not is sent empty, since Keycloak keeps those that are not sent."""
    return {**dict.fromkeys(change, ""), **before} if isinstance(change, dict) else before
