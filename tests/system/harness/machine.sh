#!/bin/sh
# SPDX-License-Identifier: MIT
# machine.sh NAME: run as `unshare --mount --propagation private machine.sh NAME`. Boots this machine's own root as a
# container with systemd as PID 1. Its root lies read-only below a tmpfs, its network is a loopback of its own: nothing
# of this machine changes. Says "cannot WHY", or "nspawn PID"; ends all when its stdin ends, however its caller ended.
set -eu
name=$1
groups=
# Of those that are still empty; the rest is at the end.
trap 'for group in $groups; do rmdir "$group" 2>/dev/null || :; done' EXIT

cannot() {
        echo "cannot $*"
        exit 0
}

# An overlay shows one file system only.
for folder in /etc /usr /var; do
        [ "$(stat -c %d $folder)" = "$(stat -c %d /)" ] || cannot "boot where $folder is a file system of its own"
done

# A control group at the top, which no unit of this machine knows of, in each hierarchy that systemd uses.
for top in /sys/fs/cgroup/unified /sys/fs/cgroup/systemd /sys/fs/cgroup; do
        [ -e "$top/cgroup.procs" ] || continue
        mkdir "$top/$name" 2>/dev/null || cannot "make a control group"
        groups="$groups $top/$name"
done
[ -n "$groups" ] || cannot "find control groups"

# All of it is in memory and goes away with this mount namespace; this machine's own systemd is out of sight.
mount -t tmpfs -o mode=755 tmpfs /run 2>/dev/null || cannot "mount a tmpfs"
base=/run/machine
mkdir -p $base/upper $base/work $base/root
root=$base/root
mount -t overlay -o lowerdir=/,upperdir=$base/upper,workdir=$base/work overlay $root 2>/dev/null ||
        cannot "mount an overlay of /"
[ -x $root/lib/systemd/systemd ] || cannot "find systemd (package systemd) on the file system of /"

# A machine that nobody has configured yet: no enabled services, no journal, nothing of a mailsecd that may be there.
rm -rf $root/etc/systemd/system $root/etc/systemd/journald.conf.d $root/var/log/journal $root/usr/sbin/policy-rc.d \
        $root/etc/credstore $root/etc/credstore.encrypted $root/etc/mailsecd $root/var/lib/mailsecd \
        $root/var/lib/private/mailsecd $root/usr/local/sbin/mailsecd $root/usr/local/lib/systemd/system
mkdir -p $root/etc/systemd/system $root/var/log/journal
echo mail >$root/etc/hostname
echo "127.0.0.1 localhost mail" >$root/etc/hosts
tr -d '-' </proc/sys/kernel/random/uuid >$root/etc/machine-id

(
        for group in $groups; do
                sh -c 'echo $PPID' >"$group/cgroup.procs"
        done
        # Its own filter of system calls refuses mlock(), which a machine allows.
        SYSTEMD_NSPAWN_UNIFIED_HIERARCHY=1 exec systemd-nspawn --quiet --machine="$name" --directory=$root \
                --private-network --register=no --keep-unit --link-journal=no --console=pipe \
                --system-call-filter=@memlock --boot systemd.unit=basic.target
) </dev/null >$base/log 2>&1 &
nspawn=$!
echo "nspawn $nspawn"
# A caller that hangs does not keep it for ever.
timeout 900 cat >/dev/null || :

# PID 1 does not end with systemd-nspawn. Whatever is in these groups is of the machine; all of it ends with its PID 1.
for _ in 1 2 3 4 5 6 7 8 9 10; do
        left=
        for group in $groups; do
                [ -d "$group" ] || continue
                left=$group
                find "$group" -name cgroup.procs -exec cat {} + | sort -u | xargs -r kill -KILL 2>/dev/null || :
                find "$group" -depth -type d -exec rmdir {} \; 2>/dev/null || :
        done
        [ -n "$left" ] || break
        sleep 0.1
done
wait $nspawn 2>/dev/null || :
