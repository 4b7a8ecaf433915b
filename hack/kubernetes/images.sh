#!/usr/bin/env bash
# Builds the images of the test cluster's own parts and prints the path of each
# archive on a line of stdout.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
. "$here/lib.sh"
. "$here/../images/lib.sh"

image_pause() { mkimg -t localhost/pause:1 -o "$1" -entrypoint /pause "$bin/pause=/pause"; }

image_coredns() { mkimg -t localhost/coredns:1 -o "$1" -user 0:0 -entrypoint /coredns "$bin/coredns=/coredns"; }

image_storage() { mkimg -t localhost/storage:1 -o "$1" -user 0:0 -entrypoint /storage "$bin/storage=/storage"; }

# Debian's nginx, and the controller that writes its configuration.
image_ingress() {
  CGO_ENABLED=0 go build -C "$(repo_root)" -trimpath -buildvcs=false -ldflags '-s -w' -o "$1.ingress" ./hack/kubernetes/ingress >&2
  package_image "$here/ingress/image" "$1" -t localhost/ingress:1 -user 10001:10001 -entrypoint /ingress \
    TREE "$1.ingress=/ingress"
  rm "$1.ingress"
}

main() {
  local name
  bin=$("$here/binaries.sh" | tail -n 1)
  PATH=$bin:$PATH
  for name in pause coredns storage; do
    cached_image "$name" "$here/images.sh" "$here/binaries.sh" "$here/programs"
  done
  cached_image ingress "$here/images.sh" "$here/../images/dpkg.cfg" "$here/ingress"
}

main "$@"
