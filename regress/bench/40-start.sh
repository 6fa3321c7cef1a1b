# The start with a large database.  MILLION (1000000) is how many items it has.

. "$(dirname "$0")/lib.sh"

million=${MILLION:-1000000}

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
