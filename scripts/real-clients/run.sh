#!/usr/bin/env bash
# Runs third-party clients against the embedded AWS: the aws CLI, Packer, and the AWS SDK for JavaScript.
#
#     apt-get install awscli packer && npm ci && scripts/real-clients/run.sh [aws] [packer] [sdk]
#
# Each step prints what it did. The script ends at the first wrong result. It sends nothing to other machines.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
node=$root/node_modules/.bin/node
aws_cli=${AWS_CLI:-aws}
scratch=$(mktemp -d)
region=eu-west-1
account=999988887777
consumer=111122223333

server=
finish() {
  [ -z "$server" ] || { kill "$server" 2>/dev/null && wait "$server" || true; }
  rm -rf "$scratch"
}
trap finish EXIT

say() { printf '  %s\n' "$*"; }
# expect WHAT ACTUAL EXPECTED
expect() {
  [ "$2" = "$3" ] || { printf 'FAILED: %s is %q, expected %q\n' "$1" "$2" "$3" >&2; exit 1; }
  say "$1: $2"
}
# refused CODE COMMAND...: the command must fail with this AWS error code
refused() {
  local code=$1 answer
  shift
  if answer=$("$@" 2>&1); then printf 'FAILED: %s was not refused\n' "$*" >&2; exit 1; fi
  [[ $answer == *"($code)"* ]] || { printf 'FAILED: refused with %s, expected %s\n' "$answer" "$code" >&2; exit 1; }
  say "refused as expected: $code"
}

# The AWS settings of this machine must have no effect here.
unset "${!AWS_@}"
export AWS_CONFIG_FILE=/dev/null AWS_SHARED_CREDENTIALS_FILE=/dev/null AWS_EC2_METADATA_DISABLED=true AWS_PAGER=
# The CLI and the SDK for JavaScript name the region differently.
export AWS_ACCESS_KEY_ID=$account AWS_SECRET_ACCESS_KEY=any AWS_DEFAULT_REGION=$region AWS_REGION=$region

# At this speed, an hour takes fifteen seconds. The clients wait in real time.
"$node" "$root/cli/golden.js" serve --port 0 --speed 240 --fresh --seed 1 --state "$scratch/world.json" \
  >"$scratch/server.log" 2>&1 &
server=$!
for _ in $(seq 100); do
  url=$(sed -n 's/.*Embedded AWS at \(http:[^ ,]*\).*/\1/p' "$scratch/server.log" | head -1)
  [ -n "$url" ] && break
  kill -0 "$server" 2>/dev/null || { cat "$scratch/server.log" >&2; exit 1; }
  sleep 0.1
done
[ -n "$url" ] || { echo "the server did not start" >&2; cat "$scratch/server.log" >&2; exit 1; }
echo "embedded AWS at $url"

a() { "$aws_cli" --endpoint-url "$url" --output text "$@"; }
# as ACCOUNT COMMAND...
as() { AWS_ACCESS_KEY_ID=$1 "${@:2}"; }
# until_is STATE COMMAND...: repeats the command until its output is STATE
until_is() {
  local wanted=$1 answer= attempt
  shift
  for attempt in $(seq 120); do
    answer=$("$@" 2>/dev/null || true)
    [ "$answer" = "$wanted" ] && return
    sleep 0.5
  done
  printf 'FAILED: still %q instead of %q: %s\n' "$answer" "$wanted" "$*" >&2
  exit 1
}

