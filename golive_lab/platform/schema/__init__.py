"""The tables that the platform needs, as the statements that make them."""

from __future__ import annotations

from pathlib import Path

_FOLDER = Path(__file__).parent


def postgres_script(role: str) -> str:
    """One script for the owner of the operational database; it gives ``role``, the application's, its rights."""
    quoted = '"' + role.replace('"', '""') + '"'
    return (_FOLDER / "postgres.sql").read_text(encoding="utf-8").replace("{role}", quoted)


def clickhouse_statements() -> list[str]:
    """The statements for the warehouse, to run one by one in its database."""
    text = (_FOLDER / "clickhouse.sql").read_text(encoding="utf-8")
    lines = "\n".join(line for line in text.splitlines() if not line.startswith("--"))
    return [statement.strip() for statement in lines.split(";") if statement.strip()]
