#!/usr/bin/env bash
# Prints the chat pod of UIMCluster $2 in namespace $1 that has the most
# WebSocket connections: the one whose end is felt.
set -euo pipefail

selector=app.kubernetes.io/name=uim,app.kubernetes.io/instance=$2,app.kubernetes.io/component=chat
kubectl -n "$1" get pods -l "$selector" --field-selector=status.phase=Running -o name | while read -r pod; do
  metrics=$(kubectl get --raw "/api/v1/namespaces/$1/pods/${pod#pod/}:9090/proxy/metrics")
  awk -v pod="${pod#pod/}" '$1 ~ /^uim_websocket_connections/ {n += $2} END {print n + 0, pod}' <<<"$metrics"
done | sort -rn | head -n 1 | cut -d' ' -f2
