#!/bin/sh
# What the metrics say, in both formats, to whom, and what is left of them when
# half of the daemon is gone.

. "$(dirname "$0")/../lib.sh"

common="--catalogue 7 --items 120 --user alice:a"
# shellcheck disable=SC2086
start_sim attic $common --version 12.0.0 --seed 1 --watched 300
# shellcheck disable=SC2086
start_sim cellar $common --version 10.9.11 --seed 2
port=$(free_port)
hook_port=$(free_port)
url=http://127.0.0.1:$port/metrics
hook=http://127.0.0.1:$hook_port/webhook
open_metrics="application/openmetrics-text; version=1.0.0"

# A name with what has to be escaped, and how that reads.
name='old "cellar\1'
escaped='old \"cellar\\1'
in_sed='old "cellar\\1'

configure() {			# configure METRICS-ADDRESS WEBHOOK-ADDRESS
	begin_config
	sed -i -e "s|^metrics_addr: .*|metrics_addr: $1|" -e \
	    "/^  live:/a\\  webhook:\\n    addr: $2\\n    token: $api_key" \
	    "$config"
	configure_client attic "user: alice"
	configure_client cellar "user: alice"
	# Another host, so that neither waits for the other one's lists.
	sed -i -e "s,$(url cellar),$(url cellar | sed s/127.0.0.1/localhost/)," \
	    -e "s/^  cellar:/  '$in_sed':/" "$config"
}

get() {				# get [CURL-OPTION ...]: the status
	curl -s -o "$work/answer" -D "$work/headers" -w '%{http_code}' \
	    --max-time 20 "$@"
}

scrape() {
	curl -s --max-time 20 "$url"
}

header() {			# header NAME
	tr -d '\r' <"$work/headers" | sed -n "s/^$1: //p"
}

# The value of a sample, by all that stands before it.
value() {			# value SAMPLE
	scrape | awk -v sample="$1" 'BEGIN { n = length(sample) }
	    substr($0, 1, n + 1) == sample " " { print substr($0, n + 2) }'
}

# Not through awk -v, which would take the backslashes of a name.
says() {			# says SAMPLE VALUE
	scrape | grep -qxF "$1 $2"
}

soon() {			# soon SAMPLE VALUE NAME
	wait_for says "$1" "$2"
	ok $? "$3"
}

tell() {			# tell [CURL-OPTION ...]: the status
	curl -s -o /dev/null -w '%{http_code}' --max-time 20 "$@"
}

configure "127.0.0.1:$port" "127.0.0.1:$hook_port"
start_daemon
wait_for idle
ok $? "the first sync ends"

# The formats

is "$(get "$url") $(header Content-Type)" \
    "200 text/plain; version=0.0.4; charset=utf-8" "the format of Prometheus"
cp "$work/answer" "$work/text"
is "$(get -H "Accept: $open_metrics" "$url") $(header Content-Type)" \
    "200 $open_metrics; charset=utf-8" "OpenMetrics, for who asks for it"
cp "$work/answer" "$work/open"
is "$(tail -1 "$work/open")" "# EOF" "which has an end"
grep -q EOF "$work/text"
is $? 1 "that the other one has not"

# Each metric of the table is there with what belongs to it.
tr -d '\n' <"$top/common/metric.c" | grep -o \
    '"jellyporter_[a-z_]*",[[:space:]]*METRIC_[A-Z]*,[[:space:]]*[NULsecondbyt"]*' |
    tr -d '", \t' | sed 's/METRIC_/ /; s/NULL$/ -/; s/\([A-Z]\)\([a-z]*\)$/\1 \2/' |
    tr A-Z a-z >"$work/families"
[ "$(wc -l <"$work/families")" -ge 20 ]
ok $? "metrics in the code: $(wc -l <"$work/families" | tr -d ' ')"
while read -r family type unit; do
	sample=$family
	text_type=$type
	case $type in
	counter)	sample=${family}_total ;;
	info)		sample=${family}_info text_type=gauge ;;
	esac
	grep -qx "# TYPE $sample $text_type" "$work/text" || echo "$sample: type"
	grep -q "^# HELP $sample [A-Z].*\.$" "$work/text" || echo "$sample: help"
	grep -qx "# TYPE $family $type" "$work/open" ||
	    echo "$family: type, OpenMetrics"
	grep -q "^# HELP $family [A-Z]" "$work/open" ||
	    echo "$family: help, OpenMetrics"
	[ "$unit" = - ] || grep -qx "# UNIT $family $unit" "$work/open" ||
	    echo "$family: unit"
	[ "$type" = histogram ] && sample=${family}_count
	grep -qE "^$sample(\{.*\})? [0-9.]+$" "$work/text" ||
	    echo "$sample: no sample"
