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
command -v systemd-analyze >/dev/null 2>&1 || missing="$missing systemd"
command -v nft >/dev/null 2>&1 || [ -x /usr/sbin/nft ] || missing="$missing nftables"
command -v debootstrap >/dev/null 2>&1 || [ -x /usr/sbin/debootstrap ] || missing="$missing debootstrap"
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
# A clean root of Debian with Python and nothing else, and the libraries for its Python: a bundle is installed there,
# without a network (.ci/run, make endurance). The same release as this machine's: its Python makes the bundle.
clean_root() {
    [ "$(id -u)" = 0 ] && [ -x /usr/sbin/debootstrap ] || return 0
    if [ ! -e cache/clean-root/usr/bin/python3 ]; then
        rm -rf cache/clean-root
        suite=$(. /etc/os-release 2>/dev/null; [ "${ID:-}" = debian ] && echo "${VERSION_CODENAME:-}")
        debootstrap --variant=minbase --include=python3 "${suite:-stable}" cache/clean-root >cache/clean-root.log 2>&1 \
            || { rm -rf cache/clean-root; echo "make test: no clean root could be made; its test will fail in CI."; return 0; }
    fi
    python=$(ls cache/clean-root/usr/bin/python3.?? 2>/dev/null | head -n 1)
    host="/usr/bin/$(basename "${python:-python3}")"
    [ -x "$host" ] || return 0
    "${VENV:-.venv}/bin/python" -m pip --python "$host" download --quiet --disable-pip-version-check --only-binary :all: \
        --require-hashes -r requirements/runtime.lock -d cache/clean-wheels 2>/dev/null \
        || echo "make test: the libraries of the clean root could not be fetched; its test will fail in CI."
}
[ -z "$missing" ] && { [ -n "${DEMEURE_CLEAN_ROOT:-}" ] && clean_root; exit 0; }
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    apt-get update -qq >/dev/null 2>&1
    for package in $missing; do
        apt-get install -y -qq --no-install-recommends "$package" >/dev/null 2>&1 \
            || echo "make test: $package could not be installed; the tests that need it will be skipped."
    done
else
    echo "make test: absent here, and no right to install:$missing; the tests that need them will be skipped."
fi
[ -n "${DEMEURE_CLEAN_ROOT:-}" ] && clean_root
exit 0
