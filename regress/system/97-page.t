#!/bin/sh
# The status page: what it says and to whom, how what others say is written in
# it, and what is left of it when half of the daemon is gone.

. "$(dirname "$0")/../lib.sh"

common="--catalogue 7 --items 60 --user alice:a"
# shellcheck disable=SC2086
start_sim attic $common --version 12.0.0 --seed 1 --watched 300
# shellcheck disable=SC2086
start_sim cellar $common --version 10.11.11 --seed 2
port=$(free_port)
hook_port=$(free_port)
url=http://127.0.0.1:$port/
hook=http://127.0.0.1:$hook_port
token=Very-Secret.1

# A name with all that means something in HTML.
name='<b>&"cellar'
escaped='&lt;b&gt;&amp;&#34;cellar'

configure() {			# configure [LINE]: of the webhook
	begin_config
	sed -i -e "s|^metrics_addr: .*|metrics_addr: 127.0.0.1:$port|" -e \
	    "/^  live:/a\\  webhook:\\n    addr: 127.0.0.1:$hook_port${1:-}" \
	    "$config"
	configure_client attic "user: alice"
	configure_client cellar "user: alice"
	echo "status_page: ${page:-true}" >>"$config"
	sed -i "s|^  cellar:|  '$(echo "$name" | sed 's/&/\\&/')':|" "$config"
}

get() {				# get [CURL-OPTION ...]: the status
	curl -s -o "$work/answer" -D "$work/headers" -w '%{http_code}' \
	    --max-time 20 "$@"
}

header() {			# header NAME
	tr -d '\r' <"$work/headers" | sed -n "s/^$1: //p"
}

shows() {			# shows TEXT: the page, now
	[ "$(get "$url")" = 200 ] && grep -qF -e "$1" "$work/answer"
}

soon() {			# soon TEXT NAME
	wait_for shows "$1"
	ok $? "$2"
	shows "$1" || sed 's/^/#    got: /' "$work/answer"
}

child() {			# child ROLE: its pid
	ps -o pid=,args= --ppid "$daemon_pid" |
	    awk -v title="jellyporterd: $1" '
	    { pid = $1; sub(/^ *[0-9]+ /, ""); if ($0 == title) print pid }'
}

reloaded() {			# until URL is answered with STATUS
	ctl reload >/dev/null || bail_out "reload"
	wait_for is_answered "$1" "$2"
}

is_answered() {
	[ "$(get "$1")" = "$2" ]
}

# What it shows

film=$(sim attic GET /items | gojq -r '[.[] | select(.Type == "Movie")][0].Number')
script='%3Cscript%3Ealert(1)%3C%2Fscript%3E%0A%22'
for server in attic cellar; do
	sim $server POST "/item?item=$film&what=retitle&title=$script" \
	    >/dev/null
done
configure
start_daemon
wait_for idle && sync_now
ok $? "the first sync ends"
act attic alice "$film" favorite
sync_now
soon "Everything is in step" "all is well, and it says so"
for what in attic "$escaped" alice "Last sync" "12.0.0" "10.11.11" \
    "<caption><h2>Servers</h2></caption>" "<caption><h2>People</h2></caption>" \
    "<caption><h2>Last changes</h2></caption>" "<dt>Unmatched</dt>"; do
	grep -qF -e "$what" "$work/answer"
	ok $? "it shows $what"
done
grep -qF "&lt;script&gt;alert(1)&lt;/script&gt;" "$work/answer"
ok $? "a title is no script"
is "$(grep -o '<script[^>]*>' "$work/answer")" \
    '<script src="status.js" defer>' "there is one script, and it is ours"
grep -qF -e '<b>&' -e "$api_key" -e "$(cat "$work/attic.address")" \
    "$work/answer"
is $? 1 "no element of others, no key, no address"
is "$(LC_ALL=C tr -d '\n\040-\176\200-\377' <"$work/answer" | wc -c |
    tr -d ' ')" 0 "no control characters"
date=[0-9]{4}-[0-9]{2}-[0-9]{2}
grep -qE "<time datetime=\"${date}T[0-9:]{8}Z\" title=\"$date [0-9:]{8} UTC\">\
(just now|[0-9]+ seconds? ago)</time>" "$work/answer"
ok $? "times are in words, and exact"
grep -qF '<noscript><meta http-equiv="refresh"' "$work/answer"
ok $? "without a script it is loaded anew"
is "$(grep -E 'https?:' "$work/answer")" "" "nothing is fetched from elsewhere"

is "$(get "$url") $(header Content-Type)" "200 text/html; charset=utf-8" \
    "it is HTML"
for file in "" status.css status.js status.svg; do
	status=$(get "$url$file")
	is "$status, $(header Content-Security-Policy), $(header \
	    X-Content-Type-Options), $(header Referrer-Policy), $(header \
	    Cache-Control)" "200, default-src 'none'; style-src 'self'; \
script-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; \
form-action 'none'; frame-ancestors 'none', nosniff, no-referrer, no-store" \
	    "/$file is served, with all that is to be forbidden"
	cat "$work/answer" >>"$work/all"
