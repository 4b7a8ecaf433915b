#!/usr/bin/env bash
# Builds every program of the test cluster from Go modules and prints, as the
# last line, the folder that holds them: etcd, kube-apiserver, kubectl, kubelet,
# containerd, coredns and so on. The folder also serves as KUBEBUILDER_ASSETS.
#
# Nothing is built when the folder for these sources exists already. From an
# empty Go build cache it takes ten to twenty minutes on two cores and 5 GB of cache.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
. "$here/lib.sh"

kubernetes=v1.37.2
containerd=2.4.2
components=(etcd kube-apiserver kube-controller-manager kube-scheduler kubelet kube-proxy kubectl kubeadm)

# shellcheck source=programs/flags.sh
. "$here/programs/flags.sh"

ldflags() {
  local flags="-s -w -X github.com/containerd/containerd/v2/version.Version=$containerd" package
  for package in k8s.io/component-base/version k8s.io/client-go/pkg/version; do
    flags+=" -X $package.gitVersion=$kubernetes -X $package.gitMajor=1 -X $package.gitMinor=37"
  done
  printf '%s' "$flags"
}

build_binaries() {
  local into=$1 upstream=github.com/containerd/containerd/v2/cmd component
  say "building Kubernetes $kubernetes, etcd, containerd and CoreDNS (ten to twenty minutes when Go's build cache is empty)"
  go -C "$here/programs" build "${program_flags[@]}" -ldflags "$(ldflags)" -o "$into/" \
    ./kubebox ./coredns ./mkimg ./pause ./storage \
    "$upstream/containerd" "$upstream/containerd-shim-runc-v2" "$upstream/ctr" >&2
  for component in "${components[@]}"; do ln -s kubebox "$into/$component"; done
  say "built $(du -shL --total "$into"/{kubebox,coredns,mkimg,pause,storage,containerd,containerd-shim-runc-v2,ctr} | tail -n 1 | cut -f1) of programs"
}

built binaries "$here/programs" "$here/binaries.sh"
