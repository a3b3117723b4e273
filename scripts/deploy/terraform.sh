#!/usr/bin/env bash
# Terraform as `cdktf deploy` calls it, but for one thing: `apply` takes the plan $PIPELINE_PLAN, which the guard has judged, in
# place of making another one. Terraform refuses it where the state has moved since ("Saved plan is stale").
set -euo pipefail
[[ ${1:-} == apply ]] && set -- apply -input=false "$PIPELINE_PLAN"
exec terraform "$@"
