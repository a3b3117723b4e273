#!/usr/bin/env bash
# Deploys one environment. `--help` prints the usage.
set -euo pipefail

usage() {
  cat <<'USAGE'
Usage: scripts/deploy.sh --environment NAME --action ACTION [OPTION...]

  --environment NAME    an environment of the folder environments/, such as dev
  --action ACTION       bootstrap   makes the bucket and the lock table of the Terraform state; may be run again
                        plan        makes a plan: what apply would change, cost and put at risk; the guard judges it
                        apply       makes a plan, has the guard judge it, asks, and deploys with cdktf;
                                    with --plan-file, applies just the plan that was made before, if it is still true
                        destroy     deletes the environment, once its name is typed
                        output      prints the outputs of the deployed stack as JSON
  --region REGION       an AWS Region; default: AWS_REGION, else us-east-1
  --plan-file FILE      where plan writes a plan (FILE.tfplan), and apply finds it, with the files named after it
                        beside: its JSON, its summary in Markdown, what it was made from; default of plan:
                        build/plans/NAME/plan.tfplan
  --acknowledge ADDRESS lets the guard pass what it finds at this address, or at ADDRESS:RULE alone; may be repeated
  --release FILE        the record of the tested release (npm run release -- show), for an environment that gets only
                        what was tested in another one, whose state bucket your credentials cannot read
  --confirm NAME        the environment's name, for destroy, where nobody can type it
  --auto-approve        asks no question: for pipelines

Exit codes: 0 done, 1 failed or refused, 2 wrong usage, a missing tool or no access to AWS.
USAGE
}

fail() {
  echo "deploy.sh: $1" >&2
  exit "${2:-1}"
}

parse_arguments() {
  environment='' action='' region="${AWS_REGION:-us-east-1}" plan='' confirmed='' approve='' review=()
  while (($#)); do
    case "$1" in
      --help | -h) usage && exit 0 ;;
      --auto-approve) approve=yes && shift && continue ;;
      --environment | --action | --region | --plan-file | --confirm | --acknowledge | --release)
        (($# > 1)) || fail "$1 needs a value; see --help" 2 ;;
      *) fail "unknown argument '$1'; see --help" 2 ;;
    esac
    case "$1" in
      --environment) environment=$2 ;;
      --action) action=$2 ;;
      --region) region=$2 ;;
      --plan-file) plan=$(realpath -m "$2") ;;
      --confirm) confirmed=$2 ;;
      --acknowledge) review+=(--acknowledge "$2") ;;
      --release) review+=(--release "$(realpath -m "$2")") ;;
    esac
    shift 2
  done
  [[ -n $environment && -n $action ]] || fail '--environment and --action are needed; see --help' 2
  [[ $action =~ ^(bootstrap|plan|apply|destroy|output)$ ]] ||
    fail "unknown action '$action': bootstrap, plan, apply, destroy or output" 2
  [[ -z $plan || $plan == *.tfplan ]] || fail "--plan-file must end in .tfplan, got: $plan" 2
  [[ -z $plan || $action =~ ^(plan|apply)$ ]] || fail "--plan-file is for plan and apply" 2
  [[ -z $confirmed || $confirmed == "$environment" ]] ||
    fail "--confirm is '$confirmed', and the environment is '$environment'" 2
}

check_tools() {
  for tool in node terraform aws; do
    command -v "$tool" >/dev/null || fail "'$tool' is not on the PATH; see the prerequisites in README.md" 2
  done
  node scripts/setup.js deploy
}

# A command of the folder scripts/deploy/.
step() {
  node -r ts-node/register "scripts/deploy/$1.ts" "${@:2}"
}

# Who deploys what to where, before anything is done.
check_account() {
  local checked
  checked=$(step check "$environment" "$region" "$action")
  read -r account state environments stack singletons <<<"$checked"
}

