"""One range of CSV to Parquet at DuckDB's speed, with the reference's answers.

DuckDB reads the records that are plain (`buffers`) and settles the texts that are certain (`sql`); the reference
decides on every other record. Should the two not agree on the number of records, the whole range goes to the
reference.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import numpy as np

from . import sql
from .buffers import MAX_LINE_BYTES, plain
from .dialect import Dialect
from .records import Records
from .rows import ReadColumn, Row, read_record
from .sql import identifier, literal
from .values import canonical

_CONFIG = {"threads": 1, "autoinstall_known_extensions": False, "autoload_known_extensions": False}
_CONFIG |= {"preserve_insertion_order": True}


@dataclass(frozen=True)
class Constant:
    """A column of the table that is the same in all rows: a type of a contract, and the value's text."""

    name: str
    type: str
    text: str
    field_id: int | None = None


@dataclass(frozen=True)
class Rejected:
    """A record that is no row. `index` counts records of the range from 0, `offset` is in the buffer, `line` in the
    file.

    `raw` are its bytes in the file, without the line break.
    """

    index: int
    offset: int
    line: int
    reasons: tuple[str, ...]
    raw: bytes


@dataclass(frozen=True)
class Written:
    """What became of the records: `good` rows are in the file, and `good + len(rejected)` is the number of records.

    `by_reference` of the records took the slow path. Where `good` is 0, no file was written.
    """

    good: int
    rejected: list[Rejected] = field(default_factory=list)
    by_reference: int = 0


def write_range(
    data: bytes,
    records: Records,
    dialect: Dialect,
    width: int,
    columns: Sequence[ReadColumn],
    constants: Sequence[Constant],
    target: str | Path,
    memory_limit: str = "1GB",
) -> Written:
    """Writes the good rows of `records`, cut from `data`, to the Parquet file `target` in the order of the records.

    `width` is the number of fields of the header. Columns stand in the order given, then the constants.
    """
    with tempfile.TemporaryDirectory(prefix="range-") as folder, duckdb.connect(config=_CONFIG) as connection:
        connection.execute(f"SET TimeZone = 'UTC'; SET memory_limit = {literal(memory_limit)}")
        connection.execute(f"SET temp_directory = {literal(folder)}")
        loaded = _load(connection, Path(folder), data, records, dialect, width, columns)
        rest = _Rest(data, records, dialect, width, columns, loaded)
        rest.insert(connection, Path(folder))
        good = loaded.certain + rest.good
        if good:
            _copy(connection, columns, constants, str(target), len(loaded.uncertain) > 0, rest.good > 0)
        return Written(good, rest.rejected, len(rest.indexes))


@dataclass(frozen=True)
class _Loaded:
    """Table `parsed`: rows of the records `parsed`, in order, of which `uncertain` (positions) are not to be taken."""

    parsed: np.ndarray
    uncertain: np.ndarray

    @property
    def certain(self) -> int:
        return len(self.parsed) - len(self.uncertain)


def _load(
    connection: duckdb.DuckDBPyConnection,
    folder: Path,
    data: bytes,
    records: Records,
    dialect: Dialect,
    width: int,
    columns: Sequence[ReadColumn],
) -> _Loaded:
    prepared = plain(data, records, dialect, width)
    source = folder / "records.csv"
    source.write_bytes(prepared.text)
    query = _query(source, dialect, width, columns)
    try:
        connection.execute(f"CREATE TEMP TABLE parsed AS {query}")
    except duckdb.InvalidInputException:
        # Whatever DuckDB cannot read as a whole, the reference reads record by record.
        source.write_bytes(b"")
        connection.execute(f"CREATE TEMP TABLE parsed AS {query}")
    source.unlink()
    offsets = connection.execute("SELECT DISTINCT line_byte_position - 1 AS place FROM reject_errors").fetchnumpy()[
        "place"
    ]
    count = connection.execute("SELECT count(*) FROM parsed").fetchone()[0]
    parsed = prepared.records
    if len(offsets):
        starts = prepared.starts(dialect, (records.ends - records.starts)[parsed])
        parsed = parsed[~np.isin(starts, np.asarray(offsets, np.int64))]
    if len(parsed) != count:
        connection.execute("DELETE FROM parsed")
        return _Loaded(np.empty(0, np.int64), np.empty(0, np.int64))
    _check_patterns(connection, columns)
    uncertain = connection.execute(
        "SELECT rowid AS place FROM parsed WHERE ok IS NOT TRUE ORDER BY place"
    ).fetchnumpy()["place"]
    return _Loaded(parsed, np.asarray(uncertain, np.int64))


def _query(source: Path, dialect: Dialect, width: int, columns: Sequence[ReadColumn]) -> str:
    """Rows v0, v1, … in their types and `ok`, whether all of them are certain."""
    read = _read_csv(source, {f"c{n}": "VARCHAR" for n in range(width)}, dialect)
    numbered = list(enumerate(columns))
    present = [(n, column) for n, column in numbered if column.position is not None]
    texts = [f"{sql.meaning(column, f'c{column.position}')} AS t{n}" for n, column in present] or ["1 AS one"]
    values = [
        f"NULL::{sql.type_of(column.column.type)} AS v{n}"
        if column.position is None
        else f"{sql.value(column, f't{n}')} AS v{n}"
        for n, column in numbered
    ]
    good = " AND ".join(sql.is_good(column, f"t{n}", f"v{n}") for n, column in numbered) or "true"
    query = f"SELECT *, {', '.join(values)} FROM (SELECT {', '.join(texts)} FROM {read})"
    return f"SELECT {', '.join([*(f'v{n}' for n, _ in numbered), f'({good}) AS ok'])} FROM ({query})"


