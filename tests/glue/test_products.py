import json
import unittest
import uuid

import boto3

from glue_etl import ingest, lake, process, products
from glue_etl.definition import Column, DataSet, QuerySource
from glue_etl.errors import SourceLostError

from .batches import Batches
from .support import RAW, dataset, run_of, spark

SQL = "SELECT id, concat({0}.name, {1}.name) AS name FROM {0} JOIN {1} USING (id)"


class ProductTest(unittest.TestCase):
    """A product of two inputs, `left` and `right`, which their own batches publish."""

    def setUp(self):
        id = uuid.uuid4().hex[:8]
        self.inputs = [Batches(input_of(f"{side}_{id}")) for side in ("left", "right")]
        names = tuple(made.of.name for made in self.inputs)
        self.of = dataset(
            [Column("id", "int"), Column("name", "string")],
            name=f"product_{id}",
            write_mode="replace",
            source=QuerySource("query", SQL.format(*names), names),
        )

    def publish(self, side: int, batch: str, *rows: str) -> None:
        made = self.inputs[side]
        made.add(batch, f"SELECT * FROM VALUES {', '.join(f'({row})' for row in rows)} AS t (id, name)")
        made.curate(batch)

    def ingest(self, run_id: str) -> dict | None:
        """Ingests; answers the manifest, None if there was nothing new."""
        ingest.run(run_of("ingest", self.of, run_id))
        record = run_of("ingest", self.of, run_id).ledger.committed("ingest", run_id)
        if record is None:
            return None
        return json.load(boto3.client("s3").get_object(Bucket=RAW, Key=record["manifest"])["Body"])

    def read(self, batch: str) -> list[tuple]:
        return sorted(map(tuple, products.read(run_of("process", self.of, batch), batch).collect()))

    def test_it_is_computed_when_all_inputs_have_published_and_one_is_new(self):
        self.publish(0, "b0", "1, 'a'", "2, 'b'")
        self.assertIsNone(self.ingest("first"), "an input is missing")
        self.publish(1, "b0", "1, 'x'", "2, 'y'")
        manifest = self.ingest("second")
        self.assertEqual(manifest["files"], [])
        self.assertEqual(set(manifest["inputs"]), {made.of.name for made in self.inputs})
        self.assertIsNone(self.ingest("third"), "nothing is new")
        self.publish(1, "b1", "2, 'z'")
        self.assertIsNotNone(self.ingest("fourth"))

    def test_a_run_again_gives_the_rows_of_the_time_when_the_batch_was_made(self):
        self.publish(0, "b0", "1, 'a'", "2, 'b'")
        self.publish(1, "b0", "1, 'x'", "2, 'y'")
        self.ingest("first")
        self.publish(1, "b1", "2, 'z'")
        self.ingest("second")
        self.assertEqual(self.read("first"), [(1, "ax"), (2, "by")])
        self.assertEqual(self.read("second"), [(1, "ax"), (2, "bz")])

    def test_compaction_of_an_input_is_nothing_new(self):
        self.publish(0, "b0", "1, 'a'")
        self.publish(1, "b0", "1, 'x'")
        self.ingest("first")
        compact(f"curated.{self.inputs[0].of.name}")
        self.assertIsNone(self.ingest("second"))

    def test_an_input_that_has_expired_is_said(self):
        self.publish(0, "b0", "1, 'a'")
        self.publish(1, "b0", "1, 'x'")
        self.ingest("first")
        self.publish(0, "b1", "2, 'b'")
        table = f"curated.{self.inputs[0].of.name}"
        arguments = f"table => '{table}', older_than => timestamp'2999-01-01', retain_last => 1"
        spark().sql(f"CALL glue_catalog.system.expire_snapshots({arguments})")
        with self.assertRaisesRegex(SourceLostError, f"of glue_catalog.{table}, which has expired; discard the batch"):
            self.read("first")

    def test_its_rows_go_through_the_stages_like_any_others(self):
        self.publish(0, "b0", "1, 'a'", "2, 'b'")
        self.publish(1, "b0", "1, 'x'", "2, 'y'")
        self.ingest("first")
        run = run_of("process", self.of, "first")
        process.run(run)
        self.assertEqual(run.ledger.committed("process", "first")["counts"]["good"], 2)
        self.assertEqual(lake.count_batch(spark(), run.processed_table, "first"), 2)


def input_of(name: str) -> DataSet:
    return dataset([Column("id", "int"), Column("name", "string")], name=name, primary_key=("id",), write_mode="merge")


def compact(table: str) -> None:
    options = "options => map('rewrite-all', 'true', 'min-input-files', '1')"
    spark().sql(f"CALL glue_catalog.system.rewrite_data_files(table => '{table}', {options})")
