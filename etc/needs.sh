#!/bin/sh
# What building and testing need, and the Debian packages that have it.
# needs.sh build: says what is missing for make.
# needs.sh install: installs what is missing for make demo and most of make
# check; needs.sh check: also fetches what one of its tests can do without;
# needs.sh ci: also what .ci/run wants;
# needs.sh coverage: what make coverage wants;
# needs.sh screenshots: also a browser, for make screenshots;
# needs.sh deb: installs what make deb wants; needs.sh check-deb: also what looks
# at the package.  None of them asks the network for anything when all is there.

libraries="libevent:libevent-dev libcurl:libcurl4-openssl-dev
json-c:libjson-c-dev yaml-0.1:libyaml-dev sqlite3:libsqlite3-dev
libbsd-overlay:libbsd-dev libmd:libmd-dev zlib:zlib1g-dev"
# Without a pkg-config file: a header says that it is there.
headers="wslay/wslay.h:libwslay-dev"
# The filter of system calls of each process.
[ "$(uname)" != Linux ] || libraries="$libraries libseccomp:libseccomp-dev"
commands="cc:gcc pkg-config:pkgconf make:make"
test_commands="prove:perl tinyproxy:tinyproxy-bin curl:curl gojq:gojq
sqlite3:sqlite3 valgrind:valgrind mandoc:mandoc strings:binutils openssl:openssl"
test_libraries="cmocka:libcmocka-dev"
ci_commands="clang:clang bmake:bmake systemd-analyze:systemd"
coverage_commands="clang:clang llvm-cov:llvm gojq:gojq"
deb_commands="git:git xz:xz-utils dpkg-buildpackage:dpkg-dev dh:debhelper
dh_installsysusers:debhelper"
check_deb_commands="lintian:lintian prove:perl"

packages=

missing_command() {
	for pair in $1; do
		command -v "${pair%%:*}" >/dev/null 2>&1 && continue
		echo "missing: ${pair%%:*} (Debian package ${pair#*:})" >&2
		packages="$packages ${pair#*:}"
	done
}

missing_library() {
	for pair in $1; do
		pkg-config --exists "${pair%%:*}" 2>/dev/null && continue
		echo "missing: ${pair%%:*} (Debian package ${pair#*:})" >&2
		packages="$packages ${pair#*:}"
	done
}

missing_header() {
	for pair in $1; do
		echo "#include <${pair%%:*}>" | ${CC:-cc} -E -x c - \
		    >/dev/null 2>&1 && continue
		echo "missing: ${pair%%:*} (Debian package ${pair#*:})" >&2
		packages="$packages ${pair#*:}"
	done
}

missing_command "$commands"
missing_library "$libraries"
missing_header "$headers"
if [ "$1" = build ]; then
	[ -z "$packages" ]
	exit
fi

if [ "$1" = deb ]; then
	missing_command "$deb_commands"
elif [ "$1" = check-deb ]; then
	missing_command "$deb_commands $check_deb_commands"
elif [ "$1" = coverage ]; then
	missing_command "$coverage_commands"
else
	missing_command "$test_commands"
	missing_library "$test_libraries"
fi
if [ "$1" = screenshots ]; then
	missing_command "chromium:chromium"
	# A font, where there is none at all.
	[ -d /usr/share/fonts/truetype ] ||
	    packages="$packages fonts-dejavu-core"
fi
if [ "$1" = ci ]; then
	missing_command "$ci_commands"
fi
if [ "$1" = ci ] || [ "$1" = coverage ]; then
	# What clang links for -fsanitize=fuzzer and for coverage comes in a
	# package of its own, whose name has clang's version.
	version=$(clang -dumpversion 2>/dev/null | cut -d. -f1)
	fuzzer=$(clang -print-file-name=libclang_rt.fuzzer-$(uname -m).a \
	    2>/dev/null)
	[ -e "$fuzzer" ] || packages="$packages libclang-rt-${version:-14}-dev"
fi
# Prometheus itself, for a test that is skipped where there is none.  Its package
# would start it, as a service: so it is unpacked, beside the tests, and not
# installed.  What could not be had is not asked for again.
unpack_prometheus() {
	command -v promtool >/dev/null 2>&1 && return
	[ ! -d regress/prometheus ] || return
	command -v apt-get >/dev/null 2>&1 &&
	    command -v dpkg-deb >/dev/null 2>&1 || return
	mkdir regress/prometheus || return
	(
		cd regress/prometheus || exit
		apt-get download -qq prometheus >/dev/null 2>&1 ||
		    { [ "$(id -u)" = 0 ] && apt-get update -qq &&
		    apt-get download -qq prometheus; } &&
		    dpkg-deb -x prometheus_*.deb . && rm prometheus_*.deb
	) >/dev/null 2>&1 ||
	    echo "no Prometheus: its test will be skipped" >&2
}

if [ -z "$packages" ]; then
	[ "$1" != check ] || unpack_prometheus
	exit 0
fi

as_root=
if [ "$(id -u)" != 0 ]; then
	if ! command -v sudo >/dev/null 2>&1; then
		echo "As root, run: apt-get install -y$packages" >&2
		exit 1
	fi
	as_root=sudo
fi
command -v apt-get >/dev/null 2>&1 || {
	echo "Please install:$packages" >&2
	exit 1
}
$as_root env DEBIAN_FRONTEND=noninteractive apt-get update -qq &&
# The word list is meant to be split.
# shellcheck disable=SC2086
$as_root env DEBIAN_FRONTEND=noninteractive \
    apt-get install -y -qq --no-install-recommends $packages || exit
[ "$1" != check ] || unpack_prometheus
