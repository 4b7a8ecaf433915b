# shellcheck shell=bash
# What the scripts of hack/kubernetes and hack/images share. To be sourced;
# stdout stays free for answers, people read stderr.

lib_root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
lib_started=${EPOCHREALTIME/[.,]/}

# The repository's root.
repo_root() { printf '%s\n' "$lib_root"; }

# The folder outside the work tree that keeps what is slow to make.
cache_dir() { realpath -m "${UIM_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/uim}"; }

# Tenths of a second since the script started, as seconds.
elapsed() {
  local tenths=$(((${EPOCHREALTIME/[.,]/} - lib_started) / 100000))
  printf '%d.%d' $((tenths / 10)) $((tenths % 10))
}

say() { printf '%7ss %s\n' "$(elapsed)" "$*" >&2; }

die() {
  printf 'error: %s\n' "$*" >&2
  exit 1
}

# content_hash FILE...: one short name for the contents and the names of all
# these files, wherever the repository lies; folders count with all they hold.
# What else decides the result (versions, flags) comes in on stdin.
content_hash() {
  local base=$lib_root/
  {
    cat
    find "$@" -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum | sed "s|  $base|  |"
  } | sha256sum | cut -c1-16
}

# built NAME INPUT...: prints the folder of programs that the function build_NAME
# makes in the folder it gets, unless there is one of the same inputs and Go.
built() {
  local name=$1 cache out
  shift
  command -v go >/dev/null || die "go is missing: install Go 1.26 or newer"
  cache=$(cache_dir)
  out=$cache/$name-$(go env GOVERSION GOARCH | content_hash "$@")
  if [ ! -d "$out" ]; then
    mkdir -p "$cache"
    exec 9>"$cache/$name.lock"
    flock 9 # a second caller waits here, then finds the folder made
    if [ ! -d "$out" ]; then
      rm -rf "$cache/$name.unfinished"
      mkdir "$cache/$name.unfinished"
      "build_$name" "$cache/$name.unfinished"
      mv "$cache/$name.unfinished" "$out"
    fi
    exec 9>&-
  fi
  printf '%s\n' "$out"
}

# need COMMAND:PACKAGE...: installs the Debian packages of the commands (or
# absolute paths) that are missing, or says which they are.
need() {
  local pair missing=()
  for pair; do
    case ${pair%%:*} in
      /*) [ -e "${pair%%:*}" ] || missing+=("${pair#*:}") ;;
      *) command -v "${pair%%:*}" >/dev/null || missing+=("${pair#*:}") ;;
    esac
  done
  [ ${#missing[@]} -gt 0 ] || return 0
  if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
    die "these Debian packages are missing: ${missing[*]}. Install them; as root on Debian or Ubuntu this script does it itself."
  fi
  say "installing ${missing[*]}"
  {
    apt-get update -q &&
      DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends -o DPkg::Lock::Timeout=300 "${missing[@]}"
  } >&2 || die "apt-get could not install ${missing[*]}"
}

need_root() {
  [ "$(id -u)" = 0 ] || die "this needs root on Linux: it makes namespaces and mounts of its own"
}
