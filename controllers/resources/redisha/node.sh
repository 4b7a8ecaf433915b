#!/bin/sh
# Becomes one of three Redis servers that sentinels watch, or its sentinel:
#
#   node.sh server | sentinel
#
#   NODE           host name of this one
#   NODES          host names of all; the first is the master where there was none before
#   NODE_PASSWORD  by which servers and sentinels let each other in
#   CONFIG         folder with redis.conf and sentinel.conf
#   CERTIFICATES   folder with ca.crt, tls.crt and tls.key
#   DATA           folder that is kept
#   RUN            folder that is not
#
# A server starts as what it should be: as the master if the others' sentinels name
# it, else as a replica. What that gets wrong, sentinels put right.
set -eu
umask 077

name=uim
user=uim-node

# known ADDRESS: whether it is one of ours.
known() {
  case " $NODES " in *" $1 "*) [ -n "$1" ] ;; *) return 1 ;; esac
}

# named_by HOST: the master, as that host's sentinel has it.
named_by() {
  answer=$(REDISCLI_AUTH=$NODE_PASSWORD timeout 3 redis-cli -h "$1" -p 26379 --tls --cacert "$CERTIFICATES/ca.crt" \
    --user "$user" --no-auth-warning SENTINEL GET-MASTER-ADDR-BY-NAME "$name" 2>/dev/null | head -n 1) || true
  if known "$answer"; then echo "$answer"; fi
}

# remembered: the master, as this one's sentinel knew it last.
remembered() {
  answer=$(sed -n "s/^sentinel monitor $name \([^ ]*\) .*/\1/p" "$DATA/sentinel.conf" 2>/dev/null) || true
  if known "$answer"; then echo "$answer"; fi
}

# master: what most of the other sentinels say; else what is remembered; else the first.
master() {
  said=$(for host in $NODES; do
    [ "$host" = "$NODE" ] || named_by "$host"
  done | sort | uniq -c | sort -rn | sed -n '1s/^ *[0-9]* //p')
  [ -n "$said" ] || said=$(remembered)
  echo "${said:-${NODES%% *}}"
}

server() {
  current=$(master)
  {
    echo "include $CONFIG/redis.conf"
    echo "replica-announce-ip $NODE"
    echo "masteruser $user"
    echo "masterauth $NODE_PASSWORD"
    [ "$current" = "$NODE" ] || echo "replicaof $current 6379"
  } >"$RUN/redis.conf"
  echo "node.sh: the master is $current" >&2
  exec redis-server "$RUN/redis.conf"
}

# What a sentinel has learnt is kept; what it was told is written anew, since
# passwords change.
sentinel() {
  current=$(master)
  learnt=$(grep -E "^sentinel (config-epoch|leader-epoch|known-replica|known-sentinel) $name |^sentinel (myid|current-epoch) " \
    "$DATA/sentinel.conf" 2>/dev/null | grep -v "^sentinel known-replica $name $current ") || true
  {
    cat "$CONFIG/sentinel.conf"
    echo "sentinel announce-ip $NODE"
    echo "sentinel sentinel-user $user"
    echo "sentinel sentinel-pass $NODE_PASSWORD"
    echo "sentinel monitor $name $current 6379 2"
    echo "sentinel auth-user $name $user"
    echo "sentinel auth-pass $name $NODE_PASSWORD"
    echo "sentinel down-after-milliseconds $name 3000"
    echo "sentinel failover-timeout $name 15000"
    echo "sentinel parallel-syncs $name 1"
    echo "$learnt"
  } >"$DATA/sentinel.conf.new"
  mv "$DATA/sentinel.conf.new" "$DATA/sentinel.conf"
  exec redis-server "$DATA/sentinel.conf" --sentinel
}

"$1"
