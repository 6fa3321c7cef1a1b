#!/bin/sh
# Metrics that are pushed by OTLP: what is posted, held against the protocol's
# schema; what becomes of answers of all kinds; and that nobody else minds.

. "$(dirname "$0")/../lib.sh"

common="--catalogue 7 --items 40 --user alice:a"
# shellcheck disable=SC2086
start_sim attic $common --version 12.0.0 --seed 1 --watched 300
# shellcheck disable=SC2086
start_sim cellar $common --version 10.9.11 --seed 2
secret=hidden0123456789
got=$work/received

answers() {			# answers STATUS [HEADER [BODY]]
	printf '%s\n%s\n\n%s' "$1" "${2:-X-Nothing: at all}" "${3:-}" \
	    >"$got/.answer"
	mv "$got/.answer" "$got/answer"
}

# One that was asked for only now: the next but one.
another() {
	n=$(($(received) + 2))
	wait_for has_received "$n" || bail_out "nothing is received"
}

ms_between() {			# ms_between NUMBER NUMBER
	echo "$(stat -c %.3Y "$got/$1.json") $(stat -c %.3Y "$got/$2.json")" |
	    awk '{ printf "%d\n", ($2 - $1) * 1000 }'
}

complaints() {			# complaints FILE
	gojq -r -f "$top/regress/system/otlp.jq" "$1" 2>&1
}

metrics() {			# metrics NUMBER
	gojq '[.resourceMetrics[].scopeMetrics[].metrics[]]' "$got/$1.json"
}

value() {			# value NUMBER NAME [SERVER]
	metrics "$1" | gojq -r --arg name "$2" --arg server "${3:-}" '.[] |
	    select(.name == $name) | (.gauge // .sum).dataPoints[] |
	    select($server == "" or any(.attributes[];
	    .key == "server" and .value.stringValue == $server)) | .asInt'
}

logged() {			# logged TEXT: how often
	grep -cF -e "$1" "$work/daemon.log"
}

says() {			# says TEXT
	[ "$(logged "$1")" -gt 0 ]
}

findings() {			# of the telemetry, and what helps
	ctl -j check | gojq -r '.findings[] | select(.finding == "telemetry") |
	    "\(.severity): \(.text) => \(.remedy)"'
}

finds() {			# finds TEXT
	findings | grep -qF -e "$1"
}

process() {			# process ROLE: its pid
	ctl -j show processes | gojq -r --arg role "$1" \
	    '.processes[] | select(.role == $role) | .pid'
}

is_other() {			# is_other ROLE PID
	now=$(process "$1") && [ -n "$now" ] && [ "$now" != null ] &&
	    [ "$now" != "$2" ]
}

telemetry() {			# telemetry LINE ...: of a new configuration
	begin_config
	configure_client attic "user: alice"
	configure_client cellar "user: alice"
	[ $# -eq 0 ] || echo "telemetry:" >>"$config"
	for line; do
		echo "  $line" >>"$config"
	done
}

reload() {			# reload LINE ...
	telemetry "$@"
	ctl reload >"$work/reload" 2>&1 || bail_out "$(cat "$work/reload")"
}

start_receiver
endpoint="otlp_endpoint: http://$receiver/some/where/"
headers="headers: {Authorization: Bearer $secret, X-Tenant: a b}"
telemetry "$endpoint" "$headers" "interval_secs: 1"
start_daemon
wait_for idle
sync_now
# Which is done in slices, after a sync.
all_are_counted() {
	ctl show metrics | grep -q '^jellyporter_works 40$'
}
wait_for all_are_counted

# What is posted

another
head=$got/$n.head
is "$(head -1 "$head")" "POST /some/where/v1/metrics HTTP/1.1" \
    "it is posted to its place"
is "$(grep -i '^content-type' "$head")" "Content-Type: application/json" \
    "as JSON"
is "$(grep -e '^Authorization' -e '^X-Tenant' "$head")" \
    "Authorization: Bearer $secret
X-Tenant: a b" "with the headers that are wanted"
is "$(complaints "$got/$n.json")" "" "it is what the protocol says"
cp "$got/$n.json" "$work/whole.json"
is "$(metrics "$n" | gojq -r '.[].name' | sort)" "$(ctl show metrics |
    sed -n 's/^# TYPE \([^ ]*\) .*/\1/p' | sort)" "all that there is, by name"
is "$(metrics "$n" | gojq '[.[] | (.gauge // .sum // .histogram).dataPoints |
    length] | add')" "$(ctl show metrics | grep -v -e '^#' -e '_sum[{ ]' \
    -e '_bucket{' | wc -l | tr -d ' ')" "and every series"