# Of some things an account has one, which another environment may have made, or somebody else. That is better said here
# than by Terraform half-way; but who may not ask is not kept from deploying.
check_singletons() {
  local found owner
  if has configRecorder; then
    found=$(query configservice describe-configuration-recorders "ConfigurationRecorders[?name!='$stack-config'].name")
    [[ -z $found ]] || fail "AWS Config records in this account by '$found' already, and AWS allows one recorder. Set
  account.configRecorder to false in environments/$environment.ts; the rules work with that recorder, too"
  fi
  if has catalogEncryption; then
    found=$(query glue get-data-catalog-encryption-settings \
      'DataCatalogEncryptionSettings.EncryptionAtRest.SseAwsKmsKeyId')
    owner=$found
    [[ -z $found || $found == alias/* ]] || owner=$(query kms list-aliases 'Aliases[].AliasName' --key-id "$found")
    [[ -z $owner || " $owner " == *" alias/$stack-catalog "* ]] || fail "the Glue Data Catalog of this account is
  encrypted with the key '$owner' already, and it has one key only. Set account.catalogEncryption to false in
  environments/$environment.ts"
  fi
  if has trail; then
    found=$(query cloudtrail describe-trails "trailList[?Name!='$stack-trail'].Name")
    [[ -z $found ]] || echo "deploy.sh: this account has the trail '$found' already. A second one is paid for call by call:
  if that one records enough, set account.trail to false in environments/$environment.ts" >&2
  fi
}

# Whether the environment has one of the things that an account has once.
has() {
  [[ " $singletons " == *" $1 "* ]]
}

# query SERVICE COMMAND QUERY [OPTION...]: what AWS answers, in one line; nothing if it does not.
query() {
  local answer
  answer=$(aws "$1" "$2" --query "$3" --output text "${@:4}" 2>/dev/null) || return 0
  answer=$(tr '\t\n' '  ' <<<"$answer")
  [[ $answer == 'None ' ]] || echo "${answer% }"
}

# AWS keeps one role for AWS Config in an account: Terraform, which could only make it, would fail where it exists.
make_config_role() {
  has configRecorder || return 0
  aws iam get-role --role-name AWSServiceRoleForConfig >/dev/null 2>&1 ||
    aws iam create-service-linked-role --aws-service-name config.amazonaws.com >/dev/null ||
    echo "deploy.sh: AWS Config may lack the role AWSServiceRoleForConfig, which somebody has to make" >&2
}

# Makes the plan at $plan, with all that belongs to it, and removes what there was: what is left of it is whole.
make_plan() {
  plan=${plan:-$PWD/build/plans/$environment/$action.tfplan}
  local -r stem=${plan%.tfplan}
  synthesized=$stem.stacks
  unfinished=("$plan" "$synthesized" "$stem".{json,md,origin.json})
  rm -rf "${unfinished[@]}"
  mkdir -p "$synthesized"
  PIPELINE_ENVIRONMENT=$environments CDKTF_OUTDIR=$synthesized node -r ts-node/register main.ts
  initialize
  terraform_here plan -input=false -out="$plan" "$@"
  terraform_here show -json "$plan" >"$stem.json"
}

# Where the guard refuses a plan, it is left for people to read.
review_plan() {
  local status=0
  step review "$action" "$plan" "$environment" "$region" "$account" "${review[@]}" || status=$?
  unfinished=()
  ((status == 0)) || exit "$status"
}

initialize() {
  terraform_here init -input=false -reconfigure >/dev/null
}

terraform_here() {
  terraform -chdir="$synthesized/stacks/$stack" "$@" || {
    step lock "$environment" >&2 || true
    exit 1
  }
}

# Just this plan, which somebody has read.
apply_plan() {
  terraform_here apply -input=false "$plan"
}

# Just the plan that the guard has judged a moment ago. `terraform providers lock`, which cdktf would run, goes to the public
# registry whatever mirror is configured.
cdktf_deploy() {
  PIPELINE_PLAN=$plan TERRAFORM_BINARY_NAME=$PWD/scripts/deploy/terraform.sh \
    npx --no-install cdktf deploy "$stack" --output "$synthesized" --skip-synth --skip-provider-lock --auto-approve || {
    step lock "$environment" >&2 || true
    exit 1
  }
}

# Whoever cannot be asked is told before the plan is made.
need_answer() {
  [[ -n $1 || -t 0 ]] || fail "there is no terminal to ask a question: give $2" 2
}

# ask QUESTION ANSWER
ask() {
  local answer
  read -rp "$1 " answer
  [[ $answer == "$2" ]] || fail 'nothing was changed'
}

# What is left by one who was interrupted, or whose plan failed, is no plan.
clean_up() {
  ((${#unfinished[@]} == 0)) || rm -rf "${unfinished[@]}"
}

main() {
  parse_arguments "$@"
  cd "$(dirname "${BASH_SOURCE[0]}")/.."
  check_tools
  export AWS_REGION=$region AWS_DEFAULT_REGION=$region AWS_PAGER=""
  export TF_VAR_aws_region=$region TF_DATA_DIR=$PWD/build/terraform/$environment TF_IN_AUTOMATION=1 CHECKPOINT_DISABLE=1
  [[ -t 1 ]] || export TF_CLI_ARGS=-no-color
  [[ -f ${TF_CLI_CONFIG_FILE:-$HOME/.terraformrc} ]] || export TF_CLI_CONFIG_FILE=$PWD/build/terraform.rc
  [[ -z ${AWS_CA_BUNDLE:-} ]] || export NODE_EXTRA_CA_CERTS=${NODE_EXTRA_CA_CERTS:-$AWS_CA_BUNDLE}
  unfinished=()
  trap clean_up EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM
  check_account
  "$action"
}

bootstrap() {
  step bootstrap "$environment"
}

plan() {
  check_singletons
  [[ $state == ready ]] || bootstrap
  make_plan
  review_plan
  echo "The plan is ${plan#"$PWD/"}. To apply it:
  scripts/deploy.sh --environment $environment --region $region --action apply --plan-file ${plan#"$PWD/"}"
}

apply() {
  if [[ -n $plan ]]; then
    step verify apply "$plan" "$environment" "$region" "$account" "${review[@]}"
    synthesized=${plan%.tfplan}.stacks
    initialize
    make_config_role
    apply_plan
  else
    need_answer "$approve" --auto-approve
    check_singletons
    [[ $state == ready ]] || bootstrap
    make_plan
    review_plan
    [[ -n $approve ]] || ask "Apply this plan to $environment? Only 'yes' is accepted:" yes
    make_config_role
    cdktf_deploy
  fi
  step record "$plan"
}

destroy() {
  [[ $state == ready ]] || fail "there is no state of environment '$environment': nothing to destroy"
  need_answer "$confirmed" "--confirm $environment"
  make_plan -destroy
  review_plan
  if [[ -z $confirmed ]]; then
    ask "This deletes $environment in account $account with its data. To go on, type its name:" "$environment"
  fi
  terraform_here apply -input=false "$plan"
  step record "$plan" destroyed
}

output() {
  step output "$environment"
}

main "$@"
