# shellcheck shell=bash disable=SC2154 # here: set by cluster.sh
# Start and stop of the node: one process tree in pid, mount, network, uts, ipc
# and cgroup namespaces of its own. Ending its first process ends all of it.

node_alive() { node_owns node; }

# node_owns NAME: whether the process of NAME.pid lives and is ours. After a
# restart of the machine the number may be somebody else's.
node_owns() {
  local pid
  pid=$(cat "$STATE/$1.pid" 2>/dev/null) && grep -qs /uim-node "/proc/$pid/cgroup"
}

node_running() {
  node_alive || die "the cluster is down: start it with hack/kubernetes/cluster.sh up"
}

node_start() {
  mkdir -p "$STATE"/{log,run,lib,etcd,cni}
  rm -rf "${STATE:?}"/run/*
  node_cgroups
  node_unshare
  node_link
}

# node_api: waits until the API server serves.
node_api() {
  wait_until 60 "the API server" kubectl get --raw /readyz
  wait_until 20 "the default namespace" kubectl get namespace default
  # A full "kubeadm init" makes this binding; without it logs and exec are forbidden.
  kubectl create clusterrolebinding kubeadm:apiserver-kubelet-client --clusterrole=system:kubelet-api-admin \
    --user=kube-apiserver-kubelet-client --dry-run=client -o yaml | kubectl apply -f - >/dev/null
  say "API server ready"
}

# One cgroup in each v1 hierarchy, made before the cgroup namespace, so that the
# node sees only its own subtree.
node_cgroups() {
  local hierarchy group file
  for hierarchy in /sys/fs/cgroup/*/; do
    if [ ! -e "$hierarchy/cgroup.procs" ] || [ "$hierarchy" = /sys/fs/cgroup/unified/ ]; then continue; fi
    group=${hierarchy}uim-node
    mkdir -p "$group"
    for file in cpuset.cpus cpuset.mems; do
      [ ! -e "$group/$file" ] || cat "$hierarchy/$file" >"$group/$file"
    done
  done
  [ -d /sys/fs/cgroup/memory/uim-node ] ||
    die "this machine has no cgroup v1 hierarchies, and the node has only been made to work with them"
}

# The shell inside runs builtins only before it becomes unshare, so that
# unshare's one child is the node's pid 1.
node_unshare() {
  # shellcheck disable=SC2016 # expanded by the inner shell
  INIT=$here/cluster/node-init.sh setsid bash -c '
    for group in /sys/fs/cgroup/*/uim-node; do echo $$ >"$group/cgroup.procs"; done
    exec unshare --mount --net --pid --uts --ipc --cgroup --fork --kill-child --mount-proc bash "$INIT"
  ' </dev/null >"$STATE/log/node-init.log" 2>&1 &
  echo $! >"$STATE/unshare.pid"
  wait_until 10 "the node's namespaces" node_first_process
  wait_until 10 "the node's first steps" test -e "$STATE/run/network-wanted"
}

node_first_process() {
  local parent child
  parent=$(cat "$STATE/unshare.pid")
  child=$(tr -d ' ' <"/proc/$parent/task/$parent/children") && [ -n "$child" ] && echo "$child" >"$STATE/node.pid"
}

# A veth pair joins the node to this machine, which forwards nothing for it.
node_link() {
  ip link del "$LINK" 2>/dev/null || true
  ip link add "$LINK" type veth peer name eth0 netns "$(cat "$STATE/node.pid")"
  ip addr add "$HOST_IP/30" dev "$LINK"
  ip link set "$LINK" up
  touch "$STATE/run/network-given"
}

# wait_until SECONDS WHAT COMMAND...
wait_until() {
  local deadline=$((SECONDS + $1)) what=$2
  shift 2
  until "$@" >/dev/null 2>&1; do
    if [ -s "$STATE/node.pid" ] && ! node_alive; then
      node_logs
      die "the node ended while waiting for $what"
    fi
    if [ $SECONDS -ge $deadline ]; then
      node_logs
      die "waited too long for $what"
    fi
    sleep 0.1
  done
}

node_logs() { tail -n 15 "$STATE"/log/*.log >&2; }

# Images are pinned: the kubelet must never remove what nothing could pull again.
node_load() {
  local archive
  wait_until 30 "containerd" test -S "$STATE/run/containerd.sock"
  for archive; do
    archive=$(realpath "$archive")
    # The names of our own archives hold their content's hash.
    ! grep -qxsF "$archive" "$STATE/loaded" || continue
    ctr -a "$STATE/run/containerd.sock" -n k8s.io images import --label io.cri-containerd.pinned=pinned "$archive" \
      >>"$STATE/log/import.log" 2>&1 || die "containerd refused $archive: see $STATE/log/import.log"
    case $archive in "$CACHE"/images/*) echo "$archive" >>"$STATE/loaded" ;; esac
  done
}

# node_tag IMAGE NAME: a second name for an image that the node has.
node_tag() {
  {
    ctr -a "$STATE/run/containerd.sock" -n k8s.io images tag --force "$1" "$2" &&
      ctr -a "$STATE/run/containerd.sock" -n k8s.io images label "$2" io.cri-containerd.pinned=pinned
  } >>"$STATE/log/import.log" 2>&1 || die "containerd did not take the name $2: see $STATE/log/import.log"
}

# Commands run by nsenter stay in the caller's cgroup, so this shell moves first.
node_exec() {
  local group
  for group in /sys/fs/cgroup/*/uim-node; do echo $$ >"$group/cgroup.procs"; done
  exec nsenter -t "$(cat "$STATE/node.pid")" --mount --net --pid --uts --ipc --cgroup -- "$@"
}

# Ending the node's pid 1 ends everything in its pid namespace. Should there be
# none yet, the end of unshare does it (--kill-child).
node_stop() {
  local name group
  for name in node unshare; do
    ! node_owns $name || node_end_process "$(cat "$STATE/$name.pid")"
    rm -f "$STATE/$name.pid"
  done
  ip link del "$LINK" 2>/dev/null || true
  for group in /sys/fs/cgroup/*/uim-node; do
    [ ! -d "$group" ] || find "$group" -depth -type d -exec rmdir {} + 2>/dev/null || true
  done
}

node_end_process() {
  local pid=$1 signal
  for signal in TERM KILL; do
    kill "-$signal" "$pid" 2>/dev/null || return 0
    for _ in {1..50}; do
      kill -0 "$pid" 2>/dev/null || return 0
      sleep 0.1
    done
  done
}
