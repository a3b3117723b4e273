"""Lines of JSON: one object a line, strictly by RFC 8259, with the digits and texts that stand there.

A scalar is read by the same grammar as a field of CSV: a number is its own text, so that 1.10 stays 1.10 in a string
and no digit of a decimal is lost. An object or an array is the text that it is written with.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from json.decoder import WHITESPACE, scanstring  # type: ignore[attr-defined]
from pathlib import Path
from typing import Any

from . import native
from .dialect import Dialect
from .fields import RowError, fold
from .native import Constant, Rejected, Written, write_range
from .records import Records, cut
from .rows import ReadColumn

NOT_JSON = "row: not JSON"
NOT_UTF8 = "row: bytes that are not UTF-8"
AN_ARRAY = "row: a JSON array, not an object"
NOT_AN_OBJECT = "row: not a JSON object"
SEVERAL = "row: more than one JSON value on the line"
LONE_SURROGATE = "row: half a character (a lone surrogate)"
TOO_DEEP = "row: JSON that is nested too deeply"
# More keys than a table may have columns: that is not a list of columns any more.
MAX_KEYS = 10_000
_DIALECT = Dialect()


@dataclass(frozen=True)
class Lines:
    """What became of lines: `written` as for CSV, and the `keys` of the objects, MAX_KEYS of them at most.

    `blank` records were white space alone, and are nothing: `good`, rejected and blank ones are all.
    """

    written: Written
    keys: frozenset[str]
    blank: int


class _Object(list):
    """Members of an object, as (key, value)."""


def _members(pairs: list[tuple[str, Any]]) -> _Object:
    return _Object(pairs)


def _refuse(constant: str) -> None:
    raise RowError(f"{NOT_JSON} ({constant})")


_DECODER = json.JSONDecoder(parse_int=str, parse_float=str, parse_constant=_refuse, object_pairs_hook=_members)


def members(line: str) -> dict[str, str | None]:
    """The members of the object on a line: its keys with the texts of their values, None for null.

    The reference: walks over the text. Raises RowError if the line is no object, has something behind it, a key twice
    or in two spellings that differ in case alone, or half a character.
    """
    found: dict[str, str | None] = {}
    at = _blank(line, 0)
    if line[at : at + 1] != "{":
        raise _no_object(line, at)
    try:
        at = _blank(line, at + 1)
        has_more = line[at : at + 1] != "}"
        while has_more:
            if line[at : at + 1] != '"':
                raise RowError(NOT_JSON)
            key, at = scanstring(line, at + 1, True)
            at = _expect(line, at, ":")
            value, end = _DECODER.raw_decode(line, at)
            _check(value)
            _add(found, key, value if isinstance(value, str) else _text(value, line[at:end]))
            at = _blank(line, end)
            has_more = line[at : at + 1] == ","
            at = _blank(line, at + 1) if has_more else at
        at = _expect(line, at, "}")
    except ValueError as error:
        raise RowError(NOT_JSON) from error
    except RecursionError as error:
        raise RowError(TOO_DEEP) from error
    if at != len(line):
        raise RowError(SEVERAL if line[at] in '{["-tfn0123456789' else NOT_JSON)
    return found


def quick_members(line: str) -> dict[str, str | None] | None:
    """The same in one call of the parser, for objects of scalars without escaped characters; None for others."""
    if "\\" in line:
        return None
    try:
        pairs = _DECODER.decode(line)
    except (ValueError, RecursionError, RowError):
        return None
    if type(pairs) is not _Object:
        return None
    found: dict[str, str | None] = {}
    for key, value in pairs:
        if type(value) is not str:
            if value is not None and type(value) is not bool:
                return None
            value = _text(value, "")
        found[key] = value
    return found if len(found) == len(pairs) else None


def write_lines(
    data: bytes,
    records: Records,
    columns: Sequence[ReadColumn],
    constants: Sequence[Constant],
    target: str | Path,
    memory_limit: str = "1GB",
) -> Lines:
    """Writes the rows of lines to Parquet as `native.write_range` does; a column is the member of its `source_name`.

    A key that is one of the contract's but for its case is a reason. The positions of `columns` do not matter.
    """
    extract = _Extractor([column.column.source_name for column in columns])
    rows, indexes, rejected = [], [], []
    spans = zip(records.starts.tolist(), records.ends.tolist(), records.lines.tolist(), strict=True)
    for index, (start, end, line) in enumerate(spans):
        raw = data[start:end]
        try:
            texts = extract(raw)
        except RowError as error:
            rejected.append(Rejected(index, start, line, (str(error),), raw))
            continue
        if texts is not None:
            indexes.append(index)
            rows.append(native.line((str(index), *texts)))
    text = "".join(rows).encode()
    placed = [replace(column, position=place) for place, column in enumerate(columns, 1)]
    found = cut(text, b"", _DIALECT.framing)
    written = write_range(text, found, _DIALECT, len(columns) + 1, placed, constants, target, memory_limit)
    for bad in written.rejected:
        index = indexes[bad.index]
        start, end, line = int(records.starts[index]), int(records.ends[index]), int(records.lines[index])
        rejected.append(Rejected(index, start, line, bad.reasons, data[start:end]))
    rejected.sort(key=lambda bad: bad.index)
    blank = len(records) - written.good - len(rejected)
    return Lines(replace(written, rejected=rejected), frozenset(extract.keys), blank)


def keys_of(data: bytes, records: Records) -> frozenset[str]:
    """The keys of all objects, MAX_KEYS of them at most; a line that is no object has none."""
    extract = _Extractor([])
    for start, end in zip(records.starts.tolist(), records.ends.tolist(), strict=True):
        with suppress(RowError):
            extract(data[start:end])
    return frozenset(extract.keys)


class _Extractor:
    """The texts of the contract's columns in a line. `keys` are those that objects had."""

    def __init__(self, names: Sequence[str]):
        self._names, self.keys = names, set[str]()
        self._contract = {fold(name): name for name in names}
        self._spellings: dict[str, str] = {}
        self._has_variants = False

    def __call__(self, raw: bytes) -> list[str | None] | None:
        """None for a line of white space. Raises RowError."""
        try:
            line = raw.decode()
        except UnicodeDecodeError as error:
            raise RowError(NOT_UTF8) from error
        found = quick_members(line)
        if found is None:
            if not line.strip(" \t\r"):
                return None
            found = members(line)
        if self._has_variants or not found.keys() <= self.keys:
            self._learn(found)
        return [found.get(name) for name in self._names]

    def _learn(self, found: Mapping[str, str | None]) -> None:
        spellings: dict[str, str] = {}
        for key in found:
            other = spellings.setdefault(fold(key), self._contract.get(fold(key), key))
            if other != key:
                raise RowError(f"row: the key {key} differs from {other} in case alone")
        if len(self.keys) < MAX_KEYS:
            self.keys.update(found)
            self._has_variants |= any(self._spellings.setdefault(fold(key), key) != key for key in found)


