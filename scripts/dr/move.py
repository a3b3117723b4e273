"""Moves an environment to its other Region: `failover` without a word from the one that is left, `failback` with it.

How far a move came is noted with the active Region in the ledger (see `glue_etl.regions`): one that was interrupted
goes on, and while it lasts no Region is active, and no run of a job begins to work.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timezone
from functools import cached_property
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from glue_etl import definition, regions
from glue_etl.definition import DataSet
from glue_etl.dynamo import Table
from glue_etl.ledger import Ledger

from . import copies, iceberg
from .catalog import Catalog, read
from .iceberg import NOTHING, Lake, State
from .ledgers import LOST, REDONE, Fate, Raw, Reconciliation
from .place import BUCKETS, ZONES, Place
from .schedules import Schedules, wait_for_runs

_WRITTEN_BY = {"processed": "process", "curated": "curate"}
MOVING, TABLES, LEDGER = "moving", "tables", "ledger"


@dataclass
class Report:
    """What a move has found."""

    fates: dict[str, list[Fate]] = field(default_factory=dict)
    left_out: dict[str, int] = field(default_factory=dict)
    is_left_quiet: bool = False

    @property
    def lost(self) -> dict[str, list[str]]:
        """Batches that have not been replicated, by data set."""
        return {name: [fate.batch.id for fate in fates if fate.kind == LOST] for name, fates in self.fates.items()}

    def lines(self) -> Iterator[str]:
        """For whoever started it."""
        for table, count in self.left_out.items():
            if count:
                yield f"{table}: {count} snapshot(s) have not arrived whole"
        for dataset, fates in sorted(self.fates.items()):
            again = [fate.batch.id for fate in fates if fate.kind == REDONE]
            lost = self.lost[dataset]
            yield f"{dataset}: {len(fates)} batch(es), {len(again)} done again, {len(lost)} not replicated"
            yield from (f"  not replicated: {batch}" for batch in lost)
            yield from (f"  done again: {batch}" for batch in again)
        if not self.is_left_quiet:
            yield "The other Region does not answer. Once it does, do this again: its schedules are still on."


class Move:
    """From one place to another. With `is_planned`, the one that is left answers, and is waited for."""

    def __init__(self, left: Place, to: Place, is_planned: bool):
        self._left, self._to, self.is_planned = left, to, is_planned
        self._table = Table(to.dynamodb, to.ledger)
        known_by = Table(left.dynamodb, left.ledger) if is_planned else self._table
        self._notes = regions.active(known_by) or {"region": left.region, "id": ""}
        self.is_done = self._notes["region"] == to.region
        self.report = Report()

    def run(self) -> Report:
        """Does what has not been done yet of it."""
        if self.is_done:
            self._quiet_left(forget=True)
            self._reconcile(self._states(), only_late=True)
            return self.report
        if self._notes.get("to") != self._to.region:
            self._begin()
        self._note(self._notes["phase"])
        self._quiet_left(forget=not self.is_planned)
        if self.is_planned:
            self._catch_up()
        if self._notes["phase"] == MOVING:
            self._take_tables()
            self._note(TABLES)
        if self._notes["phase"] == TABLES:
            self._reconcile(self._states(), only_late=False)
            self._note(LEDGER)
        self._switch_on()
        if self.is_planned:
            self._quiet_left(forget=True)
        return self.report

    def _begin(self) -> None:
        now = datetime.now(timezone.utc)
        self._notes = {
            "to": self._to.region,
            "id": f"{now:%Y%m%dT%H%M%SZ}",
            "since": now.isoformat(timespec="microseconds"),
            "after": self._notes["id"],
            "phase": MOVING,
        }

    def _note(self, phase: str, region: str = regions.NONE) -> None:
        self._notes = {**self._notes, "phase": phase}
        regions.set_active(self._table, region, self._notes)

    def _quiet_left(self, forget: bool) -> None:
        """No more runs start there. A catalog that still knows tables has optimizers that work on them."""
        try:
            schedules = Schedules(self._left)
            schedules.switch_off()
            if forget:
                schedules.forget_tables()
            self.report.is_left_quiet = True
        except (BotoCoreError, ClientError):
            if self.is_planned:
                raise

    def _catch_up(self) -> None:
        wait_for_runs(self._left, list(self._datasets))
        for purpose in BUCKETS:
            copies.copy_missing(self._left.s3, self._left.bucket(purpose), self._to.s3, self._to.bucket(purpose))
        copies.wait_until_equal(self._left.dynamodb, self._to.dynamodb, self._to.ledger)

    def _take_tables(self) -> None:
        """Points the catalog to the newest whole state of each table."""
        for zone in ZONES:
            lake = Lake(self._to.s3, self._to.bucket(zone), self._left.bucket(zone))
            catalog = Catalog(self._to.glue, self._to.database(zone))
            known = Catalog(self._left.glue, self._left.database(zone)).tables() if self.is_planned else {}
            for name in lake.tables():
                key = known[name].split("/", 3)[3] if name in known else lake.newest(name)
                if key is None:
                    continue
                table = iceberg.Table(lake, name, key)
                state = table.whole()
                uri = table.moved(state, self._to.bucket(zone), self._notes["id"])
                catalog.point(name, uri, read(lake, uri))
                self.report.left_out[f"{zone} {name}"] = state.left_out

    def _states(self) -> dict[tuple[str, str], State]:
        """Tables as the catalog here has them, by zone and name."""
        found = {}
        for zone in ZONES:
            lake = Lake(self._to.s3, self._to.bucket(zone), self._to.bucket(zone))
            for name, uri in Catalog(self._to.glue, self._to.database(zone)).tables().items():
                found[zone, name] = State(read(lake, uri), 0)
        return found

    def _reconcile(self, states: dict[tuple[str, str], State], only_late: bool) -> None:
        for name, dataset in self._datasets.items():
            tables = {stage: states.get((zone, name), NOTHING) for zone, stage in _WRITTEN_BY.items()}
            ledger = Ledger(self._to.dynamodb, self._to.ledger, name, "failover")
            raw = Raw(self._to.s3, self._to.bucket("raw"))
            earlier = self._notes["id"] if only_late else self._notes["after"]
            reconciliation = Reconciliation(ledger, dataset, raw, tables, self._seen(earlier, name))
            self.report.fates[name] = reconciliation.fates
            if only_late:
                reconciliation.forget_late()
            else:
                self._keep_seen(name, reconciliation)
                reconciliation.apply()

    def _keep_seen(self, dataset: str, reconciliation: Reconciliation) -> None:
        """Which batches there were; kept from a first attempt, for the next ones find some of them forgotten."""
        key = f"recovery/{self._notes['id']}/{dataset}.json"
        if self._read_json(key) is None:
            ids = [fate.batch.id for fate in reconciliation.fates if fate.kind != LOST]
            body = json.dumps({"since": self._notes["since"], "batches": ids}).encode()
            self._to.s3.put_object(Bucket=self._to.bucket("raw"), Key=key, Body=body)

    def _seen(self, id: str, dataset: str) -> dict[str, Any] | None:
        return self._read_json(f"recovery/{id}/{dataset}.json") if id else None

    def _read_json(self, key: str) -> Any:
        try:
            return json.loads(self._to.s3.get_object(Bucket=self._to.bucket("raw"), Key=key)["Body"].read())
        except self._to.s3.exceptions.NoSuchKey:
            return None

    def _switch_on(self) -> None:
        self._note(self._notes["phase"], self._to.region)
        schedules = Schedules(self._to)
        schedules.switch_on()
        # The failover record in DNS of what consumers ask follows an alarm on this metric in the second Region.
        second, value = (self._to, 1) if self._to.is_second else (self._left, 0)
        second.client("cloudwatch").put_metric_data(
            Namespace=second.names["prefix"], MetricData=[{"MetricName": "FailedOver", "Value": value}]
        )
        schedules.start()

    @cached_property
    def _datasets(self) -> dict[str, DataSet]:
        return {name: definition.load(self._to.s3, uri) for name, uri in self._to.datasets().items()}
