# Processor time per item, of servers that grow and become more.
# MILLION (1000000) is the largest, SERVERS (200) the most.

. "$(dirname "$0")/lib.sh"

million=${MILLION:-1000000}
most=${SERVERS:-200}
limit=1800

# A first sync of N servers with SIZE items each, of which people have seen so
# many per mille; sets $used, in seconds, and $written.
first_sync() {			# first_sync N SIZE SEEN
	begin_config
	sed -i "s/test.db/$1-$2-$3.db/" "$config"
	names=
	for seed in $(seq "$1"); do
		start_sim "s$1-$2-$3-$seed" --catalogue 7 --items "$2" \
		    --user alice:a --version 12.0.0 --seed "$seed" \
		    --watched "$3"
		configure_client "s$1-$2-$3-$seed" "user: alice"
		names="$names s$1-$2-$3-$seed"
	done
	cpu >"$work/before"
	once
	failed=$?
	cpu >"$work/after"
	written=0
	# Waited for, so that their time is not taken for that of the next one.
	for name in $names; do
		written=$((written + $(writes "$name")))
		sim "$name" POST /shutdown >/dev/null
		wait "$(cat "$work/$name.pid")"
	done
	used=$(calc "$(cat "$work/after") - $(cat "$work/before")")
}

for size in $((million / 100)) $((million / 10)) "$million"; do
	first_sync 2 "$size" 100
	[ $failed -eq 0 ] || bail_out "2 servers of $size items"
	each=$(calc "$used * 1e6 / (2 * $size)")
	figure "first sync, 2 servers of $size items: each" "$each" us -
	smallest=${smallest:-$each}
done
figure "first sync: 100 times the items, each" \
    "$(calc "$each / $smallest")" ratio 1.33
for n in 1 2 4 8; do
	first_sync $n 20000 0
	[ $failed -eq 0 ] || bail_out "$n servers without history"
	reading=$used
	each=$(calc "$reading * 1e6 / ($n * 20000)")
	figure "first sync, $n servers: each item" "$each" us 30
	# What is on one only meets nothing.
	[ $n -gt 1 ] || continue
	[ $n -gt 2 ] || of_two=$each
	first_sync $n 20000 100
	[ $failed -eq 0 ] || bail_out "$n servers"
	figure "first sync, $n servers: each write" \
	    "$(calc "($used - $reading) * 1e6 / $written")" us -
done
figure "first sync: 8 servers, not 2, each item" "$(calc "$each / $of_two")" \
    ratio 1.33
first_sync "$most" 1000 100
figure "first sync, $most servers of 1000 items: each" \
    "$(calc "$used * 1e6 / ($most * 1000)")" us -
figure "first sync, $most servers of 1000 items: writes" "$written" writes -
figure "first sync, $most servers of 1000 items: failed" $failed - 0
