"""Four roles, a pilot user and a suite with keys of their own, and a folder for what they state."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import yaml
from securesystemslib.signer import CryptoSigner

from golive.evidence import roles as role_maps
from golive.evidence.envelope import sign_file
from golive.evidence.roles import RoleMap
from golive.evidence.statements import ATTESTATION, WAIVER

NOW = datetime(2026, 11, 26, 12, 0, tzinfo=UTC)
NAMES: Mapping[str, str] = {
    "engineering_lead": "Lead One",
    "product_owner": "Owner Two",
    "security_officer": "Officer Three",
    "operations_manager": "Manager Four",
    "pilot_user": "Pilot Five",
    "suite": "CI",
}
DAY = timedelta(days=1)


def public(signer: CryptoSigner) -> str:
    return base64.b64encode(bytes.fromhex(signer.public_key.keyval["public"])).decode()


def stamp(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


@dataclass
class People:
    """Everybody's keys, and an evidence folder that they write into."""

    folder: Path
    signers: dict[str, CryptoSigner] = field(
        default_factory=lambda: {role: CryptoSigner.generate_ed25519() for role in NAMES}
    )

    def __post_init__(self) -> None:
        for kind in ("attestations", "waivers"):
            (self.folder / kind).mkdir(parents=True, exist_ok=True)
        self.bind()

    def bind(self, extra: str = "") -> None:
        tables = (
            f'[[key]]\nrole = "{role}"\nname = "{NAMES[role]}"\npublic = "{public(signer)}"\n'
            for role, signer in self.signers.items()
        )
        (self.folder / "roles.toml").write_text("\n".join(tables) + extra, encoding="utf-8")

    @property
    def roles(self) -> RoleMap:
        return role_maps.read(self.folder / "roles.toml")

    def waiver(self, file: str = "w", /, by: Iterable[str] = ("operations_manager",), **changes: Any) -> Path:
        fields = {
            "item": "performance.resources", "target": "bare", "release": "r1",
            "why": "the node pool grows on Friday", "author": "Lead One", "approved_by": "Manager Four",
            "role": "operations_manager", "ticket": "OPS-1", "created": stamp(NOW - DAY), "until": stamp(NOW + DAY),
        } | changes  # fmt: skip
        return self._write("waivers", file, fields, WAIVER, by)

    def attestation(self, file: str = "a", /, by: Iterable[str] = ("operations_manager",), **changes: Any) -> Path:
        fields = {
            "item": "postdeploy.support_briefed", "target": "bare", "release": "r1", "role": "operations_manager",
            "name": "Manager Four", "statement": "support was briefed about this release",
            "signed_at": stamp(NOW - DAY), "valid_until": stamp(NOW + DAY),
        } | changes  # fmt: skip
        return self._write("attestations", file, fields, ATTESTATION, by)

    def _write(self, folder: str, name: str, fields: dict[str, Any], kind: str, by: Iterable[str]) -> Path:
        path = self.folder / folder / f"{name}.yaml"
        path.write_text(yaml.safe_dump({k: v for k, v in fields.items() if v is not None}, sort_keys=False))
        for role in by:
            sign_file(path, kind, self.signers[role])
        return path
