#!/usr/bin/env bash
# Runs Python on a command of operators, which needs nothing that is not there: scripts/python.sh -m dr …
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
export PYTHONPATH="scripts:glue-jobs${PYTHONPATH:+:$PYTHONPATH}"
for python in .venv/bin/python python3 python3.12 python3.11 python3.10; do
  if "$python" -c 'import sys; sys.exit(sys.version_info < (3, 10))' 2>/dev/null; then
    exec "$python" "$@"
  fi
done
echo 'Python 3.10 or later is needed on the PATH. Install it from python.org.' >&2
exit 2
