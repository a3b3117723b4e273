"""Makes calls as roles: `{"roles": […], "calls": {name: [service, operation, parameters]}}` on standard input.

Prints, for each role, the names of the calls that it was not refused; what else they end in does not matter.
"""

import json
import sys
from functools import cache

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

REFUSALS = {"AccessDenied", "AccessDeniedException", "AuthorizationError", "AuthorizationErrorException"}
PATHS = Config(s3={"addressing_style": "path"})

account = boto3.client("sts").get_caller_identity()["Account"]


@cache
def client_of(role, service):
    """A client that has the credentials of a role."""
    arn = f"arn:aws:iam::{account}:role/{role}"
    given = boto3.client("sts").assume_role(RoleArn=arn, RoleSessionName="test")["Credentials"]
    keys = dict(
        aws_access_key_id=given["AccessKeyId"],
        aws_secret_access_key=given["SecretAccessKey"],
        aws_session_token=given["SessionToken"],
    )
    return boto3.client(service, **keys, config=PATHS)


def is_refused(role, service, operation, parameters):
    """Whether the call ends in what IAM says no with."""
    try:
        getattr(client_of(role, service), operation)(**parameters)
    except ClientError as error:
        return error.response["Error"]["Code"] in REFUSALS
    return False


asked = json.load(sys.stdin)
answer = {
    role: [name for name, call in asked["calls"].items() if not is_refused(role, *call)] for role in asked["roles"]
}
print(json.dumps(answer))
