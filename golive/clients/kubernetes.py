"""Kubernetes' API by the official client: its credentials and transport, with total deadlines and no attempt but one.

Answers stay JSON: the client's models would refuse what a newer server says, and hide what an object does not say.
"""

from __future__ import annotations

import json
import os
import ssl
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from golive.clients import tls
from golive.clients.deadlines import client_deadline, loaded_first, within
from golive.clients.secret import secret
from golive.errors import CannotEstablish, CredentialsRefused, NotDescribed, ProtocolBroken, Unreachable
from golive.target import Target

if TYPE_CHECKING:
    from kubernetes.client import ApiClient

SYSTEM = "cluster"
USER_AGENT = "golive"
"""As the API server's audit log has it."""
PAGE = 500
"""Objects asked for at once: a large namespace comes in several answers."""
METADATA = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json"
"""What to accept where only names and labels of a list are meant, and no content."""
_REFUSED = {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}


@dataclass(frozen=True)
class Said:
    """An answer of the API server: its status, and its JSON body."""

    status: int
    body: Mapping[str, Any]

    @property
    def message(self) -> str:
        """What a refusal says, without line breaks."""
        return " ".join(str(self.body.get("message", "")).split())


class ClusterClient:
    """Asks with the target's credential. All methods raise the typed errors of clients."""

    def __init__(self, target: Target) -> None:
        self.settings, self._limits = target.cluster, target.limits
        self._client: ApiClient | None = None

    def list(self, path: str, *, labels: str = "", accept: str = "application/json") -> tuple[dict[str, Any], ...]:
        """All objects of a collection, page by page."""
        found: list[dict[str, Any]] = []
        query = {"limit": str(PAGE)} | ({"labelSelector": labels} if labels else {})
        while True:
            page = self._good(path, self.ask("GET", path, query=query, accept=accept))
            found += _items(path, page)
            following = (page.get("metadata") or {}).get("continue")
            if not following:
                return tuple(found)
            query = {**query, "continue": following}

    def get(self, path: str) -> dict[str, Any]:
        """One object, or what a plain endpoint as ``/version`` says."""
        return dict(self._good(path, self.ask("GET", path)))

    def ask(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | None = None,
        accept: str = "application/json",
    ) -> Said:
        """One call, whatever its status: what a refusal says is for the caller to judge."""
        loaded_first("kubernetes.client", "kubernetes.config")
        deadline = client_deadline(SYSTEM, f"{method} {path}", self._limits.operation)
        return within(deadline, lambda: self._typed(path, lambda: self._send(method, path, query, body, accept)))

    def anonymous(self, path: str) -> Said:
        """What the API server says to a GET of somebody who shows no credential, over the same TLS."""
        from kubernetes.client import ApiClient, Configuration

        loaded_first("kubernetes.client", "kubernetes.config")
        known, nobody = self._connected().configuration, Configuration()
        nobody.host, nobody.ssl_ca_cert, nobody.ca_cert_data = known.host, known.ssl_ca_cert, known.ca_cert_data
        nobody.tls_server_name, nobody.proxy, nobody.no_proxy = known.tls_server_name, known.proxy, known.no_proxy
        nobody.retries = False
        deadline = client_deadline(SYSTEM, f"GET {path} without credentials", self._limits.operation)
        stranger = ApiClient(nobody)

        def work() -> Said:
            limits = (self._limits.connect, self._limits.operation)
            answer = stranger.call_api(
                "GET", f"{nobody.host}{path}", {"Accept": "application/json"}, _request_timeout=limits
            )
            return Said(answer.status, _content(path, answer.response.data))

        return within(deadline, lambda: self._typed(path, work))

    @property
    def address(self) -> str:
        """The API server's URL. Raises CredentialsRefused where the kubeconfig does not say."""
        return str(self._connected().configuration.host)

    def _send(
        self, method: str, path: str, query: Mapping[str, str] | None, body: Mapping[str, Any] | None, accept: str
    ) -> Said:
        client = self._connected()
        headers = {"Accept": accept} | ({"Content-Type": "application/json"} if body else {})
        words = client.param_serialize(
            method, path, query_params=list((query or {}).items()), header_params=headers, body=body,
            auth_settings=["BearerToken"],
        )  # fmt: skip
        answer = client.call_api(*words[:4], _request_timeout=(self._limits.connect, self._limits.operation))
        return Said(answer.status, _content(path, answer.response.data))

    def _connected(self) -> ApiClient:
        if self._client is None:
            self._client = self._client_of_target()
        return self._client

    def _client_of_target(self) -> ApiClient:
        from kubernetes import client, config

        if not self.settings.in_cluster and self.settings.kubeconfig is None:
            raise NotDescribed(
                SYSTEM,
                "the target says no way into its cluster",
                hint='add kubeconfig = { file = "/path" }, or in_cluster = true, to [cluster]',
            )
        configuration = client.Configuration()
        try:
            if self.settings.in_cluster:
                config.load_incluster_config(client_configuration=configuration)  # type: ignore[no-untyped-call]
            else:
                content = _kubeconfig(secret(SYSTEM, "kubeconfig", self.settings.kubeconfig))
                config.load_kube_config_from_dict(  # type: ignore[no-untyped-call]
                    content, self.settings.context, configuration, persist_config=False
                )
        except CannotEstablish:
            raise
        except Exception as error:  # noqa: BLE001 - whatever the library or an exec plugin raises
            # Never the library's words: they may repeat what stands in the file.
            raise CredentialsRefused(
                SYSTEM, f"no credentials can be had from {self._source} ({type(error).__name__})",
                hint="try it: kubectl --kubeconfig FILE version",
            ) from None  # fmt: skip
        configuration.retries = False
        connected = client.ApiClient(configuration)
        connected.user_agent = USER_AGENT
        return connected

    @property
    def _source(self) -> str:
        reference = self.settings.kubeconfig
        return "the pod's service account" if reference is None else reference.source

    def _good(self, path: str, said: Said) -> Mapping[str, Any]:
        if said.status in _REFUSED:
            raise CredentialsRefused(
                SYSTEM, f"{path}: HTTP {said.status} to the suite's credential: {said.message[:300]}",
                hint="bind the roles of deploy/rbac to golive's user",
            )  # fmt: skip
        if said.status != HTTPStatus.OK:
            raise ProtocolBroken(
                SYSTEM, f"{path}: HTTP {said.status}: {said.message[:300]}", hint="kubectl get --raw says the same?"
            )
        return said.body

    def _typed(self, path: str, work: Callable[[], Said]) -> Said:
        from kubernetes.client import ApiException
        from urllib3 import exceptions

        try:
            return work()
        except (ApiException, exceptions.SSLError) as error:  # the library has one of its own for TLS alone
            raise tls.failed(SYSTEM, self._place, _of_tls(error)) from error
        except exceptions.NewConnectionError as error:  # some versions call it a kind of the next
            raise self._unreachable(error) from error
        except (exceptions.ConnectTimeoutError, exceptions.ReadTimeoutError) as error:
            raise client_deadline(SYSTEM, f"{path} at {self._place}", self._limits.operation).expired(
                type(error).__name__
            ) from error
        except exceptions.HTTPError as error:
            raise self._unreachable(error) from error

    def _unreachable(self, error: Exception) -> Unreachable:
        hint = "does its API server run, and is it this address?"
        return Unreachable(SYSTEM, f"{self._place}: {_words(error)}", hint=hint)

    @property
    def _place(self) -> str:
        parts = urlsplit(self.address)
        return f"{parts.hostname}:{parts.port or 443}"


