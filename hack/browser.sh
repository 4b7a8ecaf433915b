#!/usr/bin/env bash
# Runs the web client's browser tests against bin/uim with servers of its own.
set -euo pipefail
cd "$(dirname "$0")/.."

free_port() { node -e 'const s=require("net").createServer().listen(0,"127.0.0.1",()=>{console.log(s.address().port);s.close()})'; }

data=$(mktemp -d)
chmod 755 "$data"
listen=127.0.0.1:$(free_port)
# Everybody in these tests shares an address, and some of them write a lot.
export UIM_MESSAGES_PER_MINUTE=10000 UIM_MESSAGES_PER_HOUR=100000
export UIM_LOGINS_PER_MINUTE=10000 UIM_ANONYMOUS_REQUESTS_PER_MINUTE=10000 UIM_ANONYMOUS_SOCKETS_PER_IP=1000
bin/uim dev --data "$data" --listen "$listen" --ops-listen "127.0.0.1:$(free_port)" >"$data/uim.log" 2>&1 &
server=$!
stop() {
  kill -INT "$server" 2>/dev/null || true
  wait "$server" 2>/dev/null || true
  rm -rf "$data"
}
trap stop EXIT
for _ in $(seq 300); do
  curl -fsS -o /dev/null "http://$listen/readyz" 2>/dev/null && break
  kill -0 "$server" 2>/dev/null || { cat "$data/uim.log" >&2; exit 1; }
  sleep 0.1
done
UIM_URL=http://localhost:${listen##*:} hack/web.sh e2e
