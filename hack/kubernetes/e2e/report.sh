# shellcheck shell=bash
# Steps with their times, what to look at after a failure, and the sum.

passed=0 failed=0

report_begin() {
  work=$(mktemp -d -t uim-e2e.XXXXXX)
  mkdir "$work/screenshots"
  trap report_end EXIT
  trap 'exit 130' INT TERM
}

report_end() {
  local status=$?
  [ -n "${KEEP:-}" ] || node_stop
  printf '%d s in all; screenshots and the last logs are in %s\n' "$SECONDS" "$work"
  printf '%d passed, %d failed\n' "$passed" "$failed"
  [ "$status" = 0 ] || exit "$status"
  [ "$failed" = 0 ] || exit 1
}

# step NAME COMMAND...: a line with the result and the time, and below it what
# the command noted.
step() {
  local name=$1 begin=$SECONDS status=0
  shift
  : >"$work/notes"
  # A shell of its own, in which errexit holds: after "||" or "if" it would not.
  set +e
  (
    set -e
    "$@"
  ) >"$work/step.log" 2>&1
  status=$?
  set -e
  if [ $status = 0 ]; then
    passed=$((passed + 1))
    printf 'ok   %3d s  %s\n' $((SECONDS - begin)) "$name"
  else
    failed=$((failed + 1))
    printf 'FAIL %3d s  %s\n' $((SECONDS - begin)) "$name"
    tail -n 40 "$work/step.log" | sed 's/^/          | /'
    [ $failed -gt 1 ] || diagnostics
  fi
  sed 's/^/           /' "$work/notes"
}

# must NAME COMMAND...: a step without which the others make no sense.
must() {
  local before=$failed
  step "$@"
  [ $failed = "$before" ] || exit 1
}

# note: stdin or the arguments, for the report.
note() { if [ $# -gt 0 ]; then echo "$*"; else cat; fi >>"$work/notes"; }

# diagnostics: what explains most failures.
diagnostics() {
  {
    heading "pods" kubectl get pods -A -o wide
    heading "UIMClusters" kubectl get uimclusters -A -o yaml
    heading "events" kubectl get events -A --sort-by=.lastTimestamp
    heading "descriptions" kubectl -n chat describe pods
    heading "operator" kubectl -n uim-system logs deployment/uim-operator --tail=60
    heading "UIM's pods" kubectl -n chat logs -l app.kubernetes.io/instance=chat --all-containers --prefix --tail=40
    heading "ingress" kubectl -n kube-system logs deployment/ingress --tail=40
    heading "components of the node" tail -n 15 "$STATE"/log/*.log
  } 2>&1 | tee "$work/diagnostics.log" | cut -c1-400
}

heading() {
  printf '\n===== %s\n' "$1"
  shift
  timeout 20 "$@" || true
}
