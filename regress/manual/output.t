#!/bin/sh
# The manual pages against what the programs print: every column of a table,
# every field of -j (by the shapes that system/99-commands.t holds it against)
# and of an export, and every table of the database stands in its page, and the
# other way round.

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
    gojq -r '.[] | select(.Played) | .Number' | sort -n >"$work/played"
sim cellar GET /items | gojq -r '.[].Number' | sort -n >"$work/there"
sort "$work/played" "$work/there" | uniq -d | sort -n >"$work/both"
[ "$(wc -l <"$work/both")" -ge 15 ]
ok $? "enough was played on both servers: $(wc -l <"$work/both" | tr -d ' ')"
shared=$(sed -n 1p "$work/both")
other=$(sed -n 2p "$work/both")
title=$(sim cellar GET "/items?from=$shared&count=1" | gojq -r '.[0].Title')
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
ctl sync now >/dev/null 2>&1

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

shapes=$top/regress/shape/jellyporterctl.shapes
"$top/regress/shape/shape" "$shapes" | sort -u >"$work/fields"
is "$(diff "$work/fields" "$work/fields.page")" "" \
    "and every field of -j, and no other"

# What a field may say, for each word of its own.
sed -n 's/^	[a-z_]*?*	*= //p' "$shapes" | sed 's/ | /\n/g' | sort -u |
    while read -r word; do
	grep -qE "^\.(It )?Cm $word( [.,;:])?\$" "$page" || echo "$word"
done >"$work/missing"
is "$(cat "$work/missing")" "" "and every word that a field may be"

ctl export "$work/history" >/dev/null
section "$page" "EXPORT FILES" | sed -n 's/^\.It Va //p' | sort \
    >"$work/keys.page"
gojq -r 'keys[]' "$work/history" | sort -u >"$work/keys"
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
