# What it costs when nobody does anything.

. "$(dirname "$0")/lib.sh"

# Idle: what a round costs that the clock begins, of a server of this size with
# 10 % played, 50 begun and 50 favourites.
start_sim study $common --version 12.0.0 --seed 4 --watched 100
begin_config
sed -i 's/test.db/study.db/' "$config"
configure_client study "user: alice"
sim study GET "/items?from=1&count=2000" | gojq -r '.[].Number' | sort -un |
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
figure "idle round: bytes" "$(sim study GET /counts | gojq .bytes.total)" \
    bytes 65536
stop_daemon

# Idle with four servers, two of them live, for two minutes with a round.
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
figure "idle, 4 servers: PSS together" "$(pss)" MiB 40
stop_daemon
