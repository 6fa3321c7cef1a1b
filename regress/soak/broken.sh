#!/bin/sh
# Breaks one rule after another in a copy of its file, and requires that the
# soak sees it on the daemon that is made of it.  Prints TAP.
#
# CC and CFLAGS are honoured; HISTORIES is how many may be tried.

cd "$(dirname "$0")/../.." || exit 1
: "${LIBDAEMON:=jellyporterd/libjellyporterd.a}"
: "${LIBCOMMON:=common/libcommon.a}"
: "${CC:=cc}"
packages="libevent libcurl json-c yaml-0.1 sqlite3 libbsd-overlay libmd zlib
    libseccomp"
# shellcheck disable=SC2086
flags="-std=c11 -D_GNU_SOURCE -O1 -w -fPIE -Icommon -Ijellyporterd
    $(pkg-config --cflags $packages) $CFLAGS"
# shellcheck disable=SC2086
libs="$(pkg-config --libs $packages) -lwslay $LDFLAGS"

dir=$(mktemp -d) || exit 1
mkdir "$dir/sbin"
# What is broken is none of the children's that are programs of their own.
ln -s "$PWD/libexec" "$dir/libexec"
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' HUP INT TERM

number=0
failed=0

say() {
	number=$((number + 1))
	if [ "$1" = ok ]; then
		echo "ok $number - $2"
	else
		echo "not ok $number - $2"
		echo "# $3"
		failed=1
	fi
}

# broken FILE PROPERTY RULE SED
broken() {
	name="without \"$3\", $2 is red"
	source="jellyporterd/$1"
	sed "$4" "$source" >"$dir/broken.c"
	if cmp -s "$source" "$dir/broken.c"; then
		say no "$name" "nothing was changed: $4"
		return
	fi
	# shellcheck disable=SC2086
	if ! $CC $flags -c -o "$dir/broken.o" "$dir/broken.c" ||
	    ! $CC $flags -pie -Wl,--as-needed -o "$dir/sbin/jellyporterd" \
	    "$dir/broken.o" jellyporterd/jellyporterd.o $LIBDAEMON \
	    $LIBCOMMON $libs; then
		say no "$name" "it does not build"
		return
	fi
	timeout 600 regress/soak/soak -x -t 0 -j "${JOBS:-24}" -s 1 \
	    -n "${HISTORIES:-600}" -p "$2" -d "$dir/sbin/jellyporterd" \
	    >"$dir/out" 2>&1
	if grep -q "^not ok .* $2 " "$dir/out"; then
		say ok "$name ($(sed -n 's/^# seed .* breaks: //p' \
		    "$dir/out" | tail -1 | cut -c1-150))"
	else
		say no "$name" "the soak does not see it"
	fi
}

echo 1..8
broken merge.c "nothing lost" "an unmark is no rewatch" \
    's/^\(	    \)current->play_count > base->play_count;/\1true;/'
broken merge.c "nothing lost" "in a conflict, played if either is" \
    's/to->played = to->played || current->played;/to->played = current->played;/'
broken plan.c "exactly once" "asked is stored before a write leaves" \
    's/row->copy.has_asked = true;/row->copy.has_asked = false;/'
broken plan.c "nothing lost" "who shows it already confirms it" \
    's/return NEED_CONFIRM;/return NEED_NONE;/'
broken merge.c "exactly once" "what current added over base" \
    's/(int64_t)to->play_count + added/(int64_t)to->play_count/'
broken merge.c "order independence" "of the side played later" \
    's/return played_later(current, agreed);/return false;/'
broken merge.c "no invention" "a position that was held" \
    's/to->position = current->position;/to->position = current->position + 10000000;/'
broken guard.c "nothing lost" "a mass change is held" \
    's/return store_hold(store, endpoint);/;/'
exit $failed
