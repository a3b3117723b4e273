import json
import unittest
import uuid
from datetime import date, datetime, timezone
from decimal import Decimal
from unittest import mock

import boto3
from pyspark.sql.types import DateType, LongType, TimestampType

from glue_etl import ingest
from glue_etl.database import Database
from glue_etl.definition import DatabaseSource, DataSet
from glue_etl.dialects import DIALECTS, is_old_enough, is_within, literal
from glue_etl.errors import DefinitionError, SourceReadError
from glue_etl.ledger import Ledger
from glue_etl.operations import Operations

from .postgres import PASSWORD, USER, connect, execute, server
from .support import LOGS, RAW, account, dataset, run_of, spark


def utc(*parts: int) -> datetime:
    """As PySpark answers an instant: in the time zone of this machine, without saying so."""
    return datetime(*parts, tzinfo=timezone.utc).astimezone().replace(tzinfo=None)


# A column, a value in SQL, and what it is in the raw zone.
VALUES = (
    ('"Größe (x), y" text', "'ä😀''\"\n'", "ä😀'\"\n"),
    ("amount numeric(10, 2)", "-12.30", Decimal("-12.30")),
    ("exact numeric", "0.1234567890123456789012345678", "0.1234567890123456789012345678"),
    ("wide numeric(50, 5)", "1" * 45 + ".00001", "1" * 45 + ".00001"),
    ("no_number numeric", "'NaN'", "NaN"),
    ("big bigint", "9007199254740993", 9007199254740993),
    ("at timestamp", "'2024-03-31 02:30:00.123456'", utc(2024, 3, 31, 2, 30, 0, 123456)),
    ("at_zone timestamptz", "'2024-03-31 02:30:00.123456+02'", utc(2024, 3, 31, 0, 30, 0, 123456)),
    ("day date", "'0999-12-31'", date(999, 12, 31)),
    ("time_of_day time(3)", "'23:59:59.999'", "23:59:59.999"),
    ("flag boolean", "true", True),
    ("ratio double precision", "0.1", 0.1),
    ("bytes bytea", "'\\xdeadbeef'", bytearray.fromhex("deadbeef")),
    ("document jsonb", """'{"a": 1}'""", '{"a": 1}'),
    ("id uuid", "'00000000-0000-0000-0000-000000000001'", "00000000-0000-0000-0000-000000000001"),
)


class DatabaseTest(unittest.TestCase):
    """Each test has a table of its own in a real PostgreSQL."""

    def setUp(self):
        account()
        self.name = f"t_{uuid.uuid4().hex[:8]}"
        self.connect_to(server())

    def connect_to(self, url: str, password: str = PASSWORD, tls: str = "false") -> None:
        self.connection = f"source-{uuid.uuid4()}"
        secret = json.dumps({"username": USER, "password": password})
        boto3.client("secretsmanager").create_secret(Name=self.connection, SecretString=secret)
        properties = {"JDBC_CONNECTION_URL": url, "SECRET_ID": self.connection, "JDBC_ENFORCE_SSL": tls}
        boto3.client("glue").create_connection(
            ConnectionInput={"Name": self.connection, "ConnectionType": "JDBC", "ConnectionProperties": properties}
        )

    def of(self, watermark: str | None = "id", delay: int = 0, parallel: int = 4) -> DataSet:
        source = DatabaseSource(
            "postgresql", "127.0.0.1", 5432, "postgres", "public", self.name, "", watermark, delay, parallel
        )
        return dataset([], self.name, source=source)

    def create(self, columns: str, *rows: str) -> None:
        execute(f'CREATE TABLE "{self.name}" ({columns})')
        self.insert(*rows)

    def insert(self, *rows: str) -> None:
        execute(*(f'INSERT INTO "{self.name}" VALUES ({row})' for row in rows))

    def ingest(self, run_id: str, **of) -> None:
        ingest.run(run_of("ingest", self.of(**of), run_id, connection=self.connection))

    @property
    def ledger(self) -> Ledger:
        return run_of("ingest", self.of(), "reader").ledger

    def manifest(self, batch: str) -> dict:
        key = self.ledger.committed("ingest", batch)["manifest"]
        return json.load(boto3.client("s3").get_object(Bucket=RAW, Key=key)["Body"])

    def rows(self, batch: str, *columns: str) -> list[tuple]:
        """Of the files in the batch's manifest."""
        files = [f"s3://{RAW}/{file['key']}" for file in self.manifest(batch)["files"]]
        frame = spark().read.parquet(*files)
        return sorted(tuple(row) for row in (frame.select(*columns) if columns else frame).collect())


