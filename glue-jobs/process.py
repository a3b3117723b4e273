"""Glue job `process` of a data set: raw files into typed, checked rows."""

import sys

from glue_etl import job, process

if __name__ == "__main__":
    job.main("process", process.run, sys.argv)
