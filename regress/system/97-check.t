#!/bin/sh
# "check" names what is wrong with a set-up, each time with what helps, and
# nothing else: every row of the table at the end is a set-up that is broken in
# one way.

. "$(dirname "$0")/../lib.sh"

servers="attic cellar"
common="--catalogue 7 --items 40 --user alice:a --user bob:b"
# Option lists are meant to be split.
# shellcheck disable=SC2086
start_sim attic $common --version 12.0.0 --seed 1
# shellcheck disable=SC2086
start_sim cellar $common --version 10.11.11 --seed 2 --watched 500
start_sim den $common --version 10.11.11 --seed 4
start_sim bare --version 12.0.0 --seed 3 --catalogue 8 --items 40 \
    --user alice:a --no-ids 1000

# A server of TLS that nobody vouches for.
openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=den \
    -addext subjectAltName=IP:127.0.0.1 -keyout "$work/tls.key" \
    -out "$work/tls.pem" 2>/dev/null
openssl s_server -accept 127.0.0.1:0 -key "$work/tls.key" \
    -cert "$work/tls.pem" -www >"$work/tls.out" 2>&1 &
echo $! >"$work/tls.pid"
sim_names="$sim_names tls"
wait_for grep -q '^ACCEPT 127' "$work/tls.out" || bail_out "openssl s_server"
tls=$(sed -n 's/^ACCEPT //p' "$work/tls.out")

third() {			# third LINE ...: of a third client
	begin_config
	configure_client attic "${attic_user:-user: alice}"
	configure_client cellar "user: alice"
	[ $# -gt 0 ] && printf '  %s:\n' "${client:-den}" >>"$config"
	for line; do
		echo "    $line" >>"$config"
	done
}

engine() {
	pgrep -P "$daemon_pid" -f "jellyporterd: engine\$"
}

is_another() {
	now=$(engine) && [ "$now" != "$before" ]
}

# Another configuration, and everything of it read, or tried.
apply() {
	before=$(engine)
	ctl reload >/dev/null || bail_out "reload"
	wait_for is_another && wait_for idle || bail_out "no new engine"
}

den() {				# den LINE ...
	third "$@"
	apply
}

no_den() {
	third
	apply
}

info="request=info"		# of the faults

break_key() {
	sim cellar POST "/server?what=revoke-key&key=$api_key" >/dev/null
}
mend_key() {
	sim cellar POST "/server?what=add-key&key=$api_key" >/dev/null
}
break_forbidden() { fault cellar "kind=status&status=403&request=users"; }
mend_forbidden() { no_faults cellar; }
break_proxy() { fault cellar "kind=status&status=401&$info"; }
mend_proxy() { no_faults cellar; }
break_gateway() { fault cellar "kind=status&status=502&$info"; }
mend_gateway() { no_faults cellar; }
break_user() { den "url: $(url den)" "api_key: $api_key" "person: alice" \
    "user: zoe"; }
mend_user() { no_den; }
break_renamed() {
	sim cellar POST "/server?what=rename-user&from=alice&to=alicia" >/dev/null
}
mend_renamed() {
	sim cellar POST "/server?what=rename-user&from=alicia&to=alice" >/dev/null
}
break_disabled() {
	sim cellar POST "/server?what=disable-user&name=alice" >/dev/null
}
mend_disabled() {
	sim cellar POST "/server?what=disable-user&name=alice&disabled=0" \
	    >/dev/null
}
break_folders() {
	sim cellar POST "/server?what=folders&name=alice&folders=" >/dev/null
}
mend_folders() {
	sim cellar POST "/server?what=folders&name=alice&folders=Movies,Shows" \
	    >/dev/null
}
server_id() { curl -sS "$(url "$1")/System/Info/Public" | gojq -r .Id; }
break_twin() {
	own_id=$(server_id cellar)
	sim cellar POST "/server?what=id&id=$(server_id attic)" >/dev/null
}
mend_twin() { sim cellar POST "/server?what=id&id=$own_id" >/dev/null; }
break_clock() { sim cellar POST "/server?what=clock&skew=-3600" >/dev/null; }
mend_clock() { sim cellar POST "/server?what=clock&skew=0" >/dev/null; }
old='%7B%22Version%22%3A%2210.8.13%22%2C%22Id%22%3A%220123456789abcdef0123456789abcdef%22%7D'
break_version() { fault cellar "kind=garbage&body=$old&$info"; }
mend_version() { no_faults cellar; }
break_other() { fault cellar "kind=garbage&body=%7B%22a%22%3A1%7D&$info"; }
mend_other() { no_faults cellar; }
break_page() {
	fault cellar "kind=status&status=200&body=hello&type=text/html&$info"
}
mend_page() { no_faults cellar; }
break_slow() { fault cellar "kind=delay&ms=2300&$info"; }
mend_slow() { no_faults cellar; }
break_hangs() { fault cellar "kind=hang&$info"; }
mend_hangs() { no_faults cellar; }
break_starting() { fault cellar "kind=503&$info"; }
mend_starting() { no_faults cellar; }
break_down() { sim cellar POST "/server?what=down" >/dev/null; }
mend_down() { sim cellar POST "/server?what=up" >/dev/null; }
break_name() { den "url: http://nosuch.invalid:8096" "user: alice" \
    "api_key: $api_key"; }
mend_name() { no_den; }
break_path() { den "url: $(url den)/media" "user: alice" \
    "api_key: $api_key"; }
mend_path() { no_den; }
break_tls() { den "url: https://$(cat "$work/den.address")" "user: alice" \
    "api_key: $api_key" "timeout_secs: 5"; }
mend_tls() { no_den; }
break_certificate() { den "url: https://$tls" "user: alice" \
    "api_key: $api_key"; }
mend_certificate() { no_den; }
break_ids() {
	client=bare
	den "url: $(url bare)" "user: alice" "api_key: $api_key"
}
mend_ids() {
	client=
	no_den
}
break_library() { den "url: $(url den)" "user: alice" "api_key: $api_key" \
    "libraries: {include: [Music]}"; }
mend_library() { no_den; }
break_alone() { attic_user="users: {alice: alice, bob: bob}"; no_den; }
mend_alone() { attic_user=; no_den; }
break_paused() { ctl pause >/dev/null; }
mend_paused() { ctl resume >/dev/null && wait_for idle; }
break_held() {
	sim cellar GET "/state?user=alice" |
	    gojq -r '.[] | select(.Played) | .Number' | sed 12q >"$work/played"
	while read -r number; do
		act cellar alice "$number" unmark
	done <"$work/played"
	sync_now
}
mend_held() { ctl discard >/dev/null && wait_for idle; }

third
start_daemon
sync_now || bail_out "the first sync"
wait_for idle

out=$(ctl check)
is $? 0 "all is well: 0"
is "$(echo "$out" | sed 's/[0-9]* ms$/N ms/')" "attic: ok, Jellyfin 12.0.0, N ms
cellar: ok, Jellyfin 10.11.11, N ms" "and each server says so"
is "$(ctl -j check server attic |
    gojq -c '[[.checks[] | .server, .result, .version], .findings]')" \
    '[["attic","ok","12.0.0"],[]]' "in JSON, of one server"
