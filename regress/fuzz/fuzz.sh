#!/bin/sh
# make fuzz: lets libFuzzer try each target for SECONDS seconds on one core.
# What it finds stays in regress/fuzz/found, inputs that reach new code in
# regress/fuzz/build.  With T only the target of that name.  The libraries are
# the Makefile's: PKG_CFLAGS, ALL_LIBS.

set -eu
seconds=${SECONDS_EACH:-600}
build=regress/fuzz/build
flags="-std=c11 -D_GNU_SOURCE -O1 -g -Icommon -Ijellyporterd -Ijellyporterctl
    -Iregress/fuzz -fno-omit-frame-pointer -fno-sanitize-recover=all
    $PKG_CFLAGS"
mkdir -p $build regress/fuzz/found

# shellcheck disable=SC2086
for source in common/*.c jellyporterd/*.c jellyporterctl/*.c \
    regress/fuzz/support.c; do
	case $source in
	*/jellyporterd.c | */jellyporterd-*.c)		continue ;;
	*/jellyporterctl.c | */jellyporterctl-*.c)	continue ;;
	esac
	object=$build/$(echo "$source" | tr / _).o
	[ "$object" -nt "$source" ] || clang $flags \
	    -fsanitize=fuzzer-no-link,address,undefined -c -o "$object" \
	    "$source"
done
# A target may stand in for a file of the program: only what it needs is taken.
rm -f $build/all.a
ar rcs $build/all.a $build/*.o

status=0
for source in regress/fuzz/fuzz_${T:-*}.c; do
	name=${source#regress/fuzz/fuzz_}
	name=${name%.c}
	# shellcheck disable=SC2086
	clang $flags -fsanitize=fuzzer,address,undefined \
	    -o $build/$name "$source" $build/all.a $ALL_LIBS
	mkdir -p $build/$name.corpus
	if $build/$name -max_total_time="$seconds" -timeout=10 \
	    -rss_limit_mb=1024 -max_len=2048 -print_final_stats=1 \
	    -artifact_prefix=regress/fuzz/found/$name- \
	    $build/$name.corpus regress/fuzz/corpus/$name \
	    >$build/$name.log 2>&1; then
		echo "ok - $name: $(sed -n \
		    's/^stat::average_exec_per_sec: *//p' $build/$name.log) a second"
	else
		echo "not ok - $name: see $build/$name.log"
		status=1
	fi
done
[ $status -eq 0 ] && echo "fuzz: ok" || echo "fuzz: failed"
exit $status
