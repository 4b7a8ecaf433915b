#!/usr/bin/env bash
# Prints the chat pod of UIMCluster $2 in namespace $1 that has the most
# WebSocket connections: the one whose end is felt. Pods that are on their way
# out do not count, and may not answer any more.
set -euo pipefail
selector=app.kubernetes.io/name=uim,app.kubernetes.io/instance=$2,app.kubernetes.io/component=chat
staying='{{range .items}}{{if not .metadata.deletionTimestamp}}{{println .metadata.name}}{{end}}{{end}}'

kubectl -n "$1" get pods -l "$selector" --field-selector=status.phase=Running -o go-template="$staying" | while read -r pod; do
  metrics=$(kubectl get --raw "/api/v1/namespaces/$1/pods/$pod:9090/proxy/metrics")
  awk -v pod="$pod" '$1 ~ /^uim_websocket_connections/ {n += $2} END {print n + 0, pod}' <<<"$metrics"
done | sort -rn | head -n 1 | cut -d' ' -f2
