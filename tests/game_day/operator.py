"""Whoever runs scripts/dr.sh: keeps what it asks of AWS, and can have it end before any of its changes."""

from __future__ import annotations

import json
import re
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

import boto3

# Every other operation of those that the commands call changes something.
_READS = ("Get", "List", "Describe", "Query", "Scan", "Head")
# What differs from lake to lake, and from move to move: the lake's name, ids, and the time of now.
_VARYING = (
    (re.compile(r"lake\d{3}"), "lake"),
    (re.compile(r"\b20[2-9]\d-\d\d-\d\dT[\d:.+]+"), "now"),
    (re.compile(r"20\d{6}T\d{12}Z"), "move"),
    (re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"), "id"),
)


class Interrupted(BaseException):
    """The process has ended: no handler of errors takes it for one."""


@dataclass(frozen=True)
class Call:
    """A request: to which Region, of which service, and with what."""

    region: str
    service: str
    operation: str
    parameters: dict[str, Any]

    @property
    def is_change(self) -> bool:
        return not self.operation.startswith(_READS)

    @cached_property
    def key(self) -> str:
        """What it is, alike in every move of the same."""
        named = {name: value for name, value in self.parameters.items() if name != "Body"}
        return without_varying(f"{self.region} {self.operation} {json.dumps(named, sort_keys=True)}")


class Operator:
    """Has sessions as `boto3` does, whose clients are made once, and keeps the `calls` that they send."""

    def __init__(self, endpoint: str, **keys: str):
        self._given = {"endpoint_url": endpoint, **keys}
        self._lock = threading.Lock()
        self._is_to_end = self._has_ended = False
        self.lost: str | None = None
        self.calls: list[Call] = []
        self.ended_before: set[str] = set()
        self.client = cache(self._client)

    def Session(self, region_name: str) -> _Session:  # noqa: N802 - as boto3 has it
        return _Session(self, region_name)

    @property
    def changes(self) -> list[Call]:
        return [call for call in self.calls if call.is_change]

    def is_interrupted(self, work: Callable[[], object]) -> bool:
        """Does the work until a change is to be sent that none has been ended before yet; whether there was one."""
        self._is_to_end, self._has_ended = True, False
        try:
            work()
            return False
        except Interrupted:
            return True
        finally:
            self._is_to_end = self._has_ended = False

    def lose(self, region: str) -> socket.socket:
        """The Region that takes connections and answers nothing, until what is answered here is closed."""
        self.lost, self._silence = region, socket.create_server(("127.0.0.1", 0))
        return self._silence

    def silent_client(self, service: str, region: str, config: Any) -> Any:
        """One for the Region that is lost; how long it waits, the configuration alone says."""
        endpoint = f"http://127.0.0.1:{self._silence.getsockname()[1]}"
        return self._client(service, region, endpoint_url=endpoint, config=config)

    def _client(self, service: str, region: str, **changes: Any) -> Any:
        client = boto3.client(service, region_name=region, **{**self._given, **changes})
        client.meta.events.register("before-parameter-build", self._send)
        return client

    def _send(self, params: dict[str, Any], model: Any, context: dict[str, Any], **_: Any) -> None:
        call = Call(context["client_region"], model.service_model.service_name, model.name, params)
        with self._lock:
            if self._is_to_end and call.is_change and call.key not in self.ended_before:
                self.ended_before.add(call.key)
                self._has_ended = True
            if self._has_ended:
                raise Interrupted
            self.calls.append(call)


@dataclass(frozen=True)
class _Session:
    operator: Operator
    region: str

    def client(self, service: str, config: Any) -> Any:
        if self.region == self.operator.lost:
            return self.operator.silent_client(service, self.region, config)
        return self.operator.client(service, self.region)


def without_varying(text: str) -> str:
    """The text as it is in every lake and every move."""
    for pattern, common in _VARYING:
        text = pattern.sub(common, text)
    return text
