"""The data set as synth resolved it from its contract (`modules/contract/data-set.ts`), uploaded as JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, TypeVar
from urllib.parse import urlparse

from .errors import DefinitionError

T = TypeVar("T")


@dataclass(frozen=True)
class CsvOptions:
    """How CSV files are written. Where `multiline` is false no field holds a line break, and files can be split."""

    header: bool
    delimiter: str
    quote: str
    escape: str
    encoding: str
    null_value: str
    multiline: bool = True


@dataclass(frozen=True)
class FileSource:
    """Objects in `bucket` whose key starts with `prefix` and matches the glob `pattern` behind it.

    `format` is csv, json (one object per line) or parquet; `csv` is None unless it is csv.
    """

    type: str
    bucket: str
    prefix: str
    pattern: str
    format: str
    csv: CsvOptions | None


@dataclass(frozen=True)
class DatabaseSource:
    """A table of a database; `type` is postgresql or mysql, `secret` names a user and a password in Secrets Manager.

    Rows whose `watermark` column is past that of the last run are new; without one, every run reads all rows. Rows that
    are younger than the delay are left to the next run, so that a transaction that commits late is not missed.
    """

    type: str
    host: str
    port: int
    database: str
    schema: str | None
    table: str
    secret: str
    watermark: str | None
    watermark_delay_seconds: int
    parallel_reads: int


@dataclass(frozen=True)
class QuerySource:
    """A data product: what a query over the curated tables `inputs` gives."""

    type: str
    sql: str
    inputs: tuple[str, ...]


Source = FileSource | DatabaseSource | QuerySource


@dataclass(frozen=True)
class Column:
    """A column with its Spark SQL type and the checks of its contract; None where there is no such check.

    `physical_name` is its name at the source, None where that is the same.
    """

    name: str
    type: str
    description: str = ""
    physical_name: str | None = None
    required: bool = False
    format: str | None = None
    pattern: str | None = None
    min_length: int | None = None
    max_length: int | None = None
    minimum: float | None = None
    maximum: float | None = None

    @property
    def source_name(self) -> str:
        """What it is called at the source."""
        return self.physical_name or self.name


@dataclass(frozen=True)
class QualityRule:
    """One DQDL rule; severity `error` stops the batch before curation, `warning` publishes and reports."""

    dqdl: str
    severity: str


@dataclass(frozen=True)
class DeleteMarker:
    """A row whose `column` holds the text `value` deletes the row of its key."""

    column: str
    value: str


@dataclass(frozen=True)
class DataSet:
    """One data set. Column lists (`primary_key`, `partition_by`) hold names."""

    name: str
    description: str
    source: Source
    columns: tuple[Column, ...]
    primary_key: tuple[str, ...]
    partition_by: tuple[str, ...]
    write_mode: str
    order_by: str | None
    on_new_column: str
    on_missing_column: str
    on_changed_column: str
    delete_marker: DeleteMarker | None
    rules: tuple[QualityRule, ...]


def parse(text: str) -> DataSet:
    """Reads the JSON form. Raises DefinitionError if it is not JSON or a field is missing."""
    try:
        document = json.loads(text)
        return _build(
            DataSet,
            {
                **document,
                "source": _source(document["source"]),
                "columns": tuple(_build(Column, column) for column in document["columns"]),
                "deleteMarker": _optional(DeleteMarker, document["deleteMarker"]),
                "rules": tuple(_build(QualityRule, rule) for rule in document["rules"]),
                "primaryKey": tuple(document["primaryKey"]),
                "partitionBy": tuple(document["partitionBy"]),
            },
        )
    except (ValueError, KeyError, TypeError) as error:
        raise DefinitionError(f"the definition of the data set cannot be read ({error!r}); deploy it again") from error


def load(s3: Any, uri: str) -> DataSet:
    """Reads the definition from S3 with the boto3 client `s3`."""
    location = urlparse(uri)
    body = s3.get_object(Bucket=location.netloc, Key=location.path.lstrip("/"))["Body"].read()
    return parse(body.decode("utf-8"))


def _source(document: Mapping[str, Any]) -> Source:
    if document["type"] == "s3":
        return _build(FileSource, {**document, "csv": _optional(CsvOptions, document["csv"])})
    if document["type"] == "query":
        return _build(QuerySource, {**document, "inputs": tuple(document["inputs"])})
    return _build(DatabaseSource, document)


def _optional(cls: type[T], document: Mapping[str, Any] | None) -> T | None:
    return None if document is None else _build(cls, document)


def _build(cls: type[T], document: Mapping[str, Any]) -> T:
    """Fills a dataclass from camelCase keys; what only synth needs (service levels, for one) is passed over."""
    known = {field.name for field in fields(cls)}
    values = {_snake_case(key): value for key, value in document.items()}
    return cls(**{name: value for name, value in values.items() if name in known})


def _snake_case(name: str) -> str:
    return re.sub(r"(?<=[a-z])([A-Z])", lambda letter: "_" + letter.group(1).lower(), name)
