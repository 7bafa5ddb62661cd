"""Files that are replaced whole."""

from __future__ import annotations

from pathlib import Path

from golive.wholefile import write_whole


def test_a_file_is_replaced_whole_and_nothing_lies_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "tokens.json"
    write_whole(path, "one", mode=0o600)
    write_whole(path, "two", mode=0o600)
    assert (path.read_text(encoding="utf-8"), path.stat().st_mode & 0o777) == ("two", 0o600)
    assert list(tmp_path.iterdir()) == [path]
