"""A DynamoDB table with keys `pk` and `sk`, in plain Python values."""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import islice
from typing import Any

from boto3.dynamodb.types import TypeDeserializer, TypeSerializer

# What one BatchGetItem and one BatchWriteItem take.
_GET_LIMIT, _WRITE_LIMIT = 100, 25
# Seconds between the attempts of a request that was refused for being one of too many.
_PAUSES = (0.1, 0.4, 1.6, 6.4)

Key = tuple[str, str]
Item = dict[str, Any]


class ConditionFailedError(Exception):
    """A write's condition did not hold; nothing was written."""


class Table:
    """Reads are consistent. `client` is a boto3 DynamoDB client."""

    def __init__(self, client: Any, name: str):
        self._client, self._name = client, name

    @property
    def region(self) -> str:
        """The Region that the table is in."""
        return self._client.meta.region_name

    def get(self, pk: str, sk: str) -> Item | None:
        """The item, if there is one."""
        answer = self._client.get_item(TableName=self._name, Key=_key(pk, sk), ConsistentRead=True)
        return from_item(answer["Item"]) if "Item" in answer else None

    def get_many(self, keys: Sequence[Key]) -> list[Item]:
        """Those of the items that exist, in any order; a hundred per request."""
        found: list[Item] = []
        for chunk in chunks(keys, _GET_LIMIT):
            request = {self._name: {"Keys": [_key(*key) for key in chunk], "ConsistentRead": True}}
            for pause in (*_PAUSES, None):
                answer = self._client.batch_get_item(RequestItems=request)
                found += map(from_item, answer["Responses"][self._name])
                request = answer.get("UnprocessedKeys")
                if not request:
                    break
                _pause(pause, "BatchGetItem", self._name)
        return found

    def put_many(self, items: Iterable[Item]) -> None:
        """Writes the items, whatever they replace; 25 per request, and not all or nothing."""
        for chunk in chunks(items, _WRITE_LIMIT):
            request = {self._name: [{"PutRequest": {"Item": to_item(item)}} for item in chunk]}
            for pause in (*_PAUSES, None):
                request = self._client.batch_write_item(RequestItems=request).get("UnprocessedItems")
                if not request:
                    break
                _pause(pause, "BatchWriteItem", self._name)

    def query(self, pk: str, limit: int | None = None) -> Iterator[Item]:
        """Items of one partition in the order of `sk`, at most `limit`; a page is read when its items are asked for."""
        pages = self._client.get_paginator("query").paginate(
            TableName=self._name,
            ConsistentRead=True,
            KeyConditionExpression="pk = :pk",
            ExpressionAttributeValues=to_item({":pk": pk}),
        )
        return islice((from_item(item) for page in pages for item in page["Items"]), limit)

    def update(self, pk: str, sk: str, expression: str, condition: str, values: Mapping[str, Any]) -> Item | None:
        """Updates the item and answers it as it is now; None if the condition does not hold."""
        try:
            answer = self._client.update_item(
                TableName=self._name,
                Key=_key(pk, sk),
                ReturnValues="ALL_NEW",
                **_expressions(condition, values, expression),
            )
        except self._client.exceptions.ConditionalCheckFailedException:
            return None
        return from_item(answer["Attributes"])

    def delete(self, pk: str, sk: str, condition: str, values: Mapping[str, Any] | None = None) -> bool:
        """Deletes the item; False if the condition does not hold."""
        try:
            self._client.delete_item(TableName=self._name, Key=_key(pk, sk), **_expressions(condition, values))
        except self._client.exceptions.ConditionalCheckFailedException:
            return False
        return True

    def transact(self, *writes: dict[str, Any]) -> None:
        """Does all of the writes (see `put`, `remove`, `change`, `check`) or none.

        Raises ConditionFailedError if a condition does not hold. Another transaction on the same items, such as the
        renewal of a lease, is waited for.
        """
        requests = [{kind: {"TableName": self._name, **fields}} for write in writes for kind, fields in write.items()]
        for pause in (*_PAUSES, None):
            try:
                self._client.transact_write_items(TransactItems=requests)
                return
            except self._client.exceptions.TransactionCanceledException as error:
                reasons = {reason.get("Code") for reason in error.response.get("CancellationReasons", [])}
                if "ConditionalCheckFailed" in reasons:
                    raise ConditionFailedError(str(error)) from error
                if pause is None or "TransactionConflict" not in reasons:
                    raise
                time.sleep(pause)


def put(item: Item, condition: str | None = None, values: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Part of a transaction: writes the item, whatever it replaces unless a condition says otherwise."""
    return {"Put": {"Item": to_item(item), **_expressions(condition, values)}}


def remove(pk: str, sk: str, condition: str | None = None, values: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Part of a transaction: deletes the item, if there is one."""
    return {"Delete": {"Key": _key(pk, sk), **_expressions(condition, values)}}


def change(pk: str, sk: str, expression: str, condition: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """Part of a transaction: updates the item."""
    return {"Update": {"Key": _key(pk, sk), **_expressions(condition, values, expression)}}


def check(pk: str, sk: str, condition: str, values: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Part of a transaction: writes nothing, but the condition must hold."""
    return {"ConditionCheck": {"Key": _key(pk, sk), **_expressions(condition, values)}}


def to_item(values: Mapping[str, Any]) -> dict[str, Any]:
    """Typed form of an item, of a key, or of the values of an expression."""
    serialize = TypeSerializer().serialize
    return {name: serialize(value) for name, value in values.items()}


def from_item(item: Mapping[str, Any]) -> dict[str, Any]:
    """Plain form of an item; numbers are integers, for this package stores no others."""
    deserialize = TypeDeserializer().deserialize
    return {name: _plain(deserialize(value)) for name, value in item.items()}


def chunks(values: Iterable[Any], size: int) -> Iterator[list[Any]]:
    """The values in lists of `size`, the last one shorter."""
    rest = iter(values)
    while chunk := list(islice(rest, size)):
        yield chunk


def _key(pk: str, sk: str) -> dict[str, Any]:
    return to_item({"pk": pk, "sk": sk})


def _expressions(
    condition: str | None, values: Mapping[str, Any] | None = None, update: str | None = None
) -> dict[str, Any]:
    """Parameters of a write. `#name` in an expression is the attribute `name`, where that is a word of DynamoDB's."""
    names = {name: name[1:] for name in re.findall(r"#\w+", f"{condition} {update}")}
    given = {
        "ConditionExpression": condition,
        "UpdateExpression": update,
        "ExpressionAttributeNames": names,
        "ExpressionAttributeValues": to_item(values or {}),
    }
    return {parameter: value for parameter, value in given.items() if value}


def _pause(seconds: float | None, request: str, table: str) -> None:
    if seconds is None:
        raise TimeoutError(f"{request} on {table} was left undone {len(_PAUSES) + 1} times; run the job again")
    time.sleep(seconds)


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return int(value)
    if isinstance(value, dict):
        return {name: _plain(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_plain(inner) for inner in value]
    return value
