"""Objects as they were: versions of S3 buckets, which keep what is overwritten and what is deleted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from console import UsageError

from glue_etl.copies import checksum

from .copies import IN_ONE_THREAD, PARALLEL

# Classes whose objects cannot be read before `aws s3api restore-object` has made a copy of them readable.
_ARCHIVED = ("GLACIER", "DEEP_ARCHIVE")


@dataclass(frozen=True)
class Version:
    """A version of an object, or the marker that a deletion left: then `size` is None."""

    key: str
    id: str
    modified: datetime
    size: int | None
    etag: str = ""
    storage_class: str = "STANDARD"

    @classmethod
    def of(cls, listed: Mapping[str, Any]) -> Version:
        """From an answer of ListObjectVersions."""
        return cls(
            listed["Key"],
            listed["VersionId"],
            listed["LastModified"],
            listed.get("Size"),
            listed.get("ETag", ""),
            listed.get("StorageClass", "STANDARD"),
        )


def histories(s3: Any, bucket: str, prefix: str) -> Iterator[list[Version]]:
    """The versions of each key under the prefix, the newest first; key by key, in their order."""
    pending: dict[str, list[tuple[bool, Version]]] = {}
    for page in s3.get_paginator("list_object_versions").paginate(Bucket=bucket, Prefix=prefix):
        for listed in (*page.get("Versions", []), *page.get("DeleteMarkers", [])):
            pending.setdefault(listed["Key"], []).append((listed["IsLatest"], Version.of(listed)))
        # The last key of a page may go on in the next one.
        for key in sorted(pending)[:-1]:
            yield _newest_first(pending.pop(key))
    for key in sorted(pending):
        yield _newest_first(pending[key])


def history(s3: Any, bucket: str, key: str) -> list[Version]:
    """The versions of one key. Raises UsageError if there is none."""
    for versions in histories(s3, bucket, key):
        if versions[0].key == key:
            return versions
    raise UsageError(f"{bucket} has no version of {key}")


def as_of(versions: list[Version], time: datetime) -> Version | None:
    """What the key held at that time; None if nothing."""
    then = next((version for version in versions if version.modified <= time), None)
    return None if then is None or then.size is None else then


def differs(s3: Any, bucket: str, then: Version, now: Version) -> bool:
    """Whether the two have other contents, or `now` is none.

    An ETag tells that for certain only where it is the same: that of an object encrypted by KMS is one of the upload.
    """
    if then.id == now.id or (then.etag == now.etag and then.size == now.size):
        return False
    if then.size != now.size:
        return True
    sums = [
        checksum(s3.head_object(Bucket=bucket, Key=each.key, VersionId=each.id, ChecksumMode="ENABLED"))
        for each in (then, now)
    ]
    return sums[0] is None or sums[0] != sums[1]


def restore(s3: Any, bucket: str, version: Version) -> None:
    """Has the key hold the version's content again, as a new version: nothing is lost, and it is replicated.

    Raises UsageError for one in an archive.
    """
    if version.storage_class in _ARCHIVED:
        raise UsageError(
            f"{version.key}: version {version.id} is in {version.storage_class}. Have it made readable first, which "
            f'takes hours: aws s3api restore-object --bucket {bucket} --key "{version.key}" --version-id {version.id} '
            "--restore-request Days=7"
        )
    source = {"Bucket": bucket, "Key": version.key, "VersionId": version.id}
    s3.copy(source, bucket, version.key, ExtraArgs={"ChecksumAlgorithm": "CRC64NVME"}, Config=IN_ONE_THREAD)


def damaged_since(s3: Any, bucket: str, prefix: str, time: datetime) -> tuple[list[Version], int]:
    """What is to be restored so that all is there that was at that time, and how many objects are as they were.

    What came later under other keys is left alone.
    """

    def judge(versions: list[Version]) -> tuple[Version, bool] | None:
        then = as_of(versions, time)
        return then and (then, differs(s3, bucket, then, versions[0]))

    with ThreadPoolExecutor(PARALLEL) as pool:
        judged = [found for found in pool.map(judge, histories(s3, bucket, prefix)) if found]
    damaged = [version for version, is_damaged in judged if is_damaged]
    return damaged, len(judged) - len(damaged)


def restore_all(s3: Any, bucket: str, versions: list[Version]) -> Iterator[int]:
    """Restores them, and counts."""
    with ThreadPoolExecutor(PARALLEL) as pool:
        for number, _ in enumerate(pool.map(lambda version: restore(s3, bucket, version), versions), 1):
            yield number


def _newest_first(listed: list[tuple[bool, Version]]) -> list[Version]:
    """By time, which S3 gives in seconds; but what is the latest it says itself."""
    return [each for _, each in sorted(listed, key=lambda pair: (pair[0], pair[1].modified), reverse=True)]
