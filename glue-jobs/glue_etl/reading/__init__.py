"""Reads files exactly: every byte belongs to a record, the header or a documented nothing; every text is a value or
not.

Modules from the bytes up: `dialect` says how a file is written, `quotes` and `records` cut it, `streams` undoes gzip
and encodings, `fields` splits a record, `values` has the grammar of docs/values.md, `rows` applies a contract's
columns. These are the reference, in plain Python. `native` gives the same answers for a whole range of bytes at
DuckDB's speed, and `json_lines` for lines of JSON. Nothing here knows of Spark or AWS.
"""
