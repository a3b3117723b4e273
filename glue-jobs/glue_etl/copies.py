"""How objects are copied within S3, and how it is known that a copy has the same content."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from boto3.s3.transfer import TransferConfig

# CopyObject takes objects of up to 5 GB; larger ones are copied in parts.
COPY = TransferConfig(multipart_threshold=5 * 2**30, multipart_chunksize=512 * 2**20)


def checksum(head: Mapping[str, Any]) -> str | None:
    """`algorithm:base64` of the whole object, from the answer to a HEAD request."""
    headers = head["ResponseMetadata"]["HTTPHeaders"]  # the SDK of Glue 4.0 has no field for CRC64NVME
    if headers.get("x-amz-checksum-type") == "COMPOSITE":
        return None
    names = (name for name in headers if name.startswith("x-amz-checksum-") and name != "x-amz-checksum-type")
    return next((f"{name.removeprefix('x-amz-checksum-')}:{headers[name]}" for name in names), None)
