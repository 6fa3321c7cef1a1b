#!/bin/sh
# Nothing is lost by accident: a restored backup, an emptied or re-created
# user, a library that is removed and added again, a server that is installed
# again under the same URL.  None of them unmarks anything elsewhere unasked.

. "$(dirname "$0")/../lib.sh"

films=120
start_sim attic --version 10.11.11 --seed 1 --catalogue 7 --items $films \
    --user alice:a --watched 500 --favorites 100 --resumable 100
start_sim cellar --version 12.0.0 --seed 2 --catalogue 7 --items $films \
    --user alice:a
begin_config
configure_client attic "user: alice"
configure_client cellar "user: alice"
start_daemon
sync_now || bail_out "the first sync"
state attic alice >"$work/full"
state cellar alice >"$work/other"
[ "$(wc -l <"$work/full")" -gt 50 ] || bail_out "too little history"

unchanged() {			# unchanged SERVER FILE NAME
	state "$1" alice | diff "$2" - | head -5 >"$work/diff"
	is "$(cat "$work/diff")" "" "$3"
}

held() {
	ctl -j show held | gojq '.held | length'
}

is "$(ctl show held)" "nothing is held" "at first nothing is held"
is "$(ctl approve)" "nothing to be approved" "and there is nothing to approve"

# A few unmarks are people's.
for n in $(awk -F'\t' '$2 == "true" { print $1 }' "$work/full" | head -3); do
	act attic alice "$n" unmark
	taken="${taken:-} $n"
done
sync_now
for n in $taken; do
	is "$(item_state cellar alice "$n" | cut -d' ' -f1)" \
	    "$(item_state attic alice "$n" | cut -d' ' -f1)" \
	    "one of a few unmarks travels"
done
state attic alice >"$work/full"
state cellar alice >"$work/other"

# A user is emptied, one item after the other, by somebody who hates us.
sim attic POST "/server?what=backup" >/dev/null
cut -f1 "$work/full" | while read -r n; do
	set_state attic alice "$n" "played=0&position=0&count=0&favorite=0&date="
done
reset_counts cellar
sync_now
unchanged cellar "$work/other" "an emptied user unmarks nothing elsewhere"
is "$(writes cellar)" 0 "and nothing is written there"
is "$(held)" "$(wc -l <"$work/full" | tr -d ' ')" "all of it is held"
ctl status | tr '\n' ' ' | tr -s ' ' |
    grep -q 'attic: .* changes that take something back are held'
ok $? "status says so"
sync_now
is "$(held)" "$(wc -l <"$work/full" | tr -d ' ')" "it stays held"
stop_daemon
start_daemon
sync_now
unchanged cellar "$work/other" "after a restart too"
is "$(held)" "$(wc -l <"$work/full" | tr -d ' ')" "it is still held"

# Meanwhile everything else goes on.
act cellar alice 1 favorite
act attic alice 2 finish
sync_now
is "$(item_state cellar alice 2 | cut -d' ' -f1)" true \
    "what is new on the emptied server is heard"
state cellar alice >"$work/other"

is "$(ctl discard server attic | sed 's/^[0-9]* //')" \
    "changes were discarded" "discard"
sync_now
is "$(held)" 0 "nothing is held any more"
state attic alice | awk -F'\t' '$1 != 1 && $1 != 2' >"$work/now"
awk -F'\t' '$1 != 1 && $1 != 2' "$work/full" | diff - "$work/now" |
    head -5 >"$work/diff"
is "$(cat "$work/diff")" "" "the emptied user has everything again"
unchanged cellar "$work/other" "and the other server what it had"

# A backup from before those three days is restored.
state attic alice >"$work/full"
sim attic POST "/server?what=backup" >/dev/null
for n in $(seq 60 90); do
	act attic alice "$n" finish
done
sync_now
state cellar alice >"$work/other"
sim attic POST "/server?what=restore" >/dev/null
sync_now
unchanged cellar "$work/other" "a restored backup unmarks nothing elsewhere"
[ "$(held)" -ge 25 ]
ok $? "it is held"
ctl approve >/dev/null
sync_now
is "$(held)" 0 "once it is approved, it is not held any more"
state cellar alice >"$work/other"
unchanged attic "$work/other" "and travels: both show the same"

# A user made anew, a library that goes and returns, a new server.
sim attic POST "/server?what=recreate-user&name=alice" >/dev/null
sync_now
unchanged cellar "$work/other" "a re-created user unmarks nothing elsewhere"
unchanged attic "$work/other" "and gets everything again"
is "$(held)" 0 "without being held"
for n in $(seq 0 $((films - 1))); do
	sim attic POST "/item?item=$n&what=remove" >/dev/null
done
sync_now
unchanged cellar "$work/other" "a removed library unmarks nothing elsewhere"
for n in $(seq 0 $((films - 1))); do
	sim attic POST "/item?item=$n&what=replace" >/dev/null ||
	    sim attic POST "/item?item=$n&what=restore" >/dev/null
done
sync_now
unchanged cellar "$work/other" "nor does one that is added again"
unchanged attic "$work/other" "which gets everything again"
sim attic POST "/server?what=id" >/dev/null
cut -f1 "$work/other" | while read -r n; do
	set_state attic alice "$n" "played=0&position=0&count=0&favorite=0&date="
done
sync_now
unchanged cellar "$work/other" \
    "a server installed again unmarks nothing elsewhere"
unchanged attic "$work/other" "and gets everything again"

done_testing