is "$(value "$n" jellyporter_works) $(value "$n" jellyporter_items attic)" \
    "40 40" "values"
is "$(value "$n" jellyporter_syncs_total attic | paste -sd' ' -)" \
    "$(ctl show metrics | sed -n \
    's/^jellyporter_syncs_total{server="attic".*} //p' | paste -sd' ' -)" \
    "counters"
metrics "$n" | grep -q -e alice -e 127.0.0.1
is $? 1 "no name of a user, no address"
is "$(gojq -r '.resourceMetrics[].resource.attributes[] |
    "\(.key) \(.value.stringValue)"' "$got/$n.json")" \
    "service.name jellyporter
service.version $(jellyporterd -V | sed 's/.* //')
service.instance.id $(uname -n)" "who says it"
first=$n
another
starts='[.. | objects | .startTimeUnixNano? // empty] | unique | .[]'
is "$(gojq -r "$starts" "$got/$n.json")" "$(ctl show metrics | sed -n \
    's/^jellyporter_engine_start_time_seconds //p')000000000" \
    "what is counted began with the engine"
is "$(gojq -r "$starts" "$got/$first.json")" "$(gojq -r "$starts" \
    "$got/$n.json")" "and goes on"
ms=$(ms_between $((n - 1)) "$n")
[ "$ms" -ge 700 ] && [ "$ms" -le 1900 ]
ok $? "once in a second: $ms ms"

# What is held against the schema would be found: each line breaks one rule.
cat >"$work/rules" <<-'END'
	.other = 1
	.resource_metrics = .resourceMetrics | del(.resourceMetrics)
	.resourceMetrics = []
	del(.resourceMetrics[0].resource.attributes[0])
	.resourceMetrics[0].resource.attributes[0].value = "jellyporter"
	.resourceMetrics[0].resource.attributes += [.resourceMetrics[0].resource.attributes[0]]
	del(.resourceMetrics[0].scopeMetrics[0].scope.name)
	.resourceMetrics[0].scopeMetrics[0].metrics[0].name = ""
	.resourceMetrics[0].scopeMetrics[0].metrics |= . + [.[0]]
	(.. | objects | select(.unit == "s").unit) = "seconds"
	(.. | objects | select(has("timeUnixNano")).timeUnixNano) |= tonumber
	(.. | objects | select(has("timeUnixNano")).timeUnixNano) |= .[:10]
	(.. | objects | select(has("startTimeUnixNano")).startTimeUnixNano) = "9999999999999999999"
	(.. | objects | select(has("asInt")).asInt) |= tonumber
	(.. | objects | select(has("asInt")).asDouble) = 1
	(.. | objects | select(has("sum")).sum) |= tostring
	(.. | objects | select(has("count")).count) = "77777"
	(.. | objects | select(has("bucketCounts")).bucketCounts) |= map(tonumber)
	(.. | objects | select(has("bucketCounts")).bucketCounts) |= .[1:]
	(.. | objects | select(has("explicitBounds")).explicitBounds) |= reverse
	(.. | objects | select(has("explicitBounds")).explicitBounds) |= map(tostring)
	(.. | objects | select(has("aggregationTemporality")).aggregationTemporality) = 1
	(.. | objects | select(has("aggregationTemporality")).aggregationTemporality) = "AGGREGATION_TEMPORALITY_CUMULATIVE"
	(.. | objects | select(has("isMonotonic")).isMonotonic) = false
	del(.. | .isMonotonic?)
	(.. | objects | select(has("isMonotonic")) | .dataPoints[0].asInt) = "-1"
	(.. | objects | select(has("dataPoints")).dataPoints) |= . + [.[0]]
	(.. | objects | select(has("dataPoints")).dataPoints) = []
	(.. | objects | select(has("stringValue"))) |= {string_value: .stringValue}
	(.. | objects | select(has("gauge"))) |= (.sum = .gauge)
