"""GlueContext: the way from a SparkContext to its session."""

from pyspark import SparkContext
from pyspark.sql import SparkSession


class GlueContext:
    """Holds the Spark session; on the service it also switches job metrics on."""

    def __init__(self, spark_context: SparkContext):
        self.spark_session = SparkSession(spark_context)
