#!/usr/bin/env bash
# Kills the chat server with the most connections of UIMCluster $2 in namespace
# $1, with no time to say goodbye. The node's processes are visible from this
# machine, and their cgroups carry the uid of their pod.
set -euo pipefail
pod=$("$(dirname "$0")/busiest-pod.sh" "$1" "$2")
uid=$(kubectl -n "$1" get pod "$pod" -o 'jsonpath={.metadata.uid}')
# Processes may end while we look: only whether one is found counts.
victim=$({ grep -ls "pod$uid" /proc/[0-9]*/cgroup || true; } | while IFS=/ read -r _ _ process _; do
  [ "$(cat "/proc/$process/comm" 2>/dev/null)" != uim ] || echo "$process"
done)
kill -KILL "${victim:?no server of $pod was found}"
echo "killed the server of $pod"
