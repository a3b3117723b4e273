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
    """How the CSV files are written."""

    header: bool
    delimiter: str
    quote: str
    escape: str
    encoding: str
    null_value: str


@dataclass(frozen=True)
class Source:
    """Objects in `bucket` whose key starts with `prefix` and matches the glob `pattern` behind it."""

    bucket: str
    prefix: str
    pattern: str
    format: str
    csv: CsvOptions


@dataclass(frozen=True)
class Column:
    """A column with its Spark SQL type and the checks of its contract; None where there is no such check."""

    name: str
    type: str
    description: str = ""
    required: bool = False
    format: str | None = None
    pattern: str | None = None
    min_length: int | None = None
    max_length: int | None = None
    minimum: float | None = None
    maximum: float | None = None


@dataclass(frozen=True)
class QualityRule:
    """One DQDL rule; severity `error` stops the batch before curation, `warning` publishes and reports."""

    dqdl: str
    severity: str


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
    rules: tuple[QualityRule, ...]


def parse(text: str) -> DataSet:
    """Reads the JSON form. Raises DefinitionError if it is not JSON or a field is missing."""
    try:
        document = json.loads(text)
        source = document["source"]
        return _build(
            DataSet,
            {
                **document,
                "source": _build(Source, {**source, "csv": _build(CsvOptions, source["csv"])}),
                "columns": tuple(_build(Column, column) for column in document["columns"]),
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


def _build(cls: type[T], document: Mapping[str, Any]) -> T:
    """Fills a dataclass from camelCase keys; what only synth needs (service levels, for one) is passed over."""
    known = {field.name for field in fields(cls)}
    values = {_snake_case(key): value for key, value in document.items()}
    return cls(**{name: value for name, value in values.items() if name in known})


def _snake_case(name: str) -> str:
    return re.sub(r"(?<=[a-z])([A-Z])", lambda letter: "_" + letter.group(1).lower(), name)