aws_steps() {
  echo "$("$aws_cli" --version)"
  expect 'the caller' "$(a sts get-caller-identity --query Account)" "$account"
  local base instance image copy target=us-west-2 execution
  base=$(a ssm get-parameter --name /aws/service/ami-amazon-linux-latest/al2023-ami-kernel-6.1-x86_64 --query Parameter.Value)
  say "base image $base"
  refused InvalidAMIID.Malformed a ec2 describe-images --image-ids ami-x
  refused DryRunOperation a ec2 run-instances --dry-run --image-id "$base" --instance-type t3.micro
  instance=$(a ec2 run-instances --image-id "$base" --instance-type t3.micro --count 1 \
    --tag-specifications 'ResourceType=instance,Tags=[{Key=Name,Value=by hand}]' --query 'Instances[0].InstanceId')
  say "launched $instance"
  until_is running a ec2 describe-instances --instance-ids "$instance" --query 'Reservations[0].Instances[0].State.Name'
  a ec2 stop-instances --instance-ids "$instance" >"$scratch/out"
  a ec2 wait instance-stopped --instance-ids "$instance"
  expect 'the instance' "$(a ec2 describe-instances --filters "Name=tag:Name,Values=by*" \
    --query 'Reservations[].Instances[].State.Name')" stopped
  image=$(a ec2 create-image --instance-id "$instance" --name 'by-hand/1' --query ImageId)
  a ec2 wait image-available --image-ids "$image"
  say "image $image"
  refused InvalidAMIName.Duplicate a ec2 create-image --instance-id "$instance" --name 'by-hand/1'
  copy=$(a --region "$target" ec2 copy-image --source-region "$region" --source-image-id "$image" --name 'by-hand/1' \
    --client-token once --query ImageId)
  expect 'the copy with the same token' "$(a --region "$target" ec2 copy-image --source-region "$region" \
    --source-image-id "$image" --name 'by-hand/1' --client-token once --query ImageId)" "$copy"
  refused IdempotentParameterMismatch a --region "$target" ec2 copy-image --source-region "$region" \
    --source-image-id "$image" --name 'by-hand/2' --client-token once
  a --region "$target" ec2 wait image-available --image-ids "$copy"
  say "copied to $target as $copy"
  expect 'images that the consumer sees before sharing' "$(as "$consumer" a --region "$target" ec2 describe-images \
    --executable-users self --query 'length(Images)')" 0
  a --region "$target" ec2 modify-image-attribute --image-id "$copy" --launch-permission "Add=[{UserId=$consumer}]"
  a --region "$target" ec2 create-tags --resources "$copy" --tags Key=ec2:SharedTag/release,Value=1 Key=private,Value=x
  until_is "$copy" as "$consumer" a --region "$target" ec2 describe-images --executable-users self --query 'Images[].ImageId'
  until_is ec2:SharedTag/release as "$consumer" a --region "$target" ec2 describe-images --image-ids "$copy" \
    --query 'Images[].Tags[].Key'
  say "shared with $consumer, which sees only the shared tag"
  refused InvalidAMIID.NotFound as "$consumer" a ec2 describe-images --image-ids "$image"
  refused InvalidSnapshot.InUse a ec2 delete-snapshot --snapshot-id \
    "$(a ec2 describe-images --image-ids "$image" --query 'Images[0].BlockDeviceMappings[0].Ebs.SnapshotId')"
  a --region "$target" ec2 deregister-image --image-id "$copy" >"$scratch/out"
  a ec2 deregister-image --image-id "$image" >"$scratch/out"
  until_is 0 a ec2 describe-images --owners self --query 'length(Images)'
  a ec2 terminate-instances --instance-ids "$instance" >"$scratch/out"
  a ec2 wait instance-terminated --instance-ids "$instance"
  say 'deregistered and terminated'

  execution=$(a --region us-east-1 stepfunctions start-execution --name by-hand --input '{"recipe": "al2023"}' \
    --state-machine-arn "arn:aws:states:us-east-1:$account:stateMachine:golden-image-bake" --query executionArn)
  say "started $execution"
  until_is SUCCEEDED a --region us-east-1 stepfunctions describe-execution --execution-arn "$execution" --query status
  # As JSON, because the CLI applies a query to each page if the output is text.
  say "$(a --region us-east-1 stepfunctions get-execution-history --execution-arn "$execution" \
    --output json --query 'length(events)') events of history; stages:" \
    "$(a --region us-east-1 stepfunctions get-execution-history --execution-arn "$execution" \
      --query "events[?type=='TaskStateEntered'].stateEnteredEventDetails.name" | tr '\t' '\n' | uniq | paste -sd' ')"
  for target in us-east-1 eu-west-1; do
    expect "images baked in $target" "$(a --region "$target" ec2 describe-images --owners self \
      --filters 'Name=name,Values=al2023-*' --query 'length(Images)')" 1
  done
}

packer_steps() {
  packer version | head -1
  AWS_POLL_DELAY_SECONDS=1 AWS_MAX_ATTEMPTS=300 CHECKPOINT_DISABLE=1 packer build -color=false \
    -var "endpoint=$url" -var "consumer=$consumer" "$here/packer.json" | sed 's/^/  /'
  for target in eu-west-1 us-east-1 ap-southeast-2; do
    expect "images built in $target" "$(a --region "$target" ec2 describe-images --owners self \
      --filters 'Name=name,Values=packer-*' --query 'length(Images)')" 1
    expect "images that the consumer sees in $target" "$(as "$consumer" a --region "$target" ec2 describe-images \
      --executable-users self --filters 'Name=name,Values=packer-*' --query 'length(Images)')" 1
  done
  expect 'instances left' "$(a ec2 describe-instances --filters 'Name=instance-state-name,Values=pending,running,stopping,stopped' \
    --query 'length(Reservations)')" 0
}

sdk_steps() {
  AWS_ENDPOINT_URL=$url "$node" "$here/sdk.ts" | sed 's/^/  /'
}

for client in "${@:-aws packer sdk}"; do
  for one in $client; do
    echo "== $one"
    "${one}_steps"
  done
done
echo 'all checks passed'
