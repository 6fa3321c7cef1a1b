#!/bin/sh
# What people do, as real clients do it, travels as it should.  (What others
# have got wrong is in 70-stories.t and following.)

. "$(dirname "$0")/../lib.sh"

start_sim attic --version 10.11.11 --seed 1 --catalogue 7 --items 300 \
    --user alice:a --user bob:b --user kid:k
start_sim cellar --version 12.0.0 --seed 2 --catalogue 7 --items 300 \
    --user alice:a --user bob:b
begin_config
configure_client attic "users:" "  alice: Alice" "  bob: [bob, kid]"
configure_client cellar "users:" "  alice: ALICE" "  bob: bob"
start_daemon
sync_now || bail_out "the first sync"

same() {			# same USER NUMBER NAME
	is "$(item_state cellar "$1" "$2")" "$(item_state attic "$1" "$2")" \
	    "$3"
}

field() {			# field SERVER USER NUMBER COLUMN
	item_state "$1" "$2" "$3" | cut -d' ' -f"$4"
}

# played, position, count, favourite, date: columns 1 to 5
act attic alice 1 finish
sync_now
same alice 1 "a film that was finished"
is "$(field cellar alice 1 1)" true "is played on the other server"
is "$(item_state cellar bob 1)" "" "and is nobody else's"

act cellar alice 2 partial "&percent=40"
sync_now
same alice 2 "a film that was left at 40 %"
[ "$(field attic alice 2 2)" -gt 0 ]
ok $? "is resumable on the other server"

act attic alice 1 unmark
sync_now
same alice 1 "an unmark"
is "$(item_state cellar alice 1)" "" "travels, date and count too"

act cellar alice 3 favorite
sync_now
same alice 3 "a favourite"
is "$(field attic alice 3 4)" true "travels alone"
act attic alice 3 unfavorite
sync_now
is "$(item_state cellar alice 3)" "" "and so does its end"

# A rewatch on a server before 12 turns played off there.
act attic alice 4 finish
sync_now
act attic alice 4 partial "&percent=30"
is "$(field attic alice 4 1)" false "10.11 forgets played at a rewatch"
sync_now
same alice 4 "a rewatch"
is "$(field attic alice 4 1)" true "stays played, with its new position"
[ "$(field cellar alice 4 2)" -gt 0 ]
ok $? "which is on the other server too"
is "$(field cellar alice 4 3)" 2 "played twice"

# Both sides at once, before either was heard.
act attic alice 6 finish "&date=2026-01-01T20:00:00Z"
act cellar alice 6 partial "&percent=20&date=2026-01-03T20:00:00Z"
sync_now
same alice 6 "two first plays on two servers"
is "$(field attic alice 6 1)" true "nothing is lost: played"
is "$(field attic alice 6 3)" 2 "and they count as two"
[ "$(field attic alice 6 2)" -gt 0 ]
ok $? "with the position of the later one"

# An unmark on one side, a play on the other, both unheard.
act attic alice 7 finish
sync_now
act attic alice 7 unmark
act cellar alice 7 finish
sync_now
same alice 7 "an unmark against a play that it did not know of"
is "$(field attic alice 7 1)" true "loses"
ctl -j show audit | gojq -e '[.audits[] | select(.kind == "conflict")] |
    length > 0' >/dev/null
ok $? "and is in the audit"

# The same, the unmark found by the write, when its user has been read and
# another one of that server is.
act attic alice 8 finish
sync_now
reset_counts attic
fault attic "kind=delay&ms=3000&request=state_played&user=bob"
ctl sync now server attic >/dev/null 2>&1 &
follower=$!
both_asked() {
	[ "$(counts attic state_played)" -ge 2 ]
}
wait_for both_asked || bail_out "the other user is not read"
act attic alice 8 unmark
act cellar alice 8 finish
sync_now server cellar
wait $follower
no_faults attic
same alice 8 "an unmark that a write has found"
is "$(field attic alice 8 3)" 2 "is decided on before the sync ends"

# Two users of one server are one person: both get what either did.
act attic kid 11 finish
sync_now
is "$(field attic bob 11 1)" true "another user of the same person"
is "$(field cellar bob 11 1)" true "on both servers"
is "$(item_state cellar alice 11)" "" "and not of another person"

# Another server behind the same name: a first contact, not an unmark.
act cellar alice 12 finish
sync_now
sim attic POST "/server?what=id" >/dev/null
set_state attic alice 12 "played=0&position=0&count=0&date="
sync_now
is "$(field cellar alice 12 1)" true "a replaced server unmarks nothing"
same alice 12 "and is filled"

# A user that was made anew.
sim cellar POST "/server?what=recreate-user&name=bob" >/dev/null
sync_now
is "$(field attic bob 11 1)" true "a user made anew unmarks nothing"
same bob 11 "and is filled"

# Renamed: found by its id, with a warning.
sim cellar POST "/server?what=rename-user&from=alice&to=alicia" >/dev/null
act attic alice 13 finish
sync_now
is $? 0 "a renamed user is followed"
is "$(item_state cellar alicia 13)" "$(item_state attic alice 13)" \
    "and synced"
grep -q 'now called alicia' "$work/daemon.log"
ok $? "and the log says so"

# Being played now: not written until it stops.
act attic alice 14 start
act cellar alicia 14 finish
sync_now
is "$(field attic alice 14 1)" false "what is being played is not written"
act attic alice 14 stop "&percent=50"
sync_now
is "$(field attic alice 14 1)" true "and it is when it has stopped"

# Quiescence.
reset_counts attic
reset_counts cellar
sync_now
is "$(writes attic) $(writes cellar)" "0 0" "then nothing is written"

# No key anywhere.
grep -r "$api_key" "$work" --include='*.log' --include='*.db*' >/dev/null
is $? 1 "no key in a log or the database"
ps axo args | grep -v grep | grep jellyporter | grep -q "$api_key"
is $? 1 "nor in a process title"

done_testing