def server(target: Target) -> str | None:
    """The API server's URL as the target's kubeconfig has it; None where it cannot be read, or is not what is meant."""
    reference, wanted = target.cluster.kubeconfig, target.cluster.context
    if reference is None:
        return None
    try:
        content = _kubeconfig(reference.resolve().get_secret_value())
        contexts = {each["name"]: each["context"] for each in content["contexts"]}
        clusters = {each["name"]: each["cluster"] for each in content["clusters"]}
        return str(clusters[contexts[wanted or content["current-context"]]["cluster"]]["server"])
    except (LookupError, TypeError, ValueError):
        return None


def _words(error: Exception) -> str:
    """The system's own words of a connection that failed, where there are some."""
    for cause in _causes(error):
        if isinstance(cause, OSError) and cause.errno is not None:
            return os.strerror(cause.errno).lower()
    return str(error).rpartition(": ")[2] or type(error).__name__


def _of_tls(error: Exception) -> ssl.SSLError:
    """The error of TLS itself within the libraries' ones."""
    found = (each for each in _causes(error) if isinstance(each, ssl.SSLError))
    return next(found, ssl.SSLError(str(error)))


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """An error, what it carries, and what led to it."""
    while error is not None:
        yield error
        yield from (each for each in error.args if isinstance(each, Exception))
        error = error.__cause__ or error.__context__


def _kubeconfig(text: str) -> dict[str, Any]:
    import yaml

    try:
        content = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise ValueError("no YAML") from error
    if not isinstance(content, dict):
        raise TypeError("no mapping")
    return content


def _content(path: str, body: bytes) -> Mapping[str, Any]:
    try:
        content = json.loads(body)
    except ValueError:
        content = {"message": body.decode("utf-8", "replace")}
    if not isinstance(content, dict):
        raise ProtocolBroken(SYSTEM, f"{path}: JSON that is no object", hint="is this a Kubernetes API server?")
    return content


def _items(path: str, page: Mapping[str, Any]) -> list[dict[str, Any]]:
    items = page.get("items")
    if items is None and str(page.get("kind", "")).endswith("List"):
        return []  # as a list of metadata alone says that it is empty
    if not isinstance(items, list):
        raise ProtocolBroken(SYSTEM, f"{path}: no list of objects", hint="is this a Kubernetes API server?")
    return items
