import gzip
import json
import time
import unittest
import uuid
from pathlib import Path
from tempfile import mkdtemp
from unittest import mock

import boto3
import pytest

from glue_etl import ingest, process
from glue_etl.definition import Column, DataSet
from glue_etl.errors import AccountingError, SourceSchemaError, TableSchemaError
from glue_etl.job import check_counts
from glue_etl.lake import quoted
from glue_etl.ledger import Ledger

from .support import LEDGER, LOGS, RAW, SCRATCH, dataset, deliver, run_of, spark

COLUMNS = [
    Column("id", "int", "The thing's key"),
    Column("name", "string", "What it's called"),
    Column("at", "int", "Order of versions"),
]


def things(columns: list[Column] = COLUMNS, **changes) -> DataSet:
    """A data set of its own for each test."""
    return dataset(columns, name=f"things_{uuid.uuid4().hex[:8]}", **changes)


def run_batch(of: DataSet, batch: str, **files: str | bytes) -> None:
    """Delivers the files, `a__csv` as `a.csv`, and brings them in and through process as one batch."""
    for name, content in files.items():
        deliver(of, name.replace("__", "."), content)
    for stage, module in (("ingest", ingest), ("process", process)):
        module.run(run_of(stage, of, batch))


def record(of: DataSet, batch: str) -> dict:
    return run_of("process", of, "reader").ledger.committed("process", batch)


def counts(of: DataSet, batch: str) -> tuple[int, int, int, int]:
    counted = record(of, batch)["counts"]
    return tuple(counted[name] for name in ("read", "good", "quarantined", "duplicates"))


def good(of: DataSet) -> list[tuple]:
    table = spark().table(f"glue_catalog.processed.{of.name}")
    columns = [name for name in table.columns if not name.startswith("_")]
    return sorted((tuple(row) for row in table.select(*columns).collect()), key=str)


def rejected(of: DataSet) -> list[tuple[str, list[str], str | None]]:
    table = spark().table(f"glue_catalog.processed.{of.name}_quarantine")
    return sorted(
        (row.file.rsplit("/", 1)[-1], row.reasons, row.raw) for row in table.select("file", "reasons", "raw").collect()
    )


def events(of: DataSet) -> list[dict]:
    answer = boto3.client("logs").get_log_events(
        logGroupName=LOGS, logStreamName=f"test-process-{of.name}", startFromHead=True
    )
    return [json.loads(event["message"]) for event in answer["events"]]


def parquet(select: str) -> bytes:
    """A Parquet file that holds what the query gives."""
    folder = Path(mkdtemp(dir=SCRATCH)) / "one"
    spark().sql(select).coalesce(1).write.parquet(str(folder))
    return next(folder.glob("*.parquet")).read_bytes()