END
gojq -c "$(sed 's/.*/(&),/' "$work/rules") empty" "$work/whole.json" \
    >"$work/broken" || bail_out "rules"
gojq "[$(cat "$top/regress/system/otlp.jq")
    ] | length" "$work/broken" 2>&1 | paste - "$work/rules" >"$work/counts"
is "$(grep -v '^[1-9][0-9]*	.' "$work/counts"; wc -l <"$work/counts")" \
    "$(wc -l <"$work/rules")" "and what is otherwise would be found"

# Answers

is "$(findings)" "" "a check finds nothing"
no_type() {
	answers 200 "X-Nothing: at all" ""
	another
}
no_type
is "$(logged "the metrics are not received")" 0 \
    "who takes them without a word has taken them"
answers 503
wait_for finds "HTTP 503"
last=$(received)
is "$(findings)" "warning: the metrics: POST /v1/metrics: HTTP 503 => start \
what receives them, or correct telemetry.otlp_endpoint (and tls beside it)" \
    "who is busy, and what helps"
act attic alice 3 favorite
sync_now
is $? 0 "the others go on meanwhile"
wait_for has_received $((last + 1))
answers 200
before=$(received)
wait_for says "the metrics are received again"
ok $? "until they are received"
[ "$(ms_between "$before" $((before + 1)))" -ge 1900 ]
ok $? "which is asked again, later each time"
is "$(logged "the metrics are not received: POST /v1/metrics: HTTP 503")" 1 \
    "and it is said once"
changes=$(ctl show metrics | sed -n \
    's/^jellyporter_changes_total{server="attic"} //p')
is "$(value $((before + 1)) jellyporter_changes_total attic)" "$changes" \
    "with what has happened meanwhile"

answers 429 "Retry-After: 3"
wait_for finds "HTTP 429"
last=$(received)
answers 200
wait_for has_received $((last + 1))
ms=$(ms_between "$last" $((last + 1)))
[ "$ms" -ge 2900 ] && [ "$ms" -le 4500 ]
ok $? "who says when is heeded: $ms ms"

answers 401
wait_for finds "HTTP 401 => correct telemetry.headers"
ok $? "who does not know us: $(findings)"
answers 404
wait_for finds "HTTP 404 => correct telemetry.otlp_endpoint: where OTLP"
ok $? "who has nothing there: $(findings)"
answers 200 "Content-Type: text/html" "<html>"
wait_for finds "answered text/html instead of JSON"
ok $? "a web page: $(findings)"
answers 200 "Content-Type: application/json" \
    '{"partialSuccess":{"rejectedDataPoints":"2","errorMessage":"too old"}}'
wait_for finds "2 data points were not taken: too old => see the log"
ok $? "who takes some of them: $(findings)"
ctl check >/dev/null
is $? 0 "which are warnings to a check"
rm "$got/answer"

# A receiver that hangs, one that dies

another
answers hang
last=$(received)
wait_for has_received $((last + 1))
began=$(date +%s)
act attic alice 5 favorite
sync_now
is "$? $(item_state cellar alice 5)" "0 $(item_state attic alice 5)" \
    "while it hangs, people are synced"
kill "$(cat "$work/receiver.pid")"
rm "$got/answer"
wait_for finds "connection"
ok $? "one that is gone: $(findings)"
start_receiver "${receiver##*:}"
another
ok $? "is found when it is there again"

# Processes

exporter=$(process exporter)
kill -KILL "$exporter"
wait_for is_other exporter "$exporter"
ok $? "one that dies is started again"
another
is "$(complaints "$got/$n.json")$(value "$n" \
    jellyporter_process_restarts_total | sort | tail -1)" 1 \
    "and says so: $(ctl -j show processes | gojq -r '.processes[] |
    select(.role == "exporter") | .last_end')"

