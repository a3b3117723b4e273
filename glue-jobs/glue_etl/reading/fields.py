"""The reference for CSV: splits one record into fields, and reads a file's header.

The grammar is that of RFC 4180, section 2, with three additions that its erratum and practice ask for: any delimiter
and quote, an escape character in place of the doubled quote, and quotes as ordinary characters within a field that
does not start with one. What readers take in different ways is no record: it is refused with a reason.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ..errors import FileError
from .dialect import Dialect, Framing
from .quotes import State
from .records import BOM, cut

HEADER_BYTES = 64 * 1024
RAGGED = "row: more or fewer fields than the header"
AFTER_QUOTE = "row: text after a closing quote"
BLANK_BEFORE_QUOTE = "row: blanks before an opening quote"
NEVER_CLOSED = "row: a quote that is never closed"


class RowError(Exception):
    """A record cannot be split into fields; the message is the reason."""


@dataclass(frozen=True)
class Header:
    """The first record of a file. `names` is None if the file has none, or is not to have any.

    `size` bytes and `lines` line breaks come before the first row; `nothing` of these bytes are neither header nor row
    (byte-order mark, skipped records, `sep=`, blank lines).
    """

    names: tuple[str, ...] | None
    size: int
    lines: int
    nothing: int


def split(record: bytes, framing: Framing) -> list[bytes | None]:
    """The fields of a record without its line break; None for a field without any byte, b"" for an empty one in quotes.

    Raises RowError.
    """
    fields: list[bytes | None] = []
    quote, at = framing.quote, 0
    while True:
        if quote is not None and record[at : at + 1] == bytes((quote,)):
            value, at = _quoted_field(record, at + 1, framing)
        else:
            stop = record.find(framing.delimiter, at)
            stop = len(record) if stop < 0 else stop
            value, at = record[at:stop] or None, stop
            if value and quote is not None and value.lstrip(b" \t")[:1] == bytes((quote,)):
                raise RowError(BLANK_BEFORE_QUOTE)
        fields.append(value)
        if at == len(record):
            return fields
        if not record.startswith(framing.delimiter, at):
            raise RowError(AFTER_QUOTE)
        at += len(framing.delimiter)


def _quoted_field(record: bytes, at: int, framing: Framing) -> tuple[bytes, int]:
    """The field whose content starts at `at`, and the offset behind its closing quote."""
    quote, escape = bytes((framing.quote,)), bytes((framing.escape,))  # type: ignore[arg-type]
    parts = []
    while True:
        close = record.find(quote, at)
        escaped = -1 if framing.is_doubled else record.find(escape, at, max(close, at))
        if escaped >= 0:
            # Before any other character an escape stands for itself, so that nothing of the text is lost.
            following = record[escaped + 1 : escaped + 2]
            kept = escaped + 1 if following in (quote, escape) else escaped
            parts += [record[at:escaped], record[kept : escaped + 2]]
            at = escaped + 2
        elif close < 0:
            raise RowError(NEVER_CLOSED)
        elif framing.is_doubled and record[close + 1 : close + 2] == quote:
            parts.append(record[at : close + 1])
            at = close + 2
        else:
            return b"".join((*parts, record[at:close])), close + 1


def header(start: bytes, dialect: Dialect, is_whole: bool) -> Header:
    """What comes before the rows; `start` are the first HEADER_BYTES of the file, as UTF-8 if it is transcoded, or all.

    Raises FileError if it does not end within them, is not of the encoding, or its names are empty or come twice, in
    whatever case.
    """
    framing, at, lines = dialect.framing, 0, 0
    if dialect.codec == "utf-8" and start.startswith(BOM):
        at = len(BOM)
    records = cut(start[at:], b"", framing, State.OUTSIDE, 1, None, is_whole)
    wanted = dialect.skip_lines + 1 + dialect.header
    found = [
        (at + int(records.starts[i]), at + int(records.ends[i]), at + int(records.nexts[i]), int(records.lines[i]))
        for i in range(min(wanted, len(records)))
    ]
    size = at
    skipped = found[: dialect.skip_lines]
    rest = found[dialect.skip_lines :]
    if rest and _is_separator_line(start[rest[0][0] : rest[0][1]], dialect):
        skipped, rest = [*skipped, rest[0]], rest[1:]
    if len(skipped) < dialect.skip_lines or (dialect.header and not rest):
        if not is_whole:
            raise FileError(f"has no end of the header within {HEADER_BYTES} bytes")
        return Header(None, len(start), 0, len(start))
    last = (rest[:1] if dialect.header else skipped[-1:]) or [(0, 0, size, 1)]
    size = last[0][2]
    lines = _count_lines(start[:size])
    if not dialect.header:
        return Header(None, size, lines, size)
    return Header(_names(start[rest[0][0] : rest[0][1]], dialect), size, lines, size - (rest[0][2] - rest[0][0]))


def _count_lines(start: bytes) -> int:
    return len(re.findall(rb"\r\n|\n|\r", start))


def _is_separator_line(record: bytes, dialect: Dialect) -> bool:
    """Whether the record is the line that tells Excel the delimiter. Raises FileError if it tells another one."""
    match = re.fullmatch(rb'"?sep=(.{1,4}?)"?', record, re.IGNORECASE | re.DOTALL)
    if match is None:
        return False
    told = match.group(1).decode(dialect.codec, "replace")
    if told != dialect.delimiter:
        raise FileError(f"says that its delimiter is {told!r} (line sep=), not {dialect.delimiter!r}")
    return True


def _names(record: bytes, dialect: Dialect) -> tuple[str, ...]:
    try:
        names = [(field or b"").decode(dialect.codec) for field in split(record, dialect.framing)]
    except UnicodeDecodeError as error:
        raise FileError(f"has a header that is not {dialect.encoding}") from error
    except RowError as error:
        raise FileError(f"has a header that cannot be split ({str(error).removeprefix('row: ')})") from error
    check_names(names)
    return tuple(names)


def check_names(names: Sequence[str]) -> None:
    """Raises FileError if a name is empty or two are the same but for case."""
    folded: dict[str, str] = {}
    for number, name in enumerate(names, 1):
        if name == "":
            raise FileError(f"has no name for column {number} in its header")
        if fold(name) in folded:
            twice = sorted({folded[fold(name)], name})
            raise FileError(f"has column {', '.join(twice)} twice in its header")
        folded[fold(name)] = name


def fold(name: str) -> str:
    """The name without its case, as widely as any engine ignores it: Java takes the dotless i for an i."""
    return name.upper().lower()
