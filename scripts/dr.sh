#!/usr/bin/env bash
# Restores, failover and failback: scripts/dr.sh --help
exec "$(dirname "${BASH_SOURCE[0]}")/python.sh" -m dr "$@"
