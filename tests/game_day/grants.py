"""What calls ask IAM for, and whether a policy allows it but for its conditions.

Source: Service Authorization Reference.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from fnmatch import fnmatchcase
from typing import Any
from urllib.parse import unquote

from .operator import Call

ACCOUNT = "000000000000"
_Given = dict[str, Any]
_Resources = Callable[[_Given], list[str]]


def _named(kind: str) -> _Resources:
    return lambda given: [f"{kind}/{given['Name']}"]


def _table(given: _Given) -> list[str]:
    database, name = given["DatabaseName"], given.get("Name") or given.get("TableInput", {}).get("Name", "*")
    return ["catalog", f"database/{database}", f"table/{database}/{name}"]


def _items(given: _Given) -> list[str]:
    tables = [given["TableName"]] if "TableName" in given else given["RequestItems"]
    return [f"table/{name}" for name in tables]


def _alarms(given: _Given) -> list[str]:
    return [f"alarm:{name}" for name in given["AlarmNames"]]


def _object(given: _Given) -> list[str]:
    return [f"{given['Bucket']}/{given['Key']}"]


def _all(given: _Given) -> list[str]:
    return ["*"]


# By service and operation: the action, if it is called otherwise, and on what.
_ASKS_FOR: dict[str, dict[str, tuple[str, _Resources]]] = {
    "s3": {
        "ListObjectsV2": ("ListBucket", lambda given: [given["Bucket"]]),
        "HeadObject": ("GetObject", _object),
        "GetObject": ("GetObject", _object),
        "PutObject": ("PutObject", _object),
        "CopyObject": ("PutObject", _object),
    },
    "dynamodb": {name: (name, _items) for name in ("GetItem", "Query", "Scan", "BatchWriteItem", "DeleteItem")},
    "glue": {
        **{name: (name, _table) for name in ("GetTable", "GetTables", "CreateTable", "UpdateTable", "DeleteTable")},
        **{name: (name, _named("trigger")) for name in ("StartTrigger", "StopTrigger")},
        "StartWorkflowRun": ("StartWorkflowRun", _named("workflow")),
    },
    "events": {name: (name, _named("rule")) for name in ("EnableRule", "DisableRule")},
    "cloudwatch": {name: (name, _alarms) for name in ("EnableAlarmActions", "DisableAlarmActions")},
}


def asked_for(call: Call) -> Iterator[tuple[str, str]]:
    """Actions, each on a resource."""
    given = call.parameters
    if call.operation == "TransactWriteItems":
        for write in given["TransactItems"]:
            for kind, fields in write.items():
                yield f"dynamodb:{kind}Item", _arn(call, f"table/{fields['TableName']}")
        return
    if call.operation == "CopyObject":
        yield "s3:GetObject", _arn(call, unquote(given["CopySource"]))
    action, resources = _ASKS_FOR[call.service].get(call.operation, (call.operation, _all))
    for resource in resources(given):
        yield f"{call.service}:{action}", resource if resource == "*" else _arn(call, resource)


def refused(policy: dict[str, Any], calls: Iterable[Call]) -> list[tuple[str, str]]:
    """What calls ask for and the policy does not allow."""
    asked = dict.fromkeys(asked for call in calls for asked in asked_for(call))
    return [
        (action, resource)
        for action, resource in asked
        if not any(
            action in statement["Action"] and any(fnmatchcase(resource, each) for each in statement["Resource"])
            for statement in policy["Statement"]
        )
    ]


def actions(policy: dict[str, Any]) -> set[str]:
    """All that a policy allows on anything."""
    return {action for statement in policy["Statement"] for action in statement["Action"]}


def _arn(call: Call, resource: str) -> str:
    place = ":::" if call.service == "s3" else f":{call.region}:{ACCOUNT}:"
    return f"arn:aws:{call.service}{place}{resource}"
