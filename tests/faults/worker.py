"""A Spark session that stays up and runs job scripts one after the other, each as a process of its own would.

Reads commands from stdin, one JSON value per line: `{script, arguments}` answers the error that ended the script or
null; `{table, batches}` answers the table's rows as JSON texts, or null where there is none; `batches`, if any, are
those whose good rows are wanted, each with its snapshot.
"""

import json
import os
import runpy
import sys
import traceback
from functools import reduce

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.utils import AnalysisException

from glue_etl import processed


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


def rows(session: SparkSession, table: str, batches: dict[str, int]) -> list[str] | None:
    """All columns but the time of ingest, which is another in every run."""
    own = session.newSession()
    try:
        found = [processed.read(own, table, *batch) for batch in batches.items()] or [own.table(table)]
    except AnalysisException:
        return None
    frame = reduce(DataFrame.unionByName, found).drop("_ingested_at")
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
