"""The stacks of an environment's two Regions as synth writes them, made in an emulated account as far as moves go."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.glue import ROOT

_REFERENCE = re.compile(r"\$\{(?P<type>aws_\w+)\.(?P<id>[\w-]+)\.(?P<attribute>bucket|key|name)\}")


class Stack:
    """Of an environment, in the Region that it is deployed to; `account` has clients for it."""

    def __init__(self, account: Any, folder: Path, environment: str, region: str):
        text = (folder / "stacks" / f"glue-etl-pipeline-{environment}" / "cdk.tf.json").read_text()
        self._resources = json.loads(text)["resource"]
        self._account, self.region = account, region

    def each(self, type: str) -> Iterator[dict[str, Any]]:
        """All resources of a type, references to names put in."""
        for resource in self._resources.get(type, {}).values():
            yield json.loads(_REFERENCE.sub(self._referred, json.dumps(resource)))

    def make(self) -> None:
        """Makes them as Terraform would, as far as a move asks for it."""
        s3, glue, events, cloudwatch, dynamodb = (
            self._account.client(service, self.region) for service in ("s3", "glue", "events", "cloudwatch", "dynamodb")
        )
        for bucket in self.each("aws_s3_bucket"):
            place = {"CreateBucketConfiguration": {"LocationConstraint": self.region}}
            s3.create_bucket(Bucket=bucket["bucket"], **(place if self.region != "us-east-1" else {}))
        for file in self.each("aws_s3_object"):
            if "content" in file:
                s3.put_object(Bucket=file["bucket"], Key=file["key"], Body=file["content"].encode())
        for database in self.each("aws_glue_catalog_database"):
            glue.create_database(DatabaseInput={"Name": database["name"]})
        for job in self.each("aws_glue_job"):
            given = {"--definition": job["default_arguments"]["--definition"]}
            glue.create_job(Name=job["name"], Role="role", Command={"Name": "glueetl"}, DefaultArguments=given)
        for workflow in self.each("aws_glue_workflow"):
            glue.create_workflow(Name=workflow["name"])
        for trigger in self.each("aws_glue_trigger"):
            actions = [{"JobName": action["job_name"]} for action in trigger["actions"] if "job_name" in action]
            glue.create_trigger(Name=trigger["name"], Type=trigger["type"], Actions=actions)
            if trigger.get("enabled", True):
                glue.start_trigger(Name=trigger["name"])
        for rule in self.each("aws_cloudwatch_event_rule"):
            when = {"ScheduleExpression": "schedule_expression", "EventPattern": "event_pattern"}
            given = {name: rule[attribute] for name, attribute in when.items() if attribute in rule}
            events.put_rule(Name=rule["name"], State=rule.get("state", "ENABLED"), **given)
        for alarm in self.each("aws_cloudwatch_metric_alarm"):
            cloudwatch.put_metric_alarm(
                **{"AlarmName": alarm["alarm_name"], "ActionsEnabled": alarm.get("actions_enabled", True)},
                **{"Namespace": "any", "MetricName": "any", "Statistic": "Sum", "Period": 60},
                **{"EvaluationPeriods": 1, "Threshold": 1, "ComparisonOperator": alarm["comparison_operator"]},
            )
        for table in self.each("aws_dynamodb_table"):
            keys = {"HASH": table.get("hash_key"), "RANGE": table.get("range_key")}
            dynamodb.create_table(
                TableName=table["name"],
                BillingMode="PAY_PER_REQUEST",
                AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in keys.values() if name],
                KeySchema=[{"AttributeName": name, "KeyType": type} for type, name in keys.items() if name],
            )
            for replica in table.get("replica", []):
                made = [{"Create": {"RegionName": replica["region_name"]}}]
                dynamodb.update_table(TableName=table["name"], ReplicaUpdates=made)

    def switches(self) -> dict[str, bool]:
        """Of all triggers, rules and alarms that are there, whether they are on."""
        glue, events, cloudwatch = (
            self._account.client(each, self.region) for each in ("glue", "events", "cloudwatch")
        )
        triggers = [each for page in glue.get_paginator("get_triggers").paginate() for each in page["Triggers"]]
        rules = [each for page in events.get_paginator("list_rules").paginate() for each in page["Rules"]]
        pages = cloudwatch.get_paginator("describe_alarms").paginate(AlarmTypes=["MetricAlarm"])
        alarms = [each for page in pages for each in page["MetricAlarms"]]
        return {
            **{f"trigger {each['Name']}": each["State"] == "ACTIVATED" for each in triggers},
            **{f"rule {each['Name']}": each["State"] == "ENABLED" for each in rules},
            **{f"alarm {each['AlarmName']}": each["ActionsEnabled"] for each in alarms},
        }

    def _referred(self, match: re.Match[str]) -> str:
        return self._resources[match["type"]][match["id"]][match["attribute"]]


def synthesize(folder: Path, *environments: str) -> None:
    """Writes their stacks."""
    settings = {"PIPELINE_ENVIRONMENT": ",".join(environments), "CDKTF_OUTDIR": str(folder), "CHECKPOINT_DISABLE": "1"}
    command = ["node", "-r", "ts-node/register", "main.ts"]
    subprocess.run(command, cwd=ROOT, env={**os.environ, **settings}, check=True)
