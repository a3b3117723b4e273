import unittest

import boto3

from glue_etl.erasure import Erasure
from glue_etl.errors import BatchStateError
from glue_etl.ledger import STAGES
from glue_etl.operations import Operations

from .support import PROCESSED, RAW, SOURCE, deliver, run_of, spark
from .test_stages import rows, run_stages, things


class RemovalTest(unittest.TestCase):
    """A batch among others, with good rows and a rejected one."""

    def setUp(self):
        self.of = things()
        deliver(self.of, "a.csv", "id,name,at\n1,a,1\n2,b,1\n")
        run_stages(self.of, "kept")
        deliver(self.of, "b.csv", "id,name,at\n3,c,1\nx,bad,1\n")
        run_stages(self.of, "removed")
        ledger = run_of("ingest", self.of, "an operator").ledger
        self.ledger, self.operations = ledger, Operations(ledger)
        self.erasure = Erasure(boto3.client("s3"), ledger, RAW, PROCESSED)

    def remove(self) -> None:
        self.operations.remove(self.operations.batch("removed"))
        self.erasure.run("removed")

    def objects(self, batch: str) -> list[str]:
        s3 = boto3.client("s3")
        listed = [s3.list_objects_v2(Bucket=bucket).get("Contents", []) for bucket in (RAW, PROCESSED)]
        keys = [found["Key"] for some in listed for found in some]
        return [key for key in keys if self.of.name in key and batch in key]

    def items(self) -> list[dict]:
        partitions = [f"{self.of.name}#{part}" for stage in STAGES for part in (stage, f"{stage}#open")]
        partitions.append(f"{self.of.name}#source")
        return [item for partition in partitions for item in self.ledger.table.query(partition)]

    def test_nothing_of_the_batch_is_left_and_all_of_the_others(self):
        kept = [item for item in self.items() if "removed" not in str(item)]
        kept_objects = self.objects("kept")
        self.remove()
        self.assertEqual(self.objects("removed"), [])
        # An operator who is not sure that it was done does it again.
        self.remove()
        # What is still at the source would be new again.
        boto3.client("s3").delete_object(Bucket=SOURCE, Key=f"{self.of.name}/b.csv")
        run_stages(self.of, "next")
        with self.assertRaisesRegex(BatchStateError, "there is no batch removed"):
            self.operations.batch("removed")
        self.assertEqual(self.items(), kept)
        self.assertEqual(self.objects("kept"), kept_objects)
        self.assertEqual(rows(self.of), [(1, "a", 1), (2, "b", 1)])
        for suffix in ("", "_quarantine"):
            table = spark().table(f"glue_catalog.processed.{self.of.name}{suffix}")
            self.assertEqual(table.where("_batch_id = 'removed'").count(), 0)
        self.assertEqual(spark().table(f"glue_catalog.processed.{self.of.name}").count(), 2)
