#!/bin/sh
# A user made anew, of whom the server goes on to show what the former one had
# done: until its next start, by id, but in none of its sets (unlisted.h).
# Nothing of it is his, all of it is written anew, and its end unmarks nothing.

. "$(dirname "$0")/../lib.sh"

start_sim attic --version 10.11.11 --seed 1 --catalogue 7 --items 40 \
    --user alice:a --watched 150 --favorites 50 --resumable 50
start_sim cellar --version 12.0.0 --seed 2 --catalogue 7 --items 40 \
    --user alice:a
begin_config
configure_client attic "user: alice"
configure_client cellar "user: alice"
start_daemon
sync_now || bail_out "the first sync"
state attic alice >"$work/full"
[ "$(wc -l <"$work/full")" -gt 5 ] || bail_out "too little history"

same() {			# same SERVER FILE NAME
	state "$1" alice | diff "$work/$2" - | head -5 >"$work/diff"
	is "$(cat "$work/diff")" "" "$3"
}

recreate() {			# recreate SERVER
	sim "$1" POST "/server?what=recreate-user&name=alice&cached=1" \
	    >/dev/null
}

start_again() {			# start_again SERVER
	sim "$1" POST "/server?what=down" >/dev/null
	sim "$1" POST "/server?what=up" >/dev/null
}

# Both ways, as both versions do so.
for server in attic cellar; do
	other=$([ $server = attic ] && echo cellar || echo attic)
	is "$(state $server alice | wc -l)" "$(wc -l <"$work/full")" \
	    "$server: before"
	recreate $server
	is "$(state $server alice)" "" "$server: nothing of it is kept"
	reset_counts $other
	sync_now
	is $? 0 "$server: a sync"
	same $server full "$server: everything is written to it again"
	start_again $server
	sync_now
	sync_now
	same $server full "$server: and is there after its next start"
	same $other full "$server: the other one has lost nothing"
	is "$(writes $other)" 0 "$server: and nothing was written there"
	is "$(ctl show held)" "nothing is held" "$server: nothing was held"
done

# What the former one has done last, nobody has heard of.  It is not his who
# comes after him, who has done something with it elsewhere.
film=$(awk '{ print $1 }' "$work/full" | head -1)
new=$(for n in $(seq 0 39); do
	grep -q "^$n	" "$work/full" || { echo "$n"; break; }
done)
stop_daemon
act attic alice "$new" finish
recreate attic
start_daemon
sync_now
is "$(item_state cellar alice "$new")" "" "of the former one nothing is heard"
act cellar alice "$new" favorite
sync_now
is "$(item_state cellar alice "$new")" "false 0 0 true none" \
    "nor when something is written over it"
is "$(item_state attic alice "$new")" "false 0 0 true none" \
    "which is what is there then"
start_again attic
sync_now
is "$(item_state attic alice "$new")" "false 0 0 true none" \
    "and after the next start"

# What he does himself with what is shown is his.
state attic alice >"$work/full"
recreate attic
act attic alice "$film" mark "&date=2026-03-01T10:00:00Z"
sync_now
is "$(item_state cellar alice "$film" | cut -d' ' -f1,5)" \
    "true 2026-03-01T10:00:00" "what he does with one of them is heard"
is "$(item_state attic alice "$film")" "$(item_state cellar alice "$film")" \
    "and both show the same"

# A first contact whose list of what is played comes back empty, and not so by
# its ids: that is in a set after all, and no play is counted twice.
for server in attic cellar; do
	state $server alice >"$work/$server"
done
stop_daemon
sim attic POST "/server?what=id" >/dev/null
fault attic "kind=empty-list&request=state_played&count=1"
start_daemon
sync_now
for server in attic cellar; do
	same $server $server "$server: what was listed too late is as it was"
done

# As long as the lists come back empty, what is done meanwhile is in no set: as
# what a former one had done.  It is his all the same, and is not written over.
state cellar alice | cut -f1 >"$work/touched"
set -- $(seq 0 39 | grep -vxF -f "$work/touched")
for set in played favorite resumable; do
	fault attic "kind=empty-list&request=state_$set"
done
act attic alice "$1" mark
act cellar alice "$1" favorite
act attic alice "$2" favorite
act cellar alice "$2" mark
set_state attic alice "$3" "position=6000000000&count=1"
act cellar alice "$3" favorite
for time in 1 2 3; do
	sync_now
	is "$(for n in "$1" "$2" "$3"; do
		item_state attic alice "$n"
	done | awk '{ print $1, ($2 > 0), $3, $4 }' | paste -sd,)" \
	    "true 0 1 true,true 0 1 true,false 1 1 true" \
	    "in no set, time $time: nothing is lost"
done
no_faults attic
sync_now
state attic alice >"$work/attic"
same cellar attic "and both show it"

# Alternate versions are in no set whether anybody has seen them or not.
stop_daemon
rm -rf "$work/db"
for server in loft shed; do
	[ $server = loft ] && rates="--watched 150 --favorites 50" || rates=
	# shellcheck disable=SC2086
	start_sim $server --version 12 --seed ${#rates} --catalogue 9 \
	    --items 30 --versions 1000 --user alice:a $rates
done
begin_config
configure_client loft "user: alice"
configure_client shed "user: alice"
start_daemon
sync_now
sync_now
for server in loft shed; do
	state $server alice >"$work/$server"
done
[ "$(wc -l <"$work/shed")" -gt 5 ] || bail_out "too few versions"
recreate loft
reset_counts shed
sync_now
start_again loft
sync_now
sync_now
for server in loft shed; do
	same $server $server "$server: versions are as they were"
done
is "$(writes shed)" 0 "and nothing was written to the other one"

done_testing
