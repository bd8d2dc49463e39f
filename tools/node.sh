#!/bin/sh
# Node 22 or later: the pinned one where npm brought it, else the machine's own.
root=$(cd "$(dirname "$0")/.." && pwd)
for node in "$root"/node_modules/node-*/bin/node; do
  [ -x "$node" ] && exec "$node" "$@"
done
node -e 'process.exit(Number(process.versions.node.split(".")[0]) < 22)' 2>/dev/null && exec node "$@"
exit 1
