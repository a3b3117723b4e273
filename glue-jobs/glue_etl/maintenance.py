"""Keeps tables in shape: Glue's table optimizers, which join small files, and remove old snapshots and lost files.

The jobs make the tables, so they switch the optimizers on too, where they are given a role for them: an environment
without optimizers has none.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

import boto3
from botocore.exceptions import ClientError

from . import lake
from .job import Run
from .lake import Table

# How long a batch may take from process to curate, and a table be read as it was.
SNAPSHOT_DAYS = 7
# Files that no snapshot holds are removed when they are as old: longer than any run writes.
ORPHAN_DAYS = 7
# In a table's properties: the settings that its optimizers have.
_SETTINGS = "glue-etl.optimizers"


def ensure(run: Run, table: Table) -> None:
    """Has the table be as it is to be (see `lake.ensure`), and looked after."""
    lake.ensure(run.spark, table)
    role = run.options.table_optimizer_role
    if not role:
        return
    optimizers = _optimizers(table, lake.location(run.spark, table.name))
    settings = hashlib.sha256(json.dumps([role, optimizers]).encode()).hexdigest()
    if lake.properties(run.spark, table.name).get(_SETTINGS) != settings:
        for type, configuration in optimizers.items():
            _switch_on(role, table.name, type, configuration)
        lake.set_properties(run.spark, table.name, {_SETTINGS: settings})


def _optimizers(table: Table, location: str) -> dict[str, dict[str, Any]]:
    """Configurations by type. Source: CreateTableOptimizer in the reference of Glue's API."""
    strategy = "sort" if table.sort_by else "binpack"
    compaction = {"strategy": strategy, "minInputFiles": 5, "deleteFileThreshold": 1}
    retention = {
        "snapshotRetentionPeriodInDays": SNAPSHOT_DAYS,
        "numberOfSnapshotsToRetain": 1,
        "cleanExpiredFiles": True,
    }
    # Without the slash at its end `…/orders` is how `…/orders_quarantine` begins too, whose files this table does not
    # know: they would count as lost.
    orphans = {"orphanFileRetentionPeriodInDays": ORPHAN_DAYS, "location": f"{location.rstrip('/')}/"}
    return {
        "compaction": {"compactionConfiguration": {"icebergConfiguration": compaction}},
        "retention": {"retentionConfiguration": {"icebergConfiguration": retention}},
        "orphan_file_deletion": {"orphanFileDeletionConfiguration": {"icebergConfiguration": orphans}},
    }


def _switch_on(role: str, table: str, type: str, configuration: Mapping[str, Any]) -> None:
    _, database, name = table.split(".")
    optimizer = {
        # The catalog is that of the account which the role belongs to.
        "CatalogId": role.split(":")[4],
        "DatabaseName": database,
        "TableName": name,
        "Type": type,
        "TableOptimizerConfiguration": {"roleArn": role, "enabled": True, **configuration},
    }
    try:
        _call("CreateTableOptimizer", optimizer)
    except ClientError as error:
        if error.response["Error"]["Code"] != "AlreadyExistsException":
            raise
        _call("UpdateTableOptimizer", optimizer)


def _call(action: str, request: Mapping[str, Any]) -> None:
    """Calls an action of Glue's API that boto3 does not know yet in Glue 4.0, nor with all its fields in 5.0.

    The client sends the request in place of one that it knows: signed, tried again, and with the errors that it has.
    """
    client = boto3.client("glue")

    def replace(params: dict[str, Any], **_: Any) -> None:
        params["headers"]["X-Amz-Target"] = f"AWSGlue.{action}"
        params["body"] = json.dumps(request).encode()

    client.meta.events.register("before-call.glue.GetDatabases", replace)
    client.get_databases()
