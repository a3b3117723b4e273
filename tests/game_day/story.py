"""What is delivered on the game day: to each data set five files, one for each thing that can happen to a batch."""

from __future__ import annotations

from dataclasses import replace

from tests.faults.datasets import EVENTS, ORDERS

PUBLISHED, UNPUBLISHED, UNCOPIED, UNKNOWN, AFTERWARDS = range(5)

ORDERS = replace(
    ORDERS,
    deliveries=(
        *ORDERS.deliveries,
        {"4.csv": "id,status,amount,version\n1,gone,11.00,3\n9,open,90.00,1\n"},
        {"5.csv": "id,status,amount,version\n2,sent,21.00,3\n10,open,100.00,1\n10,open,x,2\n"},
        {"6.csv": "id,status,amount,version\n6,sent,62.00,6\n9,open,91.00,0\n11,open,110.00,1\n"},
    ),
)
EVENTS = replace(
    EVENTS,
    deliveries=(
        *EVENTS.deliveries,
        {"3.csv": "at,what\n2020-01-01T00:00:00Z,start\n2020-01-04T00:00:00Z,pause\n"},
        {"4.csv": "at,what\n2020-01-05T00:00:00Z,stop\n"},
        {"5.csv": "at,what\n2020-01-01T00:00:00Z,start\n2020-01-06T00:00:00Z,start\n"},
    ),
)
DATA_SETS = (ORDERS, EVENTS)
