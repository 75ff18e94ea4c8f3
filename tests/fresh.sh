#!/bin/bash
# SPDX-License-Identifier: MIT
# fresh.sh DIR: makes a minimal Debian root in DIR (which is not there yet), puts this checkout as committed into it, and
# runs there what README.md tells to type: the demo, then the tests. As root, with debootstrap, git and unshare, and the
# package sources of this machine. Prints how long each took; exit status 0 only if both went well, 77 where no such
# root can be made. DIR stays: remove it.
set -euo pipefail
dir=${1:?usage: fresh.sh DIR}
cd "$(dirname "$0")/.."

skip() {
        echo "no fresh root: $1" >&2
        exit 77
}
[ "$(id -u)" = 0 ] || skip "needs root"
for tool in debootstrap git unshare pivot_root; do
        command -v "$tool" >/dev/null || skip "$tool is not there"
done
unshare -m -p -f true 2>/dev/null || skip "namespaces are not allowed here"

# The commands are those of the README, not a copy of them.
demo=$(sed -n 's/^    \(apt-get update && .*make demo\)$/\1/p' README.md)
check=$(sed -n 's/^    \(make check\)$/\1/p' README.md)
[ -n "$demo" ] && [ -n "$check" ] || { echo "README.md does not tell what to type any more" >&2; exit 1; }

sources=/etc/apt/sources.list.d/debian.sources
[ -e "$sources" ] || sources=/etc/apt/sources.list
mirror=$(sed -nE 's/^URIs: *([^ ]+).*/\1/p; s/^deb +(\[[^]]*\] +)?([^ ]+).*/\2/p' "$sources" | head -n 1)
# shellcheck source=/dev/null
release=$(. /etc/os-release && echo "$VERSION_CODENAME")
debootstrap --variant=minbase --include=ca-certificates "$release" "$dir" "$mirror" >"$dir.debootstrap" 2>&1 || {
        tail -n 5 "$dir.debootstrap" >&2
        skip "debootstrap failed"
}
rm -f "$dir.debootstrap" "$dir/etc/apt/sources.list"
cp "$sources" "$dir/etc/apt/${sources#/etc/apt/}"
cp /etc/resolv.conf "$dir/etc/resolv.conf"
# No service is started in there.
printf '#!/bin/sh\nexit 101\n' >"$dir/usr/sbin/policy-rc.d"
chmod 755 "$dir/usr/sbin/policy-rc.d"
mkdir "$dir/root/mailsecd"
git archive HEAD | tar -x -C "$dir/root/mailsecd"

cat >"$dir/root/enter.sh" <<'END'
set -eu
mount --bind "$1" "$1"
mount --make-rprivate "$1"
cd "$1"
mount -t proc proc proc
mount --rbind /sys sys
mount --rbind /dev dev
mount -t tmpfs tmpfs run
mount -t tmpfs tmpfs tmp
mkdir -p old
pivot_root . old
umount -l /old
rmdir /old
cd /root/mailsecd
shift
exec env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root CI=true LC_ALL=C.UTF-8 NO_COLOR=1 sh -c "$1"
END
for line in "$demo" "$check"; do
        begin=$(date +%s)
        echo "\$ $line"
        unshare -m -p -f --propagation private sh "$dir/root/enter.sh" "$(realpath "$dir")" "$line" </dev/null
        echo "took $(($(date +%s) - begin)) s: $line"
done
