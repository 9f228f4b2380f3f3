#!/usr/bin/env bash
# The demo's first merge as a plain script: the same tool calls with the same parallelism, no checks, no records
# beyond one signed artifact, no resuming. It is what `publisher run` is measured against.
# Wants: CATALOG STAGING HUB QUAY MODELERS BUILDKIT UPSTREAM_BASE KEY PUB WORK COSIGN_PASSWORD DOCKER_HOST on PATH's tools.
set -euo pipefail
export BUILDX_CONFIG=$WORK/buildx BUILDX_METADATA_PROVENANCE=max BUILDX_NO_DEFAULT_ATTESTATIONS=1
export SYFT_CHECK_FOR_APP_UPDATE=false SYFT_REGISTRY_INSECURE_USE_HTTP=true SYFT_RELATIONSHIPS_PACKAGE_FILE_OWNERSHIP=false
buildx create --driver remote --name bench "$BUILDKIT" > /dev/null
OFFLINE="--use-signing-config=false --tlog-upload=false --yes"
V=8.0.RC2.beta1
CANN=debian-python3.11-cann8.0.rc2.beta1
MIND=$CANN-mindspore2.3.1 TORCH=$CANN-pytorch2.1.0 OPEN=$CANN-pytorch2.1.0-openmind0.8.0

build() { # name, reference of the parent in the Dockerfile, repository@digest of the parent, more arguments
  local name=$1 reference=$2 parent=$3 digest; shift 3
  buildx build --builder bench --platform linux/amd64 --file "$CATALOG/meta/$name/Dockerfile" --provenance=false --sbom=false \
    --build-context "$reference=docker-image://$parent" --build-arg "BASE=$reference" --build-arg SOURCE_DATE_EPOCH=315532800 "$@" \
    --output "type=image,name=$STAGING/builds,push=true,push-by-digest=true,name-canonical=true,oci-mediatypes=true,rewrite-timestamp=true" \
    --metadata-file "$WORK/$name.json" --progress plain "$CATALOG/meta/$name" 2> "$WORK/$name.log"
  digest=$(sed -n 's/.*"containerimage.digest": "\(.*\)".*/\1/p' "$WORK/$name.json")
  echo "$digest" > "$WORK/$name.digest"
  attest "$digest" https://slsa.dev/provenance/v1 "$WORK/predicate.json"
  crane tag "$STAGING/builds@$digest" "b-$(sha256sum "$WORK/$name.json" | cut -c1-64)"
}
attest() { # shellcheck disable=SC2086
  cosign attest --key "$KEY" $OFFLINE --type "$2" --predicate "$3" "$STAGING/builds@$1" 2>> "$WORK/cosign.log"; }
sign() { # shellcheck disable=SC2086
  cosign sign --key "$KEY" $OFFLINE "$1@$2" 2>> "$WORK/cosign.log"; }
