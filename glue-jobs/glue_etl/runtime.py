"""The only module that knows Glue's own libraries: arguments, session, and the service's data quality engine."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any

from awsglue.context import GlueContext
from awsglue.job import Job
from awsglue.utils import getResolvedOptions
from pyspark import SparkContext
from pyspark.sql import DataFrame, SparkSession

from .options import Options, requested


class GlueRuntime:
    """Arguments and Spark session of a run.

    The session is made at its first use: a run with nothing to do should not wait for executors. The GlueContext is
    what makes Glue emit job metrics, so there are none of a run that did nothing.
    """

    def __init__(self, argv: Sequence[str]):
        """Raises awsglue's GlueArgumentError if an argument is missing."""
        self._arguments = getResolvedOptions(list(argv), requested(argv))
        self.options = Options.from_arguments(self._arguments)
        self._job: Job | None = None

    @cached_property
    def _context(self) -> GlueContext:
        context = GlueContext(SparkContext.getOrCreate())
        # A security configuration takes effect from here on.
        self._job = Job(context)
        self._job.init(self.options.job_name, self._arguments)
        return context

    @cached_property
    def spark(self) -> SparkSession:
        """The session, configured."""
        return configured(self._context.spark_session)

    def dqdl_engine(self) -> Callable[[DataFrame, str], list[dict[str, Any]]] | None:
        """The service's engine for DQDL rule sets (see `quality.Engine`), which only Glue has; None elsewhere."""
        return self._evaluate_on_service if importlib.util.find_spec("awsgluedq") else None

    def _evaluate_on_service(self, frame: DataFrame, ruleset: str) -> list[dict[str, Any]]:
        from awsglue.dynamicframe import DynamicFrame
        from awsgluedq.transforms import EvaluateDataQuality

        outcomes = EvaluateDataQuality.apply(
            frame=DynamicFrame.fromDF(frame, self._context, "primary"),
            ruleset=ruleset,
            publishing_options={"dataQualityEvaluationContext": self.options.dataset},
        )
        return [row.asDict(recursive=True) for row in outcomes.toDF().collect()]

    def commit(self) -> None:
        """Commits Glue's own job bookmark, if it was switched on; the ledger is the truth either way."""
        if self._job is not None:
            self._job.commit()


def configured(spark: SparkSession) -> SparkSession:
    """Settings that the rows' fate depends on, whatever the session came with."""
    settings = {
        "spark.sql.session.timeZone": "UTC",
        # A text that is no date in its format is null, and so a bad row; not an error, not an older parser's guess.
        "spark.sql.legacy.timeParserPolicy": "CORRECTED",
        "spark.sql.ansi.enabled": "false",
        # What an INSERT OVERWRITE replaces is what it says, not what its rows happen to fall into.
        "spark.sql.sources.partitionOverwriteMode": "static",
        # Parquet counts days as ISO 8601 does, also before 1582; only files that say an old Spark wrote them differ.
        # Source: Parquet's LogicalTypes.md; Spark's SQL configuration.
        "spark.sql.parquet.datetimeRebaseModeInRead": "CORRECTED",
        "spark.sql.parquet.int96RebaseModeInRead": "CORRECTED",
        # `${…}` in a name or a value is text like any other.
        "spark.sql.variable.substitute": "false",
        # Its effort grows exponentially with checks of one row: planning a table of 19 columns took minutes.
        "spark.sql.constraintPropagation.enabled": "false",
        # Java never compiles a longer method: with the checks of some twenty columns Spark's generated code would be
        # interpreted, many times slower than what Spark does without it.
        "spark.sql.codegen.hugeMethodLimit": "8000",
        # Would drop the counters of `observe` from a plan that turned out empty, and their reader waits for ever.
        "spark.sql.adaptive.optimizer.excludedRules": (
            "org.apache.spark.sql.execution.adaptive.AQEPropagateEmptyRelation"
        ),
    }
    for name, value in settings.items():
        spark.conf.set(name, value)
    return spark
