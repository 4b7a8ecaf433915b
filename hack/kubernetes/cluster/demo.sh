# shellcheck shell=bash disable=SC2154 # here: set by the script that sources this
# UIM itself in the cluster, as its users install it.

# uim_images: builds the images and gives them to the node. Each build of UIM
# also gets a tag of its own, uim_tag, so that a newer build is an upgrade.
uim_images() {
  local archives
  mapfile -t archives < <("$here/../images/build.sh")
  [ ${#archives[@]} = 3 ] || die "the images were not built"
  node_load "${archives[@]}"
  uim_tag=$(basename "${archives[0]}" .tar)
  uim_tag=${uim_tag#uim-}
  node_tag localhost/uim:dev "localhost/uim:$uim_tag"
  say "images loaded"
}

# uim_operator_ready: waits until the operator of the manifests applied last runs.
uim_operator_ready() {
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
  uim_images
  kubectl kustomize "$(repo_root)/config/default" | sed "s|localhost/uim:dev|localhost/uim:$uim_tag|" |
    kubectl apply --server-side --force-conflicts -f - >/dev/null
  uim_operator_ready
  kubectl create namespace chat --dry-run=client -o yaml | kubectl apply --server-side -f - >/dev/null
  kubectl -n chat apply --server-side -f "$(repo_root)/config/samples/uimcluster-minimal.yaml" >/dev/null
  { demo_upgraded && uim_ready chat chat; } || demo_failed
  # The sample asks for no host name. This one rule takes any, so that a browser
  # on this machine needs no DNS.
  kubectl -n chat create ingress demo --class=nginx --rule='/*=chat-chat:80' --dry-run=client -o yaml |
    kubectl apply --server-side -f - >/dev/null
  wait_until 30 "the web client" curl -fsS -o /dev/null -m 5 "http://$NODE_IP/readyz"
  kubectl -n chat get uim >&2
  say "UIM is ready. Make an account in the browser; a shell of your own: eval \"\$(hack/kubernetes/cluster.sh env)\""
  echo "http://$NODE_IP/"
}

# demo_upgraded: waits until the operator has begun to run this build: until
# then an older one still counts as Ready.
demo_upgraded() {
  kubectl -n chat wait deployment/chat-chat --for=create --timeout=180s >/dev/null &&
    kubectl -n chat wait deployment/chat-chat --timeout=180s \
      --for=jsonpath='{.spec.template.spec.containers[0].image}'="localhost/uim:$uim_tag" >/dev/null &&
    kubectl -n chat rollout status deployment/chat-chat --timeout=180s >/dev/null
}

demo_failed() {
  kubectl -n chat get uim,pods >&2
  kubectl get events -A --sort-by=.lastTimestamp | tail -n 20 >&2
  die "UIM did not become ready"
}
