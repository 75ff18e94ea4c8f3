#!/bin/sh
# SPDX-License-Identifier: MIT
# box.sh: run as `unshare --mount --net --propagation private box.sh`. Makes an empty /run, /dev and
# /var/log and a loopback for itself, says "ready", and stays until its stdin ends. What enters its
# namespaces sees no log service but those that a test starts there.
set -eu

ip link set lo up

# The devices a program needs, and none of the machine's log sockets.
mount -t tmpfs -o mode=755 tmpfs /run
stage=/run/dev
mkdir "$stage"
mount -t tmpfs -o mode=755 tmpfs "$stage"
for node in null zero full random urandom tty ptmx; do
        [ -e "/dev/$node" ] || continue
        : >"$stage/$node"
        mount --bind "/dev/$node" "$stage/$node"
done
mkdir "$stage/pts" "$stage/shm"
[ ! -d /dev/pts ] || mount --bind /dev/pts "$stage/pts"
ln -s /proc/self/fd "$stage/fd"
ln -s /proc/self/fd/0 "$stage/stdin"
ln -s /proc/self/fd/1 "$stage/stdout"
ln -s /proc/self/fd/2 "$stage/stderr"
mount --move "$stage" /dev
rmdir "$stage"

mount -t tmpfs -o mode=755 tmpfs /var/log
mkdir -p /run/systemd/journal /run/systemd/journald.conf.d /run/log/journal
cat >/run/systemd/journald.conf.d/box.conf <<'CONF'
[Journal]
Storage=volatile
RateLimitIntervalSec=0
RuntimeMaxUse=512M
ForwardToSyslog=no
ReadKMsg=no
Audit=no
CONF

# journald names its files by it; a minimal machine may have none.
tr -d '-' </proc/sys/kernel/random/uuid >/run/machine-id
[ -e /etc/machine-id ] || : >/etc/machine-id
mount --bind /run/machine-id /etc/machine-id

echo ready
exec cat >/dev/null
