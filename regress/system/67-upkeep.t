#!/bin/sh
# What has become old is forgotten by daemons that run and by those that sync
# once; a plan forgets nothing.  (The rules: regress/unit/test_upkeep.)

. "$(dirname "$0")/../lib.sh"

servers="attic cellar"
common="--catalogue 7 --items 100 --user alice:a"
# Option lists are meant to be split.
# shellcheck disable=SC2086
start_sim attic $common --version 10.11.11 --seed 1 --watched 300
# shellcheck disable=SC2086
start_sim cellar $common --version 12.0.0 --seed 2
begin_config
configure_client attic "user: alice"
configure_client cellar "user: alice"
printf 'audit:\n  keep_days: 30\n' >>"$config"
once || bail_out "the first sync"

db() {
	sqlite3 "$work/db/test.db" "PRAGMA busy_timeout = 10000; $1" | tail -1
}

audit_is() {			# audit_is NUMBER
	[ "$(db 'SELECT count(*) FROM audit')" -eq "$1" ]
}

ages() {			# days pass for all that was written
	db "UPDATE audit SET time = time - $1 * 86400" >/dev/null
}

all=$(db 'SELECT count(*) FROM audit')
[ "$all" -gt 10 ]
ok $? "a first sync writes, and the audit knows of it"
ages 29
once
audit_is "$all"
ok $? "a month is not over yet"
ages 2
once -n >/dev/null
audit_is "$all"
ok $? "a dry run forgets nothing"
once
audit_is 0
ok $? "a single sync forgets what is old"

next Movie
act attic alice "$item" finish "&date=2026-01-02T20:00:00Z"
once
audit_is 1
ok $? "and keeps what is new"
agreed=$(db 'SELECT count(*), sum(play_count), sum(last_played) FROM agreed')
ages 31
start_daemon
wait_for audit_is 0
ok $? "a daemon forgets as well, when nothing else goes on"
is "$(db 'SELECT count(*), sum(play_count), sum(last_played) FROM agreed')" \
    "$agreed" "what is agreed is kept"
quiet

done_testing
