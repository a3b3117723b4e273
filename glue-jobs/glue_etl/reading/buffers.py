"""The records of a range as one buffer of plain RFC 4180 in UTF-8: what two readers cannot take differently."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .dialect import Dialect
from .records import BOM, Records, cut

# DuckDB refuses lines above 2 MB unless it is told otherwise, and sizes its buffers by that.
MAX_LINE_BYTES = 1_000_000
_RECORDS_AT_A_TIME = 1000
_LF, _CR = 10, 13


@dataclass(frozen=True)
class Plain:
    """`text` holds the records with the indexes `records`, each ending in LF, in order, without blank lines."""

    text: bytes
    records: np.ndarray
    is_utf8_already: bool

    def starts(self, dialect: Dialect, lengths: np.ndarray) -> np.ndarray:
        """Offset of each record in `text`; `lengths` are those of the records in the file, without line breaks."""
        if self.is_utf8_already:
            return np.concatenate(([0], np.cumsum(lengths + 1)[:-1]))
        return cut(self.text, b"", dialect.framing).starts


def plain(data: bytes, records: Records, dialect: Dialect, width: int) -> Plain:
    """The plain records of the buffer; left out are those that are odd, very long, or not of the encoding.

    Left out, too, are those that end in a delimiter without having `width` fields: DuckDB passes over an empty last
    one.
    """
    is_out = records.odd | (records.ends - records.starts > MAX_LINE_BYTES)
    is_out |= (records.delimiters >= 0) & (records.delimiters != width - 1)
    if b"\0" in data:
        # DuckDB passes over a field too many that is a NUL alone.
        places = np.flatnonzero(np.frombuffer(data, np.uint8) == 0)
        index = np.searchsorted(records.starts, places, "right") - 1
        is_out[index[index >= 0]] = True
    is_ascii = data.isascii()
    if not is_ascii:
        is_out |= ~_is_decodable(data, records, dialect.codec)
    if len(records) and data.startswith(BOM, int(records.starts[0])):
        # At the start of a file a reader drops it.
        is_out[0] = True
    kept = np.flatnonzero(~is_out)
    text = _joined(data, records, kept)
    is_utf8 = is_ascii or dialect.codec == "utf-8"
    return Plain(text if is_utf8 else text.decode(dialect.codec).encode(), kept, is_utf8)


def _is_decodable(data: bytes, records: Records, codec: str) -> np.ndarray:
    """Whether each record is text in the encoding. Looks at single ones only where several together are none."""
    found = np.ones(len(records), bool)
    for first in range(0, len(records), _RECORDS_AT_A_TIME):
        last = min(first + _RECORDS_AT_A_TIME, len(records))
        if not _is_text(data, int(records.starts[first]), int(records.ends[last - 1]), codec):
            for index in range(first, last):
                found[index] = _is_text(data, int(records.starts[index]), int(records.ends[index]), codec)
    return found


def _is_text(data: bytes, start: int, end: int, codec: str) -> bool:
    try:
        data[start:end].decode(codec)
    except UnicodeDecodeError:
        return False
    return True


def _joined(data: bytes, records: Records, kept: np.ndarray) -> bytes:
    """The kept records, each with an LF behind it."""
    if not len(kept):
        return b""
    starts, ends, nexts = records.starts[kept], records.ends[kept], records.nexts[kept]
    first, stop = int(starts[0]), int(nexts[-1])
    has_end = int(ends[-1]) < stop
    is_single = bool(((nexts - ends)[:-1] == 1).all()) and stop - int(ends[-1]) <= 1
    is_gapless = bool((starts[1:] == nexts[:-1]).all())
    view = np.frombuffer(data, np.uint8)
    closed = ends[ends < stop]
    is_lone_return = (view[closed] == _CR) & (nexts[: len(closed)] - closed == 1)
    if is_single and is_gapless and not is_lone_return.any():
        return data[first:stop] if has_end else data[first:stop] + b"\n"
    # One byte of each line break is taken, and becomes an LF.
    depth = np.zeros(stop - first + 1, np.int8)
    depth[starts - first] += 1
    depth[np.minimum(ends + 1, stop) - first] -= 1
    taken = view[first:stop].copy()
    taken[closed - first] = _LF
    text = taken[np.cumsum(depth[:-1], dtype=np.int8).view(bool)].tobytes()
    return text if has_end else text + b"\n"