def _add(found: dict[str, str | None], key: str, text: str | None) -> None:
    _check(key)
    if key in found:
        raise RowError(f"row: the key {key} twice")
    found[key] = text


def _check(value: Any) -> None:
    """Raises RowError if a text holds half a character, or an object in it a key twice."""
    if isinstance(value, str):
        try:
            value.encode()
        except UnicodeEncodeError as error:
            raise RowError(LONE_SURROGATE) from error
    elif isinstance(value, _Object):
        keys = [key for key, _ in value]
        if len(set(keys)) < len(keys):
            raise RowError(f"row: the key {next(key for key in keys if keys.count(key) > 1)} twice")
        for key, inner in value:
            _check(key)
            _check(inner)
    elif isinstance(value, list):
        for inner in value:
            _check(inner)


def _text(value: Any, written: str) -> str | None:
    if value is None:
        return None
    return written if isinstance(value, list) else "true" if value else "false"


def _blank(line: str, at: int) -> int:
    return WHITESPACE.match(line, at).end()


def _expect(line: str, at: int, sign: str) -> int:
    """The offset of what follows the sign and the white space around it."""
    at = _blank(line, at)
    if line[at : at + 1] != sign:
        raise RowError(NOT_JSON)
    return _blank(line, at + 1)


def _no_object(line: str, at: int) -> RowError:
    if line[at : at + 1] == "[":
        return RowError(AN_ARRAY)
    try:
        _DECODER.decode(line)
    except (ValueError, RecursionError, RowError):
        return RowError(NOT_JSON)
    return RowError(NOT_AN_OBJECT)
