#!/bin/sh
# Runs once, as root, in the image's tree after its packages are installed.
set -eu

# A uid of our own, the same in every build, so that volumes keep their owner.
groupmod -g 10001 postgres
usermod -u 10001 postgres

# The cluster that the package made; ours is made on the volume.
rm -rf /var/lib/postgresql/15 /etc/postgresql/15
install -d -o postgres -g postgres -m 0700 /var/lib/postgresql /var/lib/postgresql/data
rm -rf /var/lib/apt/lists/* /var/cache/* /var/log/*
