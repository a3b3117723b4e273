"""A contract that `npm run new-dataset` drafts from a file takes every row of that file, as it is drafted."""

import gzip
import subprocess
import tempfile
import unittest
from dataclasses import replace
from pathlib import Path

import duckdb

from glue_etl.definition import DataSet, parse

from . import ROOT
from .support import SOURCE
from .test_process import counts, run_batch

ROWS = 30
# Each written in another way, of values that Spark has to read as DuckDB does.
DATES = """
    date '2024-01-30' + i::INT AS iso, strftime(iso, '%d.%m.%Y') AS german, strftime(iso, '%-m/%-d/%Y') AS american,
    strftime(iso, '%b %d %Y') AS named, strftime(iso, '%d/%m/%y') AS short,
    strftime(iso + interval (i * 1000) minute, '%-m/%-d/%Y %-I:%M %p') AS twelve_hours,
    strftime(iso + interval (i * 1000) minute, '%Y-%m-%dT%H:%M:%SZ') AS zoned,
    strftime(iso + interval (i * 1000) minute, '%Y-%m-%d %H:%M') AS minutes
"""
OTHERS = """
    i AS id, i::BIGINT * 10000000000 AS large, '00' || i AS code, printf('%.2f', i / 7) AS amount, i / 7 AS measure,
    i % 2 = 0 AS truth, CASE i % 3 WHEN 0 THEN 'NA' ELSE i::VARCHAR END AS gaps, NULL AS nothing,
    'a;"b", ' || chr(10) || 'ö' || i AS text
"""


class DraftsTest(unittest.TestCase):
    def test_csv(self):
        self.assert_taken("quoted.csv", f"{DATES}, {OTHERS}", "header, delimiter ';', quote '\"'")

    def test_csv_in_another_encoding_without_header_with_gzip(self):
        def encode(content: bytes) -> bytes:
            return gzip.compress(content.decode().encode("windows-1252"))

        self.assert_taken("plain.tsv.gz", OTHERS, "header false, delimiter '\t'", encode)

    def test_json(self):
        self.assert_taken("lines.jsonl", f"{DATES}, {OTHERS}, [i] AS list, {{'a': i}} AS object", "format json")

    def test_parquet(self):
        columns = (
            f"{DATES}, {OTHERS}, i::DECIMAL(9,3) AS exact, now() AS moment, i::UTINYINT AS tiny, 'x'::BLOB AS bytes"
        )
        self.assert_taken("typed.parquet", columns, "format parquet")

    def assert_taken(self, name: str, columns: str, options: str, encode=lambda content: content):
        """Of a file with these columns, written by DuckDB with these options, no row is rejected by its draft."""
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / name
            plain = file.with_name(name.removesuffix(".gz"))
            duckdb.sql(f"COPY (SELECT {columns} FROM range({ROWS}) t(i)) TO '{plain}' ({options})")
            file.write_bytes(encode(plain.read_bytes()))
            of = drafted(file)
            batch = name.replace(".", "_")
            run_batch(of, batch, **{name.replace(".", "__"): file.read_bytes()})
            self.assertEqual(counts(of, batch), (ROWS, ROWS, 0, 0))


def drafted(file: Path) -> DataSet:
    """What the jobs get of the draft, but for the bucket."""
    command = ["npm", "run", "--silent", "new-dataset", "--", str(file), "--datasets", str(file.parent)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    load = """
      const { loadDataSets } = require('./modules/contract'), { Naming } = require('./modules/naming');
      console.log(JSON.stringify(loadDataSets(process.argv[1], 'local', new Naming('local'))[0]))"""
    node = ["node", "-r", "ts-node/register", "-e", load, str(file.parent)]
    of = parse(subprocess.run(node, cwd=ROOT, check=True, capture_output=True, text=True).stdout)
    return replace(of, source=replace(of.source, bucket=SOURCE))
