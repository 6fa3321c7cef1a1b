#!/bin/sh
# Measures, and prints a line for each figure: name, value, unit, goal, ok or
# short.  What is compared is measured in the same run.
# ITEMS (100000) is the size of each server, MILLION (1000000) that of the
# database for the start, STOPS (1000) how many are timed.

. "$(dirname "$0")/../lib.sh"

items=${ITEMS:-100000}
million=${MILLION:-1000000}
stops=${STOPS:-1000}
limit=600

now() {
	date +%s%N
}

# NAME VALUE UNIT GOAL: a goal is an upper bound, or - for none.
figure() {
	verdict=ok
	if [ "$4" = - ]; then
		verdict=-
	elif [ "$(echo "$2 $4" | awk '{ print ($1 <= $2) }')" = 0 ]; then
		verdict=short
	fi
	printf '%-44s %12s %-10s %10s %s\n' "$1" "$2" "$3" "$4" "$verdict"
}

calc() {
	awk "BEGIN { printf \"%.3f\", $1 }"
}

# Peak proportional set size of each process below a pid, and of all at once.
watch_memory() {		# watch_memory PID FILE
	while kill -0 "$1" 2>/dev/null; do
		total=0
		for pid in $1 $(pgrep -P "$1"); do
			pss=$(awk '/^Pss:/ { print $2 }' \
			    "/proc/$pid/smaps_rollup" 2>/dev/null)
			role=$(ps -o args= -p "$pid" |
			    sed -n 's/^jellyporterd: //p')
			[ "$pid" = "$1" ] && role=parent
			# One that begins or ends just now has neither.
			[ -n "$pss" ] && [ -n "$role" ] || continue
			total=$((total + pss))
			echo "$role	$pss"
		done
		echo "all	$total"
		sleep 0.1
	done | awk -F'\t' '$2 > peak[$1] { peak[$1] = $2 }
	    END { for (r in peak) print r "\t" peak[r] }' | sort >"$2"
}

# Seconds of processor time that the children of this shell have used.
cpu() {
	times >"$work/times"	# not in a pipe: that would be another shell
	awk 'NR == 2 { for (i = 1; i <= 2; i++) { split($i, t, "[ms]")
	    s += t[1] * 60 + t[2] } print s }' "$work/times"
}

curl_get() {			# curl_get NAME PATH?QUERY
	curl -sS --compressed -o /dev/null -H "Authorization: MediaBrowser \
Token=\"$api_key\", Client=\"bench\", Device=\"bench\", DeviceId=\"bench\", \
Version=\"1\"" "$(url "$1")$2" || bail_out "curl $1"
}

# The same listings as a first sync makes, both servers at once.
bare_curl() {
	always="recursive=true&collapseBoxSetItems=false&isMissing=false&enableImages=false"
	for server in attic cellar; do
		(
			user=$(curl -sS -H "Authorization: MediaBrowser \
Token=\"$api_key\"" "$(url $server)/Users" | jq -r '.[0].Id')
			curl_get $server "/Items?$always&includeItemTypes=Movie,Episode,Series&fields=ProviderIds,MediaSourceCount&enableUserData=false"
			for filter in IsPlayed IsResumable IsFavorite; do
				curl_get $server "/Items?$always&includeItemTypes=Movie,Episode&userId=$user&filters=$filter"
			done
		) &
		pids="${pids:-} $!"
	done
	for pid in $pids; do
		wait "$pid"
	done
}

printf '%-44s %12s %-10s %10s\n' figure value unit goal

common="--catalogue 7 --items $items --user alice:a"
# shellcheck disable=SC2086
start_sim attic $common --version 12.0.0 --seed 1 --watched 100 \
    --resumable 1 --favorites 1
# shellcheck disable=SC2086
start_sim cellar $common --version 10.11.11 --seed 2 --watched 50 \
    --resumable 1 --favorites 1
begin_config
configure_client attic "user: alice"
configure_client cellar "user: alice"

