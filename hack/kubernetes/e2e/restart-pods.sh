#!/usr/bin/env bash
# Replaces all chat pods of UIMCluster $2 in namespace $1, one after the other,
# and waits until the old ones are gone.
set -euo pipefail
selector=app.kubernetes.io/name=uim,app.kubernetes.io/instance=$2,app.kubernetes.io/component=chat
mapfile -t old < <(kubectl -n "$1" get pods -l "$selector" -o name)
{
  kubectl -n "$1" rollout restart "deployment/$2-chat"
  kubectl -n "$1" rollout status "deployment/$2-chat" --timeout=90s
  kubectl -n "$1" wait "${old[@]}" --for=delete --timeout=90s
} >/dev/null
