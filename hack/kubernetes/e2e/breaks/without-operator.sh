#!/usr/bin/env bash
# Pods of all kinds die while there is no operator; it finds everything well when
# it is back.
. "$(dirname "$0")/common.sh"
operator() { kubectl -n uim-system scale deployment/uim-operator --replicas="$1"; }
{
  replicas=$(kubectl -n uim-system get deployment uim-operator -o 'jsonpath={.spec.replicas}')
  operator 0
  kubectl -n uim-system wait pod -l app.kubernetes.io/name=uim-operator --for=delete --timeout=60s
  mapfile -t old < <(k get pods -l "$of_cluster" --field-selector=status.phase=Running -o name)
  k delete "${old[@]}" --timeout=120s
  k rollout status "deployment/$cluster-chat" --timeout=120s
  operator "$replicas"
  kubectl -n uim-system rollout status deployment/uim-operator --timeout=120s
  settled
} >/dev/null
echo "${#old[@]} pods died, all at once"
