#!/bin/sh
# What the tests need from the system: Chromium for the browser tests. Without it they are skipped, aloud.
set -u
if command -v chromium >/dev/null 2>&1; then exit 0; fi
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    { apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium; } >/dev/null 2>&1 \
        || echo "make test: Chromium could not be installed; the browser tests will be skipped."
else
    echo "make test: no Chromium here and no right to install it; the browser tests will be skipped."
fi
