#!/bin/sh
# deb.sh TARBALL: a Debian package of what make dist made, into the working
# directory.

set -eu

tarball=$1
here=$PWD
build=$(mktemp -d "${TMPDIR:-/tmp}/jellyporter-deb.XXXXXX")
trap 'rm -rf "$build"' EXIT

xz -dc "$tarball" | tar -xf - -C "$build"
cd "$build"/jellyporter-*
mv etc/debian debian
version=$(sed -n 's/.*VERSION[[:space:]]*"\(.*\)"/\1/p' common/version.h)
packaged=$(dpkg-parsechangelog -S Version)
if [ "$version" != "$packaged" ]; then
	echo "version $version, but etc/debian/changelog is of $packaged" >&2
	exit 1
fi
# Their modes would be those of whoever unpacked it.
umask 022
# What it needs is here: etc/needs.sh.
dpkg-buildpackage --build=binary --no-sign --no-check-builddeps \
    >"$build/log" 2>&1 || {
	cat "$build/log" >&2
	exit 1
}
cp "$build"/jellyporter_*.deb "$build"/jellyporter_*.changes \
    "$build"/jellyporter_*.buildinfo "$here"
[ ! -e "$build"/jellyporter-dbgsym_*.deb ] ||
    cp "$build"/jellyporter-dbgsym_*.deb "$here"
cd "$here"
ls jellyporter_"${version}"_*.deb
