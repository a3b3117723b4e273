"""What there is of a batch outside of tables: raw files, manifests, the outcome of its rules, notes of its objects.

The operator who removes the batch deletes it all, as jobs may not delete raw files.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from .dynamo import chunks
from .ledger import Ledger

# What one DeleteObjects takes.
_DELETE_LIMIT = 1000


class Erasure:
    """Of batches of one data set; versions of objects stay for as long as buckets keep them. `s3` is a boto3 client."""

    def __init__(self, s3: Any, ledger: Ledger, raw_bucket: str, processed_bucket: str):
        self._s3, self._ledger = s3, ledger
        self._raw, self._processed = raw_bucket, processed_bucket

    def run(self, batch: str) -> None:
        """Deletes all of a batch; may be done again. Manifests go last: they tell what else there is."""
        dataset = self._ledger.dataset
        manifests = [*self._keys(self._raw, f"manifests/{dataset}/{batch}.json")]
        manifests += self._keys(self._raw, f"manifests/{dataset}/{batch}/")
        self._forget_sources(manifests, batch)
        self._delete(self._raw, self._keys(self._raw, f"data/{dataset}/batch_id={batch}/"))
        self._delete(self._processed, self._keys(self._processed, f"quality/{dataset}/{batch}.json"))
        self._delete(self._raw, manifests)

    def _forget_sources(self, manifests: list[str], batch: str) -> None:
        """The objects that it brought in are new again, should they still be at the source when that is listed."""
        for key in manifests:
            body = self._s3.get_object(Bucket=self._raw, Key=key)["Body"].read()
            for file in json.loads(body)["files"]:
                self._ledger.table.delete(
                    f"{self._ledger.dataset}#source", file["source"], "batch_id = :batch", {":batch": batch}
                )

    def _keys(self, bucket: str, prefix: str) -> Iterator[str]:
        pages = self._s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
        return (found["Key"] for page in pages for found in page.get("Contents", ()))

    def _delete(self, bucket: str, keys: Any) -> None:
        for some in chunks(keys, _DELETE_LIMIT):
            self._s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": key} for key in some], "Quiet": True})
