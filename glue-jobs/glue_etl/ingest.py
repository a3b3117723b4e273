"""Ingest: what is new at the source into the raw zone, as a batch with a manifest."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace

from .database import Database
from .definition import DatabaseSource, FileSource, QuerySource
from .errors import LeaseLostError
from .intake import Intake, Place, Source
from .job import Outcome, Run
from .landing import Landing
from .ledger import EXCLUSIVE
from .products import Product

SOURCES: dict[type, type[Source]] = {FileSource: Landing, DatabaseSource: Database, QuerySource: Product}


def run(run: Run) -> None:
    """Brings in what an operator reopened, then what is new; one ingest of a data set at a time.

    What is new is more than one batch where the source says that one does not hold it.
    """
    source = SOURCES[type(run.dataset.source)](run)
    run.each_open_batch(lambda run, batch: _again(run, source, batch))
    ids = _batch_ids(run)
    proposed = next(ids)
    while taken := run.ledger.take_ingest(proposed):
        batch, fresh = taken
        try:
            with run.ledger.kept("ingest", EXCLUSIVE):
                more = _ingest(run, source, Place.of(run, batch, fresh))
        except LeaseLostError as error:
            run.journal.event("batch-skipped", batch=batch, reason=str(error))
            return
        if not more:
            return
        if batch == proposed:
            proposed = next(ids)
    run.journal.event("ingest-skipped", reason="another run holds the lease of ingest")


def _batch_ids(run: Run) -> Iterator[str]:
    """The id of the workflow run, then `<id>-2` and so on; not those that an earlier attempt has committed."""
    id, number = run.options.batch_id, 1
    while True:
        if run.ledger.committed("ingest", id) is None:
            yield id
        number += 1
        id = f"{run.options.batch_id}-{number}"


def _ingest(run: Run, source: Source, place: Place) -> bool:
    """Commits what is new as one batch; answers whether there may be more."""
    intake = source.new(place)
    if intake is None:
        run.ledger.discard_ingest()
        return False
    run.commit(place.batch, _outcome(run, place, intake), EXCLUSIVE)
    intake.settle()
    return intake.more


def _again(run: Run, source: Source, batch: str) -> Outcome:
    """Once more what the batch has brought in. It keeps its age, by which later stages order batches."""
    before = run.ledger.reopened(batch)
    body = run.s3.get_object(Bucket=run.options.raw_bucket, Key=before["manifest"])["Body"].read()
    place = Place.of(run, batch, fresh=False)
    outcome = _outcome(run, place, source.again(place, json.loads(body)))
    return replace(outcome, details={**outcome.details, "committed_at": before["committed_at"]})


def _outcome(run: Run, place: Place, intake: Intake) -> Outcome:
    """Writes the manifest; answers what is to be committed."""
    files = [dict(file) for file in intake.files]
    manifest = {"dataset": run.dataset.name, "batch_id": place.batch, "files": files, **intake.extra}
    run.s3.put_object(
        Bucket=run.options.raw_bucket,
        Key=place.manifest,
        Body=json.dumps(manifest, indent=1).encode(),
        ContentType="application/json",
    )
    counts = {"files": len(files), "bytes": sum(file["size"] for file in files), **intake.counts}
    return Outcome(counts, details={"manifest": place.manifest, **intake.extra}, also=intake.also)
