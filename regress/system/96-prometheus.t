#!/bin/sh
# A real Prometheus: it takes the metrics, the queries of the dashboard have
# answers, and the alerts are raised for what they are meant for.

. "$(dirname "$0")/../lib.sh"

PATH=$PATH:$top/regress/prometheus/usr/bin
if ! command -v prometheus >/dev/null 2>&1 ||
    ! command -v promtool >/dev/null 2>&1; then
	echo "1..0 # SKIP there is no Prometheus"
	exit 0
fi
rules=$top/etc/prometheus/jellyporter.rules.yml
dashboard=$top/etc/grafana/jellyporter.json

promtool check rules "$rules" >"$work/rules" 2>&1
ok $? "the rules of the alerts are well formed"
promtool test rules "$top/regress/metrics/rules.test.yml" \
    >"$work/rules" 2>&1
ok $? "they say what they should of what was recorded"
sed 's/^/# /' "$work/rules"

# Each alert is tried by one of these records, at least.
sed -n 's/^ *- alert: //p' "$rules" | sort >"$work/alerts"
sed -n 's/^ *alertname: //p' "$top/regress/metrics/rules.test.yml" |
    sort -u >"$work/tried"
is "$(cat "$work/tried")" "$(cat "$work/alerts")" "each of them"

common="--catalogue 7 --items 120 --user alice:a"
# shellcheck disable=SC2086
start_sim attic $common --version 12.0.0 --seed 1 --watched 300
# shellcheck disable=SC2086
start_sim cellar $common --version 10.9.11 --seed 2
port=$(free_port)
begin_config
sed -i "s/^metrics_addr: .*/metrics_addr: 127.0.0.1:$port/" "$config"
configure_client attic "user: alice"
configure_client cellar "user: alice"
start_daemon
wait_for idle
ok $? "the first sync ends"

curl -s "http://127.0.0.1:$port/metrics" | promtool check metrics \
    >"$work/lint" 2>&1
is "$? $(cat "$work/lint")" "0 " "promtool check metrics finds nothing"

# An alert that has to hold for minutes is raised at once here.
sed 's/for: .*/for: 0s/' "$rules" >"$work/rules.yml"
cat >"$work/prometheus.yml" <<END
global:
  scrape_interval: 1s
  evaluation_interval: 1s
rule_files:
  - rules.yml
scrape_configs:
  - job_name: jellyporter
    static_configs:
      - targets: ["127.0.0.1:$port"]
END
prometheus_port=$(free_port)
prometheus --config.file="$work/prometheus.yml" \
    --storage.tsdb.path="$work/tsdb" \
    --web.listen-address="127.0.0.1:$prometheus_port" \
    >"$work/prometheus.log" 2>&1 &
echo $! >"$work/prometheus.pid"
sim_names="$sim_names prometheus"	# which are ended at the end
api=http://127.0.0.1:$prometheus_port/api/v1

query() {			# query EXPRESSION: its samples, a line for each
	curl -s --max-time 20 "$api/query" --data-urlencode "query=$1" |
	    gojq -c '.data.result[]'
}

# Some sample, and with a second word as many.
has() {				# has EXPRESSION [COUNT]
	query "$1" >"$work/samples"
	if [ $# -eq 1 ]; then
		[ -s "$work/samples" ]
	else
		[ "$(wc -l <"$work/samples")" -eq "$2" ]
	fi
}

wait_for has 'up{job="jellyporter"} == 1' 1
ok $? "Prometheus has scraped it"
is "$(curl -s "$api/targets/metadata?metric=jellyporter_database_size_bytes" |
    gojq -r '.data[0] | "\(.type) \(.unit)"')" "gauge bytes" \
    "by OpenMetrics, which tells the unit"

# Counters that move, for the rates.
act attic alice 7 mark
sync_now
act attic alice 7 unmark
sync_now

tr -d '\n' <"$top/common/metric.c" |
    grep -o '"jellyporter_[a-z_]*",[[:space:]]*METRIC_[A-Z]*' | sed \
    -e 's/"\(.*\)",.*METRIC_COUNTER/\1_total/' \
    -e 's/"\(.*\)",.*METRIC_INFO/\1_info/' \
    -e 's/"\(.*\)",.*METRIC_HISTOGRAM/\1_bucket/' \
    -e 's/"\(.*\)",.*/\1/' >"$work/names"
while read -r name; do
	has "$name" || echo "$name"
done <"$work/names" >"$work/missing"
is "$(cat "$work/missing")" "" \
    "it has each metric: $(wc -l <"$work/names" | tr -d ' ')"

gojq -r '.. | objects | .expr? // empty' "$dashboard" |
    sed -e 's/\$server/.*/g' -e 's/\$__rate_interval/1m/g' >"$work/exprs"
[ "$(wc -l <"$work/exprs")" -ge 20 ]
ok $? "queries of the dashboard: $(wc -l <"$work/exprs" | tr -d ' ')"
all_answer() {
	while read -r expr; do
		has "$expr" || echo "$expr"
	done <"$work/exprs" >"$work/missing"
	[ ! -s "$work/missing" ]
}
wait_for all_answer
is "$(cat "$work/missing")" "" "all of them have data"
# And none of what they ask for is misspelt.
grep -o 'jellyporter_[a-z_]*' "$work/exprs" "$rules" -h | sort -u |
    sed 's/_count$/_bucket/' | grep -vxF -f "$work/names" >"$work/unknown"
is "$(cat "$work/unknown")" "" "dashboard and rules name metrics that there are"
is "$(gojq -r '.templating.list[] | select(.name == "server") | .query' \
    "$dashboard")" "label_values(jellyporter_up, server)" \
    "servers to choose from"

firing() {			# firing ALERT [LABEL]: how many
	query "ALERTS{alertname=\"$1\",alertstate=\"firing\"${2:+,$2}}" |
	    wc -l | tr -d ' '
}
fires() {
	[ "$(firing "$@")" -eq 1 ]
}
quiet_alert() {
	[ "$(firing "$@")" -eq 0 ]
}
is "$(query 'ALERTS' | gojq -r .metric.alertname)" "" "no alert while all is well"

sim attic GET "/state?user=alice" | gojq -r '.[] | select(.Played) | .Number' |
    sed -n 1,14p >"$work/marked"
while read -r number; do
	act attic alice "$number" unmark
done <"$work/marked"
sync_now
wait_for fires JellyporterChangesHeld 'server="attic"'
ok $? "held changes are an alert"
ctl discard >/dev/null
wait_for quiet_alert JellyporterChangesHeld
ok $? "until they are discarded"

kill "$(cat "$work/cellar.pid")"
sync_now
wait_for fires JellyporterServerDown 'server="cellar"'
ok $? "a dead server is an alert"
is "$(firing JellyporterServerDown)" 1 "and the only one"

kill -STOP "$(ps -o pid=,args= --ppid "$daemon_pid" |
    sed -n 's/^ *\([0-9]*\) jellyporterd: engine$/\1/p')"
wait_for fires JellyporterEngineDown
ok $? "an engine that does not answer is one"
kill -CONT "$(ps -o pid=,args= --ppid "$daemon_pid" |
    sed -n 's/^ *\([0-9]*\) jellyporterd: engine$/\1/p')"
wait_for quiet_alert JellyporterEngineDown
ok $? "until it does"
stop_daemon
wait_for fires JellyporterGone
ok $? "and no daemon at all"

done_testing
