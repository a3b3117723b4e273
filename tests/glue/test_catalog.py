import unittest
import uuid

import boto3

from glue_etl import lake, processed
from glue_etl.definition import Column
from glue_etl.lake import Table, TableColumn

from .support import IS_SPARK_33, RAW, account, dataset, spark


@unittest.skipIf(IS_SPARK_33, "Iceberg's classes for AWS are there for Spark 3.5 only")
class CatalogTest(unittest.TestCase):
    """Tables in the Data Catalog of the emulated account, where the other tests have theirs in a folder."""

    @classmethod
    def setUpClass(cls):
        endpoint = account()
        cls.glue, cls.database = boto3.client("glue"), f"lake_{uuid.uuid4().hex[:8]}"
        cls.glue.create_database(DatabaseInput={"Name": cls.database, "LocationUri": f"s3://{RAW}/{cls.database}/"})
        catalog = "spark.sql.catalog.data_catalog"
        for name, value in {
            catalog: "org.apache.iceberg.spark.SparkCatalog",
            f"{catalog}.catalog-impl": "org.apache.iceberg.aws.glue.GlueCatalog",
            f"{catalog}.io-impl": "org.apache.iceberg.aws.s3.S3FileIO",
            f"{catalog}.warehouse": f"s3://{RAW}/",
            f"{catalog}.glue.endpoint": endpoint,
            f"{catalog}.s3.endpoint": endpoint,
            f"{catalog}.s3.path-style-access": "true",
            f"{catalog}.client.region": "us-east-1",
        }.items():
            spark().conf.set(name, value)

    def described(self, table: Table) -> tuple[str, dict[str, str]]:
        """Ensures the table; answers its comment and those of its columns, as the catalog has them."""
        lake.ensure(spark(), table)
        found = self.glue.get_table(DatabaseName=self.database, Name=table.name.split(".")[-1])["Table"]
        columns = found["StorageDescriptor"]["Columns"]
        return found["Description"], {column["Name"]: column.get("Comment", "") for column in columns}

    def test_tables_and_columns_have_the_comments_of_the_contract(self):
        columns = [Column("id", "int", "Number of the thing; it's unique"), Column("name", "string", "")]
        of = dataset(columns, description="Things, as they are sold")
        wanted = [TableColumn(column.name, column.type, column.description) for column in of.columns]
        comment, comments = self.described(processed.table(f"data_catalog.{self.database}.things", of, wanted))
        self.assertEqual(comment, "Things, as they are sold")
        self.assertEqual(comments["id"], "Number of the thing; it's unique")
        self.assertEqual([name for name, comment in comments.items() if not comment], ["name"])

    def test_comments_follow_the_contract(self):
        name = f"data_catalog.{self.database}.orders"
        self.described(Table(name, "Orders", [TableColumn("id", "int", "Number"), TableColumn("at", "date", "Day")]))
        changed = [TableColumn("id", "bigint", "Number, ever growing"), TableColumn("at", "date", "Day")]
        expected = "Orders of shops", {"id": "Number, ever growing", "at": "Day"}
        self.assertEqual(self.described(Table(name, "Orders of shops", changed)), expected)
