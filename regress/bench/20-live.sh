# From a stop on one server to the value readable on the other.
# STOPS (1000) is how many are timed.

. "$(dirname "$0")/lib.sh"

stops=${STOPS:-1000}

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
	wait_for eval "ctl -j status | gojq -e '$1 and
	    ([.servers[].live] | all(. == \"up\"))'" || bail_out "not live"
}

fresh_pair idle
sed -i 's/live: off/live: auto/' "$config"
for server in atticidle cellaridle; do
	sim $server POST "/server?what=sockets&notice_ms=0" >/dev/null
done
start_daemon
live_up ".daemons[0].syncing == false"
live_latency "idle" atticidle cellaridle
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
ctl -j status | gojq -e '.daemons[0].syncing' >/dev/null ||
    bail_out "the first sync was over before its stops were"
stop_daemon
sim atticlive POST /shutdown >/dev/null
sim cellarlive POST /shutdown >/dev/null
