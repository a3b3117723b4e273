"""The arguments of a job."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

REQUIRED = (
    "JOB_NAME",
    "environment",
    "dataset",
    "definition",
    "raw_bucket",
    "processed_bucket",
    "processed_database",
    "curated_database",
    "job_state_table",
    "job_bookmarks_table",
    "log_group",
    "metric_namespace",
    "TempDir",
)
# The first only where a workflow started the job, the next ones only for sources that have them, the last only where
# the environment has tables optimized.
OPTIONAL = ("WORKFLOW_RUN_ID", "source_queue", "connection", "table_optimizer_role")


@dataclass(frozen=True)
class Options:
    """Arguments that Terraform gives every job, and those that Glue adds to a run.

    `definition` is the S3 URI of the data set's definition, `job_run_id` names this run and `workflow_run_id` the
    workflow run that it belongs to, if any. `source_queue` is the URL of the queue that announces new source objects,
    `connection` the name of the Glue connection to a source database. `table_optimizer_role` is the ARN of the role of
    Glue's table optimizers, `tempdir` the URI of a folder for files that a run leaves to nobody.
    """

    job_name: str
    job_run_id: str
    environment: str
    dataset: str
    definition: str
    raw_bucket: str
    processed_bucket: str
    processed_database: str
    curated_database: str
    job_state_table: str
    job_bookmarks_table: str
    log_group: str
    metric_namespace: str
    tempdir: str
    workflow_run_id: str | None = None
    source_queue: str | None = None
    connection: str | None = None
    table_optimizer_role: str | None = None

    @classmethod
    def from_arguments(cls, arguments: Mapping[str, str]) -> Options:
        """Takes what `getResolvedOptions` answered for `requested`."""
        names = (*REQUIRED, *OPTIONAL, "JOB_RUN_ID")
        return cls(**{name.lower(): arguments.get(name) for name in names})

    @property
    def batch_id(self) -> str:
        """The batch that this run would open: the workflow run's id, or its own when started by hand."""
        return self.workflow_run_id or self.job_run_id

    @property
    def owner(self) -> str:
        """Who holds leases: Glue's retries of a run (`<id>_attempt_1`) go on with what the first attempt held."""
        return re.sub(r"_attempt_\d+$", "", self.job_run_id)


def requested(argv: Sequence[str]) -> list[str]:
    """Names to ask `getResolvedOptions` for: it fails on a missing one, so optional ones only if they are there.

    It answers JOB_RUN_ID unasked and refuses to be asked for it.
    """
    given = {argument.split("=", 1)[0] for argument in argv}
    return [*REQUIRED, *(name for name in OPTIONAL if f"--{name}" in given)]
