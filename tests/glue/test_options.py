import unittest

from awsglue.utils import GlueArgumentError, getResolvedOptions

from glue_etl import definition
from glue_etl.definition import Column, DatabaseSource, FileSource, QuerySource
from glue_etl.errors import DefinitionError
from glue_etl.options import REQUIRED, Options, requested

from .support import dataset, definition_of

ARGUMENTS = [part for name in REQUIRED for part in (f"--{name}", f"the {name}")]
ARGV = ["process.py", "--enable-metrics", "true", *ARGUMENTS, "--JOB_RUN_ID", "jr_1", "--conf", "a=b --conf c=d"]


def options(argv: list[str]) -> Options:
    return Options.from_arguments(getResolvedOptions(argv, requested(argv)))


class OptionsTest(unittest.TestCase):
    def test_started_by_hand_the_batch_is_the_job_run(self):
        resolved = options(ARGV)
        self.assertEqual(resolved.raw_bucket, "the raw_bucket")
        self.assertIsNone(resolved.workflow_run_id)
        self.assertEqual(resolved.batch_id, "jr_1")

    def test_started_by_a_workflow_the_batch_is_the_workflow_run(self):
        self.assertEqual(options([*ARGV, "--WORKFLOW_RUN_ID", "wr_1"]).batch_id, "wr_1")
        self.assertEqual(options([*ARGV, "--WORKFLOW_RUN_ID=wr_2"]).batch_id, "wr_2")

    def test_arguments_that_only_some_sources_have_may_be_missing(self):
        self.assertIsNone(options(ARGV).source_queue)
        resolved = options([*ARGV, "--source_queue", "https://queue", "--connection", "shop"])
        self.assertEqual((resolved.source_queue, resolved.connection), ("https://queue", "shop"))

    def test_the_role_of_table_optimizers_may_be_missing(self):
        self.assertIsNone(options(ARGV).table_optimizer_role)
        self.assertEqual(options([*ARGV, "--table_optimizer_role", "arn:role"]).table_optimizer_role, "arn:role")

    def test_a_retry_owns_the_leases_of_the_first_attempt(self):
        self.assertEqual(options([*ARGV, "--JOB_RUN_ID=jr_1_attempt_2"]).owner, options(ARGV).owner)

    def test_missing_argument_is_named(self):
        with self.assertRaisesRegex(GlueArgumentError, "--dataset"):
            options([part for part in ARGV if "dataset" not in part])

    def test_stand_in_refuses_reserved_names_as_glue_does(self):
        with self.assertRaisesRegex(RuntimeError, "JOB_RUN_ID"):
            getResolvedOptions(ARGV, ["JOB_RUN_ID"])


class DefinitionTest(unittest.TestCase):
    def test_camel_case_json_becomes_a_data_set(self):
        of = dataset([Column("carrier", "string", max_length=2)], primary_key=("carrier",), order_by="at")
        text = definition_of(of)
        self.assertIn('"maxLength": 2', text)
        self.assertIn('"nullValue": "NA"', text)
        self.assertEqual(definition.parse(text), of)

    def test_every_kind_of_source_becomes_its_own(self):
        for source in (
            FileSource("s3", "landing", "orders/", "*.json", "json", None),
            DatabaseSource("mysql", "h", 3306, "shop", None, "orders", "shop/reader", "changed_at", 300, 4),
            QuerySource("query", "SELECT 1", ("orders", "customers")),
        ):
            with self.subTest(source.type):
                of = dataset([], source=source)
                self.assertEqual(definition.parse(definition_of(of)), of)

    def test_what_only_synth_needs_is_passed_over(self):
        of = dataset([])
        self.assertEqual(definition.parse(definition_of(of).replace("{", '{"serviceLevel": {}, ', 1)), of)

    def test_a_missing_field_is_named(self):
        with self.assertRaisesRegex(DefinitionError, "source"):
            definition.parse("{}")
