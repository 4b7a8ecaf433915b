# shellcheck shell=bash disable=SC2154 # here: set by cluster.sh
# What every cluster needs beside the control plane: DNS, storage, ingress.

addons_install() {
  kubectl wait --for=create "node/$NODE_NAME" --timeout=60s >/dev/null
  kubectl apply --server-side -f "$here/manifests" >"$STATE/log/addons.log"
  kubectl wait --for=condition=Ready "node/$NODE_NAME" --timeout=60s >/dev/null
  local workload
  for workload in coredns storage ingress; do
    kubectl -n kube-system rollout status "deployment/$workload" --timeout=120s >/dev/null
  done
  # A restart of the node shows the rollouts from before it for some seconds.
  wait_until 60 "the ingress controller" curl -sS -o /dev/null -m 2 "http://$NODE_IP/"
  say "DNS, storage and ingress ready"
}