tested() { # name, commands…: one container each, without network
  local name=$1 image; shift; image=$STAGING/builds@$(cat "$WORK/$name.digest")
  docker pull --quiet "$image" > /dev/null
  for command; do
    docker run --rm --network none --memory 512m --pids-limit 256 --entrypoint sh "$image" -c "$command" > /dev/null
  done
}
evidence() { # name: SBOM, test result and signature of the platform, then the index and its own
  local name=$1 digest index; digest=$(cat "$WORK/$name.digest")
  syft scan "registry:$STAGING/builds@$digest" --output spdx-json --platform linux/amd64 > "$WORK/$name.spdx" 2> /dev/null
  attest "$digest" https://spdx.dev/Document "$WORK/$name.spdx"
  attest "$digest" https://in-toto.io/attestation/test-result/v0.1 "$WORK/predicate.json"
  sign "$STAGING/builds" "$digest"
  crane manifest "$STAGING/builds@$digest" > "$WORK/$name.manifest"
  printf '{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[{"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":"%s","size":%s,"platform":{"os":"linux","architecture":"amd64"}}]}' \
    "$digest" "$(stat -c %s "$WORK/$name.manifest")" > "$WORK/$name.index"
  index=$(sha256sum "$WORK/$name.index" | cut -c1-64)
  curl --silent --fail --request PUT --header 'Content-Type: application/vnd.oci.image.index.v1+json' \
    --data-binary "@$WORK/$name.index" "http://${STAGING%%/*}/v2/${STAGING#*/}/builds/manifests/d-$index"
  echo "sha256:$index" > "$WORK/$name.index-digest"
  attest "sha256:$index" https://slsa.dev/provenance/v1 "$WORK/predicate.json"
  attest "sha256:$index" https://in-toto.io/attestation/test-result/v0.1 "$WORK/predicate.json"
  sign "$STAGING/builds" "sha256:$index"
}
publish() { # registry prefix, then name=repository pairs, in order
  local prefix=$1 pair name repository index; shift
  for pair; do
    name=${pair%%=*} repository=${pair#*=} index=$(cat "$WORK/$name.index-digest")
    regctl --host "reg=${prefix%%/*},tls=disabled" --host "reg=${STAGING%%/*},tls=disabled" image copy --referrers --digest-tags \
      "$STAGING/builds@$index" "$prefix/$repository:d-${index#sha256:}" > /dev/null
  done
}
echo '{"stand": "in"}' > "$WORK/predicate.json"
build os docker.io/library/debian:12 "$UPSTREAM_BASE"; tested os 'cat /etc/os-release'; evidence os & e1=$!
build python docker.io/ascendai/os:debian12 "$STAGING/builds@$(cat "$WORK/os.digest")"
tested python 'python3 --version' 'python3 -m pip --version'; evidence python & e2=$!
build cann docker.io/ascendai/python:debian-python3.11 "$STAGING/builds@$(cat "$WORK/python.digest")" --build-arg CANN_VERSION=$V
tested cann cann-info; evidence cann & e3=$!
(build mindspore "docker.io/ascendai/cann:$CANN" "$STAGING/builds@$(cat "$WORK/cann.digest")"
 tested mindspore "python3 -c 'import mindspore'"; evidence mindspore) & e4=$!
build pytorch "docker.io/ascendai/cann:$CANN" "$STAGING/builds@$(cat "$WORK/cann.digest")"
tested pytorch "python3 -c 'import torch'"; evidence pytorch & e5=$!
build openmind "docker.io/ascendai/pytorch:$TORCH" "$STAGING/builds@$(cat "$WORK/pytorch.digest")"
tested openmind "python3 -c 'import openmind; print(openmind.backend())'" \
  'python3 -m openmind --port 8080 & for i in 1 2 3 4 5 6 7 8; do sleep 0.3; python3 -c "import urllib.request as u; u.urlopen(\"http://127.0.0.1:8080/health\")" && exit 0; done; exit 1'
evidence openmind & e6=$!
wait $e1 $e2 $e3 $e4 $e5 $e6

COMMON="os=layers python=layers cann=cann mindspore=mindspore pytorch=pytorch"
# shellcheck disable=SC2086
publish "$HUB" $COMMON & p1=$!
# shellcheck disable=SC2086
publish "$QUAY" $COMMON & p2=$!
# shellcheck disable=SC2086
publish "$MODELERS" $COMMON openmind=openmind & p3=$!
wait $p1 $p2 $p3
regctl --host "reg=${STAGING%%/*},tls=disabled" artifact put --artifact-type application/vnd.bench.record \
  "$STAGING/publisher-records:r-1" < "$WORK/predicate.json"
sign "$STAGING/publisher-records" "$(crane digest "$STAGING/publisher-records:r-1")"
for prefix in "$HUB" "$QUAY" "$MODELERS"; do
  (for pair in "cann=cann:$CANN" "mindspore=mindspore:$MIND" "pytorch=pytorch:$TORCH" cann=cann:cann8-deb12 \
     mindspore=mindspore:mindspore-deb12 pytorch=pytorch:pytorch-deb12 cann=cann:latest mindspore=mindspore:latest pytorch=pytorch:latest; do
     name=${pair%%=*} rest=${pair#*=}
     crane tag "$prefix/${rest%%:*}@$(cat "$WORK/$name.index-digest")" "${rest#*:}"
   done) 2>> "$WORK/crane.log" &
done
wait
crane tag "$MODELERS/openmind@$(cat "$WORK/openmind.index-digest")" "$OPEN" 2>> "$WORK/crane.log"
