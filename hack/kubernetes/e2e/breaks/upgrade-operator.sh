#!/usr/bin/env bash
# Upgrades the operator to the image $3, which gives the clusters the same images
# as before: nothing of theirs may move.
. "$(dirname "$0")/common.sh"
before=$(identities)
{
  kubectl -n uim-system set image deployment/uim-operator "operator=$3"
  kubectl -n uim-system rollout status deployment/uim-operator --timeout=120s
} >/dev/null
# The new one has looked after the cluster once it has written that it has.
pod=$(kubectl -n uim-system get pods -l app.kubernetes.io/name=uim-operator --field-selector=status.phase=Running \
  -o "jsonpath={.items[?(@.spec.containers[0].image==\"$3\")].metadata.name}")
reconciled() {
  kubectl get --raw "/api/v1/namespaces/uim-system/pods/${pod%% *}:9090/proxy/metrics" |
    awk '/^controller_runtime_reconcile_total\{.*result="success"/ {n += $2} END {exit !(n > 0)}'
}
for _ in {1..300}; do
  ! reconciled 2>/dev/null || break
  sleep 0.2
done
reconciled
after=$(identities)
[ "$before" = "$after" ] || { diff <(echo "$before") <(echo "$after"); exit 1; }
echo "no pod and no generation changed: $(wc -l <<<"$after") objects"
