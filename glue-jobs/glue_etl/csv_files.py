"""CSV files of a batch as one frame of texts, columns matched by header."""

from __future__ import annotations

import csv
import io
import zlib
from collections.abc import Callable, Mapping, Sequence
from functools import reduce

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from .definition import CsvOptions, DataSet
from .errors import SourceSchemaError
from .lake import quoted

HEADER_BYTES = 64 * 1024
# Columns of a frame of texts beside those of the data set. RAGGED: the row has more or fewer fields than the header.
FILE, RAGGED, RAW = "_file", "_ragged", "_raw"
_CORRUPT = "_corrupt_record"


def header(start: bytes, options: CsvOptions, file: str) -> list[str] | None:
    """Column names in the first HEADER_BYTES of a file, plain or gzip; None if the file is empty.

    Raises SourceSchemaError if there is no whole first line, or a name comes twice.
    """
    if start[:2] == b"\x1f\x8b":
        start = zlib.decompressobj(wbits=31).decompress(start, HEADER_BYTES)
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
    if names is None:
        return None
    if reader.line_num == len(text.splitlines()) and len(start) >= HEADER_BYTES:
        raise SourceSchemaError(f"{file}: no end of the header within {HEADER_BYTES} bytes; is this a CSV file?")
    twice = sorted({name for name in names if [other.lower() for other in names].count(name.lower()) > 1})
    if twice:
        raise SourceSchemaError(
            f"{file}: column {', '.join(twice)} comes twice in the header; rename one at the source"
        )
    return names


def check_header(dataset: DataSet, file: str, names: Sequence[str]) -> list[str]:
    """Answers the names that the contract does not know.

    Raises SourceSchemaError where the contract says to fail on a new or a missing column.
    """
    known = [column.name for column in dataset.columns]
    new = [name for name in names if name not in known]
    missing = [name for name in known if name not in names]
    if new and dataset.on_new_column == "fail":
        raise SourceSchemaError(
            f"{dataset.name}: {file} has column {', '.join(new)}, unknown to the contract (onNewColumn: fail); "
            "add it to the contract, or set onNewColumn to evolve or ignore"
        )
    if missing and dataset.on_missing_column == "fail":
        raise SourceSchemaError(
            f"{dataset.name}: {file} lacks column {', '.join(missing)} of the contract (onMissingColumn: fail); "
            "have it delivered again, or set onMissingColumn to null"
        )
    return new


def read(
    spark: SparkSession, options: CsvOptions, headers: Mapping[str, Sequence[str]], columns: Sequence[str]
) -> DataFrame:
    """Reads the files of `headers` ({path: column names in the file's order}).

    The frame has FILE, RAGGED, RAW (the row as text, in the file's order) and `columns`, all of them texts, null where
    a file lacks one. Files with one header are read together.
    """
    groups: dict[tuple[str, ...], list[str]] = {}
    for path, names in headers.items():
        groups.setdefault(tuple(names), []).append(path)
    frames = [_read_group(spark, options, names, paths, columns) for names, paths in groups.items()]
    union: Callable[[DataFrame, DataFrame], DataFrame] = DataFrame.unionByName
    return reduce(union, frames)


def _read_group(
    spark: SparkSession, options: CsvOptions, names: Sequence[str], paths: list[str], columns: Sequence[str]
) -> DataFrame:
    frame = spark.read.csv(
        paths,
        schema=", ".join(f"{quoted(name)} string" for name in (*names, _CORRUPT)),
        header=options.header,
        sep=options.delimiter,
        quote=options.quote,
        escape=options.escape,
        encoding=options.encoding,
        nullValue=options.null_value,
        # A quoted field may hold line breaks; read by line, such a row would fall apart and could pass for a good one.
        multiLine=True,
        mode="PERMISSIVE",
        columnNameOfCorruptRecord=_CORRUPT,
    )
    rewritten = F.to_csv(
        F.struct(*(F.col(quoted(name)) for name in names)),
        {"sep": options.delimiter, "quote": options.quote, "escape": options.escape, "nullValue": options.null_value},
    )
    return frame.select(
        F.col("_metadata.file_path").alias(FILE),
        F.col(_CORRUPT).isNotNull().alias(RAGGED),
        F.coalesce(F.col(_CORRUPT), rewritten).alias(RAW),
        *(F.col(quoted(name)) if name in names else F.lit(None).cast("string").alias(name) for name in columns),
    )
