#!/bin/sh
# SPDX-License-Identifier: MIT
# packages.sh build|check|deb|ci: installs the Debian packages that are missing for building and the demo,
# for all tests, for the Debian package, or for everything CI does. Says what it installs, asks nothing, needs no
# network when all is there.
set -eu

build="gcc libc6-dev make pkg-config libcurl4-openssl-dev libjson-c-dev libconfig-dev libsystemd-dev
       libidn2-dev libsqlite3-dev libmicrohttpd-dev libgnutls28-dev"
check="$build libcmocka-dev python3 python3-pytest python3-pytest-xdist tzdata systemd systemd-container rsyslog util-linux iproute2 procps curl gdb openssl"
deb="$build debhelper dpkg-dev"
# What a developer's machine should not get unasked: Debian starts Prometheus and its Alertmanager when they come.
ci="$check debhelper dpkg-dev lintian clang clang-format libclang-rt-14-dev valgrind gcovr git debootstrap
    prometheus prometheus-alertmanager chromium fonts-dejavu-core"

case ${1-} in
build) wanted=$build ;;
check) wanted=$check ;;
deb) wanted=$deb ;;
ci) wanted=$ci ;;
*)
        echo "usage: $0 build|check|deb|ci" >&2
        exit 2
        ;;
esac

missing=
for package in $wanted; do
        [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || :)" = installed ] ||
                missing="$missing $package"
done
[ -n "$missing" ] || exit 0

if ! command -v apt-get >/dev/null; then
        echo "These packages are missing, and there is no apt-get to install them:$missing" >&2
        exit 1
fi
sudo=
if [ "$(id -u)" != 0 ]; then
        sudo="sudo"
        command -v sudo >/dev/null || {
                echo "These packages are missing; install them as root:$missing" >&2
                exit 1
        }
fi

echo "Installing what is missing:$missing"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
# shellcheck disable=SC2086 # a list of words
install() {
        $sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends $missing
}
# The lists may be missing or old: once with them as they are, then afresh.
if ! install >"$log" 2>&1 </dev/null; then
        $sudo apt-get update -q >"$log" 2>&1 </dev/null || :
        install >"$log" 2>&1 </dev/null || {
                cat "$log" >&2
                echo "The packages could not be installed:$missing" >&2
                exit 1
        }
fi
