"""The lab's Keycloak is called ready only once it has shown its login page, the first of which takes seconds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import pytest

from golive_lab.certificates import Authority
from golive_lab.configuration import Configuration
from golive_lab.context import Lab
from golive_lab.secrets import Secrets
from golive_lab.services.keycloak import KeycloakService


@pytest.fixture
def keycloak(tmp_path: Path) -> KeycloakService:
    secrets, authority = Secrets(tmp_path / "secrets"), Authority(tmp_path / "ca")
    return KeycloakService(Lab(tmp_path, Configuration.load("reference"), secrets, authority))


def test_the_login_page_is_shown_once_before_it_is_ready(
    keycloak: KeycloakService, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[str, dict[str, str]]] = []

    def get(_: httpx.Client, url: str, params: dict[str, str], **__: Any) -> httpx.Response:
        asked.append((url, params))
        return httpx.Response(200)

    monkeypatch.setattr(httpx.Client, "get", get)
    keycloak.settle(lambda _: None)
    ((url, params),) = asked
    assert url == f"{keycloak.issuer}/protocol/openid-connect/auth"
    assert params["client_id"] == keycloak.lab.configuration.names.web_client


def test_a_page_that_does_not_come_is_for_the_clients_to_find(keycloak: KeycloakService) -> None:
    said: list[str] = []
    keycloak.settle(said.append)  # nothing listens there
    assert said == ["showing its first login page"]
