"""Runs process and validate of data sets on local files, in one Spark session without an account.

Reads a data set per line from stdin, as JSON: its `definition` as synth writes it, and `files`, paths by the names that
they have below the data set's prefix; null for a data product, whose inputs came before. Answers what came of it per
line: see `check`.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import traceback
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime, timezone
from pathlib import Path
from tempfile import TemporaryDirectory
from types import SimpleNamespace
from typing import Any

from pyspark.sql import DataFrame, SparkSession, Window
from pyspark.sql import functions as F

from glue_etl import definition, lake, landing, process, processed, quality
from glue_etl.definition import DataSet, QuerySource
from glue_etl.job import Run
from glue_etl.runtime import configured
from glue_etl.survey import is_deletion

_BATCH = "check"
_EXAMPLES = 3
_CATALOG = "spark.sql.catalog.glue_catalog"


class LocalBucket:
    """A folder in place of the raw bucket, in which files are links by the names that ingest would give them."""

    def __init__(self, folder: Path, files: Mapping[str, str]):
        self._folder, self._names = folder, {landing.raw_name(name): name for name in files}
        for key, name in self._names.items():
            link = folder / key
            link.parent.mkdir(parents=True, exist_ok=True)
            link.symlink_to(files[name])

    @property
    def files(self) -> list[dict[str, Any]]:
        """The files as a manifest has them."""
        return [{"key": key, "size": (self._folder / key).stat().st_size} for key in self._names]

    def path(self, key: str) -> str:
        """What Spark reads the file by."""
        return f"file://{self._folder}/{key}"

    def start(self, key: str, size: int) -> bytes:
        """The first `size` bytes of the file."""
        with (self._folder / key).open("rb") as file:
            return file.read(size)

    def name_of(self, path: str) -> str:
        """The file's own name, by what the quarantine calls it."""
        return next((name for key, name in self._names.items() if path.endswith(f"/{key}")), path)


class Trial(Run):
    """A run of a data set without ledger, journal and account."""

    def __init__(self, spark: SparkSession, dataset: DataSet, database: str, tempdir: str):
        self._spark, self.dataset = spark, dataset
        self.options = SimpleNamespace(processed_database=database, table_optimizer_role=None, tempdir=tempdir)
        self.journal = SimpleNamespace(event=lambda *_, **__: None)
        now = datetime.now(timezone.utc).isoformat()
        self.ledger = SimpleNamespace(committed=lambda *_: {"committed_at": now})

    @property
    def spark(self) -> SparkSession:
        """The session of all trials."""
        return self._spark


def main() -> None:
    """Serves until stdin ends."""
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w", buffering=1)
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    # An exit like any other, so that the scratch files go.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: sys.exit(1))
    published: dict[str, DataFrame] = {}
    with TemporaryDirectory(prefix="check-") as scratch:
        spark = _session(Path(scratch))
        for number, line in enumerate(sys.stdin):
            asked = json.loads(line)
            folder = Path(scratch, "raw", str(number))
            folder.mkdir(parents=True)
            try:
                bucket = LocalBucket(folder, asked["files"] or {})
                dataset = definition.parse(asked["definition"])
                trial = Trial(spark, dataset, f"check_{number}", Path(scratch, "temp").as_uri())
                answer = check(trial, bucket, published)
            except Exception as error:  # one data set's failure is not that of the others
                traceback.print_exc()
                answer = {"error": f"{type(error).__name__}: {str(error).strip()}".split("\n", 1)[0]}
            print(json.dumps(answer), file=answers)
        spark.stop()


def check(trial: Trial, bucket: LocalBucket, published: dict[str, DataFrame]) -> dict[str, Any]:
    """Counts of rows, why files stop the batch, reasons with examples, outcomes of rules, columns of the table.

    `published` are the rows of data sets that were checked before; those of this one are added.
    """
    source = trial.dataset.source
    if isinstance(source, QuerySource):
        inputs = process.Inputs.of_query(trial, _queried(trial.spark, source, published))
    else:
        inputs = process.Inputs.of_files(trial, _BATCH, bucket, bucket.files)
    outcome = process.process_batch(trial, _BATCH, inputs)
    rows = processed.read(trial.spark, trial.processed_table, _BATCH, outcome.details["snapshot_id"])
    # What curate would publish of a first batch.
    published[trial.dataset.name] = rows.where(~is_deletion(trial.dataset))
    rules = quality.evaluate(trial.spark, rows, trial.dataset.rules, rows=outcome.counts["good"])
    own = {column.name for column in lake.BATCH_COLUMNS}
    return {
        "counts": dict(outcome.counts),
        "stopped": [reason.replace(bucket.path(""), "") for reason in inputs.schema.stopped],
        "reasons": _reasons(trial, bucket) if outcome.counts["quarantined"] else [],
        "rules": [asdict(rule) for rule in rules],
        "columns": [[field.name, field.dataType.simpleString()] for field in rows.schema if field.name not in own],
    }


def _queried(spark: SparkSession, source: QuerySource, published: Mapping[str, DataFrame]) -> DataFrame:
    """The rows of a query, which sees its inputs and no other table."""
    for name in source.inputs:
        published[name].createOrReplaceTempView(name)
    rows = spark.sql(source.sql)
    for name in source.inputs:
        spark.catalog.dropTempView(name)
    return rows


def _reasons(trial: Trial, bucket: LocalBucket) -> list[dict[str, Any]]:
    """Each reason with how many rows it has and some of them, the most frequent first."""
    rows = trial.spark.table(trial.quarantine_table).select(F.explode("reasons").alias("reason"), "file", "raw")
    of_a_reason = Window.partitionBy("reason")
    counted = rows.select(
        "*",
        F.count(F.lit(1)).over(of_a_reason).alias("rows"),
        F.row_number().over(of_a_reason.orderBy("file", "raw")).alias("number"),
    )
    found: dict[str, dict[str, Any]] = {}
    for row in counted.where(F.col("number") <= _EXAMPLES).orderBy(F.desc("rows"), "reason", "number").collect():
        reason = found.setdefault(row.reason, {"reason": row.reason, "rows": row.rows, "examples": []})
        reason["examples"].append({"file": bucket.name_of(row.file), "text": row.raw})
    return list(found.values())


def _session(scratch: Path) -> SparkSession:
    """A session for few rows, whose JVM starts quickly; Iceberg tables are files below `scratch`."""
    settings = {
        "spark.master": "local[2]",
        "spark.driver.extraClassPath": f"{os.environ['CHECK_JARS']}/*",
        "spark.driver.extraJavaOptions": os.environ["CHECK_JAVA_OPTIONS"],
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.host": "127.0.0.1",
        "spark.local.dir": str(scratch / "spark"),
        "spark.sql.warehouse.dir": (scratch / "warehouse").as_uri(),
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.sql.codegen.wholeStage": "false",
        "spark.sql.shuffle.partitions": "2",
        "spark.sql.extensions": "org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions",
        _CATALOG: "org.apache.iceberg.spark.SparkCatalog",
        f"{_CATALOG}.type": "hadoop",
        f"{_CATALOG}.warehouse": (scratch / "lake").as_uri(),
    }
    builder = SparkSession.builder
    for name, value in settings.items():
        builder = builder.config(name, value)
    return configured(builder.getOrCreate())


if __name__ == "__main__":
    main()