ctl check server nowhere 2>&1 | grep -q 'there is no server nowhere'
ok $? "a server that is none"

# What is found while it is broken: the one thing, with its remedy, and an exit
# status of 1 if it is an error.
broken() {			# broken SET-UP FINDING SERVER SEVERITY TEXT REMEDY
	"break_$1"
	ctl -j check >"$work/check.json" 2>/dev/null
	status=$?
	is "$(gojq -r '.findings[] | [.finding, .server, .severity, .remedy] |
	    join("|")' "$work/check.json")" "$2|$3|$4|$6" "$1: that, and what helps"
	gojq -r '.findings[].text' "$work/check.json" | grep -q "$5"
	ok $? "  in words: $(gojq -r '.findings[].text' "$work/check.json")"
	is "$status" "$([ "$4" = error ] && echo 1 || echo 0)" \
	    "  which is an $4 for the exit status, too"
	ctl check 2>/dev/null | grep -qxF "    => $6"
	ok $? "  and the same as text"
	"mend_$1"
}

while IFS='|' read -r setup finding server severity text remedy; do
	broken "$setup" "$finding" "$server" "$severity" "$text" "$remedy"
done <<-'END'
	key|key|cellar|error|the API key is wrong or was revoked|make a key in the dashboard of cellar (API Keys), put it into its api_key or api_key_file, and reload
	forbidden|forbidden|cellar|error|the API key may not do this|let the proxy before cellar pass requests of this machine, without a password of its own
	proxy|forbidden|cellar|error|HTTP 401|let the proxy before cellar pass requests of this machine, without a password of its own
	gateway|failed|cellar|error|HTTP 502|see the logs of Jellyfin on cellar and of jellyporterd
	renamed|renamed|cellar|warning|user alice is now called alicia|put the new name on cellar into the configuration, and reload
	disabled|disabled|cellar|warning|user alice is disabled|enable the user in the dashboard of cellar, or take it out of the configuration
	folders|folders|cellar|error|user alice may see no library|give the user access to libraries in the dashboard of cellar (Users, Access)
	clock|clock|cellar|warning|its clock is 36[0-9][0-9] s behind ours|set the clocks of cellar and of this machine by NTP, or the later of two plays may lose
	version|version|cellar|error|10.8.13 is not supported|update Jellyfin on cellar, or jellyporter if Jellyfin is the newer one
	other|url|cellar|error|not that of a Jellyfin server|correct the url of cellar: the address in a browser's bar up to /web, with the base path if there is one
	page|url|cellar|error|instead of JSON|correct the url of cellar: the address in a browser's bar up to /web, with the base path if there is one
	slow|slow|cellar|warning|it takes 2[.][3-9] s|see what keeps cellar busy; raise its timeout_secs if it fails for that
	hangs|timeout|cellar|error|no answer within 10 s|see the log of Jellyfin on cellar, which hangs or has too much to do, and start it again if that does not pass
	starting|starting|cellar|error|HTTP 503|wait until cellar has started, and check again
	down|refused|cellar|error|connection refused|start Jellyfin on cellar, or correct host and port in its url
	held|held|cellar|warning|1[0-9] changes that take something back|see those of cellar by "jellyporterctl show held", then approve or discard them
	paused|paused||warning|syncing is paused since|let it go on by "jellyporterctl resume"
	user|user|den|error|user zoe is not on this server; it knows: alice|correct the user's name on den in the configuration, and reload
	name|name|den|error|name nosuch.invalid cannot be resolved|correct the name in the url of den, or the name server of this machine
	path|url|den|error|404.*is the base URL right|correct the url of den: the address in a browser's bar up to /web, with the base path if there is one
	tls|tls|den|error|is it https at all|begin the url of den with http:// if no TLS is spoken there, or correct its port
	certificate|certificate|den|error|certificate cannot be verified|name the authority's certificate in tls.ca_file of den, and use the name in its url that its certificate is for
	library|library|den|error|there is no library Music; it has: |correct the libraries of den in the configuration, and reload
	ids|ids|bare|warning|movies and series ha[a-z]* no provider ids|identify them on bare, or enable a metadata provider of their library and refresh its metadata
	alone|alone||warning|bob is only on attic|name this person's user on another server, in users, and reload; nothing is synced without
