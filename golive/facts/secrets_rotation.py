"""Rotation of the platform's secrets: age and sameness by Vault, consumers by their start, old ones by being tried."""

from __future__ import annotations

import datetime
import hashlib
import hmac
import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from golive.clients.prometheus import PrometheusClient
from golive.clients.secret import secret
from golive.clients.vault import Metadata, VaultClient
from golive.errors import CredentialsRefused, TooLittleData
from golive.facts.old_credentials import REFUSED, TAKEN, Tried, attempt
from golive.target import Target
from golive.target.needed import required
from golive.target.secret_rotation import PlatformSecret

ITEM: Final = "security.secrets_rotated"
SYSTEM: Final = "vault"
DAY: Final = 86_400
FINGERPRINT, PREVIOUS = "fingerprint", "previous_fingerprint"


@dataclass(frozen=True)
class Kept:
    """One secret as Vault tells of it. ``wrong`` is empty where it was rotated in time, to another value."""

    name: str
    version: int
    age_days: float
    wrong: tuple[str, ...]


@dataclass(frozen=True)
class Consumer:
    """A service that uses a secret, and whether it was started after that was made."""

    service: str
    secret: str
    started_after_seconds: float


class PlatformSecrets:
    """Every secret that the target declares."""

    def __init__(self, target: Target) -> None:
        self._target = target
        self._rotation = required(target.secret_rotation, "secret_rotation", ITEM)
        self._vault = VaultClient(target, self._rotation.vault)

    @property
    def declared(self) -> frozenset[str]:
        """Names of the secrets that the target knows of."""
        return frozenset(self._rotation.secrets)

    @property
    def current(self) -> frozenset[str]:
        """Every credential that must be taken, in the words of ``tried``."""
        return frozenset(f"current {name}" for name in self._rotation.secrets)

    @property
    def old(self) -> frozenset[str]:
        """Every credential that must be refused, in the words of ``tried``."""
        revoked = {f"revoked {name}" for name in self._rotation.secrets}
        return frozenset(revoked | {f"default of {each.login} at {each.system}" for each in self._rotation.defaults})

    def names(self) -> frozenset[str]:
        """Names of all that Vault keeps for the platform."""
        return frozenset(self._vault.names())

    def kept(self) -> tuple[Kept, ...]:
        """Each declared secret, as Vault tells of it."""
        return tuple(self._kept(self._vault.metadata(name)) for name in sorted(self.declared))

    def consumers(self) -> tuple[Consumer, ...]:
        """Each consumer of each secret. Raises TooLittleData where Prometheus does not know when one was started."""
        started = self._started()
        return tuple(
            Consumer(service, name, round(started[service] - self._vault.metadata(name).made.timestamp(), 1))
            for name, each in sorted(self._rotation.secrets.items())
            for service in sorted(each.consumers)
        )

    def tried(self) -> tuple[Tried, ...]:
        """Each current secret, each revoked one and each default, once.

        Raises CredentialsRefused where a current one is refused: its system's refusals would then say nothing.
        """
        found = [self._current(name) for name in sorted(self._rotation.secrets)]
        found += [self._revoked(name) for name in sorted(self._rotation.secrets)]
        for default in self._rotation.defaults:
            state = attempt(self._target, default.system, default.login, default.password, default=True)
            found.append(Tried(default.system, f"default of {default.login} at {default.system}", state))
        return tuple(found)

    def _kept(self, told: Metadata) -> Kept:
        age = (datetime.datetime.now(datetime.UTC) - told.made).total_seconds() / DAY
        current, previous = told.notes.get(FINGERPRINT, ""), told.notes.get(PREVIOUS, "")
        wrong = {
            f"{age:.0f} days old, at most {self._rotation.max_age_days:g}": age > self._rotation.max_age_days,
            "the same as the one before": bool(current) and hmac.compare_digest(current, previous),
            "its rotation noted no fingerprint of the one before": not previous,
            "another one is in use": not hmac.compare_digest(current, self._fingerprint(told.name)),
        }
        return Kept(told.name, told.version, round(age, 2), tuple(words for words, holds in wrong.items() if holds))

    def _fingerprint(self, name: str) -> str:
        """Of the secret that the target names as the current one."""
        key = secret(SYSTEM, "key of the fingerprints", self._rotation.fingerprint_key)
        value = secret(SYSTEM, f"current {name}", self._rotation.secrets[name].current)
        return hmac.new(key.encode(), value.encode(), hashlib.sha256).hexdigest()

    def _started(self) -> dict[str, float]:
        """When the oldest process of each consumer was started, also where the query tells each of them."""
        prometheus = PrometheusClient(self._target, ITEM)
        services = sorted({service for each in self._rotation.secrets.values() for service in each.consumers})
        asked = {name: prometheus.instant(self._rotation.started.replace("{service}", name)) for name in services}
        found = {name: [each.samples[-1][1] for each in told.series if each.samples] for name, told in asked.items()}
        unknown = [name for name, moments in found.items() if not moments or not all(map(math.isfinite, moments))]
        if unknown:
            raise TooLittleData(
                "metrics",
                f"Prometheus does not know when {', '.join(unknown)} was started",
                hint="secret_rotation.started is the query; is the service scraped?",
            )
        return {name: min(moments) for name, moments in found.items()}

    def _login(self, each: PlatformSecret) -> str:
        if each.login is not None:
            return each.login
        return secret(SYSTEM, "access key of the suite", self._target.object_storage.access_key)

    def _current(self, name: str) -> Tried:
        each = self._rotation.secrets[name]
        state = attempt(self._target, each.system, self._login(each), secret(SYSTEM, f"current {name}", each.current))
        if state == REFUSED:
            raise CredentialsRefused(
                each.system,
                f"the current secret {name} is refused, so refusals of old ones say nothing",
                hint="was the rotation carried out at the system itself?",
            )
        return Tried(each.system, f"current {name}", state)

    def _revoked(self, name: str) -> Tried:
        each = self._rotation.secrets[name]
        state = attempt(self._target, each.system, self._login(each), secret(SYSTEM, f"revoked {name}", each.revoked))
        return Tried(each.system, f"revoked {name}", state)


def taken(tried: Iterable[Tried]) -> frozenset[str]:
    """What was taken."""
    return frozenset(each.what for each in tried if each.state == TAKEN)
