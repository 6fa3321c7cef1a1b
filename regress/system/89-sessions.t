#!/bin/sh
# Who plays what is asked of servers that do not tell of it.

. "$(dirname "$0")/../lib.sh"

SESSIONS=1
start_sim attic --version 10.11.11 --seed 1 --catalogue 7 --items 200 \
    --user alice:a
start_sim cellar --version 12.0.0 --seed 2 --catalogue 7 --items 200 \
    --user alice:a
begin_config
configure_client attic "user: alice"
configure_client cellar "user: alice"
start_daemon
sync_now || bail_out "the first sync"

looked() {			# since the counts were reset
	[ "$(counts attic sessions)" -ge 1 ]
}

same() {
	[ "$(item_state cellar alice "$1")" = "$(item_state attic alice "$1")" ]
}

played() {			# played SERVER NUMBER
	[ "$(item_state "$1" alice "$2" | cut -d' ' -f1)" = true ]
}

act attic alice 3 start
reset_counts attic
wait_for looked
act attic alice 3 stop "&percent=95"
began=$(date +%s)
wait_for played cellar 3
ok $? "a stop is on the other server"
[ $(($(date +%s) - began)) -le 10 ]
ok $? "soon"
same 3
ok $? "as it was on the first"
is "$(counts attic listings)" 0 "without any list"

# What waits for the end of a play

act cellar alice 4 start
reset_counts cellar
act attic alice 4 finish
sync_now
is "$(item_state cellar alice 4 | cut -d' ' -f1)" false \
    "what is being played is not written"
seen() {
	[ "$(counts cellar sessions)" -ge 3 ]
}
wait_for seen
act cellar alice 4 stop "&percent=40"
began=$(date +%s)
wait_for played cellar 4
ok $? "and it is when that has ended"
[ $(($(date +%s) - began)) -le 15 ]
ok $? "at once, not when it would be tried again"
wait_for same 4
ok $? "with what was played on both"

# Not of a server that is down, nor ever if it is switched off

sim attic POST "/server?what=down" >/dev/null
sync_now
sim attic POST "/server?what=up" >/dev/null
sync_now
reset_counts attic
wait_for looked
ok $? "a server that was down is asked again"
stop_daemon
sed -i 's/sessions_poll_secs: 1/sessions_poll_secs: 0/' "$config"
start_daemon
sync_now
reset_counts attic
sleep 3
is "$(counts attic sessions)" 0 "switched off, nobody is asked"

done_testing
