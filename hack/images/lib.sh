# shellcheck shell=bash
# Image archives without an engine: mkimg stacks static programs and trees of
# Debian packages. To be sourced after hack/kubernetes/lib.sh.

images_folder=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

# cached_image NAME INPUT...: prints the archive of an image. Unless there is
# one of the same inputs, the function image_NAME makes it at the path it gets.
cached_image() {
  local name=$1 archive
  shift
  archive=$(cache_dir)/images/$name-$(echo "$name" | content_hash "$images_folder/lib.sh" "$@").tar
  if [ ! -s "$archive" ]; then
    mkdir -p "${archive%/*}"
    "image_$name" "$archive.unfinished" >"$archive.size"
    mv "$archive.unfinished" "$archive"
    remove_older "${archive%/*}/$name"
  fi
  say "image $(cat "$archive.size")"
  printf '%s\n' "$archive"
}

# remove_older PREFIX: keeps the three newest archives of a name.
remove_older() {
  local old
  # The hash has no blanks, and ls sorts by age.
  # shellcheck disable=SC2012
  ls -t "$1"-????????????????.tar | tail -n +4 | while read -r old; do rm -f "$old" "$old.size"; done
}

# package_tree FOLDER OUT: a tar of Debian with the packages that FOLDER lists,
# finished by FOLDER/setup.sh.
package_tree() {
  local folder=$1 out=$2
  need mmdebstrap:mmdebstrap /usr/share/keyrings/debian-archive-keyring.gpg:debian-archive-keyring
  need_root
  say "installing $(paste -sd' ' "$folder/packages") into a tree"
  # shellcheck disable=SC2016 # $1 is for mmdebstrap's hooks
  mmdebstrap --quiet --mode=root --variant=minbase --format=tar --include="$(paste -sd, "$folder/packages")" \
    --aptopt='APT::Install-Recommends "false"' --dpkgopt="$images_folder/dpkg.cfg" \
    --customize-hook="copy-in $folder/setup.sh /" --customize-hook='chroot "$1" sh /setup.sh && rm "$1/setup.sh"' \
    bookworm "$out" >&2
}

# package_image FOLDER OUT MKIMG-ARGUMENTS...: an image of such a tree; further
# layers may follow the flags.
package_image() {
  local folder=$1 out=$2 tree
  shift 2
  tree=$out.tree.tar
  package_tree "$folder" "$tree"
  mkimg -o "$out" "${@//TREE/$tree}"
  rm -f "$tree"
}
