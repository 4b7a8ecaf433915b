#!/usr/bin/env bash
# Has cert-manager issue the certificate of the host anew, as "cmctl renew" does, and
# waits until the ingress controller serves it.
# shellcheck source=hack/kubernetes/e2e/breaks/common.sh
. "$(dirname "$0")/common.sh"
host=$(k get uimcluster "$cluster" -o 'jsonpath={.spec.ingress.host}')

served() {
  openssl s_client -connect "$NODE_IP:443" -servername "$host" </dev/null 2>/dev/null | openssl x509 -noout -serial
}

old=$(served)
k patch certificate "$cluster-chat" --subresource=status --type=json -p "[{\"op\": \"add\", \"path\": \"/status/conditions/-\", \"value\":
  {\"type\": \"Issuing\", \"status\": \"True\", \"reason\": \"ManuallyTriggered\", \"message\": \"asked for by the test\",
   \"lastTransitionTime\": \"$(date -u +%FT%TZ)\"}}]" >/dev/null
until new=$(served) && [ "$new" != "$old" ]; do sleep 0.5; done
settled >/dev/null
echo "served the certificate with $old, then the one with $new"
