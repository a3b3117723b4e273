#!/usr/bin/env bash
# deploy.sh ENVIRONMENT plan|apply: makes the plan that the pipeline hands on, or applies it. ACKNOWLEDGE holds the addresses,
# separated by blanks, of what its guard is to let pass. Where release.json lies beside it, that is what was tested.
set -euo pipefail
cd "$(dirname "$0")/../.."

readonly folder=build/plan
options=(--environment "$1" --action "$2" --plan-file "$folder/plan.tfplan")
[[ $2 == plan ]] || options+=(--auto-approve)
[[ ! -f $folder/release.json ]] || options+=(--release "$folder/release.json")
read -ra addresses <<<"${ACKNOWLEDGE:-}"
for address in "${addresses[@]}"; do
  options+=(--acknowledge "$address")
done
./scripts/deploy.sh "${options[@]}"
