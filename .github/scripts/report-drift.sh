#!/usr/bin/env bash
# report-drift.sh ENVIRONMENT: plans the environment, and has one open issue say what in the account was changed by hand, and
# would be changed back. An issue that is open already is brought up to date; it is closed once there is nothing to say.
set -euo pipefail
cd "$(dirname "$0")/../.."

readonly environment=$1 plan=build/plan/plan
readonly title="Drift in $environment"

./scripts/deploy.sh --environment "$environment" --action plan --plan-file "$plan.tfplan"

# What was changed since the last deployment is drift only if the code says otherwise: what AWS sets by itself is not.
drift=$(jq --raw-output '
  [.resource_drift[]?.address] as $drifted
  | .resource_changes[]?
  | select(.change.actions != ["no-op"] and (.address | IN($drifted[])))
  | "- `\(.address)`: \(.change.actions | join(", "))"' "$plan.json")

number=$(gh issue list --state open --search "in:title \"$title\"" --json number,title \
  --jq "map(select(.title == \"$title\")) | first // empty | .number")

if [[ -z $drift ]]; then
  [[ -z $number ]] || gh issue close "$number" --comment 'The account is as the code says again.'
  exit
fi
printf 'These are not as they were deployed. The next deployment would change them back:\n\n%s\n' "$drift" >"$plan.drift.md"
if [[ -z $number ]]; then
  gh issue create --title "$title" --body-file "$plan.drift.md"
else
  gh issue edit "$number" --body-file "$plan.drift.md"
fi
