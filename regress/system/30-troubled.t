#!/bin/sh
# One server down, slow, or answering garbage: the others are synced, status
# says what is wrong with that one, and it catches up when it is back.

. "$(dirname "$0")/../lib.sh"

start_three 300
configure_three
# One that is slow is not waited for on another host: as by that name.
sed -i "s,$(url den),$(url den | sed s/127.0.0.1/localhost/)," "$config"
start_daemon
sync_now
is $? 0 "all three are synced"

film=120			# on all three

server_field() {		# server_field NAME FIELD
	ctl -j status | gojq -r --arg n "$1" \
	    ".servers[] | select(.name == \$n) | .$2"
}

# troubled NAME WHAT FIX ERROR: den is in trouble while alice acts on attic.
troubled() {
	before=$(item_state den alice "$film")
	act attic alice "$film" finish
	sync_now
	is $? 1 "$1: sync now says that not all went well"
	is "$(item_state cellar alice "$film")" \
	    "$(item_state attic alice "$film")" "$1: the others are synced"
	is "$(server_field den state)" failing "$1: status says failing"
	server_field den error | grep -Eq "$2"
	ok $? "$1: and why: $(server_field den error)"
	[ "$(server_field den failing_since)" != null ]
	ok $? "$1: and since when"
	is "$(server_field attic state)" ok "$1: nothing is wrong with attic"
}

back() {
	sync_now
	is $? 0 "$1: when it is back, all are synced"
	is "$(item_state den alice "$film")" \
	    "$(item_state attic alice "$film")" "$1: and it is up to date"
	is "$(server_field den state)" ok "$1: status says ok"
}

sim den POST "/server?what=down" >/dev/null
troubled "down" "refused"
sim den POST "/server?what=up" >/dev/null
back "down"

fault den "kind=garbage"
troubled "garbage" "JSON|answer"
no_faults den
back "garbage"

fault den "kind=status&status=401&path=/Users"
troubled "wrong key" "key"
no_faults den
back "wrong key"

fault den "kind=empty-list&request=identity"
troubled "empty list" "no items"
no_faults den
back "empty list"

fault den "kind=wrong-total&total=99999&request=state_played"
troubled "short list" "99999"
no_faults den
back "short list"

fault den "kind=redirect"
troubled "redirect" "redirect"
no_faults den
back "redirect"

fault den "kind=deep-json&bytes=2000&request=state_played"
troubled "deep JSON" "."
no_faults den
back "deep JSON"

# A server that is starting is waited for.
act attic alice "$film" favorite
sim den POST "/server?what=starting&seconds=3" >/dev/null
sync_now
is $? 0 "while a server starts, a sync goes well all the same"
is "$(item_state den alice "$film")" "$(item_state attic alice "$film")" \
    "a server that is starting up is waited for, or retried"

# A slow one does not hold up the others.
fault den "kind=hold&request=identity"
act attic alice "$film" unfavorite
ctl sync now >/dev/null 2>&1 &
follower=$!
wait_for sh -c ". /dev/null; [ \"\$(curl -s 'http://$(cat "$work/cellar.control")/state?user=alice' |
    gojq '[.[] | select(.Number == $film)][0].IsFavorite')\" = false ]"
ok $? "the others are synced while one is slow"
kill -0 $follower 2>/dev/null
ok $? "which is still being read meanwhile"
no_faults den
wait $follower
is $? 0 "and ends well"

done_testing
