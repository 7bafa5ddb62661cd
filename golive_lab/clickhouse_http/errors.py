"""Errors as the server words them, with its codes and the HTTP statuses that it answers them with."""

from __future__ import annotations

import re
from enum import IntEnum
from http import HTTPStatus

_CODE = re.compile(r"Code: (\d+)\.")


class Code(IntEnum):
    """The error codes that this face itself raises."""

    UNKNOWN_FORMAT_OF_BODY = 432
    SYNTAX_ERROR = 62
    NOT_IMPLEMENTED = 48
    UNKNOWN_SETTING = 115
    ACCESS_DENIED = 497
    AUTHENTICATION_FAILED = 516
    UNKNOWN_EXCEPTION = 1002


_STATUS = {
    HTTPStatus.FORBIDDEN: (497, 516, 158, 164, 192),
    HTTPStatus.NOT_FOUND: (46, 47, 60, 81, 115),
    HTTPStatus.REQUEST_TIMEOUT: (159, 160),
    HTTPStatus.TOO_MANY_REQUESTS: (202,),
    HTTPStatus.NOT_IMPLEMENTED: (48,),
    HTTPStatus.BAD_REQUEST: (6, 27, 33, 36, 42, 43, 53, 62, 70, 117, 386, 432, 456, 457),
}
_STATUS_OF_CODE = {code: status for status, codes in _STATUS.items() for code in codes}


class ServerError(Exception):
    """What the client gets instead of a result."""

    def __init__(self, message: str, code: int) -> None:
        super().__init__(message)
        self.message = message
        self.code = code

    @classmethod
    def of(cls, code: Code, words: str) -> ServerError:
        """An error of this face, worded like the server's."""
        return cls(f"Code: {code.value}. DB::Exception: {words} ({code.name})", code)

    @classmethod
    def from_engine(cls, text: str) -> ServerError:
        """An error of the engine, whose text names its own code."""
        found = _CODE.search(text)
        if found is None:
            return cls.of(Code.UNKNOWN_EXCEPTION, text)
        return cls(text[found.start() :].rstrip(), int(found.group(1)))

    @property
    def status(self) -> int:
        """The HTTP status that the server answers such an error with."""
        return int(_STATUS_OF_CODE.get(self.code, HTTPStatus.INTERNAL_SERVER_ERROR))
