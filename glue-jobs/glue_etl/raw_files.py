"""The raw files of a batch: what columns each has, which cannot be read, and the rows of those that can.

Files of one layout are read together, as a `Group`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any

from pyspark.sql import Column as SparkColumn
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.types import BinaryType, DataType
from pyspark.sql.utils import AnalysisException

from . import text_files
from .definition import CsvOptions, DataSet
from .errors import FileError
from .lake import quoted
from .reading import fields
from .reading.dialect import Dialect
from .reading.texts import Texts
from .text_tasks import Keys, Plan, TextFile, look, look_at_json

FILE = "_file_url"
_GIVEN = "_given_"
_PARALLEL = 8
_KEPT_AS_THEY_ARE = re.compile(r"string|boolean|int|bigint|float|double|date|timestamp|decimal\(\d+,\d+\)")
# Those that Spark has and contracts have not.
_READ_AS = {"tinyint": "int", "smallint": "int", "timestamp_ntz": "timestamp"}


@dataclass(frozen=True)
class RawFile:
    """A file of a batch. `columns` are the types by name in which its columns are read; None where it has a `problem`.

    Files are read together if these and `layout`, the schema in the file, are the same. `text` is the file where it is
    one of text.
    """

    path: str
    size: int
    columns: Mapping[str, str] | None
    problem: str | None = None
    layout: str = ""
    text: TextFile | None = None


@dataclass(frozen=True)
class Group:
    """Rows of one layout: a frame of the columns as the files have them, of the types in `types`.

    Of a row of the frame, `file` is the URL of its file, `problem` what is wrong with it as a whole, or null, and `raw`
    its text, for the quarantine. They are no columns: made of every row, they would cost more than all checks do.
    """

    frame: DataFrame
    types: Mapping[str, str]
    file: SparkColumn
    problem: SparkColumn
    raw: SparkColumn


class RawBucket:
    """Where raw files are: a bucket of S3."""

    def __init__(self, s3: Any, name: str):
        self._s3, self._name = s3, name

    def path(self, key: str) -> str:
        """What Spark reads the file by."""
        return f"s3://{self._name}/{key}"

    def start(self, key: str, size: int) -> bytes:
        """The first `size` bytes of the file."""
        with self._s3.get_object(Bucket=self._name, Key=key, Range=f"bytes=0-{size - 1}")["Body"] as body:
            return body.read()


class RawFiles:
    """Files of one format in a raw bucket, or in what stands for one."""

    def __init__(self, spark: SparkSession, bucket: RawBucket, dataset: DataSet):
        self._spark, self._bucket, self._dataset = spark, bucket, dataset
        # What a database gave was written as Parquet.
        self._format = getattr(dataset.source, "format", "parquet")

    @property
    def is_text(self) -> bool:
        """Whether the files are cut into records here, and not by Spark."""
        return self._format in ("csv", "json")

    @property
    def is_typed(self) -> bool:
        """Whether the files themselves say of what type a column is."""
        return self._format == "parquet"

    def survey(self, files: Sequence[Mapping[str, Any]]) -> list[RawFile]:
        """Looks at every file, `files` being entries of the manifest; those without any content are left out."""
        present = [file for file in files if file["size"] > 0]
        look = {"csv": self._look_at_csv, "json": self._look_at_json, "parquet": self._look_at_parquet}[self._format]
        with ThreadPoolExecutor(_PARALLEL) as pool:
            found = list(pool.map(look, present))
        if self._format == "json" and self._wants_keys:
            found = self._with_keys(found)
        return [file for file in found if file.problem or file.columns]

    def groups(self, files: Sequence[RawFile]) -> Iterator[Group]:
        """The rows of the files."""
        layouts: dict[tuple[str, tuple[tuple[str, str], ...]], list[str]] = {}
        for file in files:
            layouts.setdefault((file.layout, tuple(file.columns.items())), []).append(file.path)
        for paths in layouts.values():
            yield typed_group(self._spark.read.parquet(*paths), F.input_file_name())

    def unreadable(self, files: Sequence[RawFile]) -> list[RawFile]:
        """Those of the files that Spark cannot read to their end; each is read alone."""

        def probe(file: RawFile) -> RawFile | None:
            try:
                for group in self.groups([file]):
                    group.frame.write.format("noop").mode("overwrite").save()
            except Exception as error:  # whatever Spark makes of it, this file is what it was reading
                return RawFile(file.path, file.size, None, f"cannot be read to its end ({_cause(error)})")
            return None

        with ThreadPoolExecutor(_PARALLEL) as pool:
            return [broken for broken in pool.map(probe, files) if broken]

    def _path(self, file: Mapping[str, Any]) -> str:
        return self._bucket.path(file["key"])

    def _look_at_csv(self, file: Mapping[str, Any]) -> RawFile:
        path, size = self._path(file), file["size"]
        start = self._bucket.start(file["key"], fields.HEADER_BYTES)
        try:
            text = look(path, size, start, dialect_of(self._dataset.source.csv), self._contract)
        except FileError as error:
            return RawFile(path, size, None, str(error))
        return RawFile(path, size, dict.fromkeys(text.names, "string") if text else {}, text=text)

    def _look_at_parquet(self, file: Mapping[str, Any]) -> RawFile:
        path = self._path(file)
        try:
            schema = self._spark.read.parquet(path).schema
        except Exception as error:  # Spark has no one error for what is not Parquet
            return RawFile(path, file["size"], None, f"is not a Parquet file ({_cause(error)})")
        columns = {field.name: _plain(field.name, field.dataType)[1] for field in schema}
        return RawFile(path, file["size"], columns, layout=schema.simpleString())

    def _look_at_json(self, file: Mapping[str, Any]) -> RawFile:
        path, size = self._path(file), file["size"]
        start = self._bucket.start(file["key"], fields.HEADER_BYTES)
        try:
            text = look_at_json(path, size, start, self._contract)
        except FileError as error:
            return RawFile(path, size, None, str(error))
        return RawFile(path, size, dict.fromkeys(text.names, "string"), text=text)

    @property
    def _wants_keys(self) -> bool:
        """Whether it matters which columns a file of JSON has: to find them takes a pass over it."""
        return (self._dataset.on_new_column, self._dataset.on_missing_column) != ("ignore", "null")

    def _with_keys(self, files: Sequence[RawFile]) -> list[RawFile]:
        plan = Plan(None, (), Texts(), FILE, "")
        found = text_files.keys(self._spark, plan, [file.text for file in files if file.text])
        return [self._of_keys(file, found[file.path]) if file.text else file for file in files]

    def _of_keys(self, file: RawFile, keys: Keys) -> RawFile:
        if keys.problem:
            return RawFile(file.path, file.size, None, keys.problem)
        # In the order of the contract, and then of the alphabet: an object has none.
        names = [*(name for name in self._contract if name in keys.names), *sorted(keys.names - {*self._contract})]
        if not names and keys.lines:
            # None of its lines is an object with a key: each is rejected for itself.
            names = list(self._contract)
        return replace(file, columns=dict.fromkeys(names, "string"))

    @property
    def _contract(self) -> tuple[str, ...]:
        return tuple(column.source_name for column in self._dataset.columns)


def dialect_of(options: CsvOptions) -> Dialect:
    """How the files of a contract are written."""
    return Dialect(
        options.delimiter, options.quote, options.escape, options.encoding, options.header, options.multiline
    )


def typed_group(frame: DataFrame, file: SparkColumn) -> Group:
    """A frame of any types as a group; what contracts have no type for becomes text, nested values JSON."""
    columns = {field.name: _plain(field.name, field.dataType) for field in frame.schema.fields}
    taken = [column.alias(name) for name, (column, _) in columns.items()]
    given = [F.col(quoted(name)).alias(_GIVEN + name) for name in columns]
    raw = F.to_json(F.struct(*(F.col(quoted(_GIVEN + name)).alias(name) for name in columns)))
    types = {name: type for name, (_, type) in columns.items()}
    return Group(frame.select(*taken, *given), types, file, F.lit(None).cast("string"), raw)


def _plain(name: str, type: DataType) -> tuple[SparkColumn, str]:
    column, simple = F.col(quoted(name)), type.simpleString()
    if _KEPT_AS_THEY_ARE.fullmatch(simple):
        return column, simple
    if simple in _READ_AS:
        return column.cast(_READ_AS[simple]), _READ_AS[simple]
    if isinstance(type, BinaryType):
        return column.cast("string"), "string"
    return F.to_json(column), "string"


def _cause(error: BaseException) -> str:
    """The first line of what lies at the bottom of an error."""
    if isinstance(error, AnalysisException):
        return str(error).split("\n", 1)[0]
    cause = getattr(error, "java_exception", None)
    while cause is not None and cause.getCause() is not None:
        cause = cause.getCause()
    return str(cause.toString() if cause is not None else error).split("\n", 1)[0]
