"""Glue job `validate` of a data set: the contract's quality rules."""

import sys

from glue_etl import job, validate

if __name__ == "__main__":
    job.main("validate", validate.run, sys.argv)
