#!/bin/sh
# Runs the contract suite against the simulator, as each version of Jellyfin
# that is supported, or as those given as arguments.  Two at a time.

set -u

here=$(cd "$(dirname "$0")" && pwd) || exit 1
SIM=${SIM:-$here/../sim/jellyfin-sim}
key=0123456789abcdef0123456789abcdef

# Versions on the command line, and with them how the server is reached and
# what the user sees, so that each statement is shown by some version: two
# servers have a path prefix, two are far from Greenwich, and on two a library
# is hidden.
prefix_of()
{
	case $1 in
	10.10*|12*)	echo /jellyfin ;;
	esac
}

zone_of()
{
	case $1 in
	10.9*)	echo -210 ;;
	10.11*)	echo 330 ;;
	*)	echo 0 ;;
	esac
}

shows_hidden()
{
	case $1 in
	10.10*|10.11*)	return 0 ;;
	*)		return 1 ;;
	esac
}

# address WORD FILE: the simulator says where it listens as soon as it does.
address()
{
	for pause in 0 0.1 0.1 0.2 0.5 1 2; do
		sleep $pause
		found=$(sed -n "s/^$1 on //p" "$2")
		if [ -n "$found" ]; then
			echo "$found"
			return 0
		fi
	done
	return 1
}

start_simulator()
{
	"$SIM" --version "$version" --seed 7 --items 150 \
	    --user reader:secret --user other:secret --key $key \
	    --zone "$(zone_of "$version")" \
	    --port 0 --control-port 0 ${prefix:+--base-path "$prefix"} \
	    --copies 100 --versions 100 --virtual 60 --double-episodes 50 \
	    --junk-ids 50 --no-ids 30 --unicode 50 \
	    --watched 200 --resumable 50 --favorites 50 \
	    >"$work/$version.sim" 2>&1 &
	simulator=$!
	where=$(address listening "$work/$version.sim") &&
	    control=$(address control "$work/$version.sim")
}

hide_shows()
{
	curl -sS -f -o /dev/null -X POST \
	    "http://$control/server?what=folders&name=reader&folders=Movies"
}

# run_version VERSION, in a process of its own, which ends its simulator.
run_version()
{
	version=$1
	prefix=$(prefix_of "$version")
	simulator=
	suite=
	trap 'kill $suite $simulator 2>/dev/null; wait' EXIT
	trap 'exit 1' HUP INT TERM
	echo "Jellyfin $version, simulated:"
	if ! start_simulator; then
		cat "$work/$version.sim"
		exit 1
	fi
	if shows_hidden "$version"; then
		hide_shows || exit 1
	fi
	URL=http://$where$prefix KEY=$key USER=reader PASSWORD=secret \
	    prove "$here"/*.t &
	suite=$!
	wait $suite
	result=$?
	suite=
	exit $result
}

# Waits for the oldest one that runs, and shows what it said.
collect()
{
	wait "$1" || failed=1
	cat "$work/$2.out"
}

[ -x "$SIM" ] || { echo "no simulator at $SIM" >&2; exit 1; }
work=$(mktemp -d) || exit 1
running=
failed=0
trap 'kill $running 2>/dev/null; wait; rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

[ $# -gt 0 ] || set -- 10.9.11 10.10.7 10.11.11 12.0.0
while [ $# -gt 0 ]; do
	(run_version "$1") >"$work/$1.out" 2>&1 &
	first=$!
	second=
	running=$first
	if [ $# -gt 1 ]; then
		(run_version "$2") >"$work/$2.out" 2>&1 &
		second=$!
		running="$first $second"
	fi
	collect "$first" "$1"
	[ -z "$second" ] || collect "$second" "$2"
	running=
	shift
	[ -z "$second" ] || shift
done
exit $failed
