# shellcheck shell=bash
# The command lines of the node's components, with the flags that kubeadm would
# write unless a comment says otherwise.

start_components() {
  start containerd --config "$STATE/containerd.toml"
  start_etcd
  start_apiserver
  start kube-scheduler --kubeconfig "$STATE/scheduler.conf" --leader-elect=false --bind-address 127.0.0.1 \
    --authentication-kubeconfig "$STATE/scheduler.conf" --authorization-kubeconfig "$STATE/scheduler.conf"
  until [ -S "$STATE/run/containerd.sock" ]; do sleep 0.1; done
  start kubelet --config "$STATE/kubelet.yaml" --kubeconfig "$STATE/kubelet.conf" \
    --hostname-override "$NODE_NAME" --node-ip "$NODE_IP" --root-dir /var/lib/kubelet
  start kube-proxy --config "$STATE/kube-proxy.yaml"
  start_controller_manager
}

# start PROGRAM FLAGS...: in the background, with a log named after it.
start() { "$@" >"$STATE/log/$1.log" 2>&1 & }

# --unsafe-no-fsync: the state is a throw-away, and disks are slow.
start_etcd() {
  local tls=$STATE/pki/etcd
  start etcd --name "$NODE_NAME" --data-dir "$STATE/etcd" --unsafe-no-fsync \
    --listen-client-urls https://127.0.0.1:2379 --advertise-client-urls https://127.0.0.1:2379 \
    --listen-peer-urls https://127.0.0.1:2380 --initial-advertise-peer-urls https://127.0.0.1:2380 \
    --initial-cluster "$NODE_NAME=https://127.0.0.1:2380" --client-cert-auth --peer-client-cert-auth \
    --cert-file "$tls/server.crt" --key-file "$tls/server.key" --trusted-ca-file "$tls/ca.crt" \
    --peer-cert-file "$tls/peer.crt" --peer-key-file "$tls/peer.key" --peer-trusted-ca-file "$tls/ca.crt"
}

start_apiserver() {
  local tls=$STATE/pki
  start kube-apiserver --advertise-address "$NODE_IP" --secure-port 6443 --allow-privileged=true \
    --authorization-mode Node,RBAC --enable-admission-plugins NodeRestriction \
    --client-ca-file "$tls/ca.crt" --tls-cert-file "$tls/apiserver.crt" --tls-private-key-file "$tls/apiserver.key" \
    --etcd-servers https://127.0.0.1:2379 --etcd-cafile "$tls/etcd/ca.crt" \
    --etcd-certfile "$tls/apiserver-etcd-client.crt" --etcd-keyfile "$tls/apiserver-etcd-client.key" \
    --kubelet-client-certificate "$tls/apiserver-kubelet-client.crt" --kubelet-client-key "$tls/apiserver-kubelet-client.key" \
    --kubelet-certificate-authority "$tls/ca.crt" --kubelet-preferred-address-types InternalIP \
    --proxy-client-cert-file "$tls/front-proxy-client.crt" --proxy-client-key-file "$tls/front-proxy-client.key" \
    --requestheader-client-ca-file "$tls/front-proxy-ca.crt" --requestheader-allowed-names front-proxy-client \
    --requestheader-username-headers X-Remote-User --requestheader-group-headers X-Remote-Group \
    --requestheader-extra-headers-prefix X-Remote-Extra- \
    --service-account-issuer https://kubernetes.default.svc.cluster.local \
    --service-account-key-file "$tls/sa.pub" --service-account-signing-key-file "$tls/sa.key" \
    --service-cluster-ip-range 10.96.0.0/16
}

# At the default of 20 requests a second it throttles itself for 5 s at start. It
# ends for good when the API server takes more than 10 s to let it in.
start_controller_manager() {
  local tls=$STATE/pki conf=$STATE/controller-manager.conf
  until kubectl --kubeconfig "$conf" get --raw /healthz; do sleep 0.2; done >"$STATE/log/apiserver-wait.log" 2>&1
  start kube-controller-manager --kubeconfig "$conf" --authentication-kubeconfig "$conf" --authorization-kubeconfig "$conf" \
    --kube-api-qps 200 --kube-api-burst 300 --leader-elect=false --bind-address 127.0.0.1 \
    --use-service-account-credentials=true --controllers '*,bootstrapsigner,tokencleaner' \
    --client-ca-file "$tls/ca.crt" --requestheader-client-ca-file "$tls/front-proxy-ca.crt" --root-ca-file "$tls/ca.crt" \
    --cluster-signing-cert-file "$tls/ca.crt" --cluster-signing-key-file "$tls/ca.key" \
    --service-account-private-key-file "$tls/sa.key" \
    --cluster-cidr 10.244.0.0/16 --service-cluster-ip-range 10.96.0.0/16 --allocate-node-cidrs=true
}
