# A first sync of servers that take the time that real ones take, beside curl
# making the same requests, one after the other to each server.

. "$(dirname "$0")/lib.sh"

limit=1800
fresh_pair pace
# As on two machines, like for curl: of those on one, we list one at a time.
sed -i "s,$(url cellarpace),http://localhost:$(url cellarpace | sed 's/.*://')," \
    "$config"
grep -q localhost "$config" || bail_out "no second machine"
for server in atticpace cellarpace; do
	sim $server POST "/pace?real=1" >/dev/null
	reset_counts $server
done
began=$(now)
once || bail_out "the first sync failed"
wall=$(calc "($(now) - $began) / 1e9")

# The lists, then what reads and writes single items, as often as we did.
same_requests() {		# same_requests SERVER
	base=$(url "$1")
	always="recursive=true&collapseBoxSetItems=false&isMissing=false&enableImages=false"
	user=$(curl -sS -H "$header" "$base/Users" | gojq -r '.[0].Id')
	sim "$1" GET "/items?from=1&count=20000" | gojq -r '.[].ItemId' \
	    >"$work/$1.ids"
	hundred=$(head -100 "$work/$1.ids" | paste -sd, -)
	{
		echo "$base/Items?$always&includeItemTypes=Movie,Episode,Series&fields=ProviderIds,MediaSourceCount&enableUserData=false"
		for filter in IsPlayed IsResumable IsFavorite; do
			echo "$base/Items?$always&includeItemTypes=Movie,Episode&userId=$user&filters=$filter"
		done
		yes "$base/Sessions" | head -"$(counts "$1" sessions)"
		yes "$base/Items?$always&userId=$user&ids=$hundred" |
		    head -"$(counts "$1" ids)"
	} | sed 's/.*/url = "&"\noutput = \/dev\/null/' >"$work/$1.curl"
	head -"$(writes "$1")" "$work/$1.ids" | sed "s|.*|next\nsilent\nshow-error\nheader = \"Content-Type: application/json\"\nheader = @$work/header\nurl = \"$base/UserItems/&/UserData?userId=$user\"\ndata = \"{\\\\\\\\\"IsFavorite\\\\\\\\\":false}\"\noutput = /dev/null|" \
	    >>"$work/$1.curl"
}
header="Authorization: MediaBrowser Token=\"$api_key\", Client=\"bench\", Device=\"bench\", DeviceId=\"bench\", Version=\"1\""
echo "$header" >"$work/header"
for server in atticpace cellarpace; do
	same_requests $server
	[ "$(grep -c '^url' "$work/$server.curl")" -gt 4 ] ||
	    bail_out "nothing to compare with"
done
began=$(now)
pids=
for server in atticpace cellarpace; do
	curl -sS --compressed -H "@$work/header" -K "$work/$server.curl" \
	    >/dev/null &
	pids="$pids $!"
done
for pid in $pids; do
	wait "$pid" || bail_out "curl"
done
curl_s=$(calc "($(now) - $began) / 1e9")
figure "real pace: curl, the same requests" "$curl_s" s -
figure "real pace: first sync" "$wall" s -
figure "real pace: first sync, against curl" "$(calc "$wall / $curl_s")" \
    ratio 1.05
