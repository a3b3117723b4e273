"""What the tests share: one emulated account, one Spark session, short ways to say a data set."""

import atexit
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import unittest
import warnings
from collections.abc import Mapping
from dataclasses import asdict
from functools import cache
from pathlib import Path
from unittest import mock

import boto3
import pyspark
from py4j.java_gateway import JavaPackage, JVMView
from pyspark.sql import SparkSession

from glue_etl.definition import Column, CsvOptions, DataSet, FileSource, QualityRule
from glue_etl.job import Run
from glue_etl.journal import Journal
from glue_etl.options import Options
from glue_etl.runtime import configured

from . import ROOT

SCRATCH = Path(tempfile.mkdtemp(prefix="glue-tests-"))
atexit.register(shutil.rmtree, SCRATCH, ignore_errors=True)
RAW, PROCESSED, SOURCE, LEDGER, STATE, LOGS = (
    "raw",
    "processed",
    "source",
    "job-bookmarks",
    "job-state",
    "/aws-glue/test",
)
# The suite `spark-3.3` puts that version before the one of the virtual environment.
IS_SPARK_33 = pyspark.__version__.startswith("3.3.")
# Loading classes is much of a short life. A JVM with other jars than the archive has, as of Spark 3.3, goes without it.
QUICK_JVM = f'-XX:+UseSerialGC "-XX:SharedArchiveFile={ROOT / "build" / "classes" / "spark.jsa"}"'
needs_deequ = unittest.skipIf(IS_SPARK_33, "Deequ evaluates DQDL on Spark 3.5 only")


@cache
def account() -> str:
    """Starts MiniStack on a free port of the loopback interface and answers its URL; it ends with the tests."""
    program = ROOT / "build" / "emulator" / "bin" / "ministack"
    if not program.exists():
        raise RuntimeError(f"{program} is missing: `npm run setup` installs it")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {
        "PATH": f"{program.parent}:{os.environ['PATH']}",
        "GATEWAY_PORT": str(port),
        "BIND_HOST": "127.0.0.1",
        "MINISTACK_REGION": "us-east-1",
        "STATE_DIR": str(SCRATCH / "state"),
        "S3_DATA_DIR": str(SCRATCH / "s3"),
    }
    with (SCRATCH / "emulator.log").open("wb") as log:
        process = subprocess.Popen([program], env=environment, stdout=log, stderr=log, cwd=SCRATCH)
    atexit.register(process.wait)
    atexit.register(process.terminate)
    os.environ.update(
        AWS_ENDPOINT_URL=f"http://127.0.0.1:{port}",
        AWS_ACCESS_KEY_ID="test",
        AWS_SECRET_ACCESS_KEY="test",
        AWS_DEFAULT_REGION="us-east-1",
    )
    for name in ("AWS_ENDPOINT_URL_GLUE", "AWS_CA_BUNDLE", "AWS_PROFILE", "AWS_SESSION_TOKEN"):
        os.environ.pop(name, None)
    _wait_for(port, process)
    for bucket in (RAW, PROCESSED, SOURCE):
        boto3.client("s3").create_bucket(Bucket=bucket)
    create_table(LEDGER, "pk", "sk")
    create_table(STATE, "job_name")
    boto3.client("logs").create_log_group(logGroupName=LOGS)
    return os.environ["AWS_ENDPOINT_URL"]


@cache
def spark() -> SparkSession:
    """The session of all tests."""
    _remember_names()
    return session(
        SCRATCH / "lake",
        {
            "spark.master": "local[2]",
            # A few rows each time: compiling costs more than it saves.
            "spark.driver.extraJavaOptions": f"{QUICK_JVM} -XX:TieredStopAtLevel=1",
            "spark.sql.codegen.wholeStage": "false",
            "spark.sql.shuffle.partitions": "2",
        },
    )


def session(lake: Path, settings: Mapping[str, str]) -> SparkSession:
    """Starts a session with Iceberg tables in the folder `lake` and S3 in the emulated account."""
    jars = ROOT / "build" / ("spark-3.3/jars" if IS_SPARK_33 else "jars")
    if not jars.exists():
        raise RuntimeError(f"{jars} is missing: `npm run setup` fills it")
    # The Java that set-up found or installed, which need not be on the PATH.
    os.environ.update(JAVA_HOME=str(ROOT / "build" / "java"), PYSPARK_PYTHON=sys.executable)
    builder = SparkSession.builder
    for name, value in {
        "spark.driver.extraClassPath": f"{jars}/*",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.host": "127.0.0.1",
        "spark.executorEnv.PYTHONPATH": str(ROOT / "glue-jobs"),
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.hadoop.fs.s3.impl": "org.apache.hadoop.fs.s3a.S3AFileSystem",
        "spark.hadoop.fs.s3a.endpoint": account(),
        "spark.hadoop.fs.s3a.endpoint.region": "us-east-1",
        "spark.hadoop.fs.s3a.path.style.access": "true",
        "spark.sql.extensions": "org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions",
        "spark.sql.catalog.glue_catalog": "org.apache.iceberg.spark.SparkCatalog",
        "spark.sql.catalog.glue_catalog.type": "hadoop",
        "spark.sql.catalog.glue_catalog.warehouse": str(lake),
        **settings,
    }.items():
        builder = builder.config(name, value)
    started = configured(builder.getOrCreate())
    started.sparkContext.setLogLevel("OFF")
    # PySpark leaves the socket of a collect to the garbage collector.
    warnings.filterwarnings("ignore", "unclosed <socket", ResourceWarning)
    atexit.register(started.stop)
    return started


