#!/bin/sh
# Every command of jellyporterctl, as its own grammar lists them: on a terminal
# of 80 columns and on a narrow one without colours, in a pipe, and as JSON of the shape that
# regress/shape has for it; then without a daemon.

. "$(dirname "$0")/../lib.sh"

export TERM=xterm
unset NO_COLOR
shape="$top/regress/shape/shape $top/regress/shape/jellyporterctl.shapes"
terminal="perl $top/regress/system/terminal.pl"

# Something for each of them to show: what was unmarked on one server while it
# was played on another, what is held, a write that fails, a server that does
# not answer.
start_three 120
configure_three
start_daemon
sync_now
is $? 0 "a first sync"
played() {			# played SERVER: by alice, what cellar has too
	sim cellar GET /items | gojq -r '.[].Number' | sort -u >"$work/there"
	sim "$1" GET "/state?user=alice" |
	    gojq -r '.[] | select(.Played) | .Number' | sort -u |
	    comm -12 - "$work/there"
}
item=$(played attic | sed -n 1p)
title=$(sim cellar GET "/items?from=$item&count=1" | gojq -r '.[0].Title')
act attic alice "$item" unmark
act cellar alice "$item" finish
sync_now
played cellar | sed '1d; 25q' | while read -r number; do
	act cellar alice "$number" unmark
done
sync_now
fault attic "kind=status&status=500&request=userdata_write"
act cellar bob "$item" favorite
sync_now
sim den POST "/server?what=down" >/dev/null
sync_now
ctl export "$work/whole" >/dev/null
gojq -c 'if .person then .ids = {tmdb: "999999"} | .series_ids = {} else . end' \
    "$work/whole" | sed -n 1,3p >"$work/elsewhere"
echo "$api_key" >"$work/key"

# The words of each command, by the usage.
jellyporterctl 2>&1 | sed -n 's/^  \([a-z].*\)/\1/p' | sed 's/   .*//' |
    sed 's/ *[[A-Z].*//; s/ -f$//' >"$work/commands"
[ "$(wc -l <"$work/commands")" -ge 25 ]
ok $? "commands: $(wc -l <"$work/commands")"

# One that is not here needs no more than its words.
arguments() {			# arguments COMMAND
	case $1 in
	'show item')	echo "$title" ;;
	'show audit')	echo "limit 20" ;;
	undo)		echo "since 1d server cellar person bob" ;;
	export)		echo "-f $work/history" ;;
	import)		echo "$work/elsewhere" ;;
	init)		echo "replace $work/new/config.yaml server attic" \
			    "url $(url attic) user alice key-file $work/key" ;;
	esac
}

# What each of them comes to: den is down.
wanted_status() {		# wanted_status COMMAND
	case $1 in
	'sync now'|check|plan)	echo 1 ;;
	*)			echo 0 ;;
	esac
}

# What is seen on a terminal: without colours, and what draws a line again.
seen() {
	perl -CSD -pe 's/\r//g; s/\e\[[0-9;]*[mKA]//g'
}

too_wide() {			# too_wide COLUMNS
	seen | perl -CSD -ne 'chomp;
	    print length, ": $_\n" if length > '"$1"
}

on_terminal() {			# on_terminal COLUMNS WORD ...
	columns=$1
	shift
	# shellcheck disable=SC2086
	$terminal -w "$columns" jellyporterctl -s "$socket" "$@" </dev/null \
	    >"$work/terminal.$columns"
}

escape=$(printf '\033')
colour="$escape\\[[0-9;]*m"

while read -r command; do
	# Followed for itself, below.
	[ "$command" = monitor ] && continue
	wanted=$(wanted_status "$command")
	# Words are meant to be split.
	# shellcheck disable=SC2046,SC2086
	set -- $command $(arguments "$command")
	: >"$work/wrong"
	wrong() {
		echo "$*" >>"$work/wrong"
	}
	# Where there is still something to decide, that is what is seen.
	on_terminal 80 "$@"
	[ $? = "$wanted" ] || wrong "80 columns: exit status"
	NO_COLOR=1 on_terminal 40 "$@"
	[ $? = "$wanted" ] || wrong "40 columns: exit status"
	ctl "$@" >"$work/pipe" 2>"$work/pipe.err"
	[ $? = "$wanted" ] || wrong "piped: exit status"
	ctl -j "$@" >"$work/json" 2>"$work/json.err"
	[ $? = "$wanted" ] || wrong "-j: exit status"
	# These print what is for programs.
	case $command in
	completion*|'show metrics')
		;;
	*)
		too_wide 80 <"$work/terminal.80" >>"$work/wrong"
		too_wide 40 <"$work/terminal.40" >>"$work/wrong"
		;;
	esac
	grep -q "$escape" "$work/pipe" && wrong "piped: an escape sequence"
	grep -q '…' "$work/pipe" && wrong "piped: something is cut"
	grep -q ': working' "$work/pipe" && wrong "a phase without a word"
	grep -q "$escape" "$work/json" && wrong "-j: an escape sequence"
	[ "$wanted" = 0 ] || cat "$work/pipe.err" "$work/json.err" |
	    grep -q '^jellyporterctl: ' || wrong "no error on stderr"
	$shape "$command" <"$work/json" >>"$work/wrong" 2>&1
	is "$(cat "$work/wrong")" "" "$command"
	cat "$work/terminal.80" >>"$work/colours"
	cat "$work/terminal.40" >>"$work/colourless"
