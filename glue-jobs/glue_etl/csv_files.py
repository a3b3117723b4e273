"""CSV: header and rows."""

from __future__ import annotations

import csv
import io
import zlib
from collections.abc import Sequence

from pyspark.sql import Column as SparkColumn
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from .definition import CsvOptions
from .errors import FileError
from .lake import quoted

HEADER_BYTES = 64 * 1024


def header(start: bytes, options: CsvOptions) -> list[str] | None:
    """Column names in the first HEADER_BYTES of a file, plain or gzip; None if there is no line.

    Raises FileError if there is no whole first line, or a name is empty or comes twice.
    """
    is_cut = len(start) >= HEADER_BYTES
    if start[:2] == b"\x1f\x8b":
        start = _unzipped(start)
        is_cut = is_cut or len(start) >= HEADER_BYTES
    text = start.decode(options.encoding, errors="replace").lstrip("\ufeff")
    doubled = options.escape == options.quote
    reader = csv.reader(
        io.StringIO(text, newline=""),
        delimiter=options.delimiter,
        quotechar=options.quote,
        doublequote=doubled,
        escapechar=None if doubled else options.escape,
    )
    names = next((row for row in reader if row), None)
    if names is None or not options.header:
        return names
    if is_cut and reader.line_num == len(text.splitlines()):
        raise FileError(f"has no end of the header within {HEADER_BYTES} bytes")
    folded = [name.lower() for name in names]
    twice = sorted({name for name in names if folded.count(name.lower()) > 1})
    if twice:
        raise FileError(f"has column {', '.join(twice)} twice in its header")
    if "" in names:
        raise FileError(f"has no name for column {names.index('') + 1} in its header")
    return names


def read(
    spark: SparkSession, options: CsvOptions, names: Sequence[str], paths: list[str], corrupt_record: str
) -> DataFrame:
    """The files' columns as texts, and a column `corrupt_record`: the row if it has more or fewer fields than names."""
    return spark.read.csv(
        paths,
        schema=", ".join(f"{quoted(name)} string" for name in (*names, corrupt_record)),
        header=options.header,
        sep=options.delimiter,
        quote=options.quote,
        escape=options.escape,
        encoding=options.encoding,
        nullValue=options.null_value,
        # A quoted field may hold line breaks; read by line, such a row would fall apart and could pass for a good one.
        multiLine=options.multiline,
        mode="PERMISSIVE",
        columnNameOfCorruptRecord=corrupt_record,
        # Of a field that is as long as its file, the quarantine has the whole.
        maxCharsPerColumn=-1,
    )


def unclosed_quote(options: CsvOptions, names: Sequence[str]) -> SparkColumn:
    """The problem of a row whose last field goes on to the end of the file because its quote is never closed."""
    if not options.multiline:
        return F.lit(None).cast("string")
    ends_in_break = F.col(quoted(names[-1])).endswith("\n")
    return F.when(ends_in_break, F.lit("row: the quote of the last field is not closed"))


def rewritten(options: CsvOptions, names: Sequence[str]) -> SparkColumn:
    """The row as a line of CSV."""
    fields = F.struct(*(F.col(quoted(name)) for name in names))
    dialect = {
        "sep": options.delimiter,
        "quote": options.quote,
        "escape": options.escape,
        "nullValue": options.null_value,
    }
    return F.to_csv(fields, dialect)


def _unzipped(start: bytes) -> bytes:
    try:
        return zlib.decompressobj(wbits=31).decompress(start, HEADER_BYTES)
    except zlib.error as error:
        raise FileError(f"is not gzip ({error})") from error
