#!/bin/sh
# Runs once, as root, in the image's tree after its packages are installed.
set -eu

# A uid of our own, the same in every build, so that volumes keep their owner.
groupmod -g 10001 redis
usermod -u 10001 redis

install -d -o redis -g redis -m 0700 /data
rm -rf /var/lib/redis /etc/redis /var/lib/apt/lists/* /var/cache/* /var/log/*
