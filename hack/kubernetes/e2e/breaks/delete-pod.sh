#!/usr/bin/env bash
# Deletes the chat pod with the most connections, as a drain or a rollout would.
. "$(dirname "$0")/common.sh"
k delete pod "$("$here/busiest-pod.sh" "$namespace" "$cluster")" --wait=false
