# A first sync of two servers, and one after it; beside curl.

. "$(dirname "$0")/lib.sh"

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

curl_get() {			# curl_get NAME PATH?QUERY
	curl -sS --compressed -o /dev/null -H "Authorization: MediaBrowser \
Token=\"$api_key\", Client=\"bench\", Device=\"bench\", DeviceId=\"bench\", \
Version=\"1\"" "$(url "$1")$2" || bail_out "curl $1"
}

# The same listings as a first sync makes, both servers at once.
bare_curl() {
	always="recursive=true&collapseBoxSetItems=false&isMissing=false&enableImages=false"
	for server in atticfirst cellarfirst; do
		(
			user=$(curl -sS -H "Authorization: MediaBrowser \
Token=\"$api_key\"" "$(url $server)/Users" | gojq -r '.[0].Id')
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

fresh_pair first
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
figure "first sync: writes" "$(($(writes atticfirst) + $(writes cellarfirst)))" writes -
reset_counts atticfirst
reset_counts cellarfirst
cpu >"$work/before"
began=$(now)
once || bail_out "the second sync failed"
figure "second sync: wall" "$(calc "($(now) - $began) / 1e9")" s -
cpu >"$work/after"
used=$(calc "$(cat "$work/after") - $(cat "$work/before")")
figure "second sync: processor time per item" \
    "$(calc "$used * 1e6 / (2 * $items)")" us -
figure "second sync: writes" "$(($(writes atticfirst) + $(writes cellarfirst)))" writes 0

# Memory, of a first sync of its own: to look at it takes time.
fresh_pair memory
jellyporterd -o -f "$config" -s "$socket" >"$work/daemon.log" 2>&1 &
pid=$!
watch_memory $pid "$work/memory"
wait $pid || bail_out "the first sync for its memory failed"
while IFS='	' read -r role peak; do
	goal=-
	[ "$role" = all ] && goal=64
	figure "first sync: peak PSS, ${role%memory}" "$(calc "$peak / 1024")" MiB $goal
done <"$work/memory"