done <"$work/families" >"$work/missing"
is "$(cat "$work/missing")" "" "each has its type, help, unit and a sample"
is "$(grep -v '^#' "$work/text" |
    grep -vE '^jellyporter_[a-z_]+(\{[^ ].*\})? [0-9.]+$')" "" \
    "and nothing else is there"
is "$(grep -v '^#' "$work/text" | sed 's/ [^ ]*$//' | sort | uniq -d)" "" \
    "no series twice"
grep -qE 'alice|127\.0\.0\.1' "$work/text"
is $? 1 "no name of a user, no address"

# Who is answered what

is "$(get -X POST -d x "$url") $(header Allow)" "405 GET, HEAD" "no POST"
is "$(get -I "$url") $(header Content-Type)" \
    "200 text/plain; version=0.0.4; charset=utf-8" "HEAD"
is "$(get "http://127.0.0.1:$port/") $(get "$url/x") $(get \
    "http://127.0.0.1:$port/webhook")" "404 404 404" \
    "nothing else is at that address"
is "$(get "http://127.0.0.1:$hook_port/metrics")" 404 \
    "nor the metrics at that of the webhook"
is "$(for i in 1 2 3; do scrape; done | grep -c '^# TYPE jellyporter_up ')" \
    3 "again and again"

# Values

heard=$(value 'jellyporter_changes_total{server="attic"}')
[ "$heard" -gt 10 ]
ok $? "changes were heard: $heard"
says "jellyporter_writes_total{server=\"$escaped\",result=\"done\"}" "$heard"
ok $? "and written to the other server, whose name is escaped"
is "$(value 'jellyporter_up{server="attic"}') $(value \
    jellyporter_engine_up)" "1 1" "all is up"
is "$(value 'jellyporter_items{server="attic"}') $(value \
    jellyporter_works)" "120 120" "items and works"
is "$(value 'jellyporter_syncs_total{server="attic",result="done"}')" 1 \
    "one sync"
is "$(value 'jellyporter_sync_duration_seconds_count{server="attic"}')" 1 \
    "and how long it took"
# Everything of both, and not more than a second ago.
sync_now
is "$(value 'jellyporter_syncs_total{server="attic",result="done"}')" 2 \
    "another sync"
is "$(value 'jellyporter_changes_total{server="attic"}')" "$heard" \
    "after which counters are what they were"
requests=$(scrape | sed -n \
    's/^jellyporter_http_request_duration_seconds_count{server="attic".*} //p' |
    awk '{ n += $1 } END { print n }')
is "$requests" "$(counts attic total)" "each request to the server is counted"

act attic alice 7 mark
act cellar alice 7 partial "&percent=40"
sync_now
is "$(scrape | grep '^jellyporter_conflicts_total' |
    awk '{ n += $NF } END { print n }')" 1 "a conflict"

# A conflict is said in the same words to who looks by himself.  What is
# measured goes on meanwhile.
same() {			# what cannot change while nobody syncs
	grep -v -e database_ -e http_request -e resident_memory
}
is "$(ctl show metrics | same)" "$(scrape | same)" \
    "jellyporterctl show metrics prints the same"
is "$(ctl -j show metrics | gojq -r '.metrics[] |
    select(.name == "jellyporter_items") | .samples[] |
    select(.labels.server == $name) | .value' --arg name "$name")" 120 \
    "and, with -j, objects"

# A plan counts nothing.
ctl plan >/dev/null
act attic alice 9 mark
ctl plan >"$work/plan"
grep -q . "$work/plan"
ok $? "a plan of something"
is "$(value 'jellyporter_changes_total{server="attic"}') $(value \
    'jellyporter_syncs_total{server="attic",result="done"}')" \
    "$((heard + 1)) 3" "a plan is counted for nothing"
