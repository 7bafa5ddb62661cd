"""Content encodings of requests and answers."""

from __future__ import annotations

import gzip
import zlib

import lz4.frame

from golive_lab.clickhouse_http.errors import Code, ServerError


def decode(body: bytes, encoding: str) -> bytes:
    """The body without its content encoding. Raises ServerError for an unknown one and for a cut body."""
    try:
        if encoding in {"", "identity"}:
            return body
        if encoding in {"gzip", "x-gzip"}:
            return gzip.decompress(body)
        if encoding == "deflate":
            return zlib.decompress(body)
        if encoding == "lz4":
            return _decode_lz4(body)
        if encoding == "zstd":
            return _decode_zstd(body)
    except (OSError, EOFError, RuntimeError, zlib.error) as error:
        raise ServerError.of(Code.UNKNOWN_FORMAT_OF_BODY, f"the body is not {encoding}: {error}") from error
    raise ServerError.of(Code.NOT_IMPLEMENTED, f"unknown Content-Encoding {encoding!r}")


def encode(body: bytes, accepted: str) -> tuple[bytes, str]:
    """The body in the best encoding that the client accepts, and that encoding's name, empty for none."""
    if "lz4" in accepted:
        return bytes(lz4.frame.compress(body)), "lz4"
    if "gzip" in accepted:
        return gzip.compress(body, 1), "gzip"
    return body, ""


def _decode_lz4(body: bytes) -> bytes:
    """Decode all frames: the client sends one a block, and stopping after the first would lose rows silently."""
    blocks = []
    while body:
        frame = lz4.frame.LZ4FrameDecompressor()
        blocks.append(frame.decompress(body))
        if not frame.eof:
            raise EOFError("its last frame is cut short")
        body = frame.unused_data or b""
    return b"".join(blocks)


def _decode_zstd(body: bytes) -> bytes:
    from backports import zstd

    return bytes(zstd.decompress(body))
