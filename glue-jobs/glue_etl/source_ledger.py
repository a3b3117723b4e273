"""What ingest remembers of a source, in the ledger's table: see `ledger` for the items."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from .dynamo import Item, put
from .errors import LeaseLostError
from .ledger import EXCLUSIVE, MINE, Ledger, utc_now


class SourceLedger:
    """Of files: which objects are pending, which were ingested. Of a database: how far its rows were ingested."""

    def __init__(self, ledger: Ledger):
        self._ledger, self._table = ledger, ledger.table

    def add_pending(self, keys: Iterable[str]) -> None:
        """Notes objects to be ingested. One that is noted again is new again, whatever becomes of the first note."""
        note = {"pk": self._pending, "noticed_at": utc_now()}
        self._table.put_many({**note, "sk": key} for key in keys)

    def pending(self, limit: int) -> list[Item]:
        """At most `limit` of the notes (`sk`: object key). Costs what is pending, not what was ingested."""
        return list(self._table.query(self._pending, limit))

    def forget(self, note: Item) -> None:
        """Removes a note, unless the object was noticed again since it was read."""
        self._table.delete(self._pending, note["sk"], "noticed_at = :then", {":then": note["noticed_at"]})

    def known(self, keys: Sequence[str]) -> dict[str, Item]:
        """For each of these objects that was ingested: {etag, checksum, batch_id, at} of its last content."""
        return {item["sk"]: item for item in self._table.get_many([(self._source, key) for key in keys])}

    def set_known(self, file: Mapping[str, Any], batch: str, at: str) -> None:
        """Notes a file of a manifest as ingested with the batch at this time; a later content's note stays."""
        update = "SET etag = :etag, checksum = :checksum, batch_id = :batch, #at = :at"
        values = {":etag": file["etag"], ":checksum": file["checksum"], ":batch": batch, ":at": at}
        self._table.update(self._source, file["source"], update, "attribute_not_exists(pk) OR #at <= :at", values)

    def unsettled(self) -> Item | None:
        """The batch (batch_id, manifest, at) that was committed, but whose files need not all be known yet."""
        return self._table.get(self._ledger.state, "unsettled")

    def leave_unsettled(self, batch: str, manifest: str, at: str) -> dict[str, Any]:
        """Part of the commit of a batch of files: until `settle` the batch is `unsettled`."""
        return put({"pk": self._ledger.state, "sk": "unsettled", "batch_id": batch, "manifest": manifest, "at": at})

    def settle(self, batch: str) -> None:
        """Notes that all files of the batch are known."""
        self._table.delete(self._ledger.state, "unsettled", "batch_id = :batch", {":batch": batch})

    def knows_all_since(self, then: str) -> bool:
        """Whether all that came was noted at some time after `then` (ISO 8601), so that events tell of the rest."""
        return (self._table.get(self._ledger.state, "listed") or {}).get("at", "") > then

    def set_known_until(self, at: str) -> None:
        """Notes that all that had come by this time was noted."""
        self._table.put_many([{"pk": self._ledger.state, "sk": "listed", "at": at}])

    def watermark(self) -> str | None:
        """The value up to which rows were ingested; None before the first batch."""
        return (self._table.get(self._ledger.state, "watermark") or {}).get("value")

    def set_watermark(self, value: str) -> dict[str, Any]:
        """Part of the commit of a batch of a database."""
        return put({"pk": self._ledger.state, "sk": "watermark", "value": value})

    def kept_range(self) -> dict[str, Any] | None:
        """The range that an ingest which died has left with its batch."""
        return (self._table.get(self._ledger.open("ingest"), EXCLUSIVE) or {}).get("watermark_range")

    def keep_range(self, watermark: Mapping[str, Any]) -> None:
        """Fixes the range of the batch, before it is read. Raises LeaseLostError if another run has taken it over."""
        update = "SET watermark_range = :range"
        values = {":me": self._ledger.owner, ":range": dict(watermark)}
        if self._table.update(self._ledger.open("ingest"), EXCLUSIVE, update, MINE, values) is None:
            raise LeaseLostError(f"{self._ledger.dataset}: another run has taken ingest over; nothing is to be done")

    @property
    def _pending(self) -> str:
        return f"{self._ledger.dataset}#pending"

    @property
    def _source(self) -> str:
        return f"{self._ledger.dataset}#source"
