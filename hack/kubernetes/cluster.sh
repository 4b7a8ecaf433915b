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

# The node's settings, for all scripts in cluster/ and for node-init.sh, which
# runs as a process of its own.
cluster_settings() {
  need_root
  CACHE=$(cache_dir)
  STATE=$CACHE/node
  NODE_NAME=node1
  LINK=uim0
  HOST_IP=172.30.0.1
  NODE_IP=172.30.0.2
  KUBECONFIG=$STATE/admin.conf
  export CACHE STATE NODE_NAME LINK HOST_IP NODE_IP KUBECONFIG
}

# The programs; a first call builds them.
cluster_programs() {
  BIN=$("$here/binaries.sh" | tail -n 1)
  export BIN PATH=$BIN:$PATH
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
  for part in pki node addons demo; do
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

cluster_up() {
  if node_alive; then
    say "the cluster is up"
    return
  fi
  need runc:runc /usr/lib/cni/bridge:containernetworking-plugins iptables:iptables nft:nftables ip:iproute2 openssl:openssl
  # Built before the start, so that the start itself takes seconds.
  local images
  images=$("$here/images.sh")
  trap node_stop EXIT
  pki_create
  node_start
  # shellcheck disable=SC2086 # one archive a line, and their paths have no spaces
  addons_install $images
  trap - EXIT
  say "the cluster is up: node $NODE_IP, KUBECONFIG=$KUBECONFIG"
}

cluster_env() {
  # shellcheck disable=SC2016 # PATH is for the shell that reads the line
  printf 'export KUBECONFIG=%q PATH=%q:"$PATH"\n' "$KUBECONFIG" "$BIN"
}

cluster_status() {
  if ! node_alive; then
    echo "down"
    return
  fi
  kubectl get nodes -o wide
  kubectl get pods -A -o wide
}

main "$@"
