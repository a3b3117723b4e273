"""The four Glue jobs of a data set: ingest, process, validate, curate.

Modules from the outside in: `job` runs a stage, `runtime` is all that knows of Glue, `ledger` says what is to be done
and what is done, `journal` tells people, and one module per stage does the work.
"""