class FatesTest(unittest.TestCase):
    @pytest.mark.engine
    def test_every_row_has_one_fate(self):
        of = things(primary_key=("id",), order_by="at")
        run_batch(
            of, "b", **{"ä b__csv": "id,name,at\n1,old,1\n1,new,2\nx,bad,1\n2\n3,c,NA\n,none,1\n", "empty__csv": ""}
        )
        self.assertEqual(counts(of, "b"), (6, 2, 3, 1))
        self.assertEqual(good(of), [(1, "new", 2), (3, "c", None)])
        ragged = ["row: more or fewer fields than the header"]
        expected = [(["id: not a int"], "x,bad,1"), (["id: required"], ",none,1"), (ragged, "2")]
        self.assertEqual(sorted((reasons, raw) for _, reasons, raw in rejected(of)), expected)
        file = spark().table(f"glue_catalog.processed.{of.name}_quarantine").select("file").first()[0]
        self.assertEqual(file, f"s3://{RAW}/data/{of.name}/batch_id=b/ä b.csv")
        self.assertEqual(record(of, "b")["reasons"], {"id: not a int": 1, "id: required": 1, ragged[0]: 1})
        self.assertIn("files-empty", [event["event"] for event in events(of)])

    @pytest.mark.engine
    def test_batches_without_good_rows_and_without_any(self):
        of = things(primary_key=("id",))
        run_batch(of, "bad", a__csv="id,name,at\nx,bad,1\n")
        run_batch(of, "none", b__csv="id,name,at\n")
        run_batch(of, "empty", c__csv="")
        self.assertEqual([counts(of, b) for b in ("bad", "none", "empty")], [(1, 0, 1, 0), (0,) * 4, (0,) * 4])

    @pytest.mark.engine
    def test_again_replaces_its_own_batch_alone(self):
        of = things()
        run_batch(of, "b1", a__csv="id,name,at\n1,a,1\nx,bad,1\n")
        deliver(of, "b.csv", "id,name,at\n2,b,1\ny,bad,1\n")
        ingest.run(run_of("ingest", of, "b2"))
        with mock.patch.object(Ledger, "commit", side_effect=ConnectionError), self.assertRaises(ConnectionError):
            process.run(run_of("process", of, "b2"))
        before = good(of), rejected(of)
        process.run(run_of("process", of, "again"))
        self.assertEqual((good(of), rejected(of)), before)
        self.assertEqual(good(of), [(1, "a", 1), (2, "b", 1)])
        self.assertEqual([raw for _, _, raw in rejected(of)], ["x,bad,1", "y,bad,1"])

    def test_a_batch_leased_by_another_run_is_skipped(self):
        of = things()
        deliver(of, "a.csv", "id,name,at\n1,a,1\n")
        ingest.run(run_of("ingest", of, "b"))
        other = Ledger(boto3.client("dynamodb"), LEDGER, of.name, "another run")
        self.assertTrue(other.take("process", "b"))
        process.run(run_of("process", of, "b"))
        self.assertIsNone(other.committed("process", "b"))
        self.assertEqual(events(of)[-1]["event"], "batch-skipped")

    @pytest.mark.engine
    def test_a_zombie_that_writes_the_batch_again_is_not_seen_downstream(self):
        of = things(primary_key=("id",), format="parquet")
        values = "('1', 'a', 1), ('1', 'b', 1), ('x', 'bad', 1)"
        run_batch(of, "b", a__parquet=parquet(f"SELECT * FROM VALUES {values} AS (id, name, at)"))
        run = run_of("process", of, "b")
        with mock.patch.object(process, "_quarantine", return_value=0):
            process.process_batch(run, "b", process.Inputs.of(run, "b"))
        table = f"glue_catalog.processed.{of.name}"
        self.assertEqual(spark().table(table).count(), 2, "the zombie's rejected row stands there")
        seen = process.processed.read(spark(), table, "b", record(of, "b")["snapshot_id"])
        self.assertEqual([row.name for row in seen.collect()], ["b"])

    def test_books_that_do_not_balance_are_not_committed(self):
        with self.assertRaisesRegex(AccountingError, "things: batch b read 3 rows but accounts for 2"):
            check_counts("things", "b", {"read": 3, "good": 1, "quarantined": 1, "duplicates": 0})


class FilesTest(unittest.TestCase):
    """Whole files that are not as agreed: one batch of many."""

    @pytest.mark.engine
    def test_a_file_that_cannot_be_read_goes_to_quarantine_whole(self):
        of = things(header=True)
        whole = gzip.compress(b"id,name,at\n" + b"".join(b"%d,%d,1\n" % (n, n * 7919) for n in range(20000)))
        files = {
            "good__csv": "id,name,at\n1,a,1\n",
            "cut__csv__gz": whole[:-2000],
            "named__csv": gzip.compress(b"id,name,at\n2,b,1\n"),
            "plain__csv__gz": "id,name,at\n3,c,1\n",
            "twice__csv": "id,name,ID\n1,a,1\n",
            "other__csv": "x,y\n1,2\n",
            "wide__csv": "id,name,at".encode("utf-16"),
        }
        run_batch(of, "b", **files)
        self.assertEqual(good(of), [(1, "a", 1), (2, "b", 1)])
        self.assertEqual(counts(of, "b"), (7, 2, 5, 0))
        self.assertEqual(record(of, "b")["state"], "COMMITTED")
        reasons = {file: " ".join(why) for file, why, raw in rejected(of) if raw is None}
        for file, reason in {
            "cut.csv.gz": "is gzip that ends before its end (truncated)",
            "plain.csv.gz": "is not gzip, and its name ends in .gz",
            "twice.csv": "has column ID, id twice in its header",
            "other.csv": "has none of the contract's columns",
            "wide.csv": "has a header that is not UTF-8",
        }.items():
            self.assertIn(reason, reasons[file], file)

    @pytest.mark.engine
    def test_files_of_one_name_in_several_folders_all_come_in(self):
        of = things()
        days = {f"dt=2024-01-0{day}/part-0__csv": f"id,name,at\n{day},a,1\n" for day in (1, 2)}
        run_batch(of, "b", **days)
        self.assertEqual((counts(of, "b"), good(of)), ((2, 2, 0, 0), [(1, "a", 1), (2, "a", 1)]))

    def test_a_broken_promise_stops_the_batch_and_names_file_column_and_rule(self):
        of = things(on_new_column="fail", on_missing_column="fail")
        with self.assertRaisesRegex(SourceSchemaError, r"batch b: .*less.csv lacks column at .*onMissingColumn: fail"):
            run_batch(of, "b", good__csv="id,name,at\n1,a,1\n", less__csv="id,name\n2,b\n")
        self.assertEqual((record(of, "b")["state"], counts(of, "b")), ("REJECTED", (2, 1, 1, 0)))
        with self.assertRaisesRegex(SourceSchemaError, r"more.csv has column x, unknown .*onNewColumn: fail"):
            run_batch(of, "c", more__csv="id,name,at,x\n2,b,1,1\n")
        run_batch(of, "d", fine__csv="id,name,at\n3,c,1\n")
        self.assertEqual(record(of, "d")["state"], "COMMITTED", "a later batch goes on")

    def test_columns_match_by_name_in_every_file(self):
        of = things(on_missing_column="null", on_new_column="evolve")
        run_batch(
            of,
            "b",
            a__csv="id,name,at\n1,a,1\n",
            b__csv="\ufeffname,id,extra\nb,2,e\n",
            clash__csv="id,name,at,_batch_id\n1,a,1,x\n",
            case__csv="id,name,at,Name\n1,a,1,x\n",
        )
        self.assertEqual(good(of), [(1, "a", 1, None), (2, "b", None, "e")])
        self.assertEqual(
            [(file, why) for file, why, _ in rejected(of)],
            [
                ("case.csv", ["file: has column Name, name twice in its header"]),
                ("clash.csv", ["file: has column _batch_id, a name that tables keep for themselves"]),
            ],
        )

    @pytest.mark.engine
    def test_a_contract_may_widen_a_column_and_not_narrow_it(self):
        of = things()
        run_batch(of, "b", a__csv="id,name,at\n1,a,1\n")
        wider = dataset([Column("id", "bigint"), *COLUMNS[1:]], name=of.name)
        run_batch(wider, "c", b__csv="id,name,at\n3000000000,b,1\n")
        self.assertEqual(good(of), [(1, "a", 1), (3000000000, "b", 1)])
        with self.assertRaisesRegex(TableSchemaError, "column name is string and is to be int"):
            run_batch(
                dataset([COLUMNS[0], Column("name", "int"), COLUMNS[2]], name=of.name),
                "d",
                c__csv="id,name,at\n1,2,3\n",
            )


