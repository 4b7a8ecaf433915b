# shellcheck shell=bash disable=SC2154 # here: the folder hack/kubernetes, set by the sourcing script
# The cluster as a whole: settings, programs, start, state.

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
  # The images unpack while the API server starts.
  # shellcheck disable=SC2086 # one archive a line, and their paths have no spaces
  node_load $images &
  local loading=$!
  node_api
  wait $loading
  say "images of the cluster's own parts loaded"
  addons_install
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
