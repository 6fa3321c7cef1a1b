# Shared by the benchmarks: what is measured, and its line.

. "$(dirname "$0")/../lib.sh"

items=${ITEMS:-100000}
limit=600
common="--catalogue 7 --items $items --user alice:a"

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

# Seconds of processor time that the children of this shell have used.
cpu() {
	times >"$work/times"	# not in a pipe: that would be another shell
	awk 'NR == 2 { for (i = 1; i <= 2; i++) { split($i, t, "[ms]")
	    s += t[1] * 60 + t[2] } print s }' "$work/times"
}

# Two servers, and nothing known of them yet.
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

processes() {
	echo "$daemon_pid $(pgrep -P "$daemon_pid" | tr '\n' ' ')"
}

pss() {				# of all our processes, MiB
	for pid in $(processes); do
		cat "/proc/$pid/smaps_rollup"
	done | awk '/^Pss:/ { n += $2 } END { printf "%.3f", n / 1024 }'
}
