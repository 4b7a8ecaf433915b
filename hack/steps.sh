# shellcheck shell=bash
# For the scripts beside it: runs named steps one after the other, prints the
# time of each, and stops at the first that fails.
#   step NAME COMMAND...
#   steps_summary

steps_times=()
steps_begin=$SECONDS

step() {
  local name=$1 begin=$SECONDS; shift
  printf '\n\033[1m── %s\033[0m\n' "$name"
  if ! "$@"; then
    printf '\033[31m── %s FAILED after %d s\033[0m\n' "$name" $((SECONDS - begin)) >&2
    exit 1
  fi
  steps_times+=("$(printf '%6d s  %s' $((SECONDS - begin)) "$name")")
}

steps_summary() {
  printf '\n── %s: all steps passed\n' "$1"
  printf '%s\n' "${steps_times[@]}"
  printf '%6d s  in all\n' $((SECONDS - steps_begin))
}