END

# Both of them have it.
break_twin
ctl -j check >"$work/check.json"
is "$(gojq -r '.findings[] | [.finding, .server, .text] | join(": ")' \
    "$work/check.json")" "twin: attic: it has the same server id as cellar
twin: cellar: it has the same server id as attic" "twin: a copy of a server's data"
is "$(gojq -r '.findings[].remedy' "$work/check.json" | cut -d' ' -f1-12)" \
    "if it is one server, take attic or the other one out
if it is one server, take cellar or the other one out" "and what helps names each"
mend_twin

echo "# who is who"
attic_user="users: {alice: alice, bob: nobody}"
no_den
is "$(ctl -j show people | gojq -c '.endpoints[] | [.person, .server, .user,
    .direction, .found, .copies > 0, .owed]')" \
    '["alice","attic","alice","both",true,true,0]
["alice","cellar","alice","both",true,true,0]
["bob","attic","nobody","both",false,false,0]' \
    "show people has each of them, and who is not found"
attic_user=
no_den

echo "# beside everything else"
fault cellar "kind=hang&request=identity"
ctl sync now >/dev/null 2>&1 &
follower=$!
reading() {
	[ "$(ctl -j status | gojq -r '.servers[] | select(.name == "cellar") |
	    .reading')" = identity ]
}
wait_for reading
ctl check >/dev/null
is $? 0 "it does not wait for a list that goes on"
# A fetcher that goes in the middle of a check.
fault cellar "kind=hang&$info"
ctl -j check >"$work/check.json" 2>/dev/null &
checker=$!
asked() {
	[ "$(sim cellar GET /counts | gojq .info)" -gt "$infos" ]
}
infos=$(($(counts cellar info) - 1))
wait_for asked
kill -9 "$(pgrep -P "$daemon_pid" -f "jellyporterd: fetcher cellar\$")"
wait $checker
is "$(gojq -r '.findings[].text' "$work/check.json")" \
    "its process has just ended" "a process that ends meanwhile is found"
kill "$follower" 2>/dev/null
wait "$follower" 2>/dev/null

done_testing
