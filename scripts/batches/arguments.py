"""What the command line of `npm run batches` says. It needs no package."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

# As glue_etl.ledger has them, which needs boto3.
STAGES = ("ingest", "process", "validate", "curate")

DESCRIPTION = """\
A batch is what one run of ingest brought in. It passes the stages ingest, process, validate and curate; at each it is
OPEN (to be done), RUNNING, or has ended: COMMITTED, REJECTED (it waits for you), RELEASED or DISCARDED.
"""
EXAMPLES = """\
examples:
  npm run batches -- list --environment prod --dataset orders
  npm run batches -- replay --environment prod --dataset orders --from 2026-11-01 --stage process --dry-run
  npm run batches -- replay --environment prod --dataset orders --from wr_1f… --to wr_1f… --stage curate --start
  npm run batches -- remove --environment dev --dataset orders --batch wr_1f… --start
  npm run batches -- release --environment prod --dataset orders --batch wr_1f… --start

For environment local, `npm start -- --keep` and then `source build/local/env.sh`.
Exit codes: 0 done, 1 something was left as it is, 2 wrong usage or no access.
"""


def parse(argv: Sequence[str]) -> argparse.Namespace:
    """The arguments; exits with 2 and the usage if they are wrong."""
    form = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(
        prog="npm run batches --", description=DESCRIPTION, epilog=EXAMPLES, formatter_class=form
    )
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--environment", required=True, help="an environment of the folder environments/, such as dev")
    common.add_argument("--dataset", required=True, help="the id of a data contract")
    common.add_argument("--region", help="an AWS Region; default: AWS_REGION, else us-east-1")
    changes = argparse.ArgumentParser(add_help=False)
    changes.add_argument("--dry-run", action="store_true", help="say what would be done, and do nothing")
    changes.add_argument("--yes", action="store_true", help="ask no question: for pipelines")
    start = argparse.ArgumentParser(add_help=False)
    start.add_argument("--start", action="store_true", help="start the workflow afterwards, instead of waiting for it")
    one = argparse.ArgumentParser(add_help=False)
    one.add_argument("--batch", required=True, help="the id of the batch")

    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    listing = commands.add_parser("list", parents=[common], help="show batches and where they stand, the newest first")
    listing.add_argument("--limit", type=int, default=20, help="how many; default: 20")
    text = "run a stage, and all later ones, again for these batches; what they give replaces what they gave before"
    replay = commands.add_parser("replay", parents=[common, changes, start], help=text)
    replay.add_argument("--from", dest="first", required=True, help="the first batch: its id, or a date or time (UTC)")
    replay.add_argument("--to", dest="last", help="the last batch, likewise; default: the newest")
    replay.add_argument("--stage", required=True, choices=STAGES, help="the stage to begin with")
    text = "let a REJECTED batch pass as it is"
    commands.add_parser("release", parents=[common, changes, start, one], help=text)
    text = "have a REJECTED or OPEN batch go no further; what it has published stays"
    commands.add_parser("discard", parents=[common, changes, one], help=text)
    text = "delete all that a batch brought, as if it had not come; what it replaced does not come back by that"
    commands.add_parser("remove", parents=[common, changes, start, one], help=text)
    text = "have the next ingest list all files of the source, should it have missed one"
    commands.add_parser("rescan", parents=[common, changes, start], help=text)
    return parser.parse_args(argv)
