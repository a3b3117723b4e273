"""MiniStack's application, which also keeps a record of what its IAM decides of roles: a line of JSON each.

MiniStack's own CloudTrail tells neither the role nor, of most calls, the resource.
"""

import json
import os

from ministack.app import app
from ministack.core import iam_evaluator

__all__ = ["app"]

_evaluate = iam_evaluator.evaluate
_log = open(os.environ["PERMISSIONS_LOG"], "a", buffering=1, encoding="utf-8")  # noqa: SIM115 - until the process ends


def _recorded(context, policies, *limits):
    result = _evaluate(context, policies, *limits)
    if "role/" in context.principal_arn:
        decision = {
            "principal": context.principal_arn,
            "action": context.action,
            "resource": context.resource_arn,
            "allowed": result.decision == "Allow",
        }
        _log.write(f"{json.dumps(decision)}\n")
    return result


iam_evaluator.evaluate = _recorded
