#!/bin/sh
# Breaks one rule after another in a copy of its file, and requires that the
# model sees the property go red that stands on it.  Prints TAP.
#
# LIBDAEMON and LIBCOMMON name the archives that everything else comes from;
# CC and CFLAGS are honoured.

cd "$(dirname "$0")/../.." || exit 1
: "${LIBDAEMON:=jellyporterd/libjellyporterd.a}"
: "${LIBCOMMON:=common/libcommon.a}"
: "${CC:=cc}"
packages="sqlite3 libbsd-overlay libevent json-c"
flags="-std=c11 -D_GNU_SOURCE -O1 -w -Icommon -Ijellyporterd -Iregress/model
    $(pkg-config --cflags $packages) $CFLAGS"
libs="$(pkg-config --libs $packages) $LDFLAGS"

dir=$(mktemp -d) || exit 1
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

# broken FILE WORLD PROPERTY RULE SED
broken() {
	name="without \"$4\", $3 is red ($2)"
	source="jellyporterd/$1"
	sed "$5" "$source" >"$dir/broken.c"
	if cmp -s "$source" "$dir/broken.c"; then
		say no "$name" "nothing was changed: $5"
		return
	fi
	# Its object comes first: that of the archive is not needed then.
	if ! $CC $flags -c -o "$dir/broken.o" "$dir/broken.c" ||
	    ! $CC $flags -o "$dir/broken" "$dir"/model-*.o "$dir/broken.o" \
	    $LIBDAEMON $LIBCOMMON $libs; then
		say no "$name" "it does not build"
		return
	fi
	histories=20000
	[ "$2" = stored ] && histories=8000
	timeout 120 "$dir/broken" -x -n $histories -w "$2" -p "$3" \
	    >"$dir/out" 2>&1
	if grep -q "^not ok .*: $3 " "$dir/out"; then
		say ok "$name"
	else
		say no "$name" "the model does not see it"
	fi
}

for file in regress/model/*.c; do
	object="$dir/model-$(basename "$file" .c).o"
	if ! $CC $flags -c -o "$object" "$file"; then
		echo "Bail out! $file does not build"
		exit 1
	fi
done

echo 1..21
broken merge.c pure "nothing lost" "a rewatch is not an unmark" \
    's/return base->played && !current->played &&/return false \&\&/'
broken merge.c pure "nothing lost" "in a conflict, played if either is" \
    's/to->played = to->played || current->played;/to->played = current->played;/'
broken merge.c pure "nothing lost" "agreed has moved on: a conflict" \
    's/conflict = unsure ||.*/conflict = unsure;/'
broken merge.c pure "nothing lost" "one and the same play: who moved" \
    's/if (agreed->position == base->position)/if (false)/'
broken merge.c pure "nothing lost" "up to date only if it shows agreed" \
    's/if (userdata_play_equal(&copy->base, &projected))/if (true)/'
broken merge.c pure "nothing lost" "up to date as of when it was asked for" \
    '/outcome->quiet = true;/,/return;/s/began, began/now, now/'
broken merge.c pure "exactly once" "what current added over base" \
    's/(int64_t)to->play_count + added/(int64_t)to->play_count + 1/'
broken merge.c pure "nothing lost" "what equals asked is our own write" \
    's/if (userdata_equal(current, &copy->asked)) {/if (false) {/'
broken merge.c pure "exactly once" "more than the greater of both counts" \
    's/max_count(base->play_count, copy->asked.play_count)/base->play_count/'
broken merge.c pure "exactly once" "older than the base: passed over" \
    's/return copy->has_base && began < copy->settled &&/return false \&\&/'
broken merge.c pure "order independence" "of the side played later" \
    's/return played_later(current, agreed);/return false;/'
broken merge.c pure "no invention" "a position that was held" \
    's/to->position = current->position;/to->position = current->position + 1;/'
broken merge.c pure "quiescence" "what already matches is not written" \
    's/return !userdata_equal(wanted, &copy->base);/return true;/'
broken merge.c pure "convergence" "merging sets the base to current" \
    '/^set_base/,/^}/s/copy->base = \*current;//'
broken hear.c stored "convergence" "what other copies are owed follows" \
    's/plan_work(store, options, row->person, row->work);//'
broken hear.c stored "exactly once" "a target is never heard" \
    's/if (row->direction == DIRECTION_TARGET ||/if (/'
broken guard.c stored "convergence" "what is too much waits for a word" \
    's/return store_hold(store, endpoint);/return 0;/'
broken plan.c stored "directions" "a source is never written" \
    's/return row->direction == DIRECTION_SOURCE ?/return false ?/'
broken plan.c stored "exactly once" "asked is stored before a write leaves" \
    's/row->copy.has_asked = true;/row->copy.has_asked = false;/'
broken outcome.c stored "nothing lost" "not written: a new observation" \
    's/if (message->result == WRITE_DONE && asked) {/if (asked) {/'
broken works.c stored "nothing lost" "a part that splits off keeps agreed" \
    's/^\(\t*\)b = a;/\1;/'
exit $failed
