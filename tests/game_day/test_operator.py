"""Whoever moves an environment needs the policy that scripts/dr.sh prints, all of it, and no other."""

from __future__ import annotations

import json
import re
import tempfile
import unittest
from pathlib import Path

from .grants import ACCOUNT, actions, asked_for, refused
from .lakes import FIRST, SECOND, Emulated, Lake
from .operator import Operator

_ANYBODY = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}}
# Of these the emulator does not tell policies the resource as AWS does: it is held against the calls.
_RESOURCE_UNKNOWN = re.compile("(cloudwatch|events|glue|kms):")
_UNUSED = {
    "kms:Decrypt": "nothing is encrypted in these lakes",
    "kms:GenerateDataKey": "nothing is encrypted in these lakes",
    "s3:GetObjectTagging": "objects that are copied have no tags",
    "s3:PutObjectTagging": "objects that are copied have no tags",
    "s3:AbortMultipartUpload": "no copy is so large that it is made in parts, and fails",
    "glue:UpdateTable": "no move is begun again",
}


class OperatorTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        scratch = tempfile.TemporaryDirectory(prefix="glue-operator-")
        cls.addClassCleanup(scratch.cleanup)
        cls.account = Emulated(Path(scratch.name) / "account", AUTH="true")
        cls.addClassCleanup(cls.account.close)
        cls.lake, cls.other = Lake(cls.account), Lake(cls.account)
        cls.policy = json.loads(cls.lake.run("policy", "--account", ACCOUNT))
        cls.operator = cls.assume(cls.policy)

    @classmethod
    def assume(cls, policy: dict) -> Operator:
        """Whoever has this policy alone."""
        iam, sts = (cls.account.client(service, FIRST) for service in ("iam", "sts"))
        everywhere = sorted(filter(_RESOURCE_UNKNOWN.match, actions(policy)))
        known = [*policy["Statement"], {"Effect": "Allow", "Action": everywhere, "Resource": "*"}]
        trust = {"Version": "2012-10-17", "Statement": [_ANYBODY]}
        role = iam.create_role(RoleName="operator", AssumeRolePolicyDocument=json.dumps(trust))["Role"]
        document = json.dumps({**policy, "Statement": known})
        iam.put_role_policy(RoleName="operator", PolicyName="move", PolicyDocument=document)
        given = sts.assume_role(RoleArn=role["Arn"], RoleSessionName="move")["Credentials"]
        names = ("aws_access_key_id", "aws_secret_access_key", "aws_session_token")
        keys = (given[name] for name in ("AccessKeyId", "SecretAccessKey", "SessionToken"))
        return Operator(cls.account.endpoint, **dict(zip(names, keys, strict=True)))

    def test_it_is_what_the_commands_need(self):
        self.lake.be(self.operator)
        self.operator.calls.clear()
        printed = [self.lake.run("status"), self.lake.run("failover", "--to", SECOND, "--yes")]
        self.lake.small.go_on()
        printed += [self.lake.run("status"), self.lake.run("failback", "--yes")]
        self.assertNotRegex("".join(printed), "AccessDenied|not known|does not answer:")
        self.assertEqual(refused(self.policy, self.operator.calls), [])
        [put] = [each for each in self.policy["Statement"] if "cloudwatch:PutMetricData" in each["Action"]]
        namespaces = {call.parameters["Namespace"] for call in self.operator.calls if "Namespace" in call.parameters}
        self.assertEqual({put["Condition"]["StringEquals"]["cloudwatch:namespace"]}, namespaces)
        used = {action for call in self.operator.calls for action, _ in asked_for(call)}
        self.assertEqual(actions(self.policy) - used, set(_UNUSED))

    def test_it_lets_nobody_at_another_environment(self):
        self.other.be(self.operator)
        before = self.other.state()
        self.assertIn("AccessDenied", self.other.run("failover", "--to", SECOND, "--yes", code=2))
        self.assertEqual(self.other.state(), before)
