#!/bin/sh
# Shows the main job: two simulated servers with different libraries and
# histories, one person who uses both.

. "$(dirname "$0")/lib.sh"

say() {
	printf '\n\033[1m%s\033[0m\n' "$*"
}

# A line for a title on each server, as that server itself tells it.
both() {
	for server in attic cellar; do
		printf '  %-7s %s\n' "$server" "$(sim $server GET \
		    "/state?user=alice" | gojq -r --argjson n "$1" '
		    ([.[] | select(.Number == $n)][0]) as $i |
		    if $i == null then "not touched" else
		    (if $i.Played then "watched" else "not watched" end)
		    + ", at \($i.PlaybackPositionTicks / 600000000 | floor) min"
		    + ", played \($i.PlayCount) times, last "
		    + (($i.LastPlayedDate // "never") | .[:16])
		    + (if $i.IsFavorite then ", favourite" else "" end) end')"
	done
}

title() {
	sim attic GET "/items?from=$1&count=1" |
	    gojq -r --argjson n "$1" '[.[] | select(.Number == $n)][0].Title'
}

say "Two Jellyfin servers (simulated): attic is 12.0, cellar is 10.11"
start_sim attic --version 12.0.0 --seed 1 --catalogue 7 --first 0 \
    --items 1200 --user alice:secret --watched 100 --resumable 10 --favorites 10
start_sim cellar --version 10.11.11 --seed 2 --catalogue 7 --first 200 \
    --items 1200 --user alice:secret --watched 60 --resumable 10 --favorites 10
begin_config
configure_client attic "user: alice"
configure_client cellar "user: alice"
sed -n '/clients/,$p' "$config" | sed "s/$api_key/********/"

# Something that differs, whatever the seeds bring.
film=$(sim attic GET "/items?from=300&count=400" |
    gojq -r '[.[] | select(.Type == "Movie")][0].Number')
series=$(sim attic GET "/items?from=300&count=400" |
    gojq -r '[.[] | select(.Type == "Episode")][0].Number')
act attic alice "$film" partial "&percent=40"
act cellar alice "$film" favorite
act cellar alice "$series" finish

say "Before: $(title "$film")"
both "$film"
say "Before: $(title "$series")"
both "$series"

say "jellyporterd starts; jellyporterctl sync now"
start_daemon
ctl sync now || bail_out "sync now"

say "After: $(title "$film")"
both "$film"
say "After: $(title "$series")"
both "$series"

say "jellyporterctl status"
ctl status
say "jellyporterctl show audit limit 4"
ctl show audit limit 4

say "Alice plays the film to its end, on cellar"
act cellar alice "$film" finish
both "$film"
say "... and after the next sync"
ctl sync now || bail_out "sync now"
both "$film"

a=$(item_state attic alice "$film")
b=$(item_state cellar alice "$film")
if [ -n "$a" ] && [ "$a" = "$b" ]; then
	printf '\ndemo: ok\n'
else
	printf '\ndemo: failed: %s / %s\n' "$a" "$b"
	exit 1
fi
