#!/bin/sh
# The published clients, unmodified, against a Worker of their own:
#   sh tests/clients/run.sh [SUITE …] [-- PYTEST ARGUMENTS]
cd "$(dirname "$0")/../.." && exec tools/node.sh tests/clients/run.mjs "$@"
