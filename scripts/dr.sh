#!/usr/bin/env bash
# Restores, failover and failback: scripts/dr.sh --help
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# In a disaster nobody wants to wait for a set-up that may not be complete: what is there is used.
[[ -x .venv/bin/python && -d node_modules ]] || node scripts/setup.js >&2
PYTHONPATH="scripts:glue-jobs${PYTHONPATH:+:$PYTHONPATH}" exec .venv/bin/python -m dr "$@"
