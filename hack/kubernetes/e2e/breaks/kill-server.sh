#!/usr/bin/env bash
# Kills the processes of the managed server $3 (postgres or redis), as a crash or
# the kernel would, and waits until the same pod serves again.
. "$(dirname "$0")/common.sh"
pod=$cluster-$3-0
uid=$(k get pod "$pod" -o 'jsonpath={.metadata.uid}')
restarts() { k get pod "$pod" -o 'jsonpath={.status.containerStatuses[0].restartCount}'; }
before=$(restarts)
# shellcheck disable=SC2046 # a list of processes
kill -KILL $("$here/processes-of.sh" "$uid" "$3")
until [ "$(restarts)" -gt "$before" ]; do sleep 0.2; done
{
  k wait "pod/$pod" --for=condition=Ready --timeout=120s
  settled
} >/dev/null
