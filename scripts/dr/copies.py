"""What one Region has and the other lacks: copied, or waited for."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from boto3.s3.transfer import TransferConfig

from glue_etl.copies import COPY

PARALLEL = 16
_PAUSE_SECONDS = 1
# Of a copy that is one of many at a time.
IN_ONE_THREAD = TransferConfig(
    COPY.multipart_threshold, multipart_chunksize=COPY.multipart_chunksize, use_threads=False
)


def missing(there: Any, bucket: str, here: Any, copy: str) -> list[str]:
    """Keys of `bucket` that bucket `copy` lacks, or has in another size; clients are those of the buckets' Regions."""
    present = dict(_listed(here, copy))
    return [key for key, size in _listed(there, bucket) if present.get(key) != size]


def copy_missing(there: Any, bucket: str, here: Any, copy: str) -> int:
    """Copies these; answers how many they were. Most of them replication would have brought in a while."""
    keys = missing(there, bucket, here, copy)

    def work(key: str) -> None:
        here.copy({"Bucket": bucket, "Key": key}, copy, key, SourceClient=there, Config=IN_ONE_THREAD)

    with ThreadPoolExecutor(PARALLEL) as pool:
        list(pool.map(work, keys))
    return len(keys)


def wait_until_equal(there: Any, here: Any, table: str) -> None:
    """Waits until both replicas of a DynamoDB table hold the same; nobody must be writing to it."""
    while _items(there, table) != _items(here, table):
        time.sleep(_PAUSE_SECONDS)


def _listed(s3: Any, bucket: str) -> Iterator[tuple[str, int]]:
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket):
        yield from ((found["Key"], found["Size"]) for found in page.get("Contents", []))


def _items(client: Any, table: str) -> set[str]:
    pages = client.get_paginator("scan").paginate(TableName=table, ConsistentRead=True)
    # DynamoDB keeps attributes of its own in the items of some global tables.
    return {
        repr(sorted((name, value) for name, value in item.items() if not name.startswith("aws:rep:")))
        for page in pages
        for item in page["Items"]
    }
