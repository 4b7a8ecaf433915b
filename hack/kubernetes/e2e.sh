#!/usr/bin/env bash
# The end-to-end run: from no cluster at all to two browsers that chat, chat
# servers that die among 200 messages, and a deletion that keeps the data.
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
  step "a chat pod is deleted among 200 messages" exchange "$here/e2e/delete-pod.sh"
  step "a chat server is killed among 200 messages" exchange "$here/e2e/kill-pod.sh"
  step "a rollout fails no request" rollout
  must "deletion of the UIMCluster ends its workloads" delete_cluster
  step "it keeps volumes and Secrets" data_is_kept
  must "the same UIMCluster again becomes Ready" host_and_tls
  step "all the old messages are there" old_messages
}

main "$@"