fault cellar "kind=hold&request=identity"
ctl plan >/dev/null &
plan=$!
attic_is_read() {		# and the plan is not at its end
	ctl -j status | gojq -e '.daemons[0].syncing and
	    any(.servers[]; .name == "attic" and .reading == "")'
}
wait_for attic_is_read
is "$? $(value 'jellyporter_changes_total{server="attic"}')" "0 $((heard + 1))" \
    "while it is made, neither"
no_faults cellar
wait "$plan"
sync_now
is "$(value 'jellyporter_changes_total{server="attic"}')" $((heard + 2)) \
    "what it was about, once it is done"

# Held

sim attic GET "/state?user=alice" | gojq -r '.[] | select(.Played) | .Number' |
    sed -n 1,14p >"$work/marked"
while read -r number; do
	act attic alice "$number" unmark
done <"$work/marked"
sync_now
held=$(value 'jellyporter_held_changes{server="attic"}')
[ "$held" -gt 10 ]
ok $? "changes are held: $held"
ctl discard >/dev/null
soon 'jellyporter_held_changes{server="attic"}' 0 "until they are discarded"
sync_now

# The webhook

counted() {			# counted RESULT
	value "jellyporter_webhook_requests_total{result=\"$1\"}"
}
auth="Authorization: Bearer $api_key"
is "$(tell -X POST "$hook") $(tell "$hook") $(tell -X POST -H "$auth" "$hook") \
$(tell -X POST -H "$auth" -d '{"NotificationType":"ItemAdded"}' "$hook")" \
    "401 405 202 202" "four requests"
is "$(counted unauthorized) $(counted method) $(counted sync) $(counted \
    nothing) $(counted event)" "1 1 1 1 0" "are counted at once"
wait_for idle

# A dead server

kill "$(cat "$work/cellar.pid")"
sync_now
is $? 1 "a server is dead"
says "jellyporter_up{server=\"$escaped\"}" 0 &&
    says 'jellyporter_up{server="attic"}' 1
ok $? "it is down, the other one is up"
says "jellyporter_syncs_total{server=\"$escaped\",result=\"failed\"}" 1
ok $? "a sync has failed"
scrape | grep -F "server=\"$escaped\",endpoint=\"contact\",code=\"none\"" |
    grep -q "_count.* [1-9]"
ok $? "requests had no answer"

# A dead fetcher, a dead engine, one that does not answer

child() {			# child ROLE [NAME]: its pid
	ps -o pid=,args= --ppid "$daemon_pid" |
	    awk -v title="jellyporterd: $1${2:+ $2}" '
	    { pid = $1; sub(/^ *[0-9]+ /, ""); if ($0 == title) print pid }'
}

fetcher=$(child fetcher attic)
kill -STOP "$daemon_pid"	# who would start another one
kill -KILL "$fetcher"
soon 'jellyporter_up{server="attic"}' 0 "without its fetcher a server is down"
kill -CONT "$daemon_pid"
soon 'jellyporter_up{server="attic"}' 1 "until there is another one"
soon 'jellyporter_process_restarts_total{role="fetcher",server="attic"}' 1 \
    "which is a restart"
scrape | grep '^jellyporter_process_restarts_total' >"$work/restarts"
is "$(grep -vc ' 0$' "$work/restarts")" 1 "of all others there was none"
processes=$(($(ps -o pid= --ppid "$daemon_pid" | wc -l) + 1))
is "$(wc -l <"$work/restarts" | tr -d ' ') $(scrape |
    sed -n 's/^jellyporter_process_resident_memory_bytes.* //p' |
    awk '$1 > 1000000 && $1 < 1000000000' | wc -l | tr -d ' ')" \
    "$processes $processes" "each of them is there, with some megabytes"

engine=$(child engine)
kill -STOP "$engine"
began=$(date +%s)
scrape >"$work/answer"
took=$(($(date +%s) - began))
grep -qx 'jellyporter_engine_up 0' "$work/answer"
ok $? "an engine that does not answer is said to be down"
[ "$took" -ge 4 ] && [ "$took" -le 8 ]
ok $? "within a few seconds: $took"
# Who does not wait for that long is gone when there is an answer.
for i in 1 2 3; do
	curl -s --max-time 0.3 "$url"
done
is "$?" 28 "some do not wait"
kill -CONT "$engine"
soon jellyporter_engine_up 1 "until it does"

