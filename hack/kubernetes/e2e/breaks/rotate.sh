#!/usr/bin/env bash
# Has the operator replace $3 (passwords or signing-keys), and waits until the old
# passwords are closed, or the servers publish the new key.
# shellcheck source=hack/kubernetes/e2e/breaks/common.sh
. "$(dirname "$0")/common.sh"
what=$3
case $what in
  passwords) field=passwords secrets=("$cluster-postgres" "$cluster-redis") ;;
  signing-keys) field=signingKeys secrets=("$cluster-keys") ;;
esac

rotation() { k get uimcluster "$cluster" -o "jsonpath={.status.rotation.$field.$1}"; }
contents() { k get secret "${secrets[@]}" -o 'jsonpath={.items[*].data}{.data}' | sha256sum; }
public_keys() { k get --raw "/api/v1/namespaces/$namespace/services/$cluster-chat:http/proxy/.well-known/jwks.json" | grep -o '"kid"' | wc -l; }

before=$(rotation lastTime) old=$(contents) keys=$(public_keys)
k annotate uimcluster "$cluster" --overwrite "uim.dev/rotate-$what=$(date +%s)" >/dev/null
until [ "$(rotation lastTime)" != "$before" ] && [ -z "$(rotation stage)" ]; do sleep 0.5; done
settled >/dev/null
[ "$(contents)" != "$old" ]
# The servers read their keys again when the kubelet has given them the new ones.
[ "$what" = passwords ] || until [ "$(public_keys)" -gt "$keys" ]; do sleep 1; done
