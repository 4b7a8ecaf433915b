#!/usr/bin/env bash
# Deletes the chat pod of UIMCluster $2 in namespace $1 that has the most
# connections, as a drain or a rollout would.
set -euo pipefail
pod=$("$(dirname "$0")/busiest-pod.sh" "$1" "$2")
kubectl -n "$1" delete pod "$pod" --wait=false