engine=$(process engine)
kill -STOP "$daemon_pid"	# who would start another one
kill -KILL "$engine"
alone() {
	last=$(received)
	[ "$(value "$last" jellyporter_engine_up)" = 0 ]
}
wait_for alone
ok $? "without the engine"
is "$(complaints "$got/$last.json") $(metrics "$last" | gojq -r '.[].name' |
    paste -sd' ' -)" " jellyporter_build_info jellyporter_engine_up" \
    "what is known is said"
kill -CONT "$daemon_pid"
whole() {
	last=$(received)
	[ "$(value "$last" jellyporter_works)" = 40 ]
}
wait_for whole
ok $? "and all of it when it is there again"
kill -STOP "$(pgrep -P "$daemon_pid" -f 'jellyporterd: engine$')"
wait_for alone
ok $? "one that does not answer is not waited for"
kill -CONT "$(pgrep -P "$daemon_pid" -f 'jellyporterd: engine$')"
wait_for whole
ok $? "until it does"

# Reloads

engine=$(process engine)
exporter=$(process exporter)
reload "$endpoint" "headers: {Authorization: Bearer other$secret}" \
    "interval_secs: 1"
wait_for is_other exporter "$exporter"
another
is "$(grep -e '^Authorization' -e '^X-Tenant' "$got/$n.head")" \
    "Authorization: Bearer other$secret" "another header"
answers 404
wait_for finds "HTTP 404"
reload
no_exporter() {
	[ "$(process exporter)" = "" ]
}
wait_for no_exporter
ok $? "none any more"
is "$(findings) $(process engine)" " $engine" "and nobody else has begun anew"

# By TLS, of which a reload makes one again.
openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=otel \
    -addext subjectAltName=IP:127.0.0.1 -keyout "$work/tls.key" \
    -out "$work/tls.pem" 2>/dev/null
mkfifo "$work/tls.in"
openssl s_server -accept 127.0.0.1:0 -key "$work/tls.key" -no_ign_eof \
    -cert "$work/tls.pem" <"$work/tls.in" >"$work/tls.out" 2>&1 &
echo $! >"$work/tls.pid"
sim_names="$sim_names tls"
exec 3>"$work/tls.in"
wait_for grep -q '^ACCEPT 127' "$work/tls.out" || bail_out "openssl s_server"
tls=$(sed -n 's/^ACCEPT //p' "$work/tls.out" | head -1)
reload "otlp_endpoint: https://$tls" "interval_secs: 1"
wait_for finds "certificate cannot be verified"
ok $? "the system's certificates do not vouch for it"
printf 'X-Api-Key: %s\n' "$secret" >"$work/headers"
chmod 600 "$work/headers"
reload "otlp_endpoint: https://$tls" "interval_secs: 1" \
    "headers_file: headers" "tls: {ca_file: $work/tls.pem}"
wait_for grep -aq resourceMetrics "$work/tls.out"
is "$? $(grep -ac "^X-Api-Key: $secret" "$work/tls.out")" "0 1" \
    "its own does, and headers come from a file"

# What is secret

stop_daemon
exec 3>&-
grep -q -e "$secret" "$work/daemon.log"
is $? 1 "no header is in the log"
jellyporterd -nv -f "$config" 2>&1 | grep -q "$secret"
is $? 1 "nor in what was understood"
telemetry "$endpoint" "$headers"
is "$(jellyporterd -nv -f "$config" 2>&1 | sed -n '/^telemetry/,/^status_page/p')" \
    "telemetry:
  otlp_endpoint: \"http://$receiver/some/where\"
  headers:
    \"Authorization\": \"********\"
    \"X-Tenant\": \"********\"
  interval_secs: 60
status_page: false" "of which this is shown"
is "$(grep -c 'ended by its sandbox' "$work/daemon.log")" 0 \
    "nothing of all that is forbidden"

# A single sync tells nobody.
before=$(received)
once
is "$? $(received)" "0 $before" "a single sync posts nothing"

done_testing
