"""What every kind of source answers to ingest."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from .job import Run


@dataclass(frozen=True)
class Intake:
    """What a batch brings in.

    `files` are entries of its manifest: key in the raw bucket, size in bytes, etag, checksum (`algorithm:base64` or
    None), and source. `extra` goes into the manifest and the record, `also` is written in the transaction of the
    commit, and `settle` is called after it. `more` says that the source may have another batch.
    """

    files: Sequence[Mapping[str, Any]]
    counts: Mapping[str, int] = field(default_factory=dict)
    extra: Mapping[str, Any] = field(default_factory=dict)
    also: Sequence[dict[str, Any]] = ()
    settle: Callable[[], None] = lambda: None
    more: bool = False


@dataclass(frozen=True)
class Place:
    """Where a run puts a batch in the raw bucket: the folder of its files (ends in `/`), the key of its manifest.

    A run that goes on with a batch, or repeats it, has a place of its own: an earlier one that has lost its lease and
    does not know it cannot touch what this one commits.
    """

    batch: str
    folder: str
    manifest: str

    @classmethod
    def of(cls, run: Run, batch: str, fresh: bool) -> Place:
        """`fresh` if no other run has had the batch before."""
        data, manifest = f"data/{run.dataset.name}/batch_id={batch}/", f"manifests/{run.dataset.name}/{batch}"
        if fresh:
            return cls(batch, data, f"{manifest}.json")
        own = run.options.job_run_id
        return cls(batch, f"{data}run={own}/", f"{manifest}/{own}.json")


class Source(Protocol):
    """A kind of source, during one run."""

    def new(self, place: Place) -> Intake | None:
        """Brings in what is new; None if nothing is."""

    def again(self, place: Place, manifest: Mapping[str, Any]) -> Intake:
        """Brings in once more what this manifest of the batch says."""
