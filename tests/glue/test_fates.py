"""Every row's fate against an oracle in plain Python; FATES_EXAMPLES=500 tries more tables than the usual 12."""

import csv
import io
import os
import unittest
from collections import Counter
from datetime import date
from decimal import Decimal, InvalidOperation

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from glue_etl.definition import Column
from glue_etl.rows import RANK

from .support import dataset
from .test_rows import fates

LARGEST = {"int": 2**31 - 1, "bigint": 2**63 - 1}
EXAMPLES = int(os.environ.get("FATES_EXAMPLES", "12"))
COLUMNS = [
    Column("id", "int", required=True),
    Column("at", "bigint"),
    Column("name", "string", required=True, max_length=6, pattern="[^0-9]*"),
    Column("amount", "decimal(6,2)", minimum=0),
    Column("day", "date", format="yyyy-MM-dd"),
]
NAMES = [column.name for column in COLUMNS]
SETS = {
    "merge": dataset(COLUMNS, primary_key=("id",), order_by="at", write_mode="merge"),
    "append": dataset(COLUMNS),
}

# Good values, and defects: wrong type, out of range, too long, too precise, impossible, absent.
VALUES = {
    "id": st.sampled_from(["1", "2", "3", "4", "-5", "2147483647", "2147483648", "x", "1.0", "", "NA"]),
    "at": st.sampled_from(["0", "1", "2", "9223372036854775807", "9223372036854775808", "", "later"]),
    "name": st.sampled_from(["a", "äöü", "a,b", 'q"q', "a\nb", "toolong", "n1", "\ufffd", "", "NA", " "]),
    "amount": st.sampled_from(["0", "9999.99", "10000", "-0.01", "1.005", "1.50", "1.5000", "", "1e2", "1e-3"]),
    "day": st.sampled_from(["2024-02-29", "2023-02-29", "2023-13-01", "", "1999-12-31", "today", "99-1-1"]),
}
ROW = st.fixed_dictionaries(VALUES)
FIELDS = st.sampled_from([0, 0, 0, 0, 0, 0, 0, -1, 1])  # of a ragged row: so many fewer or more
TABLE = st.lists(st.tuples(ROW, FIELDS), min_size=1, max_size=40)


def text_of(table: list, order: list[str]) -> str:
    """The table as CSV, in this order of columns."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(order)
    for row, extra in table:
        fields = [row[name] for name in order]
        writer.writerow([*fields, "more"] if extra > 0 else fields[:extra] if extra < 0 else fields)
    return out.getvalue()


def value_of(column: Column, text: str):
    """The value of a text; ValueError with the rule that it breaks."""
    if column.type in LARGEST:
        largest = LARGEST[column.type]
        whole = text.removesuffix(".0")
        if not whole.lstrip("-").isdigit() or not -largest - 1 <= int(whole) <= largest:
            raise ValueError(f"not a {column.type}")
        return int(whole)
    if column.type == "date":
        try:
            if len(text) != 10:
                raise ValueError
            return date.fromisoformat(text)
        except ValueError:
            raise ValueError("not a date in the format yyyy-MM-dd") from None
    if column.type == "string":
        return text
    try:
        number = Decimal(text)
    except InvalidOperation:
        raise ValueError(f"not a {column.type}") from None
    if abs(number.quantize(Decimal("0.01"))) >= 10_000:
        raise ValueError(f"not a {column.type}")
    return number


def judge(row: dict[str, str]) -> tuple[dict, list[str]]:
    """The typed row, and the rules that it breaks."""
    typed, broken = {}, []
    for column in COLUMNS:
        text = None if row[column.name] in ("", "NA") else row[column.name]
        typed[column.name] = None
        if text is None:
            broken += [f"{column.name}: required"] * column.required
            continue
        try:
            value = value_of(column, text)
        except ValueError as error:
            broken.append(f"{column.name}: {error}")
            continue
        typed[column.name] = value
        if column.name == "amount":
            rounded = value.quantize(Decimal("0.01"))
            broken += ["amount: does not fit into decimal(6,2)"] * (rounded != value)
            broken += ["amount: less than 0"] * (rounded < 0)
            typed["amount"] = rounded
        if column.name == "name":
            broken += ["name: does not match [^0-9]*"] * any(letter.isdigit() for letter in value)
            broken += ["name: longer than 6"] * (len(value) > 6)
    return typed, broken


class FatesTest(unittest.TestCase):
    @settings(max_examples=EXAMPLES, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.lists(st.tuples(TABLE, st.permutations(NAMES)), min_size=1, max_size=3), st.sampled_from(list(SETS)))
    def test_every_row_has_the_fate_that_the_oracle_says(self, files, kind):
        of = SETS[kind]
        good, bad = fates(of, *(text_of(table, order) for table, order in files))
        expected_good, expected_bad = Counter(), Counter()
        latest: dict[int, list] = {}
        for number, (table, _) in enumerate(files):
            for row, extra in table:
                typed, broken = judge(row)
                if extra:
                    expected_bad[("row: more or fewer fields than the header",)] += 1
                elif broken:
                    expected_bad[tuple(broken)] += 1
                elif kind == "merge":
                    latest.setdefault(typed["id"], []).append((number, typed))
                else:
                    expected_good[tuple(typed.values())] += 1
        self.assertEqual(Counter(tuple(reasons) for reasons, _ in bad), expected_bad)
        kept = Counter(tuple(row[name] for name in NAMES) for row in good if row.get(RANK, 1) == 1)
        if kind == "merge":
            expected_good = Counter(tuple(max(rows, key=age)[1].values()) for rows in latest.values())
        self.assertEqual(kept, expected_good)
        read = sum(len(table) for table, _ in files)
        duplicates = sum(row.get(RANK, 1) > 1 for row in good)
        self.assertEqual(read, sum(kept.values()) + len(bad) + duplicates)


def age(version: tuple[int, dict]) -> list:
    """What `latest wins` means: the order column, the file, then the columns from the left; null is least."""
    number, row = version
    first = [(row["at"] is not None, row["at"] or 0), number]
    return first + [(row[name] is not None, row[name] if row[name] is not None else 0) for name in NAMES]