@pytest.mark.engine
class FormatsTest(unittest.TestCase):
    def test_csv_dialects(self):
        of = things(header=False, delimiter=";", quote="'", encoding="ISO-8859-1", null_value="-")
        run_batch(of, "b", a__csv="1;'ä;\nb';-\nx;y;1\n".encode("latin-1"))
        self.assertEqual(good(of), [(1, "ä;\nb", None)])
        self.assertEqual([raw for _, _, raw in rejected(of)], ["x;y;1"])

    def test_csv_read_by_line(self):
        of = things(multiline=False)
        run_batch(of, "b", a__csv='id,name,at\n1,"a\nb",1\n2,c,3\n')
        self.assertEqual((good(of), counts(of, "b")), ([(2, "c", 3)], (3, 1, 2, 0)))

    def test_quotes_and_encodings_that_are_wrong(self):
        of = things([Column("id", "int"), Column("name", "string")])
        run_batch(of, "b", a__csv=b"id,name\n1,\xe4\n2,ok\n", b__csv='id,name\n3,"never closed\n4,x\n')
        self.assertEqual(good(of), [(2, "ok")])
        reasons = sorted(why[0] for _, why, _ in rejected(of))
        self.assertEqual(reasons, ["name: bytes that are not of the encoding", "row: a quote that is never closed"])

    def test_json_lines(self):
        columns = [Column("id", "bigint"), Column("amount", "decimal(20,2)"), Column("name", "string")]
        of = things(columns, format="json", on_new_column="evolve", on_missing_column="null")
        lines = [
            '{"id": 1, "amount": 123456789012345678.25, "name": "a"}',
            '{"id": 2, "amount": 1.239, "name": "b"}',
            '{"id": 3, "name": {"x": [1, null]}, "extra": true}',
            "not json",
            '{"id": 99999999999999999999}',
        ]
        run_batch(of, "b", a__json__gz=gzip.compress("\n".join(lines).encode()))
        self.assertEqual(
            [tuple(map(str, row)) for row in good(of)],
            [("1", "123456789012345678.25", "a", "None"), ("3", "None", '{"x": [1, null]}', "true")],
        )
        why = sorted((reasons[0], raw) for _, reasons, raw in rejected(of))
        self.assertEqual(
            [reason for reason, _ in why],
            [
                "amount: does not fit into decimal(20,2)",
                "id: not a bigint",
                "row: not JSON",
            ],
        )
        self.assertEqual(why[2][1], "not json")

    def test_parquet_values_are_never_changed(self):
        columns = [Column("id", "int"), Column("d", "decimal(4,2)"), Column("at", "timestamp"), Column("day", "date")]
        of = things(columns, format="parquet", on_missing_column="null", on_new_column="evolve")
        select = """SELECT * FROM VALUES
            (1L, 1.50d, TIMESTAMP '2020-01-01 10:00:00', TIMESTAMP '2020-01-01 00:00:00', named_struct('x', 1)),
            (3000000000L, 1.0d, NULL, NULL, NULL), (2L, 1.239d, NULL, NULL, NULL),
            (4L, NULL, NULL, TIMESTAMP '2020-01-01 10:00:00', NULL) AS t(id, d, at, day, extra)"""
        run_batch(
            of, "b", a__parquet=parquet(select), b__parquet=b"PAR1 and no more", c__parquet=parquet("SELECT 7 AS id")
        )
        self.assertEqual(
            [tuple(map(str, row)) for row in good(of)],
            [("1", "1.50", "2020-01-01 10:00:00", "2020-01-01", '{"x":1}'), ("7", *["None"] * 4)],
        )
        reasons = {reason for _, why, _ in rejected(of) for reason in why}
        self.assertEqual(
            {reason for reason in reasons if not reason.startswith("file")},
            {"id: not a int", "d: does not fit into decimal(4,2)", "day: does not fit into date"},
        )
        self.assertIn("is not a Parquet file", " ".join(reasons))

    def test_columns_may_have_other_names_at_the_source(self):
        columns = [
            Column("id", "int", physical_name="Order `No.`"),
            Column("amount", "double", physical_name="id"),
            Column("day", "date", format="d.M.yyyy", physical_name="Day, ordered"),
        ]
        row = {"Order `No.`": 1, "id": "2.50", "Day, ordered": "3.4.2020", "More": "m"}
        bad = {**row, "Order `No.`": "one"}
        select = ", ".join(f"'{value}' AS {quoted(name)}" for name, value in row.items())
        header = ",".join(f'"{name}"' for name in row)
        as_json = json.dumps(bad, separators=(",", ":"))
        for format, content, raw in (
            ("csv", f"{header}\n{','.join(map(str, row.values()))}\n{','.join(bad.values())}\n", "one,2.50,3.4.2020,m"),
            ("json", f"{json.dumps(row)}\n{json.dumps(bad)}\n", json.dumps(bad)),
            ("parquet", parquet(f"SELECT {select} UNION ALL SELECT {select.replace('1', 'one', 1)}"), as_json),
        ):
            with self.subTest(format):
                of = things(columns, format=format, on_new_column="evolve")
                run_batch(of, "b", **{f"a__{format}": content})
                self.assertEqual([tuple(map(str, row)) for row in good(of)], [("1", "2.5", "2020-04-03", "m")])
                self.assertEqual(rejected(of), [(f"a.{format}", ["id: not a int"], raw)])

    def test_a_name_at_the_source_is_none_of_the_table(self):
        columns = [Column("id", "int", physical_name="Order ID"), *COLUMNS[1:]]
        of = things(columns, on_missing_column="null", on_new_column="evolve")
        run_batch(of, "b", a__csv="Order ID,name,id\n1,a,2\n", b__csv="id,name\n1,a\n")
        clash = ["file: has column id, a name that the contract gives to another one (physicalName)"]
        self.assertEqual(rejected(of), [("a.csv", clash, None), ("b.csv", clash, None)])
        of = things(columns)
        with self.assertRaisesRegex(SourceSchemaError, "a.csv lacks column Order ID of the contract"):
            run_batch(of, "b", a__csv="name,at\na,2\n")

    def test_a_type_that_changed_widens_stops_or_is_cast(self):
        columns = [Column("id", "int")]
        wide = parquet("SELECT 3000000000L AS id")
        of = things(columns, format="parquet", on_changed_column="evolve")
        run_batch(of, "b", a__parquet=parquet("SELECT 1 AS id"))
        run_batch(of, "c", b__parquet=wide)
        self.assertEqual(good(of), [(1,), (3000000000,)])
        of = things(columns, format="parquet", on_changed_column="fail")
        with self.assertRaisesRegex(SourceSchemaError, r"has column id as bigint, not int \(onChangedColumn: fail\)"):
            run_batch(of, "b", a__parquet=wide)


@pytest.mark.engine
class PlanTest(unittest.TestCase):
    def test_a_wide_table_with_many_checks_is_planned_in_time(self):
        columns = [Column(f"c{n}", "int", required=True, minimum=0, maximum=9) for n in range(40)]
        of = things(columns, primary_key=("c0",), order_by="c1")
        header = ",".join(column.name for column in columns)
        begun = time.monotonic()
        run_batch(of, "b", a__csv=f"{header}\n{','.join(['1'] * 40)}\n")
        self.assertEqual(counts(of, "b"), (1, 1, 0, 0))
        # Not a measure of speed: where it grows exponentially, hours are not enough.
        self.assertLess(time.monotonic() - begun, 300)