done
size=$(wc -c <"$work/all" | tr -d ' ')
[ "$size" -gt 10000 ] && [ "$size" -lt 51200 ]
ok $? "all of it together is below 50 KiB: $size bytes"
is "$(get -I "$url") $(header Content-Type)" "200 text/html; charset=utf-8" \
    "HEAD"
for method in POST PUT DELETE OPTIONS; do
	is "$(get -X $method "$url") $(header Allow)" "405 GET, HEAD" \
	    "no $method"
done
is "$(get -X POST "${url}status.js") $(get "${url}status") $(get \
    "${url}status.js/")" "405 404 404" "nor of its files, and nothing else"
is "$(get "$hook/") $(get "$hook/status.css") $(get "${url}metrics")" \
    "200 200 200" "it is where the webhook is, too, beside the metrics"

# What is wrong

sim cellar POST "/server?what=down" >/dev/null
sync_now
soon "<b>$escaped</b> failing for" "a server that fails is told of"
grep -q 'class="state bad">1 thing needs a look' "$work/answer"
ok $? "above all else"
sim cellar POST "/server?what=up" >/dev/null
sync_now
soon "Everything is in step" "until it is well again"
ctl pause >/dev/null
soon 'class="state warn">Paused' "a pause is told of"
ctl resume >/dev/null
soon "Everything is in step" "and over"

# Who asks often does not keep the engine busy.
queries() {
	curl -s "${url}metrics" |
	    sed -n 's/^jellyporter_database_query_duration_seconds_count //p'
}
i=0
while [ $i -lt 300 ]; do
	echo "url = $url"
	echo "output = /dev/null"
	i=$((i + 1))
done >"$work/often"
before=$(queries)
curl -s --max-time 20 -K "$work/often"
ok $? "300 times in a row"
asked=$(($(queries) - before))
[ -n "$before" ] && [ "$asked" -lt 100 ]
ok $? "are little to the engine: $asked queries"

# Without the engine

engine=$(child engine)
kill -STOP "$engine"
sleep 1.1			# that an answer is good for
began=$(date +%s)
is "$(get "$url") $(header Retry-After)" "503 5" "an engine that hangs"
took=$(($(date +%s) - began))
[ "$took" -ge 4 ] && [ "$took" -le 8 ]
ok $? "is waited for, for a few seconds: $took"
grep -q 'The engine does not answer' "$work/answer" && grep -qE \
    'Its last answer came <time [^>]*>[^<]*ago</time>' "$work/answer"
ok $? "is told of, and since when"
[ -n "$(header Content-Security-Policy)" ]
ok $? "as strictly"
kill -CONT "$engine"
soon "Everything is in step" "until it answers"
kill -STOP "$daemon_pid"
kill -KILL "$engine"
wait_for is_answered "$url" 503
ok $? "a dead one is told of"
is "$(get "${url}status.css") $(get "${url}status.js")" "200 200" \
    "in the same dress"
kill -CONT "$daemon_pid"
soon "<caption><h2>Servers</h2></caption>" "another one answers"

# The token

configure "\\n    token: $token"
reloaded "$url" 401
ok $? "where a token is set, it is asked for"
is "$(header WWW-Authenticate)" 'Basic realm="jellyporter", charset="UTF-8"' \
    "so that a browser asks for it"
grep -q -e alice -e attic "$work/answer"
is $? 1 "and nothing is told"
refused() {
	grep -c 'without the right token' "$work/daemon.log"
}
is "$(refused)" 0 "who has none yet is nobody to complain of"
is "$(get -u "anybody:$token" "$url") $(get -u ":$token" "$url") $(get \
    -H "Authorization: Bearer $token" "$url") $(get "$url?token=$token")" \
    "200 200 200 200" "as a password, a bearer's, or in the query"
is "$(get -u "$token:" "$url") $(get -u "x:${token}x" "$url") $(get -u \
    "x:Very-Secret." "$url") $(get -H "Authorization: Basic !" "$url") $(get \
    -H "Authorization: Bearer x" "$url") $(get "$url?token=") $(get -H \
    "Authorization: Basic $(printf %2000s x | base64 -w0)" "$url")" \
    "401 401 401 401 401 401 401" "and no other"
is "$(refused)" 1 "of which is complained once"
is "$(get "${url}status.css") $(get "$hook/") $(get "${url}metrics")" \
    "200 401 200" "what is the same everywhere, and the metrics, need none"
is "$(get -X POST -u "x:$token" "$hook/webhook") $(get -X POST \
    "$hook/webhook")" "202 401" "the webhook takes the password, too"
grep -q "$token" "$work/daemon.log"
is $? 1 "no token in the log"

page=false
configure
reloaded "$url" 404
ok $? "switched off, it is gone"
is "$(get "${url}status.css") $(get "$hook/") $(get "${url}metrics")" \
    "404 404 200" "with all that belongs to it"

done_testing
