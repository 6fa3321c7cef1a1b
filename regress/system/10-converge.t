#!/bin/sh
# Three servers of 5,000 items each, overlapping, two people: after one round
# every copy shows what all of them together say, and a second round writes
# nothing.

. "$(dirname "$0")/../lib.sh"

items=${ITEMS:-5000}
start_three "$items"
configure_three

people="alice bob"
for person in $people; do
	expected_union "$person" >"$work/expected.$person"
done

once
is $? 0 "the first sync succeeds"
for person in $people; do
	for server in $three; do
		state "$server" "$person" >"$work/$server.$person"
		expected_on "$server" "$person" >"$work/want"
		is "$(diff "$work/want" "$work/$server.$person" | head -5)" \
		    "" "every copy of $person on $server is as agreed"
	done
done

for server in $three; do
	reset_counts "$server"
done
once
is $? 0 "the second sync succeeds"
for server in $three; do
	is "$(writes "$server")" 0 "the second sync writes nothing to $server"
done

done_testing
