#!/usr/bin/env bash
# Deploys one environment. `--help` prints the usage.
set -euo pipefail

usage() {
  cat <<'USAGE'
Usage: scripts/deploy.sh --environment NAME --action ACTION [--region REGION] [--auto-approve]

  --environment NAME   an environment of the folder environments/, such as dev
  --action ACTION      bootstrap   makes the bucket and the lock table of the Terraform state; may be run again
                       plan        shows what apply would change
                       apply       bootstraps, then deploys with cdktf
                       destroy     deletes the environment
                       output      prints the outputs of the deployed stack as JSON
  --region REGION      an AWS Region; default: AWS_REGION, else us-east-1
  --auto-approve       asks no question: for pipelines

Exit codes: 0 done, 1 failed, 2 wrong usage or a missing tool.
USAGE
}

fail() {
  echo "deploy.sh: $1" >&2
  exit "${2:-1}"
}

parse_arguments() {
  environment='' action='' region="${AWS_REGION:-us-east-1}" approve=()
  while (($#)); do
    case "$1" in
      --help | -h) usage && exit 0 ;;
      --auto-approve) approve=(--auto-approve) && shift && continue ;;
      --environment | --action | --region) (($# > 1)) || fail "$1 needs a value; see --help" 2 ;;
      *) fail "unknown argument '$1'; see --help" 2 ;;
    esac
    case "$1" in
      --environment) environment=$2 ;;
      --action) action=$2 ;;
      --region) region=$2 ;;
    esac
    shift 2
  done
  [[ -n $environment && -n $action ]] || fail '--environment and --action are needed; see --help' 2
  [[ $action =~ ^(bootstrap|plan|apply|destroy|output)$ ]] ||
    fail "unknown action '$action': bootstrap, plan, apply, destroy or output" 2
}

check_tools() {
  for tool in node terraform aws; do
    command -v "$tool" >/dev/null || fail "'$tool' is not on the PATH; see the prerequisites in README.md" 2
  done
  node scripts/setup.js deploy
}

# Names are built by modules/naming.ts alone.
read_environment() {
  local names
  names=$(node -r ts-node/register/transpile-only -e '
    const { loadEnvironment } = require("./environments");
    const { Naming } = require("./modules/naming");
    try {
      const { name, stateRegion, account } = loadEnvironment(process.argv[1]);
      const { prefix, stateBucket, lockTable } = new Naming(name);
      const singletons = Object.keys(account).filter((key) => account[key]);
      console.log(prefix, stateBucket, lockTable, stateRegion, ...singletons);
    } catch (error) { console.error(error.message); process.exit(2) }' "$environment")
  read -r stack bucket table state_region singletons <<<"$names"
}

check_credentials() {
  aws sts get-caller-identity >/dev/null ||
    fail "AWS does not accept your credentials: run 'aws configure' or 'aws sso login' and try again"
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

# The state bucket and the lock table are made by the CLI: Terraform cannot keep its state in what it has yet to make.
bootstrap() {
  local -x AWS_REGION=$state_region AWS_DEFAULT_REGION=$state_region
  if ! aws s3api head-bucket --bucket "$bucket" 2>/dev/null; then
    echo "Making the state bucket $bucket"
    if [[ $state_region == us-east-1 ]]; then
      aws s3api create-bucket --bucket "$bucket" >/dev/null
    else
      aws s3api create-bucket --bucket "$bucket" --create-bucket-configuration "LocationConstraint=$state_region" >/dev/null
    fi
  fi
  aws s3api put-public-access-block --bucket "$bucket" --public-access-block-configuration \
    BlockPublicAcls=true,IgnorePublicAcls=true,BlockPublicPolicy=true,RestrictPublicBuckets=true
  aws s3api put-bucket-versioning --bucket "$bucket" --versioning-configuration Status=Enabled
  aws s3api put-bucket-encryption --bucket "$bucket" --server-side-encryption-configuration \
    '{"Rules":[{"ApplyServerSideEncryptionByDefault":{"SSEAlgorithm":"aws:kms"},"BucketKeyEnabled":true}]}'
  aws s3api put-bucket-policy --bucket "$bucket" --policy "$(tls_only_policy "$bucket")"
  if ! aws dynamodb describe-table --table-name "$table" >/dev/null 2>&1; then
    echo "Making the lock table $table"
    aws dynamodb create-table --table-name "$table" --billing-mode PAY_PER_REQUEST \
      --sse-specification Enabled=true,SSEType=KMS \
      --attribute-definitions AttributeName=LockID,AttributeType=S \
      --key-schema AttributeName=LockID,KeyType=HASH >/dev/null
    aws dynamodb wait table-exists --table-name "$table"
  fi
}

tls_only_policy() {
  cat <<POLICY
{"Version": "2012-10-17", "Statement": [{
  "Sid": "TlsOnly", "Effect": "Deny", "Principal": "*", "Action": "s3:*",
  "Resource": ["arn:aws:s3:::$1", "arn:aws:s3:::$1/*"],
  "Condition": {"Bool": {"aws:SecureTransport": "false"}}}]}
POLICY
}

# `terraform providers lock`, which cdktf would run, goes to the public registry whatever mirror is configured.
cdktf() {
  npx --no-install cdktf "$@" "$stack" --skip-provider-lock
}

main() {
  cd "$(dirname "$0")/.."
  parse_arguments "$@"
  check_tools
  read_environment
  export AWS_REGION=$region AWS_DEFAULT_REGION=$region AWS_PAGER=""
  export TF_VAR_aws_region=$region PIPELINE_ENVIRONMENT=$environment CHECKPOINT_DISABLE=1
  # Without a terminal cdktf would print its spinner line by line.
  [[ -t 1 ]] || export CI=true
  [[ -f ${TF_CLI_CONFIG_FILE:-$HOME/.terraformrc} ]] || export TF_CLI_CONFIG_FILE=$PWD/build/terraform.rc
  check_credentials
  case "$action" in
    bootstrap) bootstrap ;;
    plan)
      check_singletons
      bootstrap
      cdktf diff
      ;;
    apply)
      check_singletons
      bootstrap
      make_config_role
      cdktf deploy "${approve[@]}"
      ;;
    destroy) cdktf destroy "${approve[@]}" ;;
    output) cdktf output --outputs-file build/outputs.json >/dev/null && cat build/outputs.json ;;
  esac
}

main "$@"
