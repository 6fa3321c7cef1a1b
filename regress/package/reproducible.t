#!/bin/sh
# The same commit makes the same archive and the same package, wherever,
# whenever and by whom it is built.

. "$(dirname "$0")/../lib.sh"

cd "$top" || exit 1
if ! git rev-parse HEAD >/dev/null 2>&1; then
	echo "1..0 # SKIP not a git work tree"
	exit 0
fi
first=$work/first
second=$work/a/second/longer/path
for copy in "$first" "$second"; do
	mkdir -p "${copy%/*}"
	git clone -q "$top" "$copy"
done
(
	umask 022
	cd "$first" && LC_ALL=C.UTF-8 TZ=UTC make deb
) >"$work/first.log" 2>&1
ok $? "a package"
(
	umask 077
	mkdir "$work/tmp"
	cd "$second" && LC_ALL=C TZ=Pacific/Auckland TMPDIR=$work/tmp \
	    HOME=/nowhere MAKEFLAGS=-j2 make deb
) >"$work/second.log" 2>&1
ok $? "another one"
for kind in jellyporter-*.tar.xz jellyporter_*.deb; do
	set -- "$first"/$kind
	is "$(cd "$second" && sha256sum $kind)" \
	    "$(cd "$first" && sha256sum $kind)" "the same ${1##*/}"
done
done_testing