done <"$work/commands"

# A sync may be too short for some of its phases to be seen.
sed -n 's/^	phase	*= //p' "$top/regress/shape/jellyporterctl.shapes" |
    sed 's/ | /\n/g' | while read -r phase; do
	grep -q "{ \"$phase\", \"" "$top/jellyporterctl/progress.c" ||
	    echo "$phase"
done >"$work/missing"
is "$(cat "$work/missing")" "" "every phase of a sync has words"

grep -q "$colour" "$work/colours"
ok $? "there are colours on a terminal"
is "$(grep -c "$colour" "$work/colourless")" 0 "not with NO_COLOR"
TERM=dumb on_terminal 80 status
is "$(grep -c "$escape" "$work/terminal.80")" 0 "not on a dumb one"
TERM=dumb on_terminal 80 sync now
is "$(grep -c "$escape" "$work/terminal.80")" 0 \
    "where a sync is not drawn twice, either"

echo "# what is followed"
no_faults attic
sim den POST "/server?what=up" >/dev/null
sync_now
printf 'resumed\t^C\n' | $terminal -w 80 jellyporterctl -s "$socket" monitor \
    >"$work/monitor.80" &
at_terminal=$!
ctl monitor >"$work/monitor" 2>"$work/monitor.err" &
piped=$!
ctl -j monitor >"$work/monitor.json" 2>/dev/null &
in_json=$!
watched() {			# watched EVENT: by all who are still there
	ctl pause >/dev/null
	ctl resume >/dev/null
	! kill -0 $at_terminal 2>/dev/null || return 1
	grep -q "$1" "$work/monitor" && grep -q "\"$1\"" "$work/monitor.json"
}
wait_for watched resumed
ok $? "a monitor shows a pause and its end, at a terminal, too"
wait $at_terminal
is $? 98 "which is left by ^C"
is "$(too_wide 80 <"$work/monitor.80")" "" "its lines fit"
echo "sync_interval_mins: 7" >>"$config"
ctl reload >/dev/null
is $? 0 "a reload"
wait_for grep -q reloaded "$work/monitor.json"
ok $? "is told as an event"
cp "$work/monitor" "$work/monitor.before"
again() {
	ctl pause >/dev/null
	ctl resume >/dev/null
	tail -n "+$(($(wc -l <"$work/monitor.before") + 1))" "$work/monitor" |
	    grep -q 'resumed$' &&
	    gojq -es '(map(.event) | index("reloaded")) as $at |
	    .[$at + 1:] | any(.event == "resumed")' "$work/monitor.json"
}
wait_for again
ok $? "and what comes after it is shown: $(grep -c . "$work/monitor.err") errors"
stop_daemon
wait $piped
is "$? $(cat "$work/monitor.err")" "1 jellyporterctl: jellyporterd was stopped" \
    "until the daemon ends"
wait $in_json
is "$? $($shape monitor <"$work/monitor.json")" "1 " "which is said in JSON"

echo "# without a daemon"
while read -r command; do
	case $command in
	init|completion*)	continue ;;
	esac
	# shellcheck disable=SC2046,SC2086
	ctl -j $command $(arguments "$command") 2>"$work/err" >"$work/json"
	[ $? = 3 ] && grep -q "is not running" "$work/err" &&
	    $shape "$command" <"$work/json" &&
	    gojq -e '.error | contains("is not running")' "$work/json" \
	    >/dev/null || echo "$command"
done <"$work/commands" >"$work/missing"
is "$(cat "$work/missing")" "" "every command says so, in JSON, too"
for words in "" "nonsense" "show nonsense" "undo" "import $work/none" \
    "export $work/whole" "init server x"; do
	# shellcheck disable=SC2086
	ctl -j $words 2>"$work/err" | gojq -e 'keys - ["error"] |
	    all(. == "summaries" or . == "servers" or . == "files")' \
	    >/dev/null && [ -s "$work/err" ] || echo "$words"
done >"$work/missing"
is "$(cat "$work/missing")" "" "and so is what else is wrong"

done_testing
