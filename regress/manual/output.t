#!/bin/sh
# The manual pages against what the programs print: every column of a table,
# every field of -j and of an export, and every table of the database stands
# in its page, and the other way round.

. "$(dirname "$0")/../lib.sh"

page=$top/man/jellyporterctl.8

section() {			# section PAGE NAME
	awk -v name="$2" '/^\.Sh / { inside = substr($0, 5) == name; next }
	    inside' "$1"
}

# Two servers with a window of the same catalogue each: some items are on one
# of them only.
for server in attic cellar; do
	start_sim $server --catalogue 7 --seed ${#server} --items 120 \
	    --first $((${#server} * 5)) --user alice:a --watched 300 \
	    --resumable 50 --favorites 50
done
begin_config
configure_client attic "user: alice"
configure_client cellar "user: alice"
start_daemon
sync_now
is $? 0 "a first sync"

# What the page says of a command's table: "COMMAND Column".
section "$page" COMMANDS | awk '
	/^\.It Cm / {
		words = $3
		if ($3 == "show" || $3 == "sync")
			words = words " " $4
		if ($3 ~ /^(status|show|sync|approve|discard|plan|undo|export|import)$/)
			command = words
	}
	/^\.It Sy / {
		title = substr($0, 8)
		gsub(/"/, "", title)
		print command ": " title
	}' | sort -u >"$work/columns.page"

# Columns stand at least two spaces apart.
titles() {			# titles COMMAND PATTERN: of the line with it
	grep -E "$2" | sed 's/^ *//; s/  */ /g; s/\(Last\|Jellyfin\|Not\) /\1_/g' |
	    tr ' ' '\n' | tr _ ' ' | sed "s/^/$1: /"
}

# Things to show: a sync that fails, a write that cannot be made, changes that
# are held.
sim attic GET "/state?user=alice" |
    jq -r '.[] | select(.Played) | .Number' | sort -n >"$work/played"
sim cellar GET /items | jq -r '.[].Number' | sort -n >"$work/there"
sort "$work/played" "$work/there" | uniq -d | sort -n >"$work/both"
[ "$(wc -l <"$work/both")" -ge 15 ]
ok $? "enough was played on both servers: $(wc -l <"$work/both" | tr -d ' ')"
shared=$(sed -n 1p "$work/both")
other=$(sed -n 2p "$work/both")
title=$(sim cellar GET "/items?from=$shared&count=1" | jq -r '.[0].Title')
ctl -j monitor >"$work/monitor.json" &
monitor=$!
watched() {
	ctl -j pause >"$work/pause.json"
	ctl -j resume >"$work/resume.json"
	grep -q '"event":"resumed"' "$work/monitor.json"
}
wait_for watched
ok $? "the monitor watches"
# Moved on both sides: one of them loses.
act attic alice "$shared" unmark
act cellar alice "$shared" finish
sync_now
fault cellar "kind=status&status=401&request=users"
ctl sync now >"$work/sync.txt" 2>/dev/null
no_faults cellar
fault cellar "kind=status&status=500&request=userdata_write"
act attic alice "$other" partial "&percent=40"
ctl sync now >/dev/null 2>&1
for number in $(sed 1,2d "$work/both"); do
	act attic alice "$number" unmark
done
ctl -j sync now >"$work/sync.json" 2>/dev/null
kill $monitor
wait $monitor 2>/dev/null

{
	ctl status | titles status "^(Server|Person) "
	ctl show servers | titles "show servers" "^Server "
	ctl show people | titles "show people" "^Person "
	ctl show item "$title" | titles "show item" "^Person "
	ctl show unmatched | titles "show unmatched" "^Server .*Ids"
	ctl show audit | titles "show audit" "^ *Id "
	ctl show held | titles "show held" "^Server "
	ctl show processes | titles "show processes" "^Process "
	ctl show pending | titles "show pending" "^Server "
	titles "sync now" "^Server " <"$work/sync.txt"
} | sort -u >"$work/columns"
is "$(diff "$work/columns" "$work/columns.page")" "" \
    "jellyporterctl(8) has every column, and no other"

# What the page says of the fields: "COMMAND ARRAY field"; items that follow
# each other have one list.
section "$page" "JSON OUTPUT" | awk '
	/^\.It Cm / {
		if (taken)
			n = 0
		taken = 0
		label = substr($0, 8)
		labels[++n] = label
	}
	/^\.Va / {
		taken = 1
		for (i = 1; i <= n; i++)
			print labels[i] " " $2
	}' | sort -u >"$work/fields.page"

# fields COMMAND ARRAY [FROM]: of the objects of an array
fields() {
	name=$1
	[ "$name" = "${name% "$2"}" ] && name="$name $2"
	jq -r --arg a "$2" --arg n "$name" \
	    "${3:-.}"' | .[$a][]? | keys_unsorted[] | $n + " " + .'
}

{
	for array in daemons servers persons; do
		ctl -j status | fields status $array
	done
	ctl -j show servers | fields show servers | sed 's/^/show /' |
	    sed 's/^show show/show/'
	ctl -j show people | fields "show people" endpoints
	ctl -j show item "$title" >"$work/item.json"
	fields "show item" works <"$work/item.json"
	for array in agreed copies; do
		fields "show item" $array '.works[]' <"$work/item.json"
	done
	ctl -j show unmatched | fields "show unmatched" unmatched
	ctl -j show audit | fields "show audit" audits
	ctl -j show conflicts | fields "show conflicts" conflicts
	ctl -j show held | fields "show held" held
	ctl -j show processes | fields "show processes" processes
	ctl -j show pending | fields "show pending" writes
	ctl -j show metrics >"$work/metrics.json"
	fields "show metrics" metrics <"$work/metrics.json"
	jq -r '.metrics[].samples[] | (keys_unsorted[], (.buckets[]? |
	    keys_unsorted[])) | "show metrics " + .' \
	    "$work/metrics.json"
	act cellar alice "$other" favorite
	ctl -j plan 2>/dev/null | fields plan writes
	tail -1 "$work/sync.json" | fields "sync now" summaries
	sed '$d' "$work/sync.json" |
	    jq -r 'keys_unsorted[] | "sync now " + .'
	ctl -j export "$work/history" | fields export summaries
	jq -c 'if .person then .ids = {tmdb: "999999"} | .series_ids = {}
	    else . end' "$work/history" | sed -n 1,3p >"$work/elsewhere"
	ctl -j import "$work/elsewhere" >"$work/import.json"
	tail -1 "$work/import.json" | fields import summaries
	sed '$d' "$work/import.json" |
	    jq -r 'keys_unsorted[] | "import " + .'
	# It has seen events of both kinds, and missed none of them.
	jq -r 'keys_unsorted[] | "monitor " + .' "$work/monitor.json"
	echo "monitor missed"
	ctl -j check >"$work/check.json"
	fields check checks <"$work/check.json"
	fields check findings <"$work/check.json"
	ctl -j approve server cellar | fields approve decisions
	ctl -j discard server cellar | fields discard decisions
	ctl -j undo since 1s server cellar | fields undo decisions
	ctl -j reload | fields reload reloads
	fields pause pauses <"$work/pause.json"
	fields resume pauses <"$work/resume.json"
	echo "nonsense: 1" >>"$config"
	ctl -j reload 2>/dev/null | fields reload problems
	sed -i '$d' "$config"
} | sort -u >"$work/fields"
is "$(diff "$work/fields" "$work/fields.page")" "" \
    "and every field of -j, and no other"

# The phases that a sync has been through are among those of the page.
section "$page" "JSON OUTPUT" | awk '/^\.Va phase/ { inside = 1; next }
    inside && /^\.Cm / { sub(/^\.Cm /, ""); sub(/ ,$/, ""); print }
    inside && /^\.Va / { exit }' |
    sort >"$work/phases.page"
jq -r '.phase // empty' "$work/sync.json" | sort -u |
    comm -23 - "$work/phases.page" >"$work/missing"
is "$(cat "$work/missing")" "" "and every phase of a sync"

section "$page" "EXPORT FILES" | sed -n 's/^\.It Va //p' | sort \
    >"$work/keys.page"
jq -r 'keys_unsorted[]' "$work/history" | sort -u >"$work/keys"
is "$(diff "$work/keys" "$work/keys.page")" "" \
    "and every key of an export, and no other"

sqlite3 "$work/db/test.db" "SELECT name FROM sqlite_schema
    WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY 1" \
    >"$work/tables"
section "$top/man/jellyporter-internals.7" DESCRIPTION |
    sed -n 's/^\.It Va //p' | sort >"$work/tables.page"
is "$(diff "$work/tables" "$work/tables.page")" "" \
    "jellyporter-internals(7) has every table, and no other"

done_testing
