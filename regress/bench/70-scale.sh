# Processor time per item, of servers that grow and become more.
# MILLION (1000000) is the largest, SERVERS (200) the most.

. "$(dirname "$0")/lib.sh"

million=${MILLION:-1000000}
most=${SERVERS:-200}
limit=1800

# A first sync of N servers with SIZE items each; sets $each, in us.
first_sync() {			# first_sync N SIZE
	begin_config
	sed -i "s/test.db/$1-$2.db/" "$config"
	names=
	for seed in $(seq "$1"); do
		start_sim "s$1-$2-$seed" --catalogue 7 --items "$2" \
		    --user alice:a --version 12.0.0 --seed "$seed" \
		    --watched 100
		configure_client "s$1-$2-$seed" "user: alice"
		names="$names s$1-$2-$seed"
	done
	cpu >"$work/before"
	once
	failed=$?
	cpu >"$work/after"
	for name in $names; do
		sim "$name" POST /shutdown >/dev/null
	done
	used=$(calc "$(cat "$work/after") - $(cat "$work/before")")
	each=$(calc "$used * 1e6 / ($1 * $2)")
}
for size in $((million / 100)) $((million / 10)) "$million"; do
	first_sync 2 "$size"
	[ $failed -eq 0 ] || bail_out "2 servers of $size items"
	figure "first sync, 2 servers of $size items: each" "$each" us 30
done
for n in 1 2 4 8; do
	first_sync $n 20000
	[ $failed -eq 0 ] || bail_out "$n servers"
	figure "first sync, $n servers of 20000 items: each" "$each" us -
done
first_sync "$most" 1000
figure "first sync, $most servers of 1000 items: each" "$each" us -
figure "first sync, $most servers of 1000 items: failed" $failed - 0
