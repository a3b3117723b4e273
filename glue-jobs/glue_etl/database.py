"""A table of PostgreSQL or MySQL as a source: its new rows are written to the raw zone as Parquet.

New are the rows whose watermark is past that of the last batch and not past an upper end, which is fixed before they
are read and kept in the ledger: a run that goes on with a batch reads the same range. Rows younger than the source's
delay, by the clock of the database, are left to the next run: a transaction that began before them may commit later.
Of a watermark that is a date, only days that are over are read. One that is a number has no age: its values must be
given out in the order of commits.

A watermark without a time zone is one in UTC. User and password come from the secret that the Glue connection names,
and go to the driver as properties: they are in no URL, no query and no plan of Spark.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cached_property
from typing import Any

import boto3
from pyspark.sql import DataFrame, Observation
from pyspark.sql import functions as F
from pyspark.sql.types import DataType, DateType, DecimalType, IntegralType, StructField, StructType, TimestampType

from .dialects import DIALECTS, bound, is_old_enough, is_within
from .errors import AccountingError, DefinitionError, SourceReadError
from .intake import Intake, Place
from .job import Run
from .journal import first_line
from .lake import quoted
from .source_ledger import SourceLedger

# Rows that the driver holds at a time; by default it would hold all of a query's.
FETCH_SIZE = 10_000
_MOST_DIGITS = 38  # of a decimal of Spark's
_PARQUET = {
    "spark.sql.parquet.outputTimestampType": "TIMESTAMP_MICROS",
    # By default Spark refuses days before 1582, which Spark 2 would read as others.
    "spark.sql.parquet.datetimeRebaseModeInWrite": "CORRECTED",
}


class Database:
    """The source of a data set in a database, during one run."""

    def __init__(self, run: Run):
        self._run, self._source = run, run.dataset.source
        self._dialect = DIALECTS[self._source.type]
        self._ledger = SourceLedger(run.ledger)

    def new(self, place: Place) -> Intake | None:
        """Reads the rows past the last batch's; without a watermark all rows."""
        if self._source.watermark is None:
            return self._read(place, None)
        kept = self._ledger.kept_range()
        watermark = kept or self._next_range()
        if watermark is None:
            return None
        if kept is None:
            self._ledger.keep_range(watermark)
        also = [self._ledger.set_watermark(watermark["up_to"])]
        return self._read(place, watermark, also=also, more=kept is not None)

    def again(self, place: Place, manifest: Mapping[str, Any]) -> Intake:
        """Reads the manifest's range again, as it is now: rows that were changed since are in a later one."""
        return self._read(place, manifest.get("watermark"))

    def _next_range(self) -> dict[str, Any] | None:
        """The watermarks to read: of which column, past which one, the lowest and the greatest of the rows, as text."""
        source, dialect = self._source, self._dialect
        bounds = {"column": source.watermark, "after": self._ledger.watermark(), "up_to": None}
        column, kind = dialect.name(source.watermark), self._watermark_type
        [row] = self._load(
            f"SELECT CAST(min({column}) AS {dialect.text}) AS lowest, CAST(max({column}) AS {dialect.text}) AS up_to "
            f"FROM {self._table} WHERE {is_within(dialect, kind, bounds)} AND {is_old_enough(dialect, source, kind)}"
        ).collect()
        return None if row.up_to is None else {**bounds, "lowest": row.lowest, "up_to": row.up_to}

    def _read(self, place: Place, watermark: Mapping[str, Any] | None, **intake: Any) -> Intake:
        """Writes the rows of the range, and checks that what was written is what was read."""
        bucket, spark = self._run.options.raw_bucket, self._run.spark
        for setting, value in _PARQUET.items():
            spark.conf.set(setting, value)
        read = Observation()
        frame = self._rows(watermark).observe(read, F.count(F.lit(1)).alias("rows"))
        frame.write.parquet(f"s3://{bucket}/{place.folder}", mode="append", compression="zstd")
        files, rows = self._files(place), read.get["rows"]
        written = spark.read.parquet(*(f"s3://{bucket}/{file['key']}" for file in files)).count()
        if written != rows:
            raise AccountingError(
                f"{self._run.dataset.name}: batch {place.batch}: {rows} rows were read from {self._table}, but "
                f"{written} stand in {place.folder}; nothing was committed, run the job again"
            )
        extra = {"watermark": dict(watermark)} if watermark else {}
        return Intake(files, counts={"rows": rows}, extra=extra, **intake)

    def _rows(self, watermark: Mapping[str, Any] | None) -> DataFrame:
        """The rows of the range, over as many connections as the source allows; without a range all, over one."""
        if watermark is None:
            return self._load(f"SELECT * FROM {self._table}", customSchema=read_as_text(self._schema))
        kind = self._watermark_type
        return self._load(
            f"SELECT * FROM {self._table} WHERE {is_within(self._dialect, kind, watermark)}",
            customSchema=read_as_text(self._schema, but=watermark["column"]),
            partitionColumn=watermark["column"],
            lowerBound=bound(kind, watermark["lowest"]),
            upperBound=bound(kind, watermark["up_to"]),
            numPartitions=str(self._source.parallel_reads),
        )

    def _files(self, place: Place) -> list[dict[str, Any]]:
        """The files in the folder of this place; those of other runs are in folders below it, or beside."""
        pages = self._run.s3.get_paginator("list_objects_v2").paginate(
            Bucket=self._run.options.raw_bucket, Prefix=place.folder, Delimiter="/"
        )
        return [
            {"key": item["Key"], "size": item["Size"], "etag": item["ETag"], "checksum": None, "source": self._table}
            for page in pages
            for item in page.get("Contents", [])
            if item["Key"].endswith(".parquet")
        ]

    @property
    def _table(self) -> str:
        return self._dialect.name(self._source.schema, self._source.table)

    @cached_property
    def _schema(self) -> StructType:
        return self._load(f"SELECT * FROM {self._table} WHERE 1 = 0").schema

    @cached_property
    def _watermark_type(self) -> DataType:
        name = self._source.watermark
        field = next((field for field in self._schema if field.name == name), None)
        if field is None or not isinstance(field.dataType, (IntegralType, DecimalType, DateType, TimestampType)):
            found = f"is of type {field.dataType.simpleString()}" if field else f"is none of {self._schema.names}"
            raise SourceReadError(
                f"{self._run.dataset.name}: watermark {name} of {self._table} {found}; name a column that is a whole "
                "number, a date or a timestamp in the contract"
            )
        return field.dataType

    def _load(self, query: str, **options: str) -> DataFrame:
        options = {**self._connection, "fetchsize": str(FETCH_SIZE), "dbtable": f"({query}) AS ingest", **options}
        try:
            return self._run.spark.read.format("jdbc").options(**options).load()
        except Exception as error:
            raise SourceReadError(
                f"{self._run.dataset.name}: {self._table} at {self._source.host}:{self._source.port} cannot be read: "
                f"{first_line(error)}; check connection {self._run.options.connection}, its secret and its network"
            ) from error

    @cached_property
    def _connection(self) -> dict[str, str]:
        """How to connect, from the Glue connection and the secret that it names."""
        name = self._run.options.connection
        if name is None:
            raise DefinitionError(f"{self._run.dataset.name}: the job has no argument --connection; deploy it again")
        answer = boto3.client("glue").get_connection(Name=name, HidePassword=True)
        properties = answer["Connection"]["ConnectionProperties"]
        secret = boto3.client("secretsmanager").get_secret_value(SecretId=properties["SECRET_ID"])["SecretString"]
        tls = self._dialect.tls if properties.get("JDBC_ENFORCE_SSL") == "true" else {}
        return {
            **self._dialect.properties,
            **tls,
            **credentials(properties["SECRET_ID"], secret),
            "url": properties["JDBC_CONNECTION_URL"],
            "driver": self._dialect.driver,
        }


def credentials(name: str, secret: str) -> dict[str, str]:
    """User and password of a secret's JSON. Raises DefinitionError, which names the secret and not what it holds."""
    try:
        document = json.loads(secret)
        return {"user": document["username"], "password": document["password"]}
    except (ValueError, KeyError, TypeError):
        pass  # the error itself would quote the secret
    raise DefinitionError(f'secret {name} must be JSON with the fields "username" and "password"')


def read_as_text(schema: StructType, but: str | None = None) -> str:
    """Spark's customSchema: columns, other than `but`, that its types do not hold as they are.

    These are decimals that may have more digits than Spark's (PostgreSQL's numeric without a precision, for one), and
    times of day, which Spark would make timestamps without a fraction.
    """
    return ", ".join(f"{quoted(field.name)} STRING" for field in schema if _is_wider(field) and field.name != but)


def _is_wider(field: StructField) -> bool:
    is_decimal = isinstance(field.dataType, DecimalType) and field.dataType.precision == _MOST_DIGITS
    return is_decimal or "logical_time_type" in field.metadata
