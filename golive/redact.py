"""Secrets never leave: every text on its way to a sink passes through here.

A secret is known in its usual encodings (URL-quoted, base64 at each alignment, JSON- and HTML-escaped, hex,
Python's repr, reversed); any run of eight characters of one of these is scrubbed, so that a truncated or wrapped secret
is found too. Secrets shorter than eight characters are scrubbed whole; what is issued during a run is known by its
shape.
"""

from __future__ import annotations

import base64
import html
import json
import re
import urllib.parse
from collections.abc import Iterable, Iterator
from typing import IO, Any

from pydantic import SecretStr

MARK = "[REDACTED]"
FRAGMENT = 8
"""Characters; a shorter run of a secret may be a coincidence, a run this long is taken for a leak."""
SHORTEST = 4
"""Characters; anything shorter would scrub ordinary words and guards nothing."""

_SHAPES = re.compile(
    r"eyJ[\w-]{8,}\.[\w-]+(?:\.[\w-]*)?"
    r"|(?P<name>[?&;](?:x-amz-[a-z-]+|sig|signature|token|access_token|code|key)=)[^&\s\"'<>]+",
    re.IGNORECASE,
)
"""Secrets that the target does not know beforehand: tokens (JWT) issued meanwhile, and signed addresses."""


class Redactor:
    """Scrubs registered secrets out of texts and JSON-able structures. Secrets can be added at any time."""

    def __init__(self, secrets: Iterable[SecretStr] = ()) -> None:
        self._grams: set[str] = set()
        self._short: set[str] = set()
        self._known: set[str] = set()
        self.add(secrets)

    def add(self, secrets: Iterable[SecretStr]) -> None:
        """Register further secrets."""
        for secret in secrets:
            value = secret.get_secret_value()
            if len(value) < SHORTEST or value in self._known:
                continue
            self._known.add(value)
            for form in encodings(value):
                if len(form) < FRAGMENT:
                    self._short.add(form)
                else:
                    self._grams.update(form[i : i + FRAGMENT] for i in range(len(form) - FRAGMENT + 1))

    def __call__(self, text: str) -> str:
        """The text with every known fragment, and what has the shape of a token, replaced by ``[REDACTED]``."""
        text = _SHAPES.sub(lambda found: f"{found['name'] or ''}{MARK}", text)
        for short in self._short:
            text = text.replace(short, MARK)
        spans = list(self._spans(text)) if self._grams else []
        if not spans:
            return text
        pieces, end = [], 0
        for start, stop in spans:
            pieces += [text[end:start], MARK]
            end = stop
        return "".join((*pieces, text[end:]))

    def _spans(self, text: str) -> Iterator[tuple[int, int]]:
        grams, start, stop = self._grams, -1, -1
        for i in range(len(text) - FRAGMENT + 1):
            if text[i : i + FRAGMENT] in grams:
                if start >= 0 and i > stop:
                    yield start, stop
                    start = i
                elif start < 0:
                    start = i
                stop = i + FRAGMENT
        if start >= 0:
            yield start, stop

    def deep(self, value: Any) -> Any:
        """The same structure with every text scrubbed, keys included."""
        if isinstance(value, str):
            return self(value)
        if isinstance(value, dict):
            return {self.deep(key): self.deep(item) for key, item in value.items()}
        if isinstance(value, list | tuple):
            return type(value)(self.deep(item) for item in value)
        return value

    def values(self, value: Any, *, keep: frozenset[str] = frozenset()) -> Any:
        """The same structure with the texts below its keys scrubbed; keys are its schema, and stay.

        Values under the keys in ``keep`` stay too.
        """
        if isinstance(value, dict):
            return {k: v if k in keep else self.values(v, keep=keep) for k, v in value.items()}
        if isinstance(value, list | tuple):
            return type(value)(self.values(item, keep=keep) for item in value)
        return self(value) if isinstance(value, str) else value


class RedactingStream:
    """A text stream that scrubs whatever is written to it; everything else is the stream's own."""

    def __init__(self, stream: IO[str], redactor: Redactor) -> None:
        self._stream = stream
        self._redactor = redactor

    def write(self, text: str) -> int:
        """Write the scrubbed text; gives the number of characters taken."""
        self._stream.write(self._redactor(text))
        return len(text)

    def writelines(self, lines: Iterable[str]) -> None:
        """Write each line scrubbed."""
        for line in lines:
            self.write(line)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


def encodings(value: str) -> set[str]:
    """The forms in which a secret turns up in URLs, headers, dumps and pages."""
    raw = value.encode()
    forms = {
        value,
        value[::-1],
        urllib.parse.quote(value, safe=""),
        urllib.parse.quote(value),
        urllib.parse.quote_plus(value),
        html.escape(value),
        html.escape(html.escape(value)),
        json.dumps(value)[1:-1],
        repr(value)[1:-1],
        raw.hex(),
        raw.hex().upper(),
    }
    for padding in range(3):
        for encode in (base64.b64encode, base64.urlsafe_b64encode):
            # The first and last characters depend on the neighbours, as in "user:secret" of basic authentication.
            encoded = encode(b"\0" * padding + raw).decode().rstrip("=")
            forms.add(encoded[4 if padding else 0 : -1])
    return {form for form in forms if len(form) >= SHORTEST}
