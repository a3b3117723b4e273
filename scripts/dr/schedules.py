"""What starts runs of an environment by itself in one Region, and what keeps its tables there: switched on and off."""

from __future__ import annotations

import time
from contextlib import suppress
from typing import Any

from glue_etl.dynamo import Table
from glue_etl.ledger import STAGES

from .catalog import Catalog
from .place import ZONES, Place

_PAUSE_SECONDS = 2


class Schedules:
    """Start triggers of workflows, rules of data products and of monitoring, the alarm that tells of its silence."""

    def __init__(self, place: Place):
        self._place, self._glue, self._events = place, place.glue, place.client("events")
        self._alarms = {"AlarmNames": [place.names["silence"]]}

    def switch_on(self) -> None:
        """Has runs be started."""
        for trigger in self._triggers():
            self._glue.start_trigger(Name=trigger["Name"])
        for rule in self._rules():
            self._events.enable_rule(Name=rule)
        self._place.client("cloudwatch").enable_alarm_actions(**self._alarms)

    def switch_off(self) -> None:
        """Has no run be started any more; those that run go on."""
        for trigger in self._triggers():
            self._glue.stop_trigger(Name=trigger["Name"])
        for rule in self._rules():
            self._events.disable_rule(Name=rule)
        self._place.client("cloudwatch").disable_alarm_actions(**self._alarms)

    def start(self) -> None:
        """Starts every workflow now."""
        for dataset in self._place.datasets():
            # What a run that is under way does not take any more, the next one takes.
            with suppress(self._glue.exceptions.ConcurrentRunsExceededException):
                self._glue.start_workflow_run(Name=self._place.names["workflow"] + dataset)

    def forget_tables(self) -> None:
        """Drops all tables from the catalog, which makes them again when the Region takes over.

        The catalog's optimizers would go on with the state that it knows, and remove files of later ones as lost.
        """
        for zone in ZONES:
            catalog = Catalog(self._glue, self._place.database(zone))
            for table in catalog.tables():
                catalog.drop(table)

    def _triggers(self) -> list[dict[str, Any]]:
        pages = self._glue.get_paginator("get_triggers").paginate()
        found = [trigger for page in pages for trigger in page["Triggers"]]
        own = self._place.names["ingest"]
        return [each for each in found if each["Type"] == "SCHEDULED" and each["Name"].startswith(own)]

    def _rules(self) -> list[str]:
        names = self._place.names
        pages = self._events.get_paginator("list_rules").paginate(NamePrefix=f"{names['prefix']}-")
        found = [rule["Name"] for page in pages for rule in page["Rules"]]
        return [name for name in found if name.startswith(names["schedule"]) or name in names["clocks"]]


def wait_for_runs(place: Place, datasets: list[str]) -> None:
    """Waits until no run holds a lease of a batch; one that has died holds it for two minutes."""
    table = Table(place.dynamodb, place.ledger)
    while any(_is_at_work(table, dataset) for dataset in datasets):
        time.sleep(_PAUSE_SECONDS)


def _is_at_work(table: Table, dataset: str) -> bool:
    now = int(time.time())
    return any(item.get("lease_until", 0) >= now for stage in STAGES for item in table.query(f"{dataset}#{stage}#open"))
