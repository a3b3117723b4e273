"""A Spark session that stays up and runs job scripts one after the other, each as a process of its own would.

Reads commands from stdin, one JSON value per line: `{script, arguments}` answers the error that ended the script or
null; `{table}` answers the table's rows as JSON texts, or null where there is none.
"""

import json
import os
import runpy
import sys
import traceback

from pyspark.sql import SparkSession
from pyspark.sql import functions as F
from pyspark.sql.utils import AnalysisException


def run_script(session: SparkSession, script: str, arguments: list[str]) -> str | None:
    """Runs the script with settings, views and catalogs of its own."""
    jvm = session.sparkContext._jvm
    jvm.SparkSession.setDefaultSession(session.newSession()._jsparkSession)
    sys.argv = [script, *arguments]
    try:
        runpy.run_path(script, run_name="__main__")
    except SystemExit as end:
        return str(end) if end.code else None
    except Exception:
        return traceback.format_exc()
    return None


def rows(session: SparkSession, table: str) -> list[str] | None:
    """All columns but the time of ingest, which is another in every run."""
    try:
        frame = session.newSession().table(table).drop("_ingested_at")
    except AnalysisException:
        return None
    return sorted(row.json for row in frame.select(F.to_json(F.struct("*")).alias("json")).collect())


def main() -> None:
    """Serves until stdin ends."""
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w", buffering=1)
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    session = SparkSession.builder.getOrCreate()
    for line in sys.stdin:
        command = json.loads(line)
        answer = rows(session, **command) if "table" in command else run_script(session, **command)
        print(json.dumps(answer), file=answers)


if __name__ == "__main__":
    main()
