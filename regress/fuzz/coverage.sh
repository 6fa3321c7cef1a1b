#!/bin/sh
# make coverage: how many lines of each parser (regress/fuzz/parsers) are reached
# by the kept inputs of the fuzz targets.  Fails where it is less than LEAST in a
# hundred: what is written rather than read, and what only a bug can reach, is in
# these files too.  What is built for it stays in regress/fuzz/build/coverage, with
# lines.txt, which has how often each line was reached.  The libraries are the
# Makefile's: PKG_CFLAGS, ALL_LIBS.

set -eu
least=${LEAST:-70}
build=regress/fuzz/build/coverage
flags="-std=c11 -D_GNU_SOURCE -O0 -g -Icommon -Ijellyporterd -Ijellyporterctl
    -Iregress/fuzz -fprofile-instr-generate -fcoverage-mapping $PKG_CFLAGS"
parsers=$(grep -v '^#' regress/fuzz/parsers)
rm -rf $build
mkdir -p $build

# The words of flags are meant to be split, here and below.
export build flags
ls common/*.c jellyporterd/*.c jellyporterctl/*.c regress/fuzz/support.c \
    regress/fuzz/replay.c |
    grep -v -e '/jellyporterd[^/]*$' -e '/jellyporterctl[^/]*$' |
    xargs -n 1 -P "$(nproc)" sh -c 'clang $flags -c \
	-o "$build/$(echo "$1" | tr / _).o" "$1"' -
ar rcs $build/all.a $build/*.o
objects=
for source in regress/fuzz/fuzz_*.c; do
	name=$(basename "$source" .c)
	# shellcheck disable=SC2086
	clang $flags -o $build/$name "$source" $build/all.a $ALL_LIBS
	LLVM_PROFILE_FILE=$build/$name.profraw $build/$name >/dev/null || {
		echo "$name fails" >&2
		exit 1
	}
	objects="$objects${objects:+ -object }$build/$name"
done
llvm-profdata merge -sparse -o $build/all.profdata $build/*.profraw
# shellcheck disable=SC2086
llvm-cov show $objects -instr-profile=$build/all.profdata $parsers \
    >$build/lines.txt
# shellcheck disable=SC2086
llvm-cov export -summary-only $objects -instr-profile=$build/all.profdata \
    $parsers | gojq -r '.data[0].files[] | .summary.lines as $lines |
    [.filename, $lines.covered, $lines.count] | @tsv' |
    sed "s|^$PWD/||" | awk -F'\t' -v least="$least" -v files="$(echo "$parsers" |
    wc -l)" '
	BEGIN {
		printf "%-32s%8s%8s%6s\n", "parser", "lines", "reached", "%"
	}
	{
		part = 100 * $2 / $3
		printf "%-32s%8d%8d%6.1f%s\n", $1, $3, $2, part,
		    part < least ? "  too few" : ""
		few += part < least
	}
	END {
		if (NR != files)
			print "coverage: a parser is missing"
		print "coverage:", few || NR != files ? "failed" : "ok"
		exit few > 0 || NR != files
	}'
