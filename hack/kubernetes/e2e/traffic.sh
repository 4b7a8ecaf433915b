# shellcheck shell=bash disable=SC2154 # here, host and work: set by the scripts that source this
# Steps of the end-to-end run about certificates and Gateways.

# crds MODULE PATH: applies CustomResourceDefinitions that are inside a Go module.
crds() {
  local folder
  folder=$(cd "$here/certificates" && go mod download -json "$1" | sed -n 's/^\t"Dir": "\(.*\)",$/\1/p')
  kubectl apply --server-side -f "$folder/$2"
}

# acme_server: cert-manager and Pebble, to which the host is the ingress.
acme_server() {
  local archives
  mapfile -t archives < <("$here/certificates/images.sh")
  [ ${#archives[@]} = 3 ]
  node_load "${archives[@]}"
  kubectl -n kube-system get configmap coredns -o yaml |
    sed "s/^        errors\$/&\n        hosts {\n            $NODE_IP $host\n            fallthrough\n        }/" | kubectl apply -f -
  kubectl -n kube-system rollout restart deployment/coredns
  crds github.com/cert-manager/cert-manager deploy/crds
  kubectl wait --for=condition=Established crd/certificates.cert-manager.io crd/clusterissuers.cert-manager.io --timeout=30s
  kubectl apply -f "$here/certificates/cert-manager.yaml"
  kubectl apply -f "$here/certificates/pebble.yaml"
  kubectl -n kube-system rollout status deployment/coredns --timeout=60s
  kubectl -n cert-manager rollout status deployment/pebble --timeout=120s
  kubectl wait --for=condition=Ready clusterissuer/acme --timeout=60s
}

issued_certificate() {
  local begin=${EPOCHREALTIME/[.,]/}
  kubectl -n chat patch uimcluster chat --type=merge \
    -p '{"spec": {"tls": {"secretName": null, "issuerRef": {"name": "acme", "kind": "ClusterIssuer"}}}}'
  uim_ready chat chat
  note "from the change of the spec to Ready: $(((${EPOCHREALTIME/[.,]/} - begin) / 1000)) ms"
  kubectl get --raw /api/v1/namespaces/cert-manager/services/https:pebble:15000/proxy/roots/0 >"$work/authority.crt"
  wait_until 30 "the certificate" fetch "$url/readyz"
  kubectl -n chat get uim chat -o 'jsonpath={.status.conditions[?(@.type=="CertificatesValid")].message}' | note
}

# rotated_certificate: over WebSockets, through the proxy, with its certificate checked.
rotated_certificate() {
  chat_program exchange -messages "$messages" -stay -break "$here/e2e/renew-certificate.sh chat chat $host $NODE_IP" | note
  sent "$messages"
}

gateway_api() {
  crds sigs.k8s.io/gateway-api config/crd/standard/gateway.networking.k8s.io_gateways.yaml
  crds sigs.k8s.io/gateway-api config/crd/standard/gateway.networking.k8s.io_httproutes.yaml
  kubectl wait --for=condition=Established crd/gateways.gateway.networking.k8s.io --timeout=30s
  kubectl apply -f "$here/e2e/gateway.yaml"
  kubectl -n chat patch uimcluster chat --type=merge -p \
    "{\"spec\": {\"ingress\": null, \"gateway\": {\"host\": \"$host\", \"parentRefs\": [{\"name\": \"public\", \"sectionName\": \"https\"}]}}}"
  uim_ready chat chat
  kubectl -n chat get ingress chat-chat 2>/dev/null && return 1
  wait_until 30 "the Gateway" fetch "$url/readyz"
  kubectl -n chat get uim chat -o 'jsonpath={.status.conditions[?(@.type=="TrafficRouted")].message}' | note
  chat_program exchange -messages "$messages" | note
  sent "$messages"
}
