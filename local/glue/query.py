"""Runs one statement of Spark SQL and writes {columns, rows} as JSON to a file: database, statement, file."""

import json
import sys

from pyspark.sql import SparkSession

database, statement, result = sys.argv[1:]
spark = SparkSession.builder.getOrCreate()
spark.conf.set("spark.sql.session.timeZone", "UTC")
spark.sql("USE glue_catalog")
spark.sql(f"USE {database}")
answer = spark.sql(statement)
rows = [list(row.asDict(recursive=True).values()) for row in answer.collect()]
with open(result, "w", encoding="utf-8") as file:
    json.dump({"columns": answer.columns, "rows": rows}, file, default=str)
