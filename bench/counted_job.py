"""Runs a job script as Glue does, and prints how many requests its AWS clients sent: script, arguments."""

import runpy
import sys

import boto3

boto3.setup_default_session()
requests = []
boto3.DEFAULT_SESSION.events.register("before-send", lambda **request: requests.append(request["event_name"]))
sys.argv = sys.argv[1:]
runpy.run_path(sys.argv[0], run_name="__main__")
print(len(requests))