class RangeTest(DatabaseTest):
    def test_rows_past_the_watermark_come_in_once_and_nothing_new_is_no_batch(self):
        self.create("id bigint, name text", *(f"{id}, 'row {id}'" for id in range(1, 8)))
        self.ingest("b1")
        self.ingest("b2")
        self.assertIsNone(self.ledger.committed("ingest", "b2"))
        self.insert("8, 'ä😀'", "9, NULL")
        self.ingest("b3")
        self.assertEqual(self.rows("b1", "id"), [(id,) for id in range(1, 8)])
        self.assertEqual(self.rows("b3"), [(8, "ä😀"), (9, None)])
        self.assertEqual(self.manifest("b3")["watermark"], {"column": "id", "after": "7", "lowest": "8", "up_to": "9"})
        record = self.ledger.committed("ingest", "b1")
        files = self.manifest("b1")["files"]
        sizes = {item["Key"]: item["Size"] for item in boto3.client("s3").list_objects_v2(Bucket=RAW)["Contents"]}
        self.assertEqual(record["counts"], {"files": 4, "bytes": sum(file["size"] for file in files), "rows": 7})
        self.assertTrue(all(sizes[file["key"]] == file["size"] and file["etag"] for file in files))

    def test_a_row_that_changes_comes_in_again(self):
        column = "Changed at (UTC), or made"
        self.create(f'id int, "{column}" timestamptz', "1, '2024-01-01'", "2, '2024-01-02'")
        self.ingest("b1", watermark=column)
        execute(f"""UPDATE {self.name} SET "{column}" = '2024-01-02 00:00:00.000001' WHERE id = 1""")
        self.ingest("b2", watermark=column)
        self.assertEqual(self.rows("b2", "id"), [(1,)])

    def test_a_transaction_that_commits_late_is_not_missed(self):
        for kind in ("timestamptz", "timestamp"):
            with self.subTest(kind):
                self.name = f"t_{uuid.uuid4().hex[:8]}"
                now = "clock_timestamp()" if kind == "timestamptz" else "clock_timestamp() AT TIME ZONE 'UTC'"
                self.create(f"id int, changed {kind}", f"1, {now} - interval '2 hours'")
                late = connect(autocommit=False)
                late.createStatement().execute(f"INSERT INTO {self.name} VALUES (2, {now})")
                self.insert(f"3, {now}")
                self.ingest("b1", watermark="changed", delay=3600)
                late.commit()
                late.close()
                self.assertEqual(self.rows("b1", "id"), [(1,)], "the others are younger than an hour")
                self.ingest("b2", watermark="changed", delay=0)
                self.assertEqual(self.rows("b2", "id"), [(2,), (3,)])

    def test_of_dates_only_days_that_are_over_are_read(self):
        self.create("id int, day date", "1, CURRENT_DATE - 2", "2, CURRENT_DATE + 1")
        self.ingest("b", watermark="day")
        self.assertEqual(self.rows("b", "id"), [(1,)])

    def test_rows_without_a_watermark_wait_until_they_have_one(self):
        self.create("id int, changed timestamptz", "1, '2024-01-01'", "2, NULL")
        self.ingest("b1", watermark="changed")
        execute(f"UPDATE {self.name} SET changed = '2024-01-02' WHERE id = 2")
        self.ingest("b2", watermark="changed")
        self.assertEqual(self.rows("b1", "id") + self.rows("b2", "id"), [(1,), (2,)])

    def test_without_a_watermark_each_run_reads_all_rows(self):
        self.create("id int", "1", "2")
        for run_id in ("b1", "b2"):
            self.ingest(run_id, watermark=None)
            self.assertEqual(self.rows(run_id), [(1,), (2,)])
        execute(f"DELETE FROM {self.name}")
        self.ingest("b3", watermark=None)
        self.assertEqual(self.rows("b3"), [], "an empty table is news too")

    def test_a_run_that_died_between_write_and_commit_is_gone_on_with(self):
        self.create("id int", "1", "2")
        with mock.patch.object(Ledger, "commit", side_effect=ConnectionError), self.assertRaises(ConnectionError):
            self.ingest("b1")
        execute(f"DELETE FROM {self.name} WHERE id = 1")
        self.insert("3")
        self.ingest("b2")
        self.assertEqual(self.rows("b1"), [(2,)], "the same range, and no file of the dead run")
        self.assertEqual(self.rows("b2"), [(3,)], "and then what is new by now")

    def test_a_run_that_died_while_it_wrote_is_gone_on_with(self):
        self.create("id int", "1", "2")
        with mock.patch.object(Database, "_files", side_effect=ConnectionError), self.assertRaises(ConnectionError):
            self.ingest("b1")
        self.ingest("b2")
        self.assertEqual(self.rows("b1"), [(1,), (2,)])
        self.assertIsNone(self.ledger.committed("ingest", "b2"))

    def test_a_replay_reads_the_range_again_and_leaves_the_watermark(self):
        self.create("id int, name text", "1, 'a'", "2, 'b'")
        self.ingest("b1")
        self.insert("3, 'c'")
        self.ingest("b2")
        execute(f"UPDATE {self.name} SET name = 'corrected' WHERE id = 2")
        operations = Operations(self.ledger)
        operations.replay(operations.batch("b1"), "ingest")
        self.insert("4, 'd'")
        self.ingest("b3")
        self.assertEqual(self.rows("b1"), [(1, "a"), (2, "corrected")])
        self.assertEqual(self.rows("b3"), [(4, "d")])


