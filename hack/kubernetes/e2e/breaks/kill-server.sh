#!/usr/bin/env bash
# Kills the processes of the managed server $3 (postgres or redis).
# shellcheck source=hack/kubernetes/e2e/breaks/common.sh
. "$(dirname "$0")/common.sh"
crash "$cluster-$3-0" "$3"
