# shellcheck shell=bash disable=SC2154 # here: set by cluster.sh
# UIM itself in the cluster, as its users install it. e2e.sh takes the same steps.

# uim_install: the images, then the operator.
uim_install() {
  local archives
  mapfile -t archives < <("$here/../images/build.sh")
  [ ${#archives[@]} = 3 ] || die "the images were not built"
  node_load "${archives[@]}"
  say "images loaded"
  kubectl apply --server-side -k "$(repo_root)/config/default" >/dev/null
  # A cluster that is kept may run the operator of an older build, whose image
  # had the same name.
  kubectl -n uim-system rollout restart deployment/uim-operator >/dev/null
  kubectl -n uim-system rollout status deployment/uim-operator --timeout=120s >/dev/null
  say "operator ready"
}

# uim_ready NAMESPACE NAME: waits until the cluster is as its newest spec says.
uim_ready() {
  local generation
  generation=$(kubectl -n "$1" get uimcluster "$2" -o 'jsonpath={.metadata.generation}')
  kubectl -n "$1" wait "uimcluster/$2" --timeout=180s \
    --for=jsonpath="{.status.conditions[?(@.type==\"Ready\")].observedGeneration}=$generation" >/dev/null &&
    kubectl -n "$1" wait "uimcluster/$2" --timeout=180s --for=condition=Ready >/dev/null
}

demo() {
  uim_install
  kubectl create namespace chat --dry-run=client -o yaml | kubectl apply --server-side -f - >/dev/null
  kubectl -n chat apply --server-side -f "$(repo_root)/config/samples/uimcluster-minimal.yaml" >/dev/null
  uim_ready chat chat || demo_failed
  # The sample asks for no host name. This one rule takes any, so that a browser
  # on this machine needs no DNS.
  kubectl -n chat create ingress demo --class=nginx --rule='/*=chat-chat:80' --dry-run=client -o yaml |
    kubectl apply --server-side -f - >/dev/null
  wait_until 30 "the web client" curl -fsS -o /dev/null -m 5 "http://$NODE_IP/readyz"
  kubectl -n chat get uim >&2
  say "UIM is ready. Make an account in the browser; the shell's way in is: eval \"\$(hack/kubernetes/cluster.sh env)\""
  echo "http://$NODE_IP/"
}

demo_failed() {
  kubectl -n chat get uim,pods >&2
  kubectl get events -A --sort-by=.lastTimestamp | tail -n 20 >&2
  die "UIM did not become ready"
}
