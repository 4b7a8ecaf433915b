#!/usr/bin/env bash
# Upgrades the operator to the image $3, which gives the clusters the same images
# as before: nothing of theirs may move.
# shellcheck source=hack/kubernetes/e2e/breaks/common.sh
. "$(dirname "$0")/common.sh"
before=$(identities)
{
  kubectl -n uim-system set image deployment/uim-operator "operator=$3"
  kubectl -n uim-system rollout status deployment/uim-operator --timeout=120s
} >/dev/null
# The new one looks after the cluster: it makes again what somebody deletes.
{
  k delete poddisruptionbudget "$cluster-chat"
  k wait "poddisruptionbudget/$cluster-chat" --for=create --timeout=60s
  settled
} >/dev/null
after=$(identities)
[ "$before" = "$after" ] || { diff <(echo "$before") <(echo "$after"); exit 1; }
echo "no pod and no generation changed: $(wc -l <<<"$after") objects"
