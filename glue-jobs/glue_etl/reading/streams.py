"""Streams of bytes: undoes gzip, and turns encodings that cannot be cut as bytes into UTF-8.

Both hold a bounded piece at a time, and neither loses a byte: what is not gzip is a problem of the file, what is not of
the encoding becomes bytes that are not UTF-8, so that the record they belong to is rejected, and no other.
"""

from __future__ import annotations

import codecs
import zlib
from collections.abc import Iterable, Iterator

from ..errors import FileError
from .dialect import Dialect

GZIP = b"\x1f\x8b"
PIECE_BYTES = 2**20
_WBITS_GZIP = 31
_BROKEN = "glue_etl.broken"
# Bytes that are UTF-8 nowhere, one for each broken byte.
_NEVER = "\udcff"


def gunzipped(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """The content of a gzip file (RFC 1952) of any number of members, in pieces of up to PIECE_BYTES.

    Zeros behind the last member are passed over, as gzip(1) does. Raises FileError if the file is truncated, broken, or
    followed by anything else.
    """
    inflate, is_fresh, has_member, is_padding = zlib.decompressobj(_WBITS_GZIP), True, False, False
    for piece in pieces:
        while piece:
            if is_fresh and has_member and (is_padding or piece[0] == 0):
                if piece.strip(b"\0"):
                    raise FileError("has bytes behind the end of its gzip")
                is_padding, piece = True, b""
                continue
            try:
                content = inflate.decompress(piece, PIECE_BYTES)
            except zlib.error as error:
                what = "has bytes behind the end of its gzip" if is_fresh and has_member else "is not gzip, or broken"
                raise FileError(f"{what} ({error})") from error
            is_fresh, has_member = False, True
            if content:
                yield content
            if inflate.eof:
                piece = inflate.unused_data
                inflate, is_fresh = zlib.decompressobj(_WBITS_GZIP), True
            else:
                piece = inflate.unconsumed_tail
    if not is_fresh:
        raise FileError("is gzip that ends before its end (truncated)")


def transcoded(pieces: Iterable[bytes], dialect: Dialect) -> Iterator[bytes]:
    """The text as UTF-8, without a byte-order mark of UTF-16; as it is if the dialect needs no transcoding.

    UTF-16 without a mark is big-endian (RFC 2781, section 4.3). Bytes that are not of the encoding become bytes that
    are not UTF-8.
    """
    if not dialect.is_transcoded:
        yield from pieces
        return
    decoder, start = None, b""
    for piece in pieces:
        if decoder is None:
            start += piece
            if len(start) < len(codecs.BOM_UTF16_LE):
                continue
            decoder, piece = _decoder(start, dialect)
        yield _utf8(decoder.decode(piece))
    if decoder is None:
        decoder, start = _decoder(start, dialect)
        yield _utf8(decoder.decode(start))
    yield _utf8(decoder.decode(b"", final=True))


def _decoder(start: bytes, dialect: Dialect) -> tuple[codecs.IncrementalDecoder, bytes]:
    """A decoder, and what it is to decode of the file's first bytes."""
    name, is_utf16 = dialect.source_codec, dialect.source_codec.startswith("utf-16")
    marks = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}
    if is_utf16 and start[:2] in marks and name in ("utf-16", marks[start[:2]]):
        name, start = marks[start[:2]], start[2:]
    elif name == "utf-16":
        name = "utf-16-be"
    return codecs.getincrementaldecoder(name)(_BROKEN), start


def _utf8(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _replace_broken(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return _NEVER * (error.end - error.start), error.end


codecs.register_error(_BROKEN, _replace_broken)
