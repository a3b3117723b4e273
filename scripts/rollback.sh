#!/usr/bin/env bash
# Puts back an earlier release of an environment. `--help` prints the usage.
set -euo pipefail

usage() {
  cat <<'USAGE'
Usage: scripts/rollback.sh --environment NAME [--to COMMIT] [--dry-run] [OPTION...]

Deploys the code and the configuration of an earlier release, from its commit, with its own deploy.sh: plan, guard, apply.
Data stays as it is.

  --environment NAME  an environment of the folder environments/, such as dev
  --to COMMIT         the release to put back, of those that `npm run release -- list` shows; default: the one before
                      what is deployed
  --dry-run           makes the plan and shows it, and changes nothing
  OPTION              of deploy.sh: --region, --acknowledge, --release, --auto-approve

Exit codes: 0 done, 1 failed or refused, 2 wrong usage, a missing tool or no access to AWS.
USAGE
}

fail() {
  echo "rollback.sh: $1" >&2
  exit "${2:-1}"
}

parse_arguments() {
  environment='' to='' action=apply options=()
  while (($#)); do
    case "$1" in
      --help | -h) usage && exit 0 ;;
      --dry-run) action=plan && shift && continue ;;
      --auto-approve) options+=("$1") && shift && continue ;;
      --environment | --to | --region | --acknowledge | --release) (($# > 1)) || fail "$1 needs a value; see --help" 2 ;;
      *) fail "unknown argument '$1'; see --help" 2 ;;
    esac
    case "$1" in
      --environment) environment=$2 ;;
      --to) to=$2 ;;
      --release) options+=(--release "$(realpath -m "$2")") ;;
      *) options+=("$1" "$2") ;;
    esac
    shift 2
  done
  [[ -n $environment ]] || fail '--environment is needed; see --help' 2
}

release() {
  node -r ts-node/register scripts/release.ts "$@" --environment "$environment"
}

# A working copy of the release's commit beside this one. Packages are not installed anew where they are the same.
check_out() {
  copy=$PWD/build/rollback/$to
  trap clean_up EXIT
  git worktree add --quiet --force --detach "$copy" "$to"
  mkdir -p "$copy/build"
  if cmp -s package-lock.json "$copy/package-lock.json" && diff -rq scripts/setup "$copy/scripts/setup" >/dev/null 2>&1; then
    ln -sfn "$PWD/node_modules" "$copy/node_modules"
    cp build/setup.json build/terraform.rc "$copy/build"
  fi
}

clean_up() {
  [[ ! -L $copy/node_modules ]] || rm "$copy/node_modules"
  git worktree remove --force "$copy"
}

main() {
  parse_arguments "$@"
  cd "$(dirname "${BASH_SOURCE[0]}")/.."
  [[ -z ${AWS_CA_BUNDLE:-} ]] || export NODE_EXTRA_CA_CERTS=${NODE_EXTRA_CA_CERTS:-$AWS_CA_BUNDLE}
  node scripts/setup.js deploy
  [[ -n $to ]] || to=$(release previous)
  local commit
  commit=$(git rev-parse --verify --quiet "$to^{commit}") ||
    fail "'$to' is no commit that is known here: fetch it; what was deployed with changed files cannot be put back"
  to=$commit
  release show --commit "$to" >/dev/null
  check_out
  echo "Putting back release $to of $environment"
  "$copy/scripts/deploy.sh" --environment "$environment" --action "$action" "${options[@]}"
}

main "$@"
