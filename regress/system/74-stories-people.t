#!/bin/sh
# Stories (see 70-stories.t) of people and servers that are taken for one
# another, and of much at once.

. "$(dirname "$0")/../lib.sh"

# The same seed on attic and cellar: Jellyfin makes ids of paths, so that two
# servers may well have the same ids for different things.  Here they are for
# the same ones; den and shed have them for others.
servers="attic cellar den shed"
common="--items 320 --user alice:a --user bob:b --user alex:x --user carol:c"
# Option lists are meant to be split.
# shellcheck disable=SC2086
start_sim attic $common --version 10.11.11 --seed 1 --catalogue 7 \
    --episodes 300
# shellcheck disable=SC2086
start_sim cellar $common --version 12.0.0 --seed 2 --catalogue 7 \
    --episodes 300
# shellcheck disable=SC2086
start_sim den $common --version 12.0.0 --seed 2 --catalogue 8 --watched 100 \
    --server-id 0123456789abcdef0123456789abcdef
# shellcheck disable=SC2086
start_sim shed $common --version 10.10.7 --seed 4 --catalogue 7 \
    --episodes 300 --watched 100

begin_config
configure_client attic "users:" "  alice: alice" "  bob: [bob, alex]"
configure_client cellar "users:" "  alice: alice" "  bob: bob" "  alex: alex"
configure_client den "users:" "  alice: alice" "  bob: bob"
configure_client shed "users:" "  alex: alex" "direction: source"
before=$(state den alice)
shed_was=$(state shed alex)
start_daemon
sync_now || bail_out "the first sync"

all_of() {			# all_of ITEM STATE USER SERVER ...
	item=$1
	state=$2
	user=$3
	shift 3
	for server; do
		holds "$server" "$user" "$item" "$state" "$user on $server"
	done
}

story "two servers have the same ids for different things: all is mixed up"
is "$(sim cellar GET /items | gojq -r '.[].ItemId' | sort >"$work/ids.cellar"
    sim den GET /items | gojq -r '.[].ItemId' | sort |
	comm -12 - "$work/ids.cellar" | wc -l | awk '{ print ($1 > 100) }')" 1 \
    "there are many such ids"
is "$(state den alice)" "$before" "one is as it was"
is "$(state cellar alice)" "" "the other as well"
act cellar alice 5 finish "&date=2026-01-01T20:00:00Z"
sync_now
is "$(state den alice)" "$before" "and after a play on one of them"
wrote "1 0 0 0" "which is written where that film is"

story "what one person watched is marked for another one on the same server"
next Movie
done="true 0 1 false 2026-01-01T20:00:00"
act attic bob "$item" finish "&date=2026-01-01T20:00:00Z"
sync_now
all_of "$item" "$done" bob attic cellar
holds attic alex "$item" "$done" "and by the other name that he has there"
all_of "$item" "" alice attic cellar
holds cellar alex "$item" "" "a person whose name is alex is somebody else"
all_of "$item" "" carol attic cellar
wrote "1 1 0 0" "a write for each of his users"
act attic carol "$item" finish "&date=2026-01-02T20:00:00Z"
act cellar carol "$item" unmark
sync_now
all_of "$item" "$done" bob attic cellar
holds cellar carol "$item" "" "who is not configured is not read or written"
quiet

story "a one-way sync deletes what the source does not have, or writes to it"
next Movie
is "$(state shed alex)" "$shed_was" "the source is as it was"
is "$(state cellar alex)" "$shed_was" "and the other server has it"
while [ -n "$(item_state shed alex "$item")" ]; do
	next Movie
done
act cellar alex "$item" finish "&date=2026-01-01T20:00:00Z"
sync_now
is "$(state shed alex)" "$shed_was" "the source still is"
holds cellar alex "$item" "$done" "what only the target has stays"
wrote "0 0 0 0" "nothing is written"

story "a mark on a whole series: cut off in the middle, or counted twice"
series=$(sim attic GET /items | gojq -r '[.[] | select(.SeriesId)][0].SeriesId')
sim cellar POST "/pace?latency_ms=4" >/dev/null
act attic alice "$series" mark "&date=2026-01-05T20:00:00Z"
sync_now &
follower=$!
writing() {
	[ "$(writes cellar)" -gt 30 ]
}
wait_for writing
# Meanwhile the person watches one of them on the other server.
act cellar alice 290 partial "&percent=40&date=2026-01-06T20:00:00Z"
wait $follower
is $? 0 "the sync succeeds"
sync_now
sim cellar POST /pace >/dev/null
is "$(state attic alice)" "$(state cellar alice)" "both are the same"
is "$(state cellar alice |
    grep -c "true	0	1	false	2026-01-05T20:00:00")" 298 \
    "each episode is played once"
is "$(item_state attic alice 5)" "true 0 2 false 2026-01-05T20:00:00" \
    "or once more"
is "$(item_state attic alice 290 | cut -d' ' -f1,3-)" \
    "true 2 false 2026-01-06T20:00:00" \
    "what was watched meanwhile is not overwritten"
[ "$(item_state attic alice 290 | cut -d' ' -f2)" -gt 0 ]
ok $? "and has its position on both"
quiet

story "a user is renamed, another one takes that name: the wrong one is synced"
sim cellar POST "/server?what=rename-user&from=bob&to=robert" >/dev/null
sim cellar POST "/server?what=add-user&name=bob&password=n" >/dev/null
robert_was=$(state cellar robert)
attic_was=$(state attic bob)
sync_now
is "$(state cellar bob)" "$attic_was" \
    "whoever has the name that is configured is filled"
is "$(state attic bob)" "$attic_was" "nobody is unmarked"
is "$(state cellar robert)" "$robert_was" "who had it is left alone"
grep -q 'user bob is another user than before' "$work/daemon.log"
ok $? "and the log says so"
quiet

story "a user is deleted on one server: unwatched on all"
sim cellar POST "/server?what=remove-user&name=alex" >/dev/null
next Movie
act attic alice "$item" finish "&date=2026-01-01T20:00:00Z"
sync_now
is $? 1 "the sync says that not all went well"
is "$(state shed alex)" "$shed_was" "elsewhere nothing is unwatched"
all_of "$item" "$done" alice attic cellar
ctl -j status | gojq -r '.servers[] | select(.name == "cellar") | .error' |
    grep -q 'user alex is not on this server; it knows: .*alice'
ok $? "and status says who is missing"
sim cellar POST "/server?what=add-user&name=alex&password=n" >/dev/null
sync_now
is $? 0 "when there is one again"
is "$(state cellar alex | grep -v "2026-01-01T20:00:00$")" "$shed_was" \
    "that one is filled"

story "a cloned server has the id of the one it was cloned from: mixed up"
id=$(curl -sS "$(url attic)/System/Info/Public" | gojq -r .Id)
sim cellar POST "/server?what=id&id=$id" >/dev/null
attic_was=$(state attic alice)
reset_all
sync_now
is "$(state attic alice)" "$attic_was" "the one is as it was"
is "$(state cellar alice)" "$attic_was" "and so is the other"
wrote "0 0 0 0" "nothing is written"
next Movie
act attic alice "$item" finish "&date=2026-01-01T20:00:00Z"
next Episode
act cellar alice "$item" favorite
sync_now
is "$(state cellar alice)" "$(state attic alice)" "both are synced as before"
is "$(grep -c 'has the same server id as' "$work/daemon.log")" 1 \
    "the log says once that there are two"
wrote "1 1 0 0" "one write to each"
quiet

done_testing
