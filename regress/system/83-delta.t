#!/bin/sh
# Rounds between two full ones: what they cost, what they find, and what is
# left to a full one.

. "$(dirname "$0")/../lib.sh"

servers="attic cellar"
start_sim attic --version 10.11.11 --seed 1 --catalogue 7 --items 3000 \
    --user alice:a --watched 500 --resumable 50 --favorites 50
start_sim cellar --version 12.0.0 --seed 2 --catalogue 7 --items 3000 \
    --user alice:a
begin_config
configure_client attic "user: alice"
configure_client cellar "user: alice"
start_daemon
sync_now || bail_out "the first sync"
state attic alice | cut -f1 >"$work/touched"
seq 1 1000 | grep -vxF -f "$work/touched" >"$work/untouched"

# Into $item, the next one that nobody has ever touched.
untouched() {
	item=$(sed -n 1p "$work/untouched")
	sed -i 1d "$work/untouched"
}

same() {			# same NUMBER NAME
	is "$(item_state cellar alice "$1")" "$(item_state attic alice "$1")" \
	    "$2"
}

quiet_cost() {			# quiet_cost SERVER
	is "$(counts "$1" total)" 5 "$1: five requests"
	is "$(counts "$1" news) $(counts "$1" activity)" "1 1" \
	    "two of them for the server"
	is "$(counts "$1" count_played) $(counts "$1" state_resumable) $(
	    counts "$1" state_favorite)" "1 1 1" "and three for the endpoint"
	[ "$(sim "$1" GET /counts | gojq .bytes.total)" -lt 65536 ]
	ok $? "which are less than 64 KiB"
}

clock_round
reset_all
clock_round
quiet_cost attic
quiet_cost cellar
# What they find

untouched
act attic alice $item finish
clock_round
same $item "a play"
is "$(item_state cellar alice $item | cut -d' ' -f1)" true "is played there"
untouched
act attic alice $item partial "&percent=2"
clock_round
same $item "a play that was stopped at once, which no set shows"
is "$(item_state cellar alice $item | cut -d' ' -f3)" 1 "counts"
untouched
act cellar alice $item mark
clock_round
same $item "a mark"
act cellar alice $item unmark
clock_round
is "$(item_state attic alice $item)" "" "an unmark"
act cellar alice $item favorite
clock_round
same $item "a favourite"
act attic alice $item unfavorite
clock_round
is "$(item_state cellar alice $item)" "" "which is taken back"
untouched
act attic alice $item partial "&percent=60&date=2021-01-01T00:00:00Z"
clock_round
same $item "a position"
set_state attic alice $item \
    "position=6000000000&date=2020-01-01T00:00:00Z"
clock_round
is "$(item_state cellar alice $item | cut -d' ' -f2)" 6000000000 \
    "another one, with an older date"

# The long list is read if the number of what is played has changed, once.

untouched
act attic alice $item mark
reset_all
clock_round
is "$(counts attic state_played) $(counts cellar state_played)" "1 0" \
    "what is played is read where its number is another"
reset_all
clock_round
is "$(counts attic state_played) $(counts cellar state_played)" "0 0" \
    "and not again"

# What no delta finds, a full round does at the latest: an unmark, and a mark
# without a date, in the same interval.

marked=$item
untouched
act attic alice $marked unmark
set_state attic alice $item "played=1&position=0&count=0&date="
clock_round
sync_now
is "$(item_state cellar alice $marked)" "" "an unmark"
same $item "and a mark without a date, of the same interval"
is "$(item_state cellar alice $item | cut -d' ' -f1)" true "which is there"
set_state attic alice $item "played=0&position=0&count=0&date="
set_state attic alice $marked "played=1&position=0&count=0&date="
clock_round
set_state attic alice $marked "played=0&position=0&count=0&date="
set_state attic alice $marked "played=1&position=0&count=0&date="
sync_now
same $item "and the other way round"
same $marked "marked again"

# New items

untouched
act attic alice $item finish
clock_round
sim cellar POST "/item?item=$item&what=replace" >/dev/null
reset_all
clock_round
is "$(counts cellar news) $(counts cellar identity)" "1 0" \
    "a file that was replaced"
same $item "is filled again"
is "$(item_state cellar alice $item | cut -d' ' -f1)" true "and not lost"

# Nothing is believed to be known of another user, or of another server.

sim cellar POST "/server?what=recreate-user&name=alice" >/dev/null
played=$(state attic alice | md5sum)
clock_round
is_filled() {
	[ "$(state cellar alice | md5sum)" = "$played" ]
}
wait_for is_filled
ok $? "a user made anew is filled"
is "$(state attic alice | md5sum)" "$played" "and unmarks nothing"

# A log that does not hold what it held is none that tells all.

untouched
act cellar alice $item finish
clock_round
same $item "a play on the other one"
sim cellar POST "/server?what=forget-activity" >/dev/null
reset_all
clock_round
is "$(counts cellar state_played)" 1 "a log that was cut"
is "$(sim cellar GET /counts | gojq '.bytes.state_played > 100000')" true \
    "makes all of the sets be read"
reset_all
clock_round
quiet_cost cellar

done_testing
