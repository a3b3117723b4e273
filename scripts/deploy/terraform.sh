#!/usr/bin/env bash
# Terraform as `cdktf deploy` calls it, but for two things: `apply` takes the plan $PIPELINE_PLAN, which the guard has judged, in
# place of making another one, and `init` has been done. Terraform refuses a plan where the state has moved since ("Saved plan is
# stale").
set -euo pipefail
case ${1:-} in
  init) exit ;;
  apply) set -- apply -input=false "$PIPELINE_PLAN" ;;
esac
exec terraform "$@"
