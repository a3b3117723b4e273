"""What whoever moves an environment may do, and no more: the calls of `status`, `failover` and `failback`.

To be in force before a Region is lost: IAM is changed in us-east-1 alone, which may be the one. Restores are not in it.
"""

from __future__ import annotations

from typing import Any

from .place import Place

# Of all Regions' S3, by key, and of a copy: tags go with it, and of a large one the parts are removed if it fails.
_OBJECTS = "GetObject GetObjectTagging PutObject PutObjectTagging AbortMultipartUpload"
_ITEMS = "GetItem Query Scan PutItem DeleteItem BatchWriteItem"
_TABLES = "GetTable GetTables CreateTable UpdateTable DeleteTable"


def policy(first: Place, second: Place, account: str) -> dict[str, Any]:
    """The document of an IAM policy."""
    statements = [statement for place in (first, second) for statement in _in(place, account)]
    # These cannot be limited to resources: they answer with what is there, and the commands pick their own.
    lists = [*_actions("glue", "GetJobs GetTriggers"), "events:ListRules", "cloudwatch:GetMetricData"]
    switch = {"StringEquals": {"cloudwatch:namespace": second.names["prefix"]}}
    return {
        "Version": "2012-10-17",
        "Statement": [
            *statements,
            {"Effect": "Allow", "Action": lists, "Resource": ["*"]},
            {"Effect": "Allow", "Action": ["cloudwatch:PutMetricData"], "Resource": ["*"], "Condition": switch},
        ],
    }


def _in(place: Place, account: str) -> list[dict[str, Any]]:
    names = place.names

    def arns(service: str, *resources: str) -> list[str]:
        return [f"arn:aws:{service}:{place.region}:{account}:{resource}" for resource in resources]

    def allow(service: str, operations: str, resources: list[str], **condition: Any) -> dict[str, Any]:
        return {"Effect": "Allow", "Action": _actions(service, operations), "Resource": resources, **condition}

    buckets = [f"arn:aws:s3:::{name}" for name in names["buckets"].values()]
    databases = names["databases"].values()
    entries = [resource for name in databases for resource in (f"database/{name}", f"table/{name}/*")]
    rules = [f"rule/{name}" for name in (f"{names['schedule']}*", *names["clocks"])]
    # A key has no name but its alias.
    alias = {"ForAnyValue:StringEquals": {"kms:ResourceAliases": names["key"]}}
    return [
        allow("s3", "ListBucket", buckets),
        allow("s3", _OBJECTS, [f"{bucket}/*" for bucket in buckets]),
        allow("s3", "GetObject", [f"arn:aws:s3:::{names['scripts']}/contracts/*"]),
        allow("kms", "Decrypt GenerateDataKey", arns("kms", "key/*"), Condition=alias),
        allow("dynamodb", _ITEMS, arns("dynamodb", f"table/{place.ledger}")),
        allow("glue", _TABLES, arns("glue", "catalog", *entries)),
        allow("glue", "StartTrigger StopTrigger", arns("glue", f"trigger/{names['ingest']}*")),
        allow("glue", "StartWorkflowRun", arns("glue", f"workflow/{names['workflow']}*")),
        allow("events", "EnableRule DisableRule", arns("events", *rules)),
        allow("cloudwatch", "EnableAlarmActions DisableAlarmActions", arns("cloudwatch", f"alarm:{names['silence']}")),
    ]


def _actions(service: str, operations: str) -> list[str]:
    return [f"{service}:{operation}" for operation in operations.split()]
