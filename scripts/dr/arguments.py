"""What the command line of scripts/dr.sh says. It needs no package."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

BUCKETS = ("source", "raw", "processed", "curated")
DESCRIPTION = """\
Puts back what was deleted or damaged, and moves an environment to its other Region and back. Every command says what it
will do and asks; done again, it goes on where it was interrupted, and changes nothing once all is done.
"""
EXAMPLES = """\
examples:
  scripts/dr.sh status --environment prod
  scripts/dr.sh policy --environment prod --account 123456789012
  scripts/dr.sh failover --environment prod --to us-west-2
  scripts/dr.sh restore-object --environment prod --bucket raw --key data/orders/batch_id=wr_1f…/1.csv
  scripts/dr.sh restore-prefix --environment prod --bucket raw --prefix data/orders/ --as-of 2026-11-30T08:00 --dry-run
  scripts/dr.sh restore-table --environment prod --table job-state
  scripts/dr.sh rollback-table --environment prod --dataset orders --as-of 2026-11-30T08:00 --discard wr_1f…

Times are UTC unless they say otherwise. Runbook: docs/disaster-recovery.md.
Exit codes: 0 done, 1 something was left as it is, 2 wrong usage or no access.
"""
_TIME = "as it was then: a date or time such as 2026-11-30T08:00"


def parse(argv: Sequence[str]) -> argparse.Namespace:
    """The arguments; exits with 2 and the usage if they are wrong."""
    form = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(
        prog="scripts/dr.sh", description=DESCRIPTION, epilog=EXAMPLES, formatter_class=form
    )
    place = argparse.ArgumentParser(add_help=False)
    place.add_argument("--environment", required=True, help="such as prod; to restore, prod-dr is its second Region")
    place.add_argument(
        "--region", help="the Region of an environment whose file names none; default: AWS_REGION, else us-east-1"
    )
    common = argparse.ArgumentParser(add_help=False, parents=[place])
    common.add_argument("--dry-run", action="store_true", help="say what would be done, and do nothing")
    common.add_argument("--yes", action="store_true", help="ask no question: for pipelines")
    bucket = argparse.ArgumentParser(add_help=False)
    bucket.add_argument("--bucket", required=True, choices=BUCKETS, help="which of the environment's buckets")

    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    text = "put back one object; without a version or a time, its versions are listed"
    one = commands.add_parser("restore-object", parents=[common, bucket], help=text)
    one.add_argument("--key", required=True, help="the whole key of the object")
    which = one.add_mutually_exclusive_group()
    which.add_argument("--version-id", help="one of the versions that are listed")
    which.add_argument("--as-of", metavar="TIME", help=_TIME)
    text = "put back all objects under a prefix that were deleted or changed since a time; newer ones stay"
    many = commands.add_parser("restore-prefix", parents=[common, bucket], help=text)
    many.add_argument("--prefix", required=True, help="start of the keys; '' for the whole bucket")
    many.add_argument("--as-of", metavar="TIME", required=True, help=_TIME)
    text = "put back a DynamoDB table, from point-in-time recovery or, if it was deleted, from what that left"
    table = commands.add_parser("restore-table", parents=[common], help=text)
    table.add_argument("--table", required=True, choices=("job-state", "job-bookmarks"))
    table.add_argument("--as-of", metavar="TIME", help="default: the latest that can be restored")
    text = "put back a curated table; batches that came later are published again. Without a snapshot, lists them"
    rollback = commands.add_parser("rollback-table", parents=[common], help=text)
    rollback.add_argument("--dataset", required=True, help="the id of a data contract")
    which = rollback.add_mutually_exclusive_group()
    which.add_argument("--snapshot", type=int, help="the id of an Iceberg snapshot")
    which.add_argument("--as-of", metavar="TIME", help=_TIME)
    rollback.add_argument(
        "--discard", metavar="BATCH", action="append", default=[], help="the bad batch, which is not published again"
    )
    text = "which Region is active, how far the other one is behind, and what would be lost now"
    commands.add_parser("status", parents=[place], help=text)
    text = "print the IAM policy of whoever runs status, failover and failback"
    policy = commands.add_parser("policy", parents=[place], help=text)
    policy.add_argument("--account", metavar="ID", default="*", help="the account; default: any")
    text = (
        "move to the other Region; needs nothing from the Region being abandoned; what has not been replicated is named"
    )
    failover = commands.add_parser("failover", parents=[common], help=text)
    failover.add_argument("--to", metavar="REGION", required=True, help="the Region to move to, such as us-west-2")
    text = "move back to the first Region, once it answers: runs end, and all that was written is there before"
    commands.add_parser("failback", parents=[common], help=text)
    return parser.parse_args(argv)
