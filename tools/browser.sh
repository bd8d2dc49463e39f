#!/bin/sh
# Brings the browsers of the tests, from Debian: Chromium, in which the pages are tested, and
# Firefox, in which the npm package is tried where it can be had.
set -eu
install() {
  [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1 || return 1
  echo "setup: installing $1"
  apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null
}

if [ ! -x /usr/bin/chromium ] && ! install chromium fonts-liberation; then
  echo "setup: chromium is missing: install it as /usr/bin/chromium" >&2
  exit 1
fi
if [ ! -x /usr/bin/firefox-esr ] && [ ! -x /usr/bin/firefox ] && ! install firefox-esr; then
  echo "setup: no Firefox here: the npm package is not tried in it"
fi
