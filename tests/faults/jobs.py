"""Job runs as AWS Glue starts them: a process per run; or, which is quicker, on JVMs or in a session that stay up."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping
from pathlib import Path

from .account import ROOT
from .engines import Engine

# A run takes some ten seconds, several times that on a busy machine.
TIMEOUT_SECONDS = 300
_CATALOG = "spark.sql.catalog.glue_catalog"


class Jobs:
    """Runs job scripts against the account at `endpoint`; scratch files and logs go to `folder`."""

    def __init__(self, endpoint: str, folder: Path, region: str = "us-east-1"):
        self._endpoint, self._folder, self._region = endpoint, folder, region
        folder.mkdir(parents=True)
        self._properties = folder / "spark.properties"
        self._properties.write_text("".join(f"{name}={value}\n" for name, value in self._settings().items()))
        self._environment = self._environ()
        self.log = folder / "jobs.log"
        worker = [sys.executable, str(Path(__file__).with_name("worker.py"))]
        self._processes: list[subprocess.Popen] = []
        self._engines: list[Engine] = []
        self._worker = self._start(worker, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def start(self, stage: str, arguments: list[str]) -> subprocess.Popen:
        """Starts a run as a process, the leader of a group. Ingest of files needs no Spark."""
        script = str(_script(stage))
        submit = [str(Path(sys.executable).parent / "spark-submit"), "--properties-file", str(self._properties)]
        program = [sys.executable] if stage == "ingest" else submit
        process = self._start([*program, script, *arguments], stdin=subprocess.DEVNULL)
        self._processes.append(process)
        return process

    def lend(self, stage: str, arguments: list[str]) -> subprocess.Popen | Engine:
        """Starts a run that is to end in order, on a JVM that waits or on a new one."""
        if stage == "ingest":
            return self.start(stage, arguments)
        engine = next((engine for engine in self._engines if engine.is_idle), None)
        if engine is None:
            engine = Engine(self._start, self._folder, self._environment)
            self._engines.append(engine)
        return engine.run(_script(stage), arguments)

    def kill(self) -> None:
        """Ends the runs that are still there: a case that failed may leave one, even a stopped one."""
        for engine in [engine for engine in self._engines if not engine.is_idle]:
            engine.kill()
            self._engines.remove(engine)
        for process in self._processes:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        self._processes.clear()

    def run(self, stage: str, arguments: list[str]) -> str | None:
        """Runs a stage in the session that stays up; answers what it failed with."""
        return self._ask({"script": str(_script(stage)), "arguments": arguments})

    def rows(self, table: str, batches: Mapping[str, int]) -> list[str] | None:
        """The rows of a table as sorted JSON texts, as in `worker`; None where there is no such table."""
        return self._ask({"table": table, "batches": batches})

    def close(self) -> None:
        """Ends all processes."""
        self.kill()
        for engine in self._engines:
            engine.kill()
        self._worker.stdin.close()
        self._worker.stdout.close()
        self._worker.wait()

    def _ask(self, command: dict):
        self._worker.stdin.write(json.dumps(command) + "\n")
        self._worker.stdin.flush()
        overdue = threading.Timer(TIMEOUT_SECONDS, self._worker.kill)
        overdue.start()
        answer = self._worker.stdout.readline()
        overdue.cancel()
        if not answer:
            raise RuntimeError(f"the Spark session ended: {self.log.read_text()[-3000:]}")
        return json.loads(answer)

    def _start(self, command: list[str], **options) -> subprocess.Popen:
        with self.log.open("ab") as log:
            streams = {"stdout": log, "stderr": log, **options}
            return subprocess.Popen(command, env=self._environment, start_new_session=True, **streams)

    def _settings(self) -> dict[str, str]:
        """The engine's settings as `local/glue/spark-submit.ts` has them, and those that synth gives every job."""
        build = ROOT / "build"
        archive = build / "classes" / "spark.jsa"
        quick = "-XX:+UseSerialGC -XX:TieredStopAtLevel=1"
        return {
            "spark.master": "local[2]",
            "spark.driver.memory": "1g",
            "spark.driver.bindAddress": "127.0.0.1",
            "spark.driver.host": "127.0.0.1",
            "spark.driver.extraClassPath": f"{build / 'jars'}/*",
            "spark.driver.extraJavaOptions": f'{quick} "-XX:SharedArchiveFile={archive}"',
            "spark.local.dir": str(self._folder / "spark"),
            "spark.sql.warehouse.dir": (self._folder / "warehouse").as_uri(),
            # A few rows each time: compiling costs more than it saves.
            "spark.sql.codegen.wholeStage": "false",
            "spark.sql.shuffle.partitions": "2",
            "spark.ui.enabled": "false",
            "spark.ui.showConsoleProgress": "false",
            "spark.hadoop.fs.s3.impl": "org.apache.hadoop.fs.s3a.S3AFileSystem",
            "spark.hadoop.fs.s3a.endpoint": self._endpoint,
            "spark.hadoop.fs.s3a.endpoint.region": self._region,
            "spark.hadoop.fs.s3a.path.style.access": "true",
            "spark.sql.extensions": "org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions",
            _CATALOG: "org.apache.iceberg.spark.SparkCatalog",
            f"{_CATALOG}.catalog-impl": "org.apache.iceberg.aws.glue.GlueCatalog",
            f"{_CATALOG}.io-impl": "org.apache.iceberg.aws.s3.S3FileIO",
            f"{_CATALOG}.warehouse": "s3://processed/",
            f"{_CATALOG}.glue.endpoint": self._endpoint,
            f"{_CATALOG}.s3.endpoint": self._endpoint,
            f"{_CATALOG}.s3.path-style-access": "true",
            f"{_CATALOG}.client.region": self._region,
        }

    def _environ(self) -> dict[str, str]:
        java = ROOT / "build" / "java"
        return {
            "PATH": os.pathsep.join([str(Path(sys.executable).parent), str(java / "bin"), os.environ["PATH"]]),
            "LANG": "C.UTF-8",
            "TZ": "UTC",
            "HOME": str(self._folder),
            "JAVA_HOME": str(java),
            "PYSPARK_SUBMIT_ARGS": f"--properties-file {self._properties} pyspark-shell",
            "PYSPARK_PYTHON": "python3",
            "PYTHONPATH": os.pathsep.join([str(ROOT / "glue-jobs"), str(ROOT / "local" / "python")]),
            "SPARK_LOCAL_IP": "127.0.0.1",
            "AWS_ENDPOINT_URL": self._endpoint,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_REGION": self._region,
            "AWS_DEFAULT_REGION": self._region,
            "AWS_EC2_METADATA_DISABLED": "true",
        }


def _script(stage: str) -> Path:
    return ROOT / "glue-jobs" / f"{stage}.py"
