# shellcheck shell=bash
# How the programs of this module are compiled, and its tests too. Kept apart
# because another value of any of these compiles all of Kubernetes once more.
export CGO_ENABLED=0
# Read by the scripts that source this file. The last tag leaves promtool without the
# clients of two dozen clouds.
# shellcheck disable=SC2034
program_flags=(-trimpath -buildvcs=false -tags "no_btrfs,no_zfs,no_aufs,no_devmapper,no_tracing,remove_all_sd")
