#!/bin/sh
# Brings the tools that this checkout builds with. Idempotent; quick where all is there.
#   tools/setup.sh              for `make run`: Node 22, the npm tools, the wasm target
#   tools/setup.sh tests        in addition what the tests need: the target without an
#                               operating system, a browser
set -eu
cd "$(dirname "$0")/.."

fail() { echo "setup: $1" >&2; exit 1; }
need() { command -v "$1" >/dev/null 2>&1 || fail "$1 is missing: $2"; }

need cargo "install Rust from https://rustup.rs, or on Debian: apt-get install rustc-web cargo-web"
need npm "install Node.js with npm from https://nodejs.org, or on Debian: apt-get install npm"

# npm keeps its own record of what it has installed; ours says from which lock file.
if ! cmp -s package-lock.json node_modules/.installed-from 2>/dev/null; then
  echo "setup: installing the pinned npm tools"
  log=$(mktemp)
  # Not `npm ci`: it insists that the lock file names the builds for systems other than this one.
  if ! npm install --no-save --loglevel=error >"$log" 2>&1; then
    grep -E 'ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ETIMEDOUT' "$log" >/dev/null &&
      fail "no network: the npm registry cannot be reached, and the tools are not here yet"
    cat "$log" >&2
    fail "npm install failed (above)"
  fi
  rm -f "$log"
  cp package-lock.json node_modules/.installed-from
fi

tools/node.sh -e '' || fail "no Node 22 or later: the pinned one has no build for this machine; install it"
tools/target.sh wasm32-unknown-unknown || fail "no Rust target wasm32-unknown-unknown (above)"
if [ "${1:-}" = tests ]; then
  tools/target.sh thumbv7em-none-eabi || fail "no Rust target thumbv7em-none-eabi (above)"
  tools/browser.sh || fail "no browser (above)"
fi
