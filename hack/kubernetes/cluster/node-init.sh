#!/usr/bin/env bash
# The node's pid 1, inside the namespaces that node.sh made: mounts, network,
# then the components. Ends on TERM, and the kernel ends everything below it.
set -eu
export PATH=$BIN:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=node-config.sh
. "$here/node-config.sh"
# shellcheck source=node-components.sh
. "$here/node-components.sh"

# /run, /var/log and /var/lib are the node's own.
mount_folders() {
  mount --make-rshared /
  mount -t tmpfs tmpfs /run
  mkdir -p "$STATE/log/var"
  mount --bind "$STATE/log/var" /var/log
  mount --bind "$STATE/lib" /var/lib
  mkdir -p /var/lib/{kubelet,containerd,local-path} /var/log/{pods,containers}
}

# The same hierarchies as outside; this cgroup namespace shows only our subtree.
mount_cgroups() {
  local controllers folder option
  mount -t tmpfs -o mode=755 cgroup /sys/fs/cgroup
  while IFS=: read -r _ controllers _; do
    case $controllers in
      '') continue ;;
      name=*) folder=/sys/fs/cgroup/${controllers#name=} option=none,$controllers ;;
      *) folder=/sys/fs/cgroup/$controllers option=$controllers ;;
    esac
    mkdir -p "$folder"
    mount -t cgroup -o "$option" cgroup "$folder"
  done </proc/self/cgroup
}

# The kubelet would set these for the whole machine. It finds the values it
# wants here, in files of ours, and has nothing to write.
mount_kernel_settings() {
  local name value file
  mkdir -p /run/sysctl
  while read -r name value; do
    file=/run/sysctl/${name//\//_}
    echo "$value" >"$file"
    mount --bind "$file" "/proc/sys/$name"
  done <<'SETTINGS'
vm/overcommit_memory 1
vm/panic_on_oom 0
kernel/panic 10
kernel/panic_on_oops 1
kernel/keys/root_maxkeys 1000000
kernel/keys/root_maxbytes 25000000
SETTINGS
}

# The two sysctls belong to this network namespace.
set_up_network() {
  ip link set lo up
  touch "$STATE/run/network-wanted"
  until [ -e "$STATE/run/network-given" ]; do sleep 0.05; done
  ip addr add "$NODE_IP/30" dev eth0
  ip link set eth0 up
  ip route add default via "$HOST_IP"
  sysctl -qw net.ipv4.ip_forward=1 net.ipv4.conf.all.route_localnet=1
}

hostname "$NODE_NAME"
mount_folders
mount_cgroups
mount_kernel_settings
set_up_network
write_configuration
start_components
trap 'exit 0' TERM INT
# Waiting also reaps adopted orphans. A component that ends is not started
# again, so that a test sees its failure.
while :; do
  wait -n 2>/dev/null || true
  sleep 1
done
