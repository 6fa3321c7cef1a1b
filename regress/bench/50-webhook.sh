# A burst of webhook events: EVENTS (10000) of 2,000 items, from 50 connections.

. "$(dirname "$0")/lib.sh"

events=${EVENTS:-10000}
changed=2000
port=$(free_port)
post="$top/regress/system/post.pl"

items=4000
common="--catalogue 7 --items $items --user alice:a"
fresh_pair hook
sed -i "/^  live:/a\\  webhook:\\n    addr: 127.0.0.1:$port" "$config"
start_daemon
sync_now || bail_out "the first sync"
user=$(curl -sS -H "Authorization: MediaBrowser Token=\"$api_key\"" \
    "$(url attichook)/Users" | gojq -r '.[0].Id')
server=$(curl -sS "$(url attichook)/System/Info/Public" | gojq -r .Id)

# Who finished something is done with it, whatever had been played of it.
sim attichook GET "/items?from=1&count=$items" | gojq -r --arg user "$user" \
    --arg server "$server" '.[] | [.Number, ({ NotificationType:
    "PlaybackStop", ServerId: $server, UserId: $user, ItemId: .ItemId } |
    tojson)] | @tsv' | sort -n -u -k 1,1 | head -$changed >"$work/changed"
cut -f 1 "$work/changed" | while read -r number; do
	echo "url = \"http://$(cat "$work/attichook.control")/set?user=alice&item=$number&played=1&position=0&count=9&date=2026-02-02T00:00:00Z\""
	echo 'request = POST'
	echo 'output = /dev/null'
done >"$work/set.curl"
curl -sS -K "$work/set.curl" || bail_out "set"
awk -F'\t' -v events="$events" '{ body[NR] = $2 }
    END { for (i = 0; i < events; i++) print body[i % NR + 1] }' \
    "$work/changed" >"$work/bodies"
reset_counts attichook
reset_counts cellarhook
perl "$post" -t 127.0.0.1:$port /webhook 50 <"$work/bodies" >"$work/answers"
p99=$(sed -n 's/^p99 //p' "$work/answers")
accepted=$(sed -n 's/^202 //p' "$work/answers")
shown() {			# how many of these cellar shows
	sim cellarhook GET "/state?user=alice" |
	    gojq '[.[] | select(.PlayCount == 9)] | length'
}
both=$(sim cellarhook GET "/items?from=1&count=$items" | gojq -r '.[].Number' |
    sort -u >"$work/there"; cut -f 1 "$work/changed" | sort -u |
    comm -12 - "$work/there" | wc -l)
all_shown() {
	[ "$(shown)" -ge "$both" ]
}
wait_for all_shown || bail_out "of $both changes $(shown) have arrived"
wait_for idle || bail_out "not idle"
figure "webhook burst: answered within, p99" "$p99" ms 50
figure "webhook burst: not accepted" "$((events - ${accepted:-0}))" events 0
figure "webhook burst: changes lost" "$((both - $(shown)))" changes 0
figure "webhook burst: readings, of $changed items" \
    "$(counts attichook ids)" requests $changed
figure "webhook burst: writes, of $both copies" "$(writes cellarhook)" \
    writes "$both"
figure "webhook burst: PSS together" "$(pss)" MiB 64
stop_daemon
