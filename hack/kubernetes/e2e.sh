#!/usr/bin/env bash
# The end-to-end run: from no cluster at all to two browsers that chat, all that
# dies and changes while people write, and a deletion that keeps the data.
# Prints a time for each step and ends with "N passed, N failed".
#
#   hack/kubernetes/e2e.sh           the whole run, on an empty cluster
#   KEEP=1 hack/kubernetes/e2e.sh    leaves the cluster up, to look around
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
. "$here/lib.sh"
for part in cluster pki node addons demo; do
  # shellcheck source=/dev/null
  . "$here/cluster/$part.sh"
done
. "$here/e2e/report.sh"
. "$here/e2e/steps.sh"

main() {
  cluster_settings
  "$here/../install.sh" build browser shell
  report_begin
  must "programs of the cluster" programs
  cluster_programs
  must "an empty cluster starts" empty_cluster
  must "images of UIM" build_images
  must "the operator is installed by kustomize" install_operator
  must "the minimal sample becomes Ready" minimal_sample
  step "kubectl get uim tells its state" columns
  must "a host name and TLS are added" host_and_tls
  must "the ingress serves the web client over TLS" web_client
  must "two people register" register
  step "two browsers chat both ways" browsers
  step "a chat pod is deleted while people write" exchange someone delete-pod
  step "a chat server is killed while people write" exchange someone kill-pod
  step "a changed setting rolls out while people write" exchange someone roll-out
  step "a chat server is scaled away while people write" exchange someone scale-down
  step "Postgres is replaced while people write" exchange nobody replace-server postgres
  step "Postgres is killed while people write" exchange nobody kill-server postgres
  step "Redis is replaced while people write" exchange nobody replace-server redis
  step "Redis is killed while people write" exchange nobody kill-server redis
  step "all passwords are replaced while people write" exchange someone rotate passwords
  step "the signing key is replaced while people write" exchange nobody rotate signing-keys
  must "an ACME server issues the certificate, by cert-manager" acme_certificate
  step "the certificate is renewed while people write" exchange nobody renew-certificate
  step "an upgrade of the operator moves no pod" another_operator
  step "all pods die while there is no operator" exchange someone without-operator
  step "the whole node dies while people write" exchange someone restart-node
  step "a rollout fails no request" rollout
  must "deletion of the UIMCluster ends its workloads" delete_cluster
  step "it keeps volumes and Secrets" data_is_kept
  must "the same UIMCluster again becomes Ready" host_and_tls
  step "all the old messages are there" old_messages
}

main "$@"