def _read_csv(source: Path, types: dict[str, str], dialect: Dialect, longest: int = MAX_LINE_BYTES) -> str:
    options = {
        "columns": "{" + ", ".join(f"{name}: {literal(type)}" for name, type in types.items()) + "}",
        "delim": literal(dialect.delimiter),
        "quote": literal(dialect.quote),
        "escape": literal(dialect.escape),
        "new_line": r"'\n'",
        **dict.fromkeys(("header", "auto_detect", "allow_quoted_nulls"), "false"),
        **dict.fromkeys(("strict_mode", "store_rejects"), "true"),
        "nullstr": "''",
        "max_line_size": str(max(2 * MAX_LINE_BYTES, 2 * longest)),
    }
    return f"read_csv({literal(str(source))}, {', '.join(f'{name} = {value}' for name, value in options.items())})"


def _check_patterns(connection: duckdb.DuckDBPyConnection, columns: Sequence[ReadColumn]) -> None:
    """Applies patterns that RE2 may take in another way: Python looks at each text once."""
    for n, column in enumerate(columns):
        if column.position is None or column.column.pattern is None or sql.is_same_pattern(column.column.pattern):
            continue
        texts = connection.execute(f"SELECT DISTINCT v{n} FROM parsed WHERE ok AND v{n} IS NOT NULL").fetchall()
        bad = [text for (text,) in texts if not column.is_matched(text)]
        connection.execute(f"UPDATE parsed SET ok = false WHERE v{n} IN (SELECT unnest(?::VARCHAR[]))", [bad])


class _Rest:
    """The records that DuckDB has not settled, by the reference."""

    def __init__(
        self,
        data: bytes,
        records: Records,
        dialect: Dialect,
        width: int,
        columns: Sequence[ReadColumn],
        loaded: _Loaded,
    ):
        self._columns, self._parsed = columns, loaded.parsed
        is_settled = np.zeros(len(records), bool)
        is_settled[np.delete(loaded.parsed, loaded.uncertain)] = True
        self.indexes = np.flatnonzero(~is_settled)
        self._rows: list[tuple[int, Row]] = []
        self.rejected: list[Rejected] = []
        for index in self.indexes.tolist():
            start, end = int(records.starts[index]), int(records.ends[index])
            row = read_record(data[start:end], dialect, width, columns)
            if row.values is not None:
                self._rows.append((index, row))
            else:
                line = int(records.lines[index])
                self.rejected.append(Rejected(index, start, line, row.reasons, data[start:end]))

    @property
    def good(self) -> int:
        return len(self._rows)

    def insert(self, connection: duckdb.DuckDBPyConnection, folder: Path) -> None:
        """Makes table `rest` of the good rows, `place` being the position in `parsed` that each comes before."""
        if not self._rows:
            return
        indexes = np.fromiter((index for index, _ in self._rows), np.int64)
        places = np.searchsorted(self._parsed, indexes)
        source = folder / "rest.csv"
        longest = 0
        with open(source, "wb") as file:
            for index, place, (_, row) in zip(indexes.tolist(), places.tolist(), self._rows, strict=True):
                written = line((str(place), str(index), *map(canonical, row.values))).encode()
                longest = max(longest, len(written))
                file.write(written)
        types = {f"v{n}": sql.type_of(column.column.type) for n, column in enumerate(self._columns)}
        texts = dict.fromkeys(("place", "index", *types), "VARCHAR")
        casts = [f"CAST({name} AS {type}) AS {name}" for name, type in types.items()]
        read = _read_csv(source, texts, Dialect(), longest)
        selected = ", ".join(["place::BIGINT AS place", '"index"::BIGINT AS "index"', *casts])
        connection.execute(f"CREATE TEMP TABLE rest AS SELECT {selected} FROM {read}")
        count = connection.execute("SELECT count(*) FROM rest").fetchone()[0]
        if count != len(self._rows):
            raise AssertionError(f"{len(self._rows)} rows of the reference became {count}")


def line(texts: Iterable[str | None]) -> str:
    """The texts as a line of CSV, in which null and an empty text differ."""
    fields = ['"' + text.replace('"', '""') + '"' if text is not None else "" for text in texts]
    return ",".join(fields) + "\n"


def _copy(
    connection: duckdb.DuckDBPyConnection,
    columns: Sequence[ReadColumn],
    constants: Sequence[Constant],
    target: str,
    has_uncertain: bool,
    has_rest: bool,
) -> None:
    values = ", ".join(f"v{n}" for n in range(len(columns)))
    source = "SELECT * FROM parsed" + (" WHERE ok" if has_uncertain else "")
    if has_rest:
        parsed = f'SELECT rowid AS place, 1 AS is_parsed, 0 AS "index", {values} FROM parsed WHERE ok'
        rest = f'SELECT place, 0, "index", {values} FROM rest'
        source = f'SELECT * FROM ({parsed} UNION ALL {rest}) ORDER BY place, is_parsed, "index"'
    named = [
        *((f"v{n}", column.column.name, column.field_id) for n, column in enumerate(columns)),
        *((f"CAST({literal(each.text)} AS {sql.type_of(each.type)})", each.name, each.field_id) for each in constants),
    ]
    selected = ", ".join(f"{value} AS {identifier(name)}" for value, name, _ in named)
    ids = ", ".join(f"{identifier(name)}: {id}" for _, name, id in named if id is not None)
    options = "FORMAT parquet, COMPRESSION zstd" + (f", FIELD_IDS {{{ids}}}" if ids else "")
    connection.execute(f"COPY (SELECT {selected} FROM ({source})) TO {literal(target)} ({options})")
