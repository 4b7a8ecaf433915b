#!/bin/sh
# Runs once, as root, in the image's tree after its packages are installed.
set -eu

# nginx runs as uid 10001 with all its files below /tmp.
rm -rf /etc/nginx /var/www /var/lib/nginx /var/lib/apt/lists/* /var/cache/* /var/log/*
# It opens this file before it reads where errors go.
install -d /var/log/nginx
ln -s /dev/stderr /var/log/nginx/error.log