class ValueTest(DatabaseTest):
    def test_values_arrive_as_they_are(self):
        columns, values, expected = zip(*VALUES, strict=True)
        self.create(", ".join((*columns, "number int")), ", ".join((*values, "1")), "NULL, " * len(values) + "2")
        self.ingest("b", watermark="number")
        frame = spark().read.parquet(*(f"s3://{RAW}/{file['key']}" for file in self.manifest("b")["files"]))
        first, second = frame.orderBy("number").collect()
        for name, found, wanted in zip(frame.columns, first, expected, strict=False):
            with self.subTest(name):
                self.assertEqual(found, wanted)
        self.assertEqual(tuple(second), (*(None,) * len(values), 2))

    def test_identifiers_are_quoted(self):
        self.name = f't "{uuid.uuid4().hex[:4]}"; DROP'
        execute(f"""CREATE TABLE "{self.name.replace('"', '""')}" ("Id" int, "order by" text)""")
        execute(f"""INSERT INTO "{self.name.replace('"', '""')}" VALUES (1, 'a'), (2, 'b')""")
        with mock.patch.object(DatabaseTest, "of", lambda self, **_: odd_table(self.name)):
            self.ingest("b")
            self.assertEqual(self.rows("b"), [(1, "a"), (2, "b")])


class ConnectionTest(DatabaseTest):
    def test_the_password_is_in_no_plan_log_or_error(self):
        self.create("id int", "1")
        database = Database(run_of("ingest", self.of(), "b", connection=self.connection))
        frame = database._load(f"SELECT * FROM {self.name}")
        self.assertNotIn(PASSWORD, frame._jdf.queryExecution().toString())
        self.connect_to(server(), password="not the password")
        reason = f"{self.name}.*password authentication failed.*{self.connection}"
        with self.assertRaisesRegex(SourceReadError, reason) as raised:
            self.ingest("b")
        self.assertNotIn("not the password", str(raised.exception) + str(raised.exception.__cause__))
        stream = {"logGroupName": LOGS, "logStreamName": f"test-ingest-{self.name}"}
        self.assertNotIn("not the password", json.dumps(boto3.client("logs").get_log_events(**stream)["events"]))

    def test_where_the_connection_asks_for_tls_nothing_is_sent_without(self):
        self.create("id int", "1")
        self.connect_to(server(), tls="true")
        with self.assertRaisesRegex(SourceReadError, "does not support SSL"):
            self.ingest("b")

    def test_a_secret_without_the_fields_is_named_but_not_quoted(self):
        for secret in ("hunter2", '["hunter2"]', '{"password": "hunter2"}'):
            with self.subTest(secret):
                boto3.client("secretsmanager").put_secret_value(SecretId=self.connection, SecretString=secret)
                with self.assertRaisesRegex(DefinitionError, f"secret {self.connection} must be JSON") as raised:
                    self.ingest("b")
                self.assertNotIn("hunter2", repr(raised.exception.__context__) + str(raised.exception))

    def test_a_watermark_that_cannot_be_one_is_an_error_that_names_it(self):
        self.create("id int, name text", "1, 'a'")
        for watermark, found in (("name", "is of type string"), ("Name", r"is none of \['id', 'name'\]")):
            with self.assertRaisesRegex(SourceReadError, f"watermark {watermark} of .*{self.name}.* {found}"):
                self.ingest("b", watermark=watermark)


