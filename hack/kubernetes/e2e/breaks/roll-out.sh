#!/usr/bin/env bash
# Changes the configuration of the chat servers, which replaces all of them.
. "$(dirname "$0")/common.sh"
mapfile -t old < <(k get pods -l "$chat_pods" -o name)
{
  k patch uimcluster "$cluster" --type=merge -p '{"spec": {"chat": {"drainSeconds": 4}}}'
  settled
  k wait "${old[@]}" --for=delete --timeout=90s
} >/dev/null
