# shellcheck shell=bash disable=SC2034 # its variables are for the scripts beside it
# For the scripts beside it, each of which breaks or changes something of the
# UIMCluster $2 in namespace $1 and returns when that is over.
set -euo pipefail
namespace=$1 cluster=$2
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
of_cluster=app.kubernetes.io/name=uim,app.kubernetes.io/instance=$cluster
chat_pods=$of_cluster,app.kubernetes.io/component=chat

k() { kubectl -n "$namespace" "$@"; }

# settled: waits until the cluster is as its newest spec says, and its chat
# servers are those of the newest template.
settled() {
  local generation
  generation=$(k get uimcluster "$cluster" -o 'jsonpath={.metadata.generation}')
  k wait "uimcluster/$cluster" --timeout=180s \
    --for=jsonpath="{.status.conditions[?(@.type==\"Ready\")].observedGeneration}=$generation"
  k wait "uimcluster/$cluster" --timeout=180s --for=condition=Ready
  k rollout status "deployment/$cluster-chat" --timeout=180s
}

# identities: what a change that touches no pod leaves as it is.
identities() {
  local format='{range .items[*]}{.kind}/{.metadata.name} {.metadata.uid}'
  k get pods -l "$of_cluster" -o "jsonpath=$format{\"\\n\"}{end}"
  k get deployments,statefulsets,services,configmaps -l "$of_cluster" -o "jsonpath=$format {.metadata.generation}{\"\\n\"}{end}"
}

# crash POD PROGRAM: kills the program's processes in the pod, as a crash or the
# kernel would, and waits until the same pod serves again.
crash() {
  local uid before
  uid=$(k get pod "$1" -o 'jsonpath={.metadata.uid}')
  before=$(restarts "$1")
  # shellcheck disable=SC2046 # a list of processes
  kill -KILL $("$here/processes-of.sh" "$uid" "$2")
  until [ "$(restarts "$1")" -gt "$before" ]; do sleep 0.2; done
  {
    k wait "pod/$1" --for=condition=Ready --timeout=120s
    settled
  } >/dev/null
}

restarts() { k get pod "$1" -o 'jsonpath={.status.containerStatuses[0].restartCount}'; }
