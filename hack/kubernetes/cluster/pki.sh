# shellcheck shell=bash
# Certificates and kubeconfigs of the cluster, made once by kubeadm's phases.

pki_create() {
  [ ! -s "$KUBECONFIG" ] || return 0
  mkdir -p "$STATE/pki" "$STATE/log"
  pki_kubeadm_config >"$STATE/kubeadm.yaml"
  {
    kubeadm init phase certs all --config "$STATE/kubeadm.yaml" &&
      kubeadm init phase kubeconfig all --config "$STATE/kubeadm.yaml" --kubeconfig-dir "$STATE"
  } >"$STATE/log/kubeadm.log" 2>&1 || die "kubeadm made no certificates: see $STATE/log/kubeadm.log"
  kubeadm kubeconfig user --client-name system:kube-proxy --config "$STATE/kubeadm.yaml" \
    >"$STATE/kube-proxy.conf" 2>>"$STATE/log/kubeadm.log"
  pki_kubelet_certificate
  # Last: its presence says that everything above is there. kubeadm's own
  # admin.conf has no rights until a binding exists that only a full init makes.
  mv "$STATE/super-admin.conf" "$KUBECONFIG"
  say "certificates made"
}

# With kubernetesVersion set, kubeadm does not ask the network for it.
pki_kubeadm_config() {
  cat <<YAML
apiVersion: kubeadm.k8s.io/v1beta4
kind: InitConfiguration
localAPIEndpoint: {advertiseAddress: $NODE_IP, bindPort: 6443}
nodeRegistration: {name: $NODE_NAME, criSocket: "unix://$STATE/run/containerd.sock"}
---
apiVersion: kubeadm.k8s.io/v1beta4
kind: ClusterConfiguration
kubernetesVersion: v1.37.2
certificatesDir: $STATE/pki
networking: {serviceSubnet: 10.96.0.0/16, podSubnet: 10.244.0.0/16, dnsDomain: cluster.local}
apiServer: {certSANs: [127.0.0.1, localhost, $HOST_IP]}
YAML
}

# Signed by the cluster's CA, so that logs, exec and metrics can verify it.
pki_kubelet_certificate() {
  local pki=$STATE/pki
  openssl req -new -newkey rsa:2048 -nodes -keyout "$pki/kubelet.key" -out "$pki/kubelet.csr" \
    -subj "/O=system:nodes/CN=system:node:$NODE_NAME" 2>>"$STATE/log/kubeadm.log"
  openssl x509 -req -in "$pki/kubelet.csr" -CA "$pki/ca.crt" -CAkey "$pki/ca.key" -CAcreateserial -days 365 \
    -extfile <(printf 'subjectAltName=DNS:%s,IP:%s\nextendedKeyUsage=serverAuth' "$NODE_NAME" "$NODE_IP") \
    -out "$pki/kubelet.crt" 2>>"$STATE/log/kubeadm.log"
}
