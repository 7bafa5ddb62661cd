"""What a program writes into a page stands between its marks, and nothing else of the page changes."""

from __future__ import annotations

from pathlib import Path

import pytest

from selftests.generated import put_between, with_between

BEGIN, END = "<!-- it:begin -->", "<!-- it:end -->"


def test_the_text_replaces_what_stands_between_the_marks() -> None:
    page = f"head\n{BEGIN}\nold\n{END}\ntail\n"
    assert with_between(page, BEGIN, END, "new") == f"head\n{BEGIN}\nnew\n{END}\ntail\n"


@pytest.mark.parametrize("page", ["neither", f"{BEGIN} alone", f"{END} alone", f"{END} before {BEGIN}"])
def test_a_page_without_both_marks_is_named_and_left_as_it_is(tmp_path: Path, page: str) -> None:
    path = tmp_path / "page.md"
    path.write_text(page)
    with pytest.raises(ValueError, match=f"page.md: the page lacks the marks {BEGIN} and {END}"):
        put_between(path, BEGIN, END, "new")
    assert path.read_text() == page
