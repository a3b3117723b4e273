"""Objects by their URI, for tasks: in S3, or files of this machine where there is no account."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator
from functools import cached_property
from pathlib import Path
from typing import Any

import boto3

PIECE_BYTES = 2**20
_FILE = "file://"


class Objects:
    """Reads and writes objects. Raises botocore's own errors: that an object cannot be had is not its fault."""

    @cached_property
    def _s3(self) -> Any:
        return boto3.client("s3")

    def read(self, uri: str, start: int, size: int) -> bytes:
        """The `size` bytes from `start` on, or those up to the object's end."""
        if size <= 0:
            return b""
        if uri.startswith(_FILE):
            with open(uri.removeprefix(_FILE), "rb") as file:
                file.seek(start)
                return file.read(size)
        range = f"bytes={start}-{start + size - 1}"
        with self._s3.get_object(**_place(uri), Range=range)["Body"] as body:
            return body.read()

    def pieces(self, uri: str) -> Iterator[bytes]:
        """The whole object, a piece at a time."""
        if uri.startswith(_FILE):
            with open(uri.removeprefix(_FILE), "rb") as file:
                yield from iter(lambda: file.read(PIECE_BYTES), b"")
            return
        yield from self._s3.get_object(**_place(uri))["Body"].iter_chunks(PIECE_BYTES)

    def put(self, source: Path, uri: str) -> None:
        """Writes a file to the object."""
        if uri.startswith(_FILE):
            target = Path(uri.removeprefix(_FILE))
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target)
        else:
            self._s3.upload_file(str(source), *_place(uri).values())

    def delete(self, uris: Iterable[str]) -> None:
        """Deletes objects, those that are not there too."""
        for uri in uris:
            if uri.startswith(_FILE):
                Path(uri.removeprefix(_FILE)).unlink(missing_ok=True)
            else:
                self._s3.delete_object(**_place(uri))


def _place(uri: str) -> dict[str, str]:
    """Bucket and key, in which `?`, `#` and `%` are letters like any other."""
    _, _, bucket, key = uri.split("/", 3)
    return {"Bucket": bucket, "Key": key}