def _remember_names() -> None:
    """Has PySpark ask once what a name such as `functions` or `org` is: the JVM searches hundreds of jars for it."""
    for view in (JVMView, JavaPackage):
        view.__getattr__ = cache(view.__getattr__)


def dataset(columns: list[Column], name: str = "things", rules: tuple[QualityRule, ...] = (), **changes) -> DataSet:
    """A data set of CSV files under `<name>/` in the source bucket; `changes` go over the defaults.

    A `format` other than csv, or a whole `source`, is one of the `changes` too.
    """
    csv_changes = {key: changes.pop(key) for key in list(changes) if key in CsvOptions.__dataclass_fields__}
    kind = changes.pop("format", "csv")
    csv = {
        "header": True,
        "delimiter": ",",
        "quote": '"',
        "escape": '"',
        "encoding": "UTF-8",
        "null_value": "NA",
        "multiline": True,
        **csv_changes,
    }
    fields = {
        "description": "Things, as people's tests have them",
        "primary_key": (),
        "partition_by": (),
        "write_mode": "append",
        "order_by": None,
        "on_new_column": "fail",
        "on_missing_column": "fail",
        "on_changed_column": "ignore",
        "delete_marker": None,
        "source": FileSource("s3", SOURCE, f"{name}/", "*", kind, CsvOptions(**csv) if kind == "csv" else None),
        **changes,
    }
    return DataSet(name=name, columns=tuple(columns), rules=rules, **fields)


def definition_of(of: DataSet) -> str:
    """The data set as synth writes it: JSON, in camelCase."""

    def camel_case(fields: list[tuple]) -> dict:
        return {re.sub("_([a-z])", lambda letter: letter.group(1).upper(), name): value for name, value in fields}

    return json.dumps(asdict(of, dict_factory=camel_case))


def deliver(of: DataSet, file: str, content: str | bytes) -> None:
    """Puts a file into the source bucket."""
    account()
    body = content.encode() if isinstance(content, str) else content
    boto3.client("s3").put_object(Bucket=SOURCE, Key=f"{of.name}/{file}", Body=body)


class FakeRuntime:
    """Stands in for Glue's own libraries; the shared Spark session is started when it is asked for."""

    def __init__(self, options: Options):
        self.options = options

    @property
    def spark(self) -> SparkSession:
        return spark()

    def dqdl_engine(self) -> None:
        return None


def run_of(stage: str, of: DataSet, run_id: str, **options: str) -> Run:
    """A run of one stage that uses the shared session and account; its batch, if it opens one, is `run_id`.

    Further `options` are those that only some sources have.
    """
    options = Options(
        job_name=f"test-{stage}-{of.name}",
        job_run_id=f"jr-{run_id}",
        workflow_run_id=run_id,
        environment="test",
        dataset=of.name,
        definition="",
        raw_bucket=RAW,
        processed_bucket=PROCESSED,
        processed_database="processed",
        curated_database="curated",
        job_state_table=STATE,
        job_bookmarks_table=LEDGER,
        log_group=LOGS,
        metric_namespace="test",
        tempdir=f"s3://{RAW}/temp/",
        **options,
    )
    account()
    journal = Journal(stage, options)
    journal.started()
    with mock.patch("glue_etl.definition.load", return_value=of):
        return Run(stage, FakeRuntime(options), journal)


def _wait_for(port: int, process: subprocess.Popen) -> None:
    for _ in range(600):
        if process.poll() is not None:
            raise RuntimeError(f"the emulator ended: {(SCRATCH / 'emulator.log').read_text()}")
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise RuntimeError("the emulator did not open its port within a minute")


def create_table(name: str, *keys: str) -> None:
    """Creates a DynamoDB table, whose keys are texts."""
    boto3.client("dynamodb").create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"} for key in keys],
        KeySchema=[{"AttributeName": k, "KeyType": t} for k, t in zip(keys, ("HASH", "RANGE"), strict=False)],
    )
