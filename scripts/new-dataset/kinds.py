"""What type of a contract the values of a column are, going by DuckDB's type and by what a cast to it would lose."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import duckdb

# Ways to write dates and times of day beside ISO 8601, as DuckDB's patterns.
DATES = (
    *("%Y-%m-%d", "%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y", "%d-%m-%Y", "%m-%d-%Y", "%Y/%m/%d", "%Y.%m.%d", "%d %b %Y"),
    *("%d-%b-%Y", "%b %d %Y", "%b %d, %Y", "%d %B %Y", "%B %d, %Y", "%d.%m.%y", "%d/%m/%y", "%m/%d/%y", "%d-%b-%y"),
)
TIMES = ("", " %H:%M", " %H:%M:%S", " %I:%M %p", " %I:%M:%S %p")
# Spark's letters for them. One letter of those in ONE_DIGIT also takes a number of one digit.
LETTERS = {
    **{"%Y": "yyyy", "%y": "yy", "%m": "MM", "%b": "MMM", "%B": "MMMM", "%d": "dd"},
    **{"%H": "HH", "%I": "hh", "%M": "mm", "%S": "ss", "%p": "a"},
}
ONE_DIGIT = ("%m", "%d", "%H", "%I")
# A number that grows goes on to fit.
LARGEST_INT = 1_000_000_000
PARQUET_TYPES = {
    **{"BOOLEAN": "boolean", "TINYINT": "int", "SMALLINT": "int", "INTEGER": "int", "UTINYINT": "int"},
    **{"USMALLINT": "int", "UINTEGER": "bigint", "BIGINT": "bigint", "UBIGINT": "decimal(20,0)", "FLOAT": "float"},
    **{"DOUBLE": "double", "DATE": "date"},
}


@dataclass(frozen=True)
class Kind:
    """A column by its name in table `sample`, with the type that DuckDB gives it, or sees in its texts."""

    name: str
    type: str
    is_text: bool


def quoted(name: str) -> str:
    """The name as an identifier of SQL."""
    return '"' + name.replace('"', '""') + '"'


def describe(database: duckdb.DuckDBPyConnection, kind: Kind, source: str) -> dict[str, Any]:
    """What is known of a column, `source` being its name in the file: `SampleColumn` in sample.ts is the form."""
    text = f"{quoted(kind.name)}::VARCHAR"
    query = f"SELECT count(*) - count({text}), coalesce(max(length({text})), 0) FROM sample"
    nulls, longest = database.sql(query).fetchone()
    found = {"name": kind.name, "source": source, "nulls": nulls, "longest": longest, "isGuess": kind.is_text}
    return {**found, **(_of_text(database, kind) if kind.is_text else {"type": _of_parquet(kind.type)})}


def _of_parquet(kind: str) -> str:
    if kind.startswith("DECIMAL"):
        return kind.lower()
    return "timestamp" if kind.startswith("TIMESTAMP") else PARQUET_TYPES.get(kind, "string")


def _of_text(database: duckdb.DuckDBPyConnection, kind: Kind) -> dict[str, Any]:
    """Type, format and, where there is more to say, `note`."""

    def ask(*expressions: str, rows: int | None = None) -> tuple[Any, ...]:
        """What these expressions over the values `v` of the first rows, or of all, are."""
        values = f"SELECT {quoted(kind.name)} AS v FROM sample WHERE v IS NOT NULL {f'LIMIT {rows}' if rows else ''}"
        return database.sql(f"SELECT {', '.join(expressions)} FROM ({values})").fetchone()

    if ask("count(*)") == (0,):
        return {"type": "string"}
    if kind.type == "BOOLEAN":
        return {"type": "boolean"}
    if re.fullmatch(r"U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?|DOUBLE|FLOAT|DECIMAL.*", kind.type):
        return _number(ask)
    is_moment = kind.type.startswith(("DATE", "TIMESTAMP"))
    if is_moment and ask(r"bool_and(regexp_matches(v, '^\d{4}-\d\d?-\d\d?([ T]|$)'))")[0]:
        return {"type": "date" if kind.type == "DATE" else "timestamp"}
    return _moment(ask) or {"type": "string"}


def _number(ask: Any) -> dict[str, Any]:
    """Amounts have the same places in every row; what was measured has not."""
    is_whole, has_zeros, has_places, largest = ask(
        r"bool_and(regexp_full_match(v, '[+-]?\d+'))",
        r"bool_or(regexp_matches(v, '^[+-]?0\d'))",
        r"bool_and(regexp_full_match(v, '[+-]?\d+\.\d+'))",
        "max(abs(try_cast(v AS DOUBLE)))",
    )
    if has_zeros:
        return {"type": "string", "note": "digits that begin with 0, which a number would not keep"}
    if is_whole:
        if largest >= 2**63:
            return {"type": "string", "note": "more digits than a number holds"}
        return {"type": "int" if largest < LARGEST_INT else "bigint"}
    fewest, most = ask("min(length(split_part(v, '.', 2)))", "max(length(split_part(v, '.', 2)))")
    if has_places and fewest == most and 2 <= most <= 4:
        return {"type": f"decimal({18 if largest < 10**12 else 38},{most})", "note": f"{most} places in every row"}
    return {"type": "double"}


def _moment(ask: Any) -> dict[str, Any] | None:
    """A date or timestamp with Spark's format of it, if the values are all of one of those above."""
    formats = [date + time for date in DATES for time in TIMES]
    for rows in (100, None):  # few of them are left to be tried on all rows
        has_century, *fits = ask(
            r"bool_and(regexp_matches(v, '\d{4}'))",
            *(f"count(*) = count(try_strptime(v, '{each}'))" for each in formats),
            rows=rows,
        )
        formats = [each for each, fit in zip(formats, fits, strict=True) if fit and ("%Y" in each) == has_century]
        if not formats:
            return None
    tokens = re.findall(r"%.|[^%]", formats[0])
    is_padded = ask(f"bool_and(length(v) = {len(datetime(2000, 10, 10, 10, 10, 10).strftime(formats[0]))})")[0]
    needs_none = formats[0].startswith("%Y-%m-%d") and "%I" not in tokens
    others = ", ".join(_spark(each, is_padded) for each in formats[1:])
    return {
        "type": "timestamp" if "%M" in tokens else "date",
        **({} if needs_none else {"format": _spark(formats[0], is_padded)}),
        **({"note": f"the values may also be {others}"} if others else {}),
    }


def _spark(pattern: str, is_padded: bool) -> str:
    tokens = re.findall(r"%.|[^%]", pattern)
    letters = {token: LETTERS[token][: None if is_padded or token not in ONE_DIGIT else 1] for token in LETTERS}
    return "".join(letters.get(token, token) for token in tokens)
