"""An export: asked for, finished, downloaded, opened, and laid beside what the API itself answers for the same days."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Any

from pydantic import SecretStr

from golive.errors import NotDescribed
from golive.facts.downloads import Downloads
from golive.facts.jobs import Job, Jobs, filled
from golive.facts.refusal import own_refusal
from golive.facts.rows import Row, at, differences, few, lacking, repeated
from golive.facts.served_prices import ServedPrices
from golive.residue import RunId
from golive.target import Target
from golive.target.functional import Export as Settings
from golive.target.needed import required

ITEM = "functional.data_export"
UNREADABLE = (ValueError, OSError, NotImplementedError, LookupError, TypeError, csv.Error)
"""What the readers of CSV and Parquet raise for a file that is none, or is written in a way that nobody can read."""


@dataclass(frozen=True)
class Exported:
    """One export, and how its file differs from the API's rows for the same days. Sums are USD/MWh."""

    format: str
    first: str
    last: str
    status: int
    """Of the answer that took the job."""
    state: str
    opened: str
    """``opened``, or why the file could not be."""
    seconds: float
    bytes: int
    told_rows: int | None
    rows: int
    api_rows: int
    columns: frozenset[str]
    api_columns: frozenset[str]
    price_sum: float
    api_price_sum: float
    repeated: tuple[str, ...]
    unlike_api: dict[str, str]
    version: str
    service: str = "gateway"
    outsider: str = "not asked"
    """What the CAISO persona was told of the job while it was there: ``refused``, or what was wrong."""

    @property
    def asked(self) -> str:
        """What was asked for."""
        return f"an export as {self.format}"


class Exports:
    """The exports, asked for anew."""

    def __init__(self, target: Target, run: RunId) -> None:
        self._target, self._run = target, run
        self._prices = ServedPrices(target)
        self._files = Downloads(target)

    @property
    def settings(self) -> Settings:
        """The target's [export]. Raises NotDescribed where it has none."""
        return required(self._target.export, "export", ITEM)

    def sweep(self, token: SecretStr) -> list[str]:
        """Remove exports that dead or expired runs left."""
        return Jobs(self._target, self.settings, self._run, token).sweep()

    def export(self, token: SecretStr, outsider: SecretStr, kind: str) -> Exported:
        """One export in that format, which the outsider asks for too; removed afterwards."""
        days = self._prices.newest_days(self.settings.days)
        served = self._prices.rows_of(token, days)
        span = {"first": days[0].isoformat(), "last": days[-1].isoformat()}
        body = filled(self.settings.body, {**span, "format": kind})
        with Jobs(self._target, self.settings, self._run, token).run(body) as job:
            opened, content, rows = self._opened(job, kind, token)
            told = self._told(job, outsider)
        return replace(self._beside(kind, span, job, opened, len(content), rows, served), outsider=told)

    def _told(self, job: Job, outsider: SecretStr) -> str:
        """A job that is there may be open where one that is not is refused, so it is tried while it is."""
        if not job.id:
            return "there was no job to ask for"
        answer = Jobs(self._target, self.settings, self._run, outsider).look(job.id)
        return own_refusal(answer, required(self._target.api, "api", ITEM).refusal)

    def _opened(self, job: Job, kind: str, token: SecretStr) -> tuple[str, bytes, list[dict[str, Any]]]:
        if job.state != self.settings.done:
            return "there is no file", b"", []
        link = at(job.content, self.settings.download)
        if not isinstance(link, str) or not link:
            return f"the finished job has no address at {self.settings.download}", b"", []
        answer = self._files.fetch(link, token)
        if answer.status != HTTPStatus.OK:
            return f"the download answered {answer.status}", b"", []
        try:
            return "opened", answer.body, _READERS[kind](answer.body)
        except UNREADABLE as error:
            return f"{type(error).__name__}: {str(error)[:160]}", answer.body, []

    def _beside(
        self, kind: str, span: Mapping[str, str], job: Job, opened: str, size: int, rows: list[dict[str, Any]],
        served: list[Row],
    ) -> Exported:  # fmt: skip
        history = self._prices.history_settings
        fields = sorted({name for row in served for name in row})
        written = [_as_text(row) for row in rows] if kind == "csv" else rows
        told = [_as_text(row) for row in served] if kind == "csv" else served
        nullable = set(fields) - {*history.key, history.price}
        unlike = differences(written, told, history.key, fields, nullable) if rows else {}
        gone = dict.fromkeys(lacking(told, written, history.key), "not in the file")
        return Exported(
            kind, span["first"], span["last"], job.status, job.state, opened, job.seconds, size,
            at(job.content, self.settings.rows), len(rows), len(served),
            frozenset(name for row in rows for name in row), frozenset(fields),
            _sum(rows, history.price), _sum(served, history.price), repeated(rows, history.key),
            few(gone | _api_words(unlike)), job.version,
        )  # fmt: skip


def _api_words(unlike: Mapping[str, str]) -> dict[str, str]:
    return {key: said.replace("in the store", "by the API") for key, said in unlike.items()}


def _sum(rows: Iterable[Row], price: str) -> float:
    """Of the prices; not a number where one of them is none."""
    try:
        return round(math.fsum(float(row.get(price, math.nan)) for row in rows), 6)
    except (TypeError, ValueError):
        return math.nan


def _as_text(row: Row) -> dict[str, Any]:
    """The row as CSV can tell it: an empty text is null, and truth is written out."""
    return {name: _csv_value(value) for name, value in row.items()}


def _csv_value(value: Any) -> Any:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return value.lower() if value.lower() in {"true", "false"} else value or None
    return value


def _csv(content: bytes) -> list[dict[str, Any]]:
    text = io.StringIO(content.decode("utf-8-sig", "strict"), newline="")
    return list(csv.DictReader(text, restkey="(no column)", strict=True))


def _parquet(content: bytes) -> list[dict[str, Any]]:
    try:
        import pyarrow.parquet
    except ModuleNotFoundError as error:
        raise NotDescribed(
            "export", f"no {error.name} to open Parquet", hint="pip install 'golive[functional]'"
        ) from None
    rows: list[dict[str, Any]] = pyarrow.parquet.read_table(io.BytesIO(content)).to_pylist()
    return rows


_READERS: Mapping[str, Callable[[bytes], list[dict[str, Any]]]] = {"csv": _csv, "parquet": _parquet}
