#!/usr/bin/env bash
# Prints the processes of the pod with the uid $1 whose program's name begins
# with $2. The node's processes are visible from this machine, and their cgroups
# carry the uid of their pod.
set -euo pipefail
# Processes may end while we look: only whether one is found counts.
found=$({ grep -ls "pod$1" /proc/[0-9]*/cgroup || true; } | while IFS=/ read -r _ _ process _; do
  [[ "$(cat "/proc/$process/comm" 2>/dev/null)" != "$2"* ]] || echo "$process"
done)
echo "${found:?no process $2 of the pod was found}"
