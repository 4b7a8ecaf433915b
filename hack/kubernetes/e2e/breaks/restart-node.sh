#!/usr/bin/env bash
# Ends the node, by which the kernel kills all that runs on it, and starts it again.
# shellcheck source=hack/kubernetes/e2e/breaks/common.sh
. "$(dirname "$0")/common.sh"
mapfile -t pods < <(k get pods -l "$of_cluster" --field-selector=status.phase=Running -o 'jsonpath={range .items[*]}{.metadata.name}{"\n"}{end}')
declare -A before
for pod in "${pods[@]}"; do before[$pod]=$(restarts "$pod"); done
{
  "$here/../../cluster.sh" down
  "$here/../../cluster.sh" up
  for pod in "${pods[@]}"; do
    until [ "$(restarts "$pod")" -gt "${before[$pod]}" ]; do sleep 0.2; done
    k wait "pod/$pod" --for=condition=Ready --timeout=120s
  done
  settled
} >/dev/null
echo "${#pods[@]} pods began again"
