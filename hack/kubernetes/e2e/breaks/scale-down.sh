#!/usr/bin/env bash
# Takes away the chat server with the most connections, as people do who scale
# down, and gives one back.
. "$(dirname "$0")/common.sh"
pod=$("$here/busiest-pod.sh" "$namespace" "$cluster")
{
  replicas=$(k get uimcluster "$cluster" -o 'jsonpath={.status.chat.replicas}')
  k annotate pod "$pod" controller.kubernetes.io/pod-deletion-cost=-100
  k scale uimcluster "$cluster" --replicas=$((replicas - 1))
  k wait "pod/$pod" --for=delete --timeout=90s
  settled
  k scale uimcluster "$cluster" --replicas="$replicas"
  settled
} >/dev/null
