"""Glue job `ingest` of a data set: new source objects into the raw zone."""

import sys

from glue_etl import ingest, job

if __name__ == "__main__":
    job.main("ingest", ingest.run, sys.argv)
