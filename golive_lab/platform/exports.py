"""Exports: the rows of a dataset as a file, CSV or Parquet, with the API's own names for columns."""

from __future__ import annotations

import csv
import datetime
import io
from collections.abc import Mapping
from typing import Any

import pyarrow
import pyarrow.parquet

from golive_lab.platform.faults import Faults
from golive_lab.platform.fields import renamed
from golive_lab.platform.files import Files
from golive_lab.platform.warehouse import Warehouse, plain

MEDIA = {"csv": "text/csv", "parquet": "application/vnd.apache.parquet"}
DAY_AHEAD = """
SELECT node, operating_day, hour_ending, interval_start, price FROM day_ahead
WHERE market = {market:String} AND operating_day >= {first:Date} AND operating_day <= {last:Date}
ORDER BY interval_start, node
"""
Row = dict[str, Any]


def run(
    job: str,
    asked: Mapping[str, Any],
    warehouse: Warehouse,
    files: Files,
    faults: Faults,
    names: Mapping[str, str],
) -> dict[str, Any]:
    """Write the file; what the job then says of itself. Raises WarehouseUnavailable, FilesUnavailable."""
    days = {name: datetime.date.fromisoformat(asked[field]) for name, field in (("first", "from"), ("last", "to"))}
    rows: list[Row] = renamed(plain(warehouse.rows(DAY_AHEAD, {"market": asked["market"], **days})), names)
    told = len(rows)
    if "export_short_by_a_row" in faults:
        rows = rows[:-1]
    if "export_misses_column" in faults:
        rows = [{name: value for name, value in row.items() if name != "hour_ending"} for row in rows]
    if "export_wrong_price" in faults:
        price = names.get("price", "price")
        rows[3] = {**rows[3], price: rows[3][price] + 0.01}
    content = (_csv if asked["format"] == "csv" else _parquet)(rows)
    if "export_truncated" in faults:
        content = content[: len(content) // 2]
    files.put(job, content, MEDIA[asked["format"]])
    return {"format": asked["format"], "rows": told}


def _csv(rows: list[Row]) -> bytes:
    text = io.StringIO()
    if rows:
        writer = csv.DictWriter(text, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return text.getvalue().encode()


def _parquet(rows: list[Row]) -> bytes:
    buffer = io.BytesIO()
    pyarrow.parquet.write_table(pyarrow.Table.from_pylist(rows), buffer)
    return buffer.getvalue()
