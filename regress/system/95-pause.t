#!/bin/sh
# A pause: no server is asked anything until somebody says so, whatever else
# happens, and nothing of what people did meanwhile is lost.  And the log, more
# and less of it without a restart.

. "$(dirname "$0")/../lib.sh"

SESSIONS=1			# looks at what is played, every second
servers="attic cellar"
common="--catalogue 7 --items 60 --user alice:a"
# Option lists are meant to be split.
# shellcheck disable=SC2086
start_sim attic $common --version 12.0.0 --seed 1 --watched 100
# shellcheck disable=SC2086
start_sim cellar $common --version 10.11.11 --seed 2
begin_config
cat >>"$config" <<-END
  attic:
    url: $(url attic)
    user: alice
    api_key: $api_key
  cellar:
    url: $(url cellar)
    user: alice
    api_key: $api_key
END
sed -i "s|^events:|events:\n  webhook: {addr: '127.0.0.1:$(free_port)'}|" \
    "$config"
start_daemon
sync_now || bail_out "the first sync"
wait_for idle

refused() {			# refused COMMAND ...
	ctl "$@" >/dev/null 2>"$work/refused"
	is "$?$(sed 's/^[^:]*: / /' "$work/refused")" \
	    '1 syncing is paused; "jellyporterctl resume" lets it go on' \
	    "$1 is refused, with what to do"
}

paused() {			# null or since when
	ctl -j status | gojq -r '.daemons[0].paused_since'
}

asked() {			# requests of all kinds, to both
	echo "$(counts attic total) $(counts cellar total)"
}

quiet_for() {			# quiet_for SECONDS NAME: of no request
	reset_all
	sleep "$1"
	is "$(asked)" "0 0" "$2"
}

looks() {			# that both have been looked at
	[ "$(counts attic sessions)" -gt 0 ] &&
	    [ "$(counts cellar sessions)" -gt 0 ]
}

reset_all
wait_for looks
ok $? "sessions are looked at"
next Movie
before=$item
act attic alice "$before" finish
ctl pause >"$work/pause"
is $? 0 "pause"
grep -q '^paused since [0-9: -]*; "resume" lets it go on$' "$work/pause"
ok $? "says so"
ctl pause | cmp -s - "$work/pause"
ok $? "a second time it is no other pause"
wait_for idle			# what was under way
is "$(ctl -j status | gojq -c '.daemons[0] | [.syncing, .next_sync]')" \
    '[false,null]' "nothing is synced, and nothing is planned"
ctl status | grep -q '^! paused for .*: nothing is read or written until'
ok $? "status says so first"
refused sync now
refused plan
next Movie
act attic alice "$item" finish
kill -USR1 "$daemon_pid"
wait_for grep -q 'no sync is made: it is paused' "$work/daemon.log"
ok $? "SIGUSR1: the log says why not"
quiet_for 3 "no server is asked anything"

# What would make the engine begin anew, or ask.
sed -i 's/^metrics_addr:.*/&\nsync_interval_mins: 7/' "$config"
before_pid=$(pgrep -P "$daemon_pid" -f "jellyporterd: engine\$")
ctl reload >/dev/null || bail_out "reload"
is_another() {
	now=$(pgrep -P "$daemon_pid" -f "jellyporterd: engine\$") &&
	    [ "$now" != "$before_pid" ]
}
wait_for is_another
wait_for ctl status
[ "$(paused)" != null ]
ok $? "it is paused after a reload"
refused sync now
stop_daemon
once
is $? 1 "a single sync is refused"
grep -q 'syncing is paused: start jellyporterd' "$work/daemon.log"
ok $? "with what to do"
start_daemon
[ "$(paused)" != null ]
ok $? "it is paused after a restart"
quiet_for 3 "no server is asked anything by the new one"
is "$(item_state cellar alice "$item")" "" "nothing has been written"
is "$(ctl -j resume | gojq -c '.pauses[0] | [.paused, (.since | type)]')" \
    '[false,"string"]' "resume"
is "$(paused)" null "and it is paused no more"
written() {
	[ "$(item_state cellar alice "$item" | cut -f1)" != "" ] &&
	    [ "$(item_state cellar alice "$before" | cut -f1)" != "" ]
}
wait_for written
ok $? "what was done meanwhile is found and written"
wait_for idle
is "$(ctl resume)" "it was not paused" "to resume what goes on changes nothing"
sync_now
is $? 0 "and it syncs"

echo "# a pause within a sync"
fault attic "kind=hold&request=identity"
ctl sync now >/dev/null 2>"$work/followed" &
follower=$!
reading() {
	[ "$(ctl -j status | gojq -r '.servers[] | select(.name == "attic") |
	    .reading')" = identity ]
}
read_no_more() {
	! reading
}
wait_for reading
ctl pause >/dev/null
wait $follower
is $? 1 "who follows it is told"
grep -q 'lets it go on' "$work/followed"
ok $? "why"
no_faults attic
wait_for read_no_more		# what was under way has its answer
quiet_for 2 "the rest of it is not read"
ctl resume >/dev/null
wait_for idle
ok $? "it ends once it goes on"
quiet

echo "# the log"
# An engine logs a client that talks nonsense, fetchers and the listener an
# engine that goes, and the resolver each name that it is asked for: all of that
# only as details.
printf '  den:\n    url: http://nosuch.invalid:1\n    user: alice\n    api_key: %s\n' \
    "$api_key" >>"$config"
ctl reload >/dev/null || bail_out "reload"
wait_for ctl status
provoke() {
	perl -MIO::Socket::UNIX -e 'my $s = IO::Socket::UNIX->new(Peer =>
	    $ARGV[0]) or exit 1; syswrite $s, "nonsense" x 4; <$s>' "$socket"
	kill -9 "$(pgrep -P "$daemon_pid" -f "jellyporterd: engine\$")"
	wait_for ctl status
	wait_for idle
}

details() {			# the processes that have logged any
	sed -n 's/^[^ ]* \([a-z]*\) debug: .*/\1/p' "$work/daemon.log" |
	    sort -u | paste -sd' ' -
}

everybody() {
	[ "$(details)" = "engine fetcher listener resolver" ]
}

provoke
is "$(details)" "" "no details at first"
ctl log verbose
is $? 0 "log verbose"
provoke
wait_for everybody
ok $? "all processes log details: $(details)"
: >"$work/daemon.log"
provoke
wait_for everybody
ok $? "and so does an engine that began since"
ctl log brief
is $? 0 "log brief"
grep -q 'parent info: the log is brief from now on' "$work/daemon.log"
ok $? "the log says so"
: >"$work/daemon.log"
provoke
is "$(details)" "" "and has no details any more"

done_testing
