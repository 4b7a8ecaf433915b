#!/usr/bin/env bash
# Kills the chat server with the most connections, with no time to say goodbye.
. "$(dirname "$0")/common.sh"
pod=$("$here/busiest-pod.sh" "$namespace" "$cluster")
kill -KILL "$("$here/processes-of.sh" "$(k get pod "$pod" -o 'jsonpath={.metadata.uid}')" uim)"
echo "killed the server of $pod"