began=$(now)
bare_curl
curl_s=$(calc "($(now) - $began) / 1e9")
figure "curl: the same listings, 2 x $items items" "$curl_s" s -

cpu >"$work/before"
began=$(now)
once || bail_out "the first sync failed"
wall=$(calc "($(now) - $began) / 1e9")
cpu >"$work/after"
used=$(calc "$(cat "$work/after") - $(cat "$work/before")")
figure "first sync: wall" "$wall" s -
figure "first sync: wall, against curl" "$(calc "$wall / $curl_s")" ratio -
figure "first sync: processor time per item" \
    "$(calc "$used * 1e6 / (2 * $items)")" us 30
figure "first sync: writes" "$(($(writes attic) + $(writes cellar)))" writes -
reset_counts attic
reset_counts cellar
cpu >"$work/before"
began=$(now)
once || bail_out "the second sync failed"
figure "second sync: wall" "$(calc "($(now) - $began) / 1e9")" s -
cpu >"$work/after"
used=$(calc "$(cat "$work/after") - $(cat "$work/before")")
figure "second sync: processor time per item" \
    "$(calc "$used * 1e6 / (2 * $items)")" us -
figure "second sync: writes" "$(($(writes attic) + $(writes cellar)))" writes 0

# Two servers as attic and cellar were, and nothing known of them yet.
fresh_pair() {			# fresh_pair NAME
	# shellcheck disable=SC2086
	start_sim "attic$1" $common --version 12.0.0 --seed 1 --watched 100 \
	    --resumable 1 --favorites 1
	# shellcheck disable=SC2086
	start_sim "cellar$1" $common --version 10.11.11 --seed 2 \
	    --watched 50 --resumable 1 --favorites 1
	begin_config
	sed -i "s/test.db/$1.db/" "$config"
	configure_client "attic$1" "user: alice"
	configure_client "cellar$1" "user: alice"
}

