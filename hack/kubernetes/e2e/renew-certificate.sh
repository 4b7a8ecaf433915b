#!/usr/bin/env bash
# Renews the certificate of UIMCluster $2 in namespace $1, as cert-manager does when its
# time comes, and waits until host $3 at address $4 is served with the new one.
set -euo pipefail
served() { openssl s_client -connect "$2:443" -servername "$1" </dev/null 2>/dev/null | openssl x509 -noout -serial; }

before=$(served "$3" "$4")
issuing="{\"type\": \"Issuing\", \"status\": \"True\", \"reason\": \"ManuallyTriggered\", \"message\": \"The end-to-end run asks for it\", \"lastTransitionTime\": \"$(date -u +%FT%TZ)\"}"
kubectl -n "$1" patch certificate "$2-chat" --subresource=status --type=json \
  -p "[{\"op\": \"add\", \"path\": \"/status/conditions/-\", \"value\": $issuing}]"
deadline=$((SECONDS + 90))
until after=$(served "$3" "$4") && [ "$after" != "$before" ]; do
  [ $SECONDS -lt $deadline ] || { echo "still $before" >&2 && exit 1; }
  sleep 0.2
done
echo "served: $before before, $after after"
