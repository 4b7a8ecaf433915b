#!/usr/bin/env bash
# A real single-node Kubernetes on this machine, in namespaces of its own: what
# it changes outside its state folder is one network link and its cgroups, and
# both go with it. See README.md for what it is made of.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
. "$here/lib.sh"

usage() {
  cat <<'TEXT'
usage: hack/kubernetes/cluster.sh COMMAND

  up            start the cluster: DNS, a default StorageClass, an Ingress controller on 172.30.0.2
  demo          up, then UIM in it: images, operator and config/samples/uimcluster-minimal.yaml
  down          stop it; volumes, objects and images stay for the next up
  wipe          stop it and remove all of its state
  status        nodes and pods
  load TAR...   give image archives to the node
  exec CMD...   run a command in the namespaces of the node
  kubectl ARGS  kubectl for this cluster
  env           lines for a shell: eval "$(hack/kubernetes/cluster.sh env)"

State lies in $UIM_CACHE (default ~/.cache/uim).
TEXT
}

main() {
  local command=${1:-help}
  [ $# = 0 ] || shift
  case $command in
    up | demo | down | wipe | status | load | exec | kubectl | env) ;;
    help | -h | --help) usage && return ;;
    *) usage >&2 && die "unknown command: $command" ;;
  esac
  local part
  for part in cluster pki node addons demo; do
    # shellcheck source=/dev/null
    . "$here/cluster/$part.sh"
  done
  cluster_settings
  case $command in
    up) cluster_programs && cluster_up ;;
    demo) cluster_programs && cluster_up && demo ;;
    down) node_stop ;;
    wipe) node_stop && rm -rf "$STATE" ;;
    status) cluster_programs && cluster_status ;;
    load) cluster_programs && node_running && node_load "$@" ;;
    exec) node_running && node_exec "$@" ;;
    kubectl) cluster_programs && node_running && exec kubectl "$@" ;;
    env) cluster_programs && cluster_env ;;
  esac
}

main "$@"
