#!/usr/bin/env bash
# plan.sh ENVIRONMENT: makes the plan of the environment that the pipeline hands on. ACKNOWLEDGE holds the addresses, separated
# by blanks, of what its guard is to let pass.
set -euo pipefail
cd "$(dirname "$0")/../.."

read -ra addresses <<<"${ACKNOWLEDGE:-}"
options=()
for address in "${addresses[@]}"; do
  options+=(--acknowledge "$address")
done
./scripts/deploy.sh --environment "$1" --action plan --plan-file build/plan/plan.tfplan "${options[@]}"
