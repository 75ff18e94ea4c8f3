#!/bin/sh
# SPDX-License-Identifier: MIT
# build.sh FOLDER VERSION: builds FOLDER/mailsecd_VERSION_ARCH.deb of this checkout with debhelper, in FOLDER/deb.
# The same checkout gives the same package, byte for byte, wherever FOLDER is: the date is that of CHANGELOG, nothing of
# the environment gets in, and paths are mapped away (dpkg-buildflags).
set -eu

folder=$1 version=$2
kept=systemd/debian
umask 022
arch=$(dpkg-architecture -q DEB_HOST_ARCH)
package=mailsecd_${version}_$arch.deb
work=$folder/deb
tree=$work/mailsecd-$version
log=$work/build.log

rm -rf "$work"
rm -f "$folder/$package"
mkdir -p "$tree/debian/source"
cp -r Makefile LICENSE CHANGELOG README.md conf docs src systemd "$tree"
cp $kept/control $kept/copyright $kept/rules $kept/postinst $kept/prerm $kept/postrm "$tree/debian"
cp $kept/source/format "$tree/debian/source"
maintainer=$(sed -n 's/^Maintainer: //p' $kept/control)
awk -v maintainer="$maintainer" -f $kept/changelog.awk CHANGELOG >"$tree/debian/changelog"
newest=$(dpkg-parsechangelog -l "$tree/debian/changelog" -S Version)
if [ "$newest" != "$version" ]; then
        echo "CHANGELOG begins with version $newest, Makefile says $version" >&2
        exit 1
fi

# Not the variables of the make that called: they are for its own build.
(cd "$tree" && env -i PATH="$PATH" HOME="$work" LC_ALL=C.UTF-8 DEB_BUILD_OPTIONS="nocheck parallel=$(nproc)" \
        dpkg-buildpackage --build=binary --unsigned-changes --unsigned-buildinfo) >"$log" 2>&1 || {
        tail -n 40 "$log" >&2
        exit 1
}
cp "$work/$package" "$folder/$package"
echo "$folder/$package"