kill -STOP "$daemon_pid"
kill -KILL "$engine"
gone() {
	scrape >"$work/answer"
	grep -qx 'jellyporter_engine_up 0' "$work/answer"
}
wait_for gone
ok $? "a dead one is down"
began=$(date +%s)
gone
ok $? "again"
[ $(($(date +%s) - began)) -le 2 ]
ok $? "at once"
is "$(grep -v '^#' "$work/answer" | sed 's/[{ ].*//' | sort -u | paste -sd' ' -)" \
    "jellyporter_build_info jellyporter_engine_up jellyporter_webhook_requests_total" \
    "with what is known without it"
is "$(counted sync)" 1 "which the listener still knows"
kill -CONT "$daemon_pid"
soon jellyporter_engine_up 1 "another one is up"
soon 'jellyporter_process_restarts_total{role="engine",server=""}' 1 \
    "which is a restart"
soon 'jellyporter_process_restarts_total{role="fetcher",server="attic"}' 1 \
    "and that one of before is not forgotten"
is "$(counted unauthorized) $(counted sync)" "1 1" \
    "and knows of the listener's counters"
kill -KILL "$(child listener)"
soon 'jellyporter_webhook_requests_total{result="sync"}' 0 \
    "another listener begins at zero"

# Where it is served

sed -i "s|^metrics_addr: .*|metrics_addr: 127.0.0.1:1|" "$config"
ctl reload >"$work/reload" 2>&1
grep -q 'metrics_addr is .* now; a reload cannot change that' "$work/reload"
ok $? "a reload does not move it"
sed -i "s|^metrics_addr: .*|metrics_addr: 127.0.0.1:$port|" "$config"
echo "metrics_path: /other%20path" >>"$config"
ctl reload >/dev/null 2>&1
ok $? "another path"
moved() {
	[ "$(get "http://127.0.0.1:$port/other%20path") $(get "$url")" = \
	    "200 404" ]
}
wait_for moved
ok $? "it is served there"
stop_daemon

configure "127.0.0.1:$port" "127.0.0.1:$port"
start_daemon
is "$(get "$url") $(tell -X POST -H "$auth" "http://127.0.0.1:$port/webhook")" \
    "200 202" "both at one address"

# Another daemon wants the same address.
mkdir "$work/second"
sed "s|db/test.db|second/test.db|; /webhook:/,/token:/d" "$config" \
    >"$work/second/config.yaml"
chmod 600 "$work/second/config.yaml"
jellyporterd -d -f "$work/second/config.yaml" -s "$work/second/ctl" \
    >"$work/second/log" 2>&1 &
second=$!
wait_for jellyporterctl -s "$work/second/ctl" status
ok $? "a second daemon starts without it"
grep -q "metrics_addr 127.0.0.1:$port cannot be listened on: nobody is told" \
    "$work/second/log"
ok $? "and says so"
is "$(jellyporterctl -s "$work/second/ctl" show metrics |
    grep -c '^jellyporter_engine_up 1$')" 1 "its metrics are shown all the same"
sed -i 's|^metrics_path:.*||' "$work/second/config.yaml"
echo "metrics_path: /elsewhere" >>"$work/second/config.yaml"
jellyporterctl -s "$work/second/ctl" reload >/dev/null 2>&1
ok $? "its path may change without harm"
kill "$second"
wait "$second"
is $? 0 "it ends"
stop_daemon

# Of a single sync, as a file

begin_config
configure_client attic "user: alice"
echo "metrics_textfile: $work/textfile/jellyporter.prom" >>"$config"
once
is $? 0 "no directory for a file: the sync goes well"
grep -q 'metrics_textfile: .*: No such file' "$work/daemon.log"
ok $? "and it is said"
mkdir "$work/textfile"
echo old >"$work/textfile/jellyporter.prom"
echo left >"$work/textfile/jellyporter.prom.tmp"
once
is $? 0 "with one"
is "$(ls -l "$work/textfile" | awk 'NR > 1 { print $1, $NF }')" \
    "-rw-r--r-- jellyporter.prom" "a file that anybody may read, and no other"
grep -qx 'jellyporter_syncs_total{server="attic",result="done"} 1' \
    "$work/textfile/jellyporter.prom"
ok $? "has the metrics of that sync"
touch -d '1 hour ago' "$work/textfile/jellyporter.prom"
once -n >/dev/null
[ -n "$(find "$work/textfile/jellyporter.prom" -mmin +30)" ]
ok $? "a dry run writes none"

done_testing
