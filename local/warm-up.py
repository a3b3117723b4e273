"""Loads the classes that jobs use, for the JVM to archive at its exit: a job run here then starts in half the time."""

import sys
from contextlib import suppress

from pyspark.sql import Observation, SparkSession
from pyspark.sql import functions as F

(folder,) = sys.argv[1:]
settings = {
    "spark.sql.extensions": "org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions",
    "spark.sql.catalog.warm": "org.apache.iceberg.spark.SparkCatalog",
    "spark.sql.catalog.warm.type": "hadoop",
    "spark.sql.catalog.warm.warehouse": f"file://{folder}/warehouse",
    "spark.sql.catalog.glue_catalog": "org.apache.iceberg.spark.SparkCatalog",
    "spark.sql.catalog.glue_catalog.catalog-impl": "org.apache.iceberg.aws.glue.GlueCatalog",
    "spark.sql.catalog.glue_catalog.io-impl": "org.apache.iceberg.aws.s3.S3FileIO",
    "spark.sql.catalog.glue_catalog.warehouse": "s3://nowhere/",
    "spark.hadoop.fs.s3.impl": "org.apache.hadoop.fs.s3a.S3AFileSystem",
    "spark.hadoop.fs.s3a.attempts.maximum": "1",
    "spark.hadoop.fs.s3a.retry.limit": "1",
}
builder = SparkSession.builder.master("local[2]")
for name, value in settings.items():
    builder = builder.config(name, value)
spark = builder.getOrCreate()

with open(f"{folder}/rows.csv", "w", encoding="utf-8") as file:
    file.write("key,day,value\n" + "".join(f"{row},2013-01-01,{row}.5\n" for row in range(1000)))
rows = (
    spark.read.csv(f"file://{folder}/rows.csv", header=True)
    .select(F.expr("try_cast(key AS int) AS key"), F.col("day").cast("date"), F.col("value").cast("double"))
    .observe(Observation("rows"), F.count(F.lit(1)))
    .withColumn("rank", F.expr("row_number() OVER (PARTITION BY key ORDER BY value DESC)"))
)
rows.createOrReplaceTempView("rows")
for table in ("batches", "merged"):
    spark.sql(f"CREATE TABLE warm.db.{table} (key int, day date, value double) USING iceberg PARTITIONED BY (day)")
spark.sql("INSERT OVERWRITE warm.db.batches SELECT key, day, value FROM rows WHERE rank = 1")
for _ in range(2):
    spark.sql(
        "MERGE INTO warm.db.merged AS old USING warm.db.batches AS new ON old.key = new.key "
        "WHEN MATCHED AND new.value >= old.value THEN UPDATE SET * WHEN NOT MATCHED THEN INSERT *"
    )
spark.sql("SELECT day, count(*), avg(value) FROM warm.db.merged GROUP BY day").collect()
# Nothing answers, but the clients have been loaded by then.
for unreachable in ("SHOW TABLES IN glue_catalog.db", "SELECT * FROM csv.`s3://nowhere/rows.csv`"):
    with suppress(Exception):
        spark.sql(unreachable).collect()
