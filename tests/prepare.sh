#!/bin/sh
# What the tests need from the system: Chromium for the browser tests, and tools that read the journal without us
# (Debian's litetlog; openssl and ssh-keygen, there nearly everywhere); slapd, a directory; LibreOffice opens the files that we write
# and runs our extension.
# Without one its tests are skipped, aloud.
set -u
missing=""
command -v chromium >/dev/null 2>&1 || missing="$missing chromium"
command -v spicy-litetlog >/dev/null 2>&1 || missing="$missing litetlog"
command -v soffice >/dev/null 2>&1 || missing="$missing libreoffice-writer-nogui"
/usr/bin/python3 -c 'import uno' 2>/dev/null || missing="$missing python3-uno"
command -v slapd >/dev/null 2>&1 || [ -x /usr/sbin/slapd ] || missing="$missing slapd ldap-utils"
command -v openssl >/dev/null 2>&1 || missing="$missing openssl"
command -v ssh-keygen >/dev/null 2>&1 || missing="$missing openssh-client"
# aics-tlog wants Python 3.12: where that of the tests is older, an environment of its own, from the same lock file.
if ! "${VENV:-.venv}/bin/python" -c 'import aics_tlog' 2>/dev/null && [ ! -x cache/oracle/bin/python ]; then
    for python in /usr/bin/python3 python3.14 python3.13 python3.12; do
        "$python" -c 'import sys; sys.exit(sys.version_info < (3, 12))' 2>/dev/null || continue
        mkdir -p cache
        awk '/^[a-z]/ { kept = $1 ~ /^(aics-tlog|cryptography|cffi|pycparser)==/ } kept' requirements/dev.lock >cache/oracle.lock
        "$python" -m venv cache/oracle 2>/dev/null \
            && cache/oracle/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r cache/oracle.lock \
            && break
        rm -rf cache/oracle
    done
    [ -x cache/oracle/bin/python ] || echo "make test: no Python 3.12 or later for aics-tlog; its two tests will be skipped."
fi
[ -z "$missing" ] && exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    apt-get update -qq >/dev/null 2>&1
    for package in $missing; do
        apt-get install -y -qq --no-install-recommends "$package" >/dev/null 2>&1 \
            || echo "make test: $package could not be installed; the tests that need it will be skipped."
    done
else
    echo "make test: absent here, and no right to install:$missing; the tests that need them will be skipped."
fi
