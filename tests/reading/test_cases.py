"""Files from the wild, and attacks on the engine: what comes in, what does not, and why."""

from decimal import Decimal

import pytest
from test_native import frame

from glue_etl.definition import Column
from glue_etl.errors import FileError
from glue_etl.reading.dialect import Dialect
from glue_etl.reading.fields import header
from glue_etl.reading.records import cut
from glue_etl.reading.rows import ReadColumn


def whole_file(data: bytes, dialect: Dialect, contract: list[Column], folder) -> tuple[list[tuple], list[tuple]]:
    """(good rows, (raw, reasons) of rejected ones) of a file with a header."""
    start = header(data, dialect, is_whole=True)
    columns = [
        ReadColumn(column, start.names.index(column.source_name) if column.source_name in start.names else None)
        for column in contract
    ]
    body = data[start.size :]
    records = cut(body, b"", dialect.framing, line=start.lines + 1)
    rows, rejected = frame(columns, body, dialect, len(start.names), records, folder)
    return rows, [(raw.decode(), list(reasons)) for _, _, reasons, raw in rejected]


ID = Column("id", "int", required=True)
CASES = {
    "02": (
        b'id,note\n1,"a\nb\n"\n2,plain\n3,"c\n"\n4,"ends well"',
        Dialect(),
        [ID, Column("note", "string")],
        [(1, "a\nb\n"), (2, "plain"), (3, "c\n"), (4, "ends well")],
        [],
    ),
    "03": (
        b"id,city\n1,Berlin\r\n2,Bonn\r\n",
        Dialect(),
        [ID, Column("city", "string")],
        [(1, "Berlin"), (2, "Bonn")],
        [],
    ),
    "05": (
        b'nr;betrag\n1;1.299,99\n2;5,00\n3;1.299\n4;"10 237,65"\n5;-3,50\n6;7\n',
        Dialect(delimiter=";"),
        [Column("nr", "int"), Column("amount", "decimal(12,2)", physical_name="betrag")],
        [(6, Decimal("7.00"))],
        [
            ("1;1.299,99", ["amount: not a decimal(12,2)"]),
            ("2;5,00", ["amount: not a decimal(12,2)"]),
            ("3;1.299", ["amount: does not fit into decimal(12,2)"]),
            ('4;"10 237,65"', ["amount: not a decimal(12,2)"]),
            ("5;-3,50", ["amount: not a decimal(12,2)"]),
        ],
    ),
    "08 of the engine": (
        b'id,name\n1,ok\n3,"never closed\n4,x\n5,y',
        Dialect(),
        [ID, Column("name", "string")],
        [(1, "ok")],
        [('3,"never closed\n4,x\n5,y', ["row: a quote that is never closed"])],
    ),
    "09 of the engine": (
        b'id,name\n1,"abc\n2,x\n3,"def"\n4,y',
        Dialect(),
        [ID, Column("name", "string")],
        [(4, "y")],
        [('1,"abc\n2,x\n3,"def"', ["row: text after a closing quote"])],
    ),
    "17": (
        b"id,size\n1,2.5\n2,7D\n3,12f\n4,0x1p3\n5,1e3\n6, 8 \n7,NaN\n8,Infinity\n",
        Dialect(),
        [ID, Column("size", "double", minimum=0, maximum=1000000)],
        [(1, 2.5), (5, 1000.0), (6, 8.0)],
        [
            ("2,7D", ["size: not a double"]),
            ("3,12f", ["size: not a double"]),
            ("4,0x1p3", ["size: not a double"]),
            ("7,NaN", ["size: greater than 1000000"]),
            ("8,Infinity", ["size: greater than 1000000"]),
        ],
    ),
    "19": (
        b"\xef\xbb\xbfsep=;\r\nOrder ID;Amount\r\n1;2,5\r\n2;3,5\r\n",
        Dialect(delimiter=";"),
        [Column("order_id", "int", physical_name="Order ID"), Column("amount", "string", physical_name="Amount")],
        [(1, "2,5"), (2, "3,5")],
        [],
    ),
    "26": (
        b"A|B|C\n7|8|9|\n",
        Dialect(delimiter="|"),
        [Column("a", "int", physical_name="A")],
        [],
        [("7|8|9|", ["row: more or fewer fields than the header"])],
    ),
    "27": (
        b"id,qty\n1,1.0\n2,40.0\n3,2.5\n4,\n5,7\n",
        Dialect(),
        [ID, Column("qty", "int")],
        [(1, 1), (2, 40), (4, None), (5, 7)],
        [("3,2.5", ["qty: not a int"])],
    ),
    "33": (
        b'id,shelf\n1,"5"" pipe"\n2,C:\\x\n3,5" pipe\n',
        Dialect(),
        [ID, Column("shelf", "string")],
        [(1, '5" pipe'), (2, "C:\\x"), (3, '5" pipe')],
        [],
    ),
    "23 of the engine": (b"id,name\n1,a\0b\n", Dialect(), [ID, Column("name", "string")], [(1, "a\0b")], []),
    "44 of the engine": (
        b'id,name\nx,  padded  \ny,"\n"\n',
        Dialect(),
        [ID, Column("name", "string")],
        [],
        [("x,  padded  ", ["id: not a int"]), ('y,"\n"', ["id: not a int"])],
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_cases(tmp_path, name):
    data, dialect, columns, good, bad = CASES[name]
    assert whole_file(data, dialect, columns, tmp_path) == (good, bad)


def test_case_26_with_a_header_that_ends_in_a_delimiter(tmp_path):
    with pytest.raises(FileError, match="has no name for column 4 in its header"):
        whole_file(b"A|B|C|\n1|2|3|\n", Dialect(delimiter="|"), [Column("a", "int", physical_name="A")], tmp_path)
