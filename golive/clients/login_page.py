"""Keycloak's login pages as far as a login without a browser needs them: forms, fields, and what they complain of."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser


@dataclass
class Form:
    """A form: where it is sent, and its fields with the values that they come with."""

    action: str
    fields: dict[str, str] = field(default_factory=dict)
    invalid: set[str] = field(default_factory=set)
    """Fields that the page marks as wrongly filled in (``aria-invalid``), in whatever language it speaks."""


class LoginPage(HTMLParser):
    """One page. ``complaint`` is the text of its error messages, empty where it has none."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.forms: list[Form] = []
        self.title = ""
        self._messages: list[str] = []
        self._open: list[tuple[str, bool]] = []
        self._in_title = False
        self.feed(text)
        self.close()

    @property
    def complaint(self) -> str:
        """What the page says went wrong."""
        return " ".join(" ".join(self._messages).split())

    def form_with(self, *names: str) -> Form | None:
        """The first form that has all these fields."""
        return next((form for form in self.forms if set(names) <= form.fields.keys()), None)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note forms, fields, and where error messages begin."""
        given = {name: value or "" for name, value in attrs}
        self._in_title = self._in_title or tag == "title"
        if tag == "form":
            self.forms.append(Form(given.get("action", "")))
        elif tag in {"input", "button"} and self.forms and given.get("name"):
            self._add_field(given)
        if tag not in _VOID:
            self._open.append((tag, _is_message(given)))

    def handle_endtag(self, tag: str) -> None:
        """Close the innermost element of that tag."""
        if tag == "title":
            self._in_title = False
        for position in range(len(self._open) - 1, -1, -1):
            if self._open[position][0] == tag:
                del self._open[position:]
                return

    def handle_data(self, data: str) -> None:
        """Keep the title's text and that of error messages."""
        if self._in_title:
            self.title = f"{self.title} {data}".strip()
        if any(is_message for _, is_message in self._open):
            self._messages.append(data)

    def _add_field(self, given: dict[str, str]) -> None:
        form = self.forms[-1]
        chosen = given.get("type") not in {"radio", "checkbox", "submit", "button"} or "checked" in given
        if chosen:
            form.fields[given["name"]] = given.get("value", "")
        if given.get("aria-invalid") == "true":
            form.invalid.add(given["name"])


_VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}


def _is_message(given: dict[str, str]) -> bool:
    classes = given.get("class", "").split()
    named = given.get("id", "").startswith(("input-error", "kc-error-message"))
    return named or "kc-feedback-text" in classes or "alert-error" in classes
