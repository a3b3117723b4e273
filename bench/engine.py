"""The Spark session in which the stages run."""

from __future__ import annotations

from pathlib import Path

from pyspark.sql import SparkSession
from tests.glue import support

from glue_etl.runtime import configured


def start(scratch: Path, **settings: str) -> SparkSession:
    """Starts Spark, to work in the folder `scratch`; the runs of stages use this session until `renewed`.

    Tables are on disk, files are read from the emulated account through S3A, as on Glue 5.1.
    """
    local = {"spark.master": "local[*]", "spark.driver.memory": "4g", "spark.local.dir": str(scratch / "spark")}
    session = support.session(scratch / "lake", {**local, **settings})
    session.range(1).count()
    support.spark = lambda: session
    return session


def renewed(session: SparkSession) -> SparkSession:
    """A session of the same Spark without what an earlier run has set, which the runs of stages use from now on."""
    new = configured(session.newSession())
    support.spark = lambda: new
    return new
