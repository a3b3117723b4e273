"""Lints IAM policies, an object by name on standard input, with parliament; prints a finding per line, as JSON."""

import json
import sys

import parliament

for name, policy in json.load(sys.stdin).items():
    for finding in parliament.analyze_policy_string(json.dumps(policy)).findings:
        enhanced = parliament.enhance_finding(finding)
        # Of a mismatch parliament tells which actions lack a resource, each with the forms that it could have.
        details = enhanced.detail if isinstance(enhanced.detail, list) else [enhanced.detail]
        for detail in details:
            about = detail.get("action") if isinstance(detail, dict) else str(detail)
            print(json.dumps({"policy": name, "severity": enhanced.severity, "issue": enhanced.issue, "about": about}))
