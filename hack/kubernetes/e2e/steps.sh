# shellcheck shell=bash disable=SC2154 # here and work: set by e2e.sh
# The steps of the end-to-end run. Each fails by its exit status.

host=chat.example.test
url=https://$host
people=(ada.lovelace bo.li)
password='a long enough secret'
messages=200 # of one exchange, at least

programs() { "$here/binaries.sh"; }

empty_cluster() {
  node_stop
  rm -rf "$STATE"
  cluster_up
}

build_images() {
  "$here/../images/build.sh"
  "$here/../web.sh" deps # for the browser step; the build may have had no need of them
  go build -C "$(repo_root)" -o "$work/e2e" ./hack/kubernetes/e2e
}

install_operator() {
  uim_images
  kubectl apply -k "$(repo_root)/config/default"
  uim_operator_ready
  kubectl create namespace chat
  note "CRD: $(kubectl get crd uimclusters.uim.dev -o yaml | wc -c) bytes"
}

# apply_until_ready FILE: with the time it took.
apply_until_ready() {
  local begin=${EPOCHREALTIME/[.,]/}
  kubectl -n chat apply -f "$1"
  uim_ready chat chat
  note "from kubectl apply to Ready: $(((${EPOCHREALTIME/[.,]/} - begin) / 1000)) ms"
}

minimal_sample() { apply_until_ready "$(repo_root)/config/samples/uimcluster-minimal.yaml"; }

columns() {
  local table
  table=$(kubectl -n chat get uim)
  note "$table"
  grep -Eq '^NAME +READY +REPLICAS +VERSION +PHASE +URL +.*AGE' <<<"$table"
  grep -Eq '^chat +True +2/2 +[^ ]+ +Running ' <<<"$table"
}

host_and_tls() {
  if [ ! -e "$work/tls.crt" ]; then
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj "/CN=$host" \
      -addext "subjectAltName=DNS:$host" -keyout "$work/tls.key" -out "$work/tls.crt"
    cat "$work/tls.crt" >>"$work/authorities.crt"
    kubectl -n chat create secret tls chat-tls --cert="$work/tls.crt" --key="$work/tls.key"
  fi
  apply_until_ready "$here/e2e/uimcluster.yaml"
  wait_until 30 "the ingress" fetch "$url/readyz"
  kubectl -n chat get uim chat -o 'jsonpath={.status.url}' | grep -x "$url"
}

# acme_certificate: what a user does who wants certificates of Let's Encrypt: installs
# cert-manager, makes an issuer, and names it.
acme_certificate() {
  local made
  mapfile -t made < <("$here/certificates.sh")
  node_load "${made[@]::${#made[@]}-1}"
  kubectl apply --server-side -f "${made[-1]}"
  local part
  for part in cert-manager pebble; do
    kubectl apply -f "$here/certificates/manifests/$part.yaml"
    kubectl -n cert-manager rollout status "deployment/$part" --timeout=120s
  done
  kubectl get --raw /api/v1/namespaces/cert-manager/services/https:pebble:15000/proxy/roots/0 >"$work/acme.crt"
  cat "$work/acme.crt" >>"$work/authorities.crt"
  kubectl -n chat apply -f "$here/e2e/issuer.yaml"
  kubectl -n chat patch uimcluster chat --type=merge -p '{"spec": {"tls": {"secretName": null, "issuerRef": {"name": "acme"}}}}'
  uim_ready chat chat
  kubectl -n chat wait uimcluster/chat --for=condition=CertificatesValid --timeout=60s
  wait_until 30 "the certificate at the ingress" fetch --cacert "$work/acme.crt" "$url/readyz"
}

# fetch CURL-ARGUMENTS: through the ingress, with its certificate checked.
fetch() {
  curl -fsS -m 10 --cacert "$work/authorities.crt" --resolve "$host:443:$NODE_IP" --resolve "$host:80:$NODE_IP" "$@"
}

web_client() {
  fetch "$url/" | grep -q '<div id="root"'
  fetch "$url/health" | grep -q '"status":"ok"'
  fetch -o /dev/null -w '%{http_code} %{redirect_url}\n' "http://$host/" | grep -x "308 $url/"
}

register() {
  local name
  for name in "${people[@]}"; do
    fetch "$url/api/auth/register" -H 'Content-Type: application/json' \
      -d "{\"username\": \"$name\", \"password\": \"$password\"}"
  done
}

browsers() {
  node "$here/e2e/browser.mjs" "$url" "$NODE_IP" "$work/screenshots" "${people[@]}" "$password"
  sent 2
}

# exchange CUTS SCRIPT [ARGUMENT]: messages both ways without pause, with a script
# of e2e/breaks run in their middle, which is to cut off someone, nobody or anyone.
exchange() {
  local outcome
  outcome=$(chat_program exchange -messages $messages -cuts "$1" -break "$here/e2e/breaks/$2.sh chat chat ${3:-}")
  note "$outcome"
  sent "$(awk '/ messages in / {print $1}' <<<"$outcome")"
}

rollout() { chat_program steady -interval 20ms -break "$here/e2e/breaks/restart-pods.sh chat chat" | note; }

# another_operator: the same program under another name, as an upgrade that
# changes nothing of the clusters.
another_operator() {
  node_tag localhost/uim:dev localhost/uim:next
  exchange nobody upgrade-operator localhost/uim:next
}

chat_program() {
  local command=$1
  shift
  E2E_PASSWORD=$password "$work/e2e" "$command" -url "$url" -connect "$NODE_IP" -ca "$work/authorities.crt" \
    -users "${people[0]},${people[1]}" "$@"
}

# sent COUNT: remembers how many messages there have to be at the end.
sent() { echo "$1" >>"$work/sent"; }

old_messages() {
  chat_program history -messages "$(awk '{n += $1} END {print n}' "$work/sent")" | note
}

delete_cluster() {
  local selector=app.kubernetes.io/instance=chat
  kubectl -n chat delete uimcluster chat --timeout=120s
  kubectl -n chat wait pod -l $selector --for=delete --timeout=180s
  wait_until 60 "the garbage collector" nothing_left $selector
}

nothing_left() {
  [ -z "$(kubectl -n chat get deployments,statefulsets,replicasets,jobs,services,ingresses,configmaps,pods -l "$1" -o name)" ]
}

data_is_kept() {
  kubectl -n chat get persistentvolumeclaims,secrets
  [ "$(kubectl -n chat get persistentvolumeclaim chat-postgres chat-redis -o 'jsonpath={.items[*].status.phase}')" = "Bound Bound" ]
  kubectl -n chat get secret chat-keys chat-postgres chat-redis
}
