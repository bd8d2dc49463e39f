#!/bin/sh
# Brings the browser that the pages are tested in: already there, else Debian's package.
set -eu
if [ -x /usr/bin/chromium ]; then exit 0; fi
if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null 2>&1; then
  echo "setup: chromium is missing: install it as /usr/bin/chromium" >&2
  exit 1
fi
echo "setup: installing Chromium"
apt-get update -qq
DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium fonts-liberation >/dev/null
