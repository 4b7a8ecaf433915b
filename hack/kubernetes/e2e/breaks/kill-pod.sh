#!/usr/bin/env bash
# Kills the chat server with the most connections, with no time to say goodbye.
# shellcheck source=hack/kubernetes/e2e/breaks/common.sh
. "$(dirname "$0")/common.sh"
pod=$("$here/busiest-pod.sh" "$namespace" "$cluster")
crash "$pod" uim
echo "killed the server of $pod"
