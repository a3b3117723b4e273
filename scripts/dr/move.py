"""Moves an environment to its other Region: `failover` without a word from the one that is left, `failback` with it.

How far a move came is noted with the active Region in the ledger (see `glue_etl.regions`): one that was interrupted
goes on, and while it lasts no Region is active, and no run of a job begins to work. What is decided of batches is kept
before it is done, for the ledger forgets those that are lost: whoever goes on decides alike, and names them too.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from datetime import datetime, timezone
from functools import cached_property
from typing import Any

from console import UsageError

from glue_etl import definition, regions
from glue_etl.definition import DataSet
from glue_etl.dynamo import Table
from glue_etl.ledger import Ledger

from . import copies, iceberg
from .arguments import BUCKETS
from .catalog import Catalog, read
from .iceberg import NOTHING, Lake, State
from .ledgers import Decision, Raw, Reconciliation
from .place import NO_ANSWER, ZONES, Place
from .schedules import Schedules, wait_for_runs

_WRITTEN_BY = {"processed": "process", "curated": "curate"}
# What has been done of a move, in this order. Past `ledger` the Region is the active one, too, and then all is done.
MOVING, TABLES, LEDGER, DONE = "moving", "tables", "ledger", "done"


@dataclass
class Report:
    """What a move has found."""

    decisions: dict[str, Decision] = field(default_factory=dict)
    left_out: dict[str, int] = field(default_factory=dict)
    # Why it is not known that the Region that was left starts no more runs.
    unanswered: str | None = None

    def lines(self) -> Iterator[str]:
        """For whoever started it."""
        for table, count in self.left_out.items():
            if count:
                yield f"{table}: {count} snapshot(s) have not arrived whole"
        for dataset, made in sorted(self.decisions.items()):
            count = len(made.kept) + len(made.lost)
            yield f"{dataset}: {count} batch(es), {len(made.again)} done again, {len(made.lost)} not replicated"
            yield from (f"  not replicated: {batch}" for batch in made.lost)
            yield from (f"  done again: {batch}" for batch in made.again)
        if self.unanswered:
            yield f"The other Region does not answer: {self.unanswered}"
            yield "Once it does, do this again: its schedules are still on."


class Move:
    """From one place to another. With `is_planned`, the one that is left answers, and is waited for."""

    def __init__(self, left: Place, to: Place, is_planned: bool):
        """Raises UsageError if a move to the other Region is under way, and that has to be ended first."""
        self._left, self._to, self.is_planned = left, to, is_planned
        self._table = Table(to.dynamodb, to.ledger)
        self._notes = self._last_notes()
        self.is_done = self._notes["region"] == to.region and self._notes["phase"] == DONE
        is_under_way = self._notes["region"] == regions.NONE and self._notes["to"] != to.region
        # A planned move takes nothing away from the Region that it leaves before another one is active.
        self.is_return = is_under_way and self._notes["planned_from"] == to.region
        if is_under_way and not self.is_return:
            raise UsageError(
                f"a move to {self._notes['to']} is under way since {self._notes['since']}, and some of it is done: "
                f"end it first, with failover --to {self._notes['to']}"
            )
        self.report = Report()

    def run(self) -> Report:
        """Does what has not been done yet of it."""
        if self.is_done:
            self._quiet_left(forget=True)
            self._give_up_late()
            return self.report
        if self._notes.get("to") != self._to.region:
            self._begin()
        self.report.left_out = self._notes["left_out"]
        if self._notes["region"] != self._to.region:
            self._take_over()
            self._note(LEDGER, self._to.region)
        self._switch_on()
        # It may answer by now, and need not be waited for any more.
        self._quiet_left(forget=True)
        self._note(DONE, self._to.region)
        if not self.is_return:
            decided = {name: self._decided(self._notes["id"], name) for name in self._datasets}
            self.report.decisions = {name: made for name, made in decided.items() if made}
        return self.report

    def _last_notes(self) -> dict[str, Any]:
        """Of the last move. The Region that was left may be the one that knows; at first the first Region is active."""
        known_by = [self._table] + ([Table(self._left.dynamodb, self._left.ledger)] if self.is_planned else [])
        first = self._left if self._to.is_second else self._to
        none = {"region": first.region, "id": "", "since": "", "phase": DONE}
        return max((regions.active(table) or none for table in known_by), key=lambda notes: notes["since"])

    def _take_over(self) -> None:
        self._note(self._notes["phase"])
        self._quiet_left(forget=not self.is_planned)
        if self._notes["phase"] == MOVING:
            if self.is_planned:
                self._catch_up()
            self._take_tables()
            self._note(TABLES)
        if self._notes["phase"] == TABLES:
            self._reconcile()

    def _begin(self) -> None:
        now = datetime.now(timezone.utc)
        # Whoever returns is where they were: what was decided in the move to this Region holds.
        before = self._notes["after" if self.is_return else "id"]
        self._notes = {
            "id": before if self.is_return else f"{now:%Y%m%dT%H%M%S%fZ}",
            "after": before,
            "phase": LEDGER if self.is_return else MOVING,
            "region": regions.NONE,
            "to": self._to.region,
            "since": now.isoformat(timespec="microseconds"),
            "planned_from": self._left.region if self.is_planned else "",
            "left_out": {},
        }

    def _note(self, phase: str, region: str = regions.NONE) -> None:
        self._notes = {**self._notes, "phase": phase, "region": region}
        regions.set_active(self._table, region, self._notes)

    def _quiet_left(self, forget: bool) -> None:
        """No more runs start there. A catalog that still knows tables has optimizers that work on them."""
        try:
            schedules = Schedules(self._left)
            schedules.switch_off()
            if forget:
                schedules.forget_tables()
                if self._left.is_second:
                    self._left.send_consumers(here=False)
            self.report.unanswered = None
        except NO_ANSWER as error:
            if self.is_planned:
                raise
            self.report.unanswered = str(error)

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

    def _reconcile(self) -> None:
        for name, dataset in self._datasets.items():
            own = self._decided(self._notes["id"], name) or Decision(self._notes["since"])
            reconciliation = self._reconciliation(dataset, self._decided(self._notes["after"], name), own)
            key, body = self._key(self._notes["id"], name), json.dumps(asdict(reconciliation.decision))
            self._to.s3.put_object(Bucket=self._to.bucket("raw"), Key=key, Body=body.encode())
            reconciliation.apply()

    def _give_up_late(self) -> None:
        for name, dataset in self._datasets.items():
            reconciliation = self._reconciliation(dataset, self._decided(self._notes["id"], name), None)
            self.report.decisions[name] = reconciliation.decision
            reconciliation.forget_late()

    def _reconciliation(self, dataset: DataSet, last: Decision | None, own: Decision | None) -> Reconciliation:
        tables = {stage: self._states.get((zone, dataset.name), NOTHING) for zone, stage in _WRITTEN_BY.items()}
        ledger = Ledger(self._to.dynamodb, self._to.ledger, dataset.name, "failover")
        return Reconciliation(ledger, dataset, Raw(self._to.s3, self._to.bucket("raw")), tables, last, own)

    def _decided(self, id: str, dataset: str) -> Decision | None:
        """What move `id` has decided of the batches of a data set; None if there was none."""
        try:
            body = self._to.s3.get_object(Bucket=self._to.bucket("raw"), Key=self._key(id, dataset))["Body"].read()
        except self._to.s3.exceptions.NoSuchKey:
            return None
        return Decision(**json.loads(body))

    def _key(self, id: str, dataset: str) -> str:
        return f"recovery/{id}/{dataset}.json"

    def _switch_on(self) -> None:
        schedules = Schedules(self._to)
        schedules.switch_on()
        if self._to.is_second:
            self._to.send_consumers(here=True)
        schedules.start()

    @cached_property
    def _states(self) -> dict[tuple[str, str], State]:
        """Tables as the catalog here has them, by zone and name."""
        found = {}
        for zone in ZONES:
            lake = Lake(self._to.s3, self._to.bucket(zone), self._to.bucket(zone))
            for name, uri in Catalog(self._to.glue, self._to.database(zone)).tables().items():
                found[zone, name] = State(read(lake, uri), 0)
        return found

    @cached_property
    def _datasets(self) -> dict[str, DataSet]:
        return {name: definition.load(self._to.s3, uri) for name, uri in self._to.datasets().items()}
