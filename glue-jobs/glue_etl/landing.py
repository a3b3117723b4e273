"""Files in S3 as a source: the new ones are copied to the raw zone, byte for byte.

A run costs what is new: of the objects that `arrivals` noted at most BATCH_OBJECTS are taken at a time, and each is
looked up by its key, at S3 and in the ledger. So memory and manifests are bounded, however much there is.

| the object                                      | becomes of it                                                    |
|-------------------------------------------------|------------------------------------------------------------------|
| new, or overwritten with other content          | copied, in the manifest, known by its ETag and checksum          |
| overwritten or deleted while it is copied       | left out, still noted: the next run finds what it is then        |
| deleted before                                  | forgotten, with an event in the journal                          |
| delivered again with the content that was known | forgotten                                                        |

A copy that no manifest names was left by a run that died. No later stage sees it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from botocore.exceptions import ClientError

from .arrivals import Arrivals
from .copies import COPY, checksum
from .dynamo import Item
from .errors import SourceLostError
from .intake import Intake, Place
from .job import Run
from .ledger import utc_now
from .source_ledger import SourceLedger

# Of one batch. Its manifest is some 2 MB.
BATCH_OBJECTS = 10_000
# Requests at a time. Copies run inside S3.
PARALLEL = 8


class Landing:
    """The source of a data set of files, during one run."""

    def __init__(self, run: Run):
        self._run, self._source = run, run.dataset.source
        self._ledger = SourceLedger(run.ledger)
        self._arrivals = Arrivals(run, self._ledger)

    def new(self, place: Place) -> Intake | None:
        """Copies what is noted and not known, as one batch of at most BATCH_OBJECTS."""
        self._settle_left()
        while True:
            more_to_note = self._arrivals.note()
            notes = self._ledger.pending(BATCH_OBJECTS)
            is_full = len(notes) == BATCH_OBJECTS
            brought = self._bring_in(notes, place)
            taken = [note for note, file, _ in brought if file]
            settled = [note for note, file, is_settled in brought if is_settled and not file]
            self._forget(settled)
            if taken:
                return self._intake(place, taken, [file for _, file, _ in brought if file], more_to_note or is_full)
            if not more_to_note and not (is_full and settled):
                return None

    def again(self, place: Place, manifest: Mapping[str, Any]) -> Intake:
        """Copies the files of the manifest again, to the same keys.

        One that is no longer at the source as it was keeps its raw copy. Raises SourceLostError if that is not as the
        manifest says.
        """
        with ThreadPoolExecutor(PARALLEL) as pool:
            return Intake(list(pool.map(self._copy_again, manifest["files"])))

    def _settle_left(self) -> None:
        """Finishes what a run has left that died between its commit and its last note."""
        left = self._ledger.unsettled()
        if left:
            body = self._run.s3.get_object(Bucket=self._run.options.raw_bucket, Key=left["manifest"])["Body"].read()
            self._settle(json.loads(body)["files"], left["batch_id"], left["at"])

    def _intake(self, place: Place, taken: list[Item], files: list[dict[str, Any]], more: bool) -> Intake:
        at = utc_now()

        def settle() -> None:
            self._settle(files, place.batch, at)
            self._forget(taken)

        return Intake(
            files, also=[self._ledger.leave_unsettled(place.batch, place.manifest, at)], settle=settle, more=more
        )

    def _settle(self, files: list[dict[str, Any]], batch: str, at: str) -> None:
        with ThreadPoolExecutor(PARALLEL) as pool:
            list(pool.map(lambda file: self._ledger.set_known(file, batch, at), files))
        self._ledger.settle(batch)

    def _forget(self, notes: list[Item]) -> None:
        with ThreadPoolExecutor(PARALLEL) as pool:
            list(pool.map(self._ledger.forget, notes))

    def _bring_in(self, notes: list[Item], place: Place) -> list[tuple[Item, dict[str, Any] | None, bool]]:
        """For each note: its file if there is one to ingest, and whether the note has been dealt with."""
        known = self._ledger.known([note["sk"] for note in notes])
        with ThreadPoolExecutor(PARALLEL) as pool:
            return list(pool.map(lambda note: (note, *self._bring(note["sk"], known.get(note["sk"]), place)), notes))

    def _bring(self, key: str, before: Item | None, place: Place) -> tuple[dict[str, Any] | None, bool]:
        found = self._head(self._source.bucket, key)
        if found is None:
            self._run.journal.event("source-gone", key=key)
            return None, True
        if before and before["etag"] == found["ETag"]:
            return None, True
        if before and before["checksum"] and before["checksum"] == checksum(found):
            # Of an object encrypted by KMS the ETag says nothing about the content, such as of its replica.
            self._ledger.set_known({**before, "etag": found["ETag"], "source": key}, before["batch_id"], before["at"])
            return None, True
        file = self._copy(key, found["ETag"], place.folder + raw_name(key[len(self._source.prefix) :]))
        if file is None:
            self._run.journal.event("source-changed", key=key, reason="replaced or deleted while it was copied")
            return None, False
        if before and file["checksum"] and file["checksum"] == before["checksum"]:
            # An object may have no checksum at the source that is one of its whole content.
            self._ledger.set_known(file, before["batch_id"], before["at"])
            return None, True
        return file, True

    def _copy(self, key: str, etag: str, raw_key: str) -> dict[str, Any] | None:
        """Copies the object if its content is this one; None if it no longer is."""
        raw = self._run.options.raw_bucket
        try:
            self._run.s3.copy(
                {"Bucket": self._source.bucket, "Key": key},
                raw,
                raw_key,
                # Of these checksums it is the one that S3 has of a whole object however it was uploaded.
                ExtraArgs={"CopySourceIfMatch": etag, "ChecksumAlgorithm": "CRC64NVME"},
                Config=COPY,
            )
        except Exception:  # boto3 reports a failed condition in more than one way
            found = self._head(self._source.bucket, key)
            if found and found["ETag"] == etag:
                raise
            return None
        copy = self._head(raw, raw_key)
        return {"key": raw_key, "size": copy["ContentLength"], "etag": etag, "checksum": checksum(copy), "source": key}

    def _copy_again(self, file: Mapping[str, Any]) -> dict[str, Any]:
        copied = self._copy(file["source"], file["etag"], file["key"])
        if copied:
            return copied
        kept = self._head(self._run.options.raw_bucket, file["key"])
        if kept is None or kept["ContentLength"] != file["size"]:
            raise SourceLostError(
                f"{self._run.dataset.name}: {file['source']} is no longer at the source as it was ingested, and its "
                f"copy {file['key']} is gone or damaged: restore the version of {file['size']} bytes in the raw bucket"
            )
        return dict(file)

    def _head(self, bucket: str, key: str) -> dict[str, Any] | None:
        try:
            return self._run.s3.head_object(Bucket=bucket, Key=key, ChecksumMode="ENABLED")
        except ClientError as error:
            if error.response["Error"]["Code"] == "404":
                return None
            raise


def raw_name(name: str) -> str:
    """The name with what Hadoop and Spark would not take for part of it as `!` and the hexadecimal form of its bytes.

    They expand globs, split at colons, join double slashes, and pass over names that begin with `_` or `.`.
    """

    def escaped(match: re.Match[str]) -> str:
        return "".join(f"!{byte:02X}" for byte in match.group().encode())

    parts = (re.sub(r"^[._]|[*?\[\]{}\\^%:!\x00-\x1f\x7f]", escaped, part) or "!" for part in name.split("/"))
    return "/".join(parts)
