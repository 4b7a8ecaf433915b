#!/usr/bin/env bash
# Deletes the chat pod with the most connections, as a drain or a rollout would,
# and waits until it is gone and another one serves.
# shellcheck source=hack/kubernetes/e2e/breaks/common.sh
. "$(dirname "$0")/common.sh"
{
  k delete pod "$("$here/busiest-pod.sh" "$namespace" "$cluster")" --timeout=90s
  settled
} >/dev/null
