"""Which Region is the active one, of an environment that has two: its jobs alone may work.

A failover writes it into the ledger's table, which DynamoDB replicates. So a Region that comes back, with its schedules
still on, does not work on batches that another one has taken over. An environment in one Region has no such item.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .dynamo import Item, Table
from .errors import StandbyError

_KEY = ("#region", "active")
# The Region while a failover is under way: nobody works.
NONE = "none"


def active(table: Table) -> Item | None:
    """Region, with what the last failover has noted."""
    return table.get(*_KEY)


def set_active(table: Table, region: str, notes: Mapping[str, Any]) -> None:
    """Makes it the active one, or NONE."""
    table.put_many([{"pk": _KEY[0], "sk": _KEY[1], **notes, "region": region}])


def check(table: Table) -> None:
    """Raises StandbyError if another Region than that of this ledger is the active one."""
    found = active(table)
    if found and found["region"] != table.region:
        raise StandbyError(
            f"{table.region} is on standby: since {found['since']} the active Region is {found['region']}. Nothing was "
            "done; scripts/dr.sh status says more"
        )
