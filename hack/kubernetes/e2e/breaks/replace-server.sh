#!/usr/bin/env bash
# Deletes the pod of the managed server $3 (postgres or redis) and waits until
# another one serves.
. "$(dirname "$0")/common.sh"
pod=$cluster-$3-0
uid=$(k get pod "$pod" -o 'jsonpath={.metadata.uid}')
{
  k delete pod "$pod" --timeout=90s
  k wait "pod/$pod" --for=create --timeout=60s
  k wait "pod/$pod" --for=condition=Ready --timeout=120s
  settled
} >/dev/null
[ "$(k get pod "$pod" -o 'jsonpath={.metadata.uid}')" != "$uid" ]