# Live: from a stop on one server to the value readable on the other.
live_latency() {		# live_latency TITLE ATTIC CELLAR
	perl "$top/regress/bench/latency.pl" "$(cat "$work/$2.control")" \
	    "$(cat "$work/$2.address")" "$(cat "$work/$3.control")" \
	    "$(cat "$work/$3.address")" "$api_key" alice "$stops" \
	    >"$work/latency" || bail_out "latency: $1"
	read -r median p99 own <"$work/latency"
	figure "live, $1: its requests alone" "$own" ms -
	figure "live, $1: more than those, median" "$median" ms 10
	figure "live, $1: more than those, p99" "$p99" ms 50
}
live_up() {			# live_up FILTER
	wait_for eval "ctl -j status | jq -e '$1 and
	    ([.servers[].live] | all(. == \"up\"))'" || bail_out "not live"
}

sed -i 's/live: off/live: auto/' "$config"
for server in attic cellar; do
	sim $server POST "/server?what=sockets&notice_ms=0" >/dev/null
done
start_daemon
live_up ".daemons[0].syncing == false"
live_latency "idle" attic cellar
stop_daemon

# The same while a first sync goes on, of servers that take the time that real
# ones take; once what is on them is known.
fresh_pair live
sed -i 's/live: off/live: auto/' "$config"
for server in atticlive cellarlive; do
	sim $server POST "/server?what=sockets&notice_ms=0" >/dev/null
	sim $server POST "/pace?real=1" >/dev/null
done
start_daemon
live_up "([.servers[].owed] | all(. > 0))"
live_latency "first sync" atticlive cellarlive
ctl -j status | jq -e '.daemons[0].syncing' >/dev/null ||
    bail_out "the first sync was over before its stops were"
stop_daemon
sim atticlive POST /shutdown >/dev/null
sim cellarlive POST /shutdown >/dev/null

# Memory, of a first sync of its own: to look at it takes time.
fresh_pair memory
jellyporterd -o -f "$config" -s "$socket" >"$work/daemon.log" 2>&1 &
pid=$!
watch_memory $pid "$work/memory"
wait $pid || bail_out "the first sync for its memory failed"
while IFS='	' read -r role peak; do
	goal=-
	[ "$role" = all ] && goal=64
	figure "first sync: peak PSS, $role" "$(calc "$peak / 1024")" MiB $goal
done <"$work/memory"

# Idle: what a round costs that the clock begins, of a server of this size with
# 10 % played, 50 begun and 50 favourites.
start_sim study $common --version 12.0.0 --seed 4 --watched 100
begin_config
sed -i 's/test.db/study.db/' "$config"
configure_client study "user: alice"
sim study GET "/items?from=1&count=2000" | jq -r '.[].Number' | sort -un |
    head -100 >"$work/numbers"
while read -r n; do
	if [ "$n" -le 50 ]; then
		echo "played=0&position=6000000000&count=1&date=2026-01-01T00:00:00Z"
	else
		echo "favorite=1"
	fi | { read -r state; set_state study alice "$n" "$state"; }
done <"$work/numbers"
start_daemon
sync_now || bail_out "the sync of study"
servers=study
clock_round
reset_counts study
clock_round
figure "idle round: requests for the server" \
    "$(counts study news activity info users sessions other)" requests 2
figure "idle round: requests for the endpoint" \
    "$(counts study count_played state_played state_resumable state_favorite \
    state ids resume)" requests 3
figure "idle round: bytes" "$(sim study GET /counts | jq .bytes.total)" \
    bytes 65536
stop_daemon

# Idle with four servers, two of them live, for two minutes with a round.
processes() {
	echo "$daemon_pid $(pgrep -P "$daemon_pid" | tr '\n' ' ')"
}
# Of all our processes, seconds.  What top shows counts whole ticks, and who is
# woken by a timer always runs at one.
ran() {
	for pid in $(processes); do
		cat "/proc/$pid/schedstat"
	done | awk '{ n += $1 } END { print n / 1e9 }'
}
begin_config
sed -i 's/test.db/four.db/; s/live: off/live: auto/
    s/sessions_poll_secs: 0/sessions_poll_secs: 15/' "$config"
seed=5 servers=
for version in 10.9.11 10.10.7 10.11.11 12.0.0; do
	start_sim "four$seed" --catalogue 7 --items 1000 --seed $seed \
	    --version $version --user alice:a --watched 100
	configure_client "four$seed" "user: alice"
	servers="$servers four$seed"
	seed=$((seed + 1))
done
start_daemon
sync_now || bail_out "the sync of four"
sleep 10
had_run=$(ran)
sleep 60
clock_round
sleep 60
figure "idle, 4 servers: of a core" \
    "$(calc "($(ran) - $had_run) * 100 / 120")" % 0.1
pss=0
for pid in $(processes); do
	pss=$((pss + $(awk '/^Pss:/ { print $2 }' "/proc/$pid/smaps_rollup")))
done
figure "idle, 4 servers: PSS together" "$(calc "$pss / 1024")" MiB 40
stop_daemon

# A large database: how soon does status answer?
start_sim loft --version 12.0.0 --seed 3 --catalogue 7 --items "$million" \
    --user alice:a --watched 10
begin_config
sed -i 's/test.db/large.db/' "$config"
configure_client loft "user: alice"
once || bail_out "the sync of $million items failed"
sim loft POST "/server?what=down" >/dev/null
best=
for try in 1 2 3 4 5; do
	began=$(now)
	jellyporterd -d -f "$config" -s "$socket" >>"$work/daemon.log" 2>&1 &
	daemon_pid=$!
	until jellyporterctl -s "$socket" status >/dev/null 2>&1; do
		sleep 0.005
	done
	took=$(calc "($(now) - $began) / 1e6")
	stop_daemon
	best=$(echo "$took ${best:-$took}" | awk '{ print ($1 < $2) ? $1 : $2 }')
done
figure "start with $million items until status answers" "$best" ms 100