class DialectTest(unittest.TestCase):
    """The SQL for MySQL, which no test here runs; PostgreSQL's is run above."""

    mysql = DIALECTS["mysql"]
    source = DatabaseSource("mysql", "h", 3306, "shop", None, "o`r", "s", "at", 300, 4)

    def test_names_are_quoted(self):
        self.assertEqual(self.mysql.name(None, "o`r"), "`o``r`")
        self.assertEqual(DIALECTS["postgresql"].name("public", 'o"r'), '"public"."o""r"')

    def test_ranges(self):
        bounds = {"column": "at", "after": "2024-01-01 00:00:00.5", "up_to": "2024-01-02 00:00:00"}
        expected = "`at` > '2024-01-01 00:00:00.5' AND `at` <= '2024-01-02 00:00:00'"
        self.assertEqual(is_within(self.mysql, TimestampType(), bounds), expected)
        self.assertEqual(is_within(self.mysql, LongType(), {"column": "at", "after": None, "up_to": "7"}), "`at` <= 7")
        self.assertEqual(is_within(self.mysql, LongType(), {"column": "at", "after": None, "up_to": None}), "1 = 1")

    def test_ages(self):
        then = "CURRENT_TIMESTAMP - INTERVAL '300' SECOND"
        self.assertEqual(is_old_enough(self.mysql, self.source, TimestampType()), f"`at` <= {then}")
        self.assertEqual(is_old_enough(self.mysql, self.source, DateType()), f"`at` < CAST({then} AS DATE)")
        self.assertEqual(is_old_enough(self.mysql, self.source, LongType()), "1 = 1")

    def test_what_is_no_watermark_is_not_spliced_into_sql(self):
        for kind, text in ((LongType(), "1 OR 1 = 1"), (TimestampType(), "2024-01-01' OR '1' = '1"), (DateType(), "7")):
            with self.assertRaises(SourceReadError):
                literal(kind, text)


def odd_table(name: str) -> DataSet:
    source = DatabaseSource("postgresql", "127.0.0.1", 5432, "postgres", "public", name, "", "Id", 0, 2)
    return dataset([], "odd_table", source=source)
