#!/usr/bin/env bash
# Replaces all chat pods, one after the other, and waits until the old ones are
# gone.
. "$(dirname "$0")/common.sh"
mapfile -t old < <(k get pods -l "$chat_pods" -o name)
{
  k rollout restart "deployment/$cluster-chat"
  k rollout status "deployment/$cluster-chat" --timeout=90s
  k wait "${old[@]}" --for=delete --timeout=90s
} >/dev/null
