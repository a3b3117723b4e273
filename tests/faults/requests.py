"""What a request to AWS is: its operation, on which resource, named alike in every run."""

from __future__ import annotations

import json
import re
from functools import cached_property
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

# Everything else changes state. A HEAD is S3's HeadObject.
_READS = ("Get", "List", "Describe", "Query", "Scan", "BatchGet", "Head", "Filter")
# What differs from run to run: UUIDs, numbers, and the digits of a snapshot or a part.
_VARYING = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|\d+")


class Request:
    """One request, whole. `target` is path and query as sent."""

    def __init__(self, method: str, target: str, headers: dict[str, str], body: bytes):
        self.method, self.target, self.headers, self.body = method, target, headers, body

    @property
    def json(self) -> dict[str, Any]:
        """The body of a request that has one in JSON."""
        return json.loads(self.body)

    def say(self, operation: str, body: dict[str, Any]) -> None:
        """Makes another request of the same service of it."""
        target = self.headers["x-amz-target"].rsplit(".", 1)[0]
        self.headers["x-amz-target"], self.body = f"{target}.{operation}", json.dumps(body).encode()

    @cached_property
    def is_s3(self) -> bool:
        """S3 is what names its operation neither in a header nor in the path."""
        return self._action is None

    @cached_property
    def operation(self) -> str:
        """The API operation, such as PutObject or TransactWriteItems."""
        return self._action or self._s3_operation()

    @property
    def changes_state(self) -> bool:
        """Whether the request may leave something changed behind."""
        return not self.operation.startswith(_READS)

    @cached_property
    def kind(self) -> str:
        """Operation and resource; requests of one kind differ in nothing but names and numbers made by a run."""
        resource = _VARYING.sub("*", self._resource())
        return re.sub(r"\*[-*]*", "*", f"{self.operation} {resource}".strip())

    @property
    def client(self) -> str:
        """The library that sent it, which has its own way with errors: Boto3, Hadoop, aws-sdk-java."""
        return re.split("[/ ,]", self.headers.get("user-agent", ""), maxsplit=1)[0]

    @property
    def _action(self) -> str | None:
        target = self.headers.get("x-amz-target")
        if target:
            return target.rsplit(".", 1)[1]
        rpc = re.search(r"/service/\w+/operation/(\w+)$", self.target)
        return rpc and rpc[1]

    def _s3_operation(self) -> str:
        query = parse_qs(urlsplit(self.target).query, keep_blank_values=True)
        match self.method:
            case "PUT" if "partNumber" in query:
                return "UploadPart"
            case "PUT":
                return "CopyObject" if "x-amz-copy-source" in self.headers else "PutObject"
            case "POST" if "uploads" in query:
                return "CreateMultipartUpload"
            case "POST":
                return "CompleteMultipartUpload" if "uploadId" in query else "DeleteObjects"
            case "DELETE":
                return "AbortMultipartUpload" if "uploadId" in query else "DeleteObject"
        return "GetObject" if self.method == "GET" else "HeadObject"

    def _resource(self) -> str:
        if self.is_s3:
            return unquote(urlsplit(self.target).path).strip("/")
        try:
            body = json.loads(self.body)
        except ValueError:  # CBOR
            return ""
        table = body.get("TableInput", body).get("Name")
        if "DatabaseName" in body and table:
            return f"{body['DatabaseName']}.{table}"
        return body.get("QueueUrl", "").rsplit("/", 1)[-1] or _partition(body) or ""


def _partition(body: Any) -> str | None:
    """The first partition key in a request to DynamoDB, which says what the item is about."""
    children = body.values() if isinstance(body, dict) else body if isinstance(body, list) else ()
    if isinstance(body, dict):
        key = body.get("pk") or body.get("job_name")
        if isinstance(key, dict) and "S" in key:
            return key["S"]
    return next((found for child in children if (found := _partition(child))), None)
