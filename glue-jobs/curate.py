"""Glue job `curate` of a data set: validated batches into the curated table."""

import sys

from glue_etl import curate, job

if __name__ == "__main__":
    job.main("curate", curate.run, sys.argv)
