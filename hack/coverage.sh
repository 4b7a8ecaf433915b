#!/usr/bin/env bash
# Prints the share of statements covered, by package, from a Go coverage
# profile; generated code and test environments are left out.
set -euo pipefail

awk '
  NR > 1 && !/\.gen\.go|\.sql\.go|zz_generated|\/testenv\/|\/historytest\/|\/conformance\// {
    split($1, at, ":"); pkg = at[1]; sub(/\/[^\/]*$/, "", pkg)
    block = $1; if (!(block in size)) { size[block] = $2; of[block] = pkg }
    if ($3 > 0) hit[block] = 1
  }
  END {
    for (b in size) { n[of[b]] += size[b]; all += size[b]; if (b in hit) { c[of[b]] += size[b]; covered += size[b] } }
    for (p in n) printf "%5.1f %%  %s\n", 100 * c[p] / n[p], p | "sort -k3"
    close("sort -k3")
    printf "%5.1f %%  in all\n", 100 * covered / all
  }' "${1:?usage: coverage.sh PROFILE}"
