#!/usr/bin/env bash
# tested-release.sh ENVIRONMENT: keeps the record of this commit's release to the environment that it has to be tested in first,
# for deploy.sh, whose credentials may be those of another account.
set -euo pipefail
cd "$(dirname "$0")/../.."

mkdir -p build/plan
npm run --silent release -- show --environment "$1" --commit "$(git rev-parse HEAD)" >build/plan/release.json
