#!/bin/sh
# A server behind an HTTP proxy: requests, the WebSocket, and what is said when
# the proxy is not there or does not want to.

. "$(dirname "$0")/../lib.sh"

proxy_pid=
start_proxy() {			# start_proxy [LINE ...]
	cat >"$work/proxy.conf" <<-END
	Port $proxy_port
	Listen 127.0.0.1
	Timeout 600
	MaxClients 20
	LogLevel Connect
	END
	printf '%s\n' "$@" >>"$work/proxy.conf"
	tinyproxy -d -c "$work/proxy.conf" >>"$work/proxy.log" 2>&1 &
	proxy_pid=$!
	echo "$proxy_pid" >"$work/proxy.pid"
	wait_for sh -c "curl -s -o /dev/null http://127.0.0.1:$proxy_port/" ||
	    bail_out "the proxy does not answer"
}
stop_proxy() {
	kill "$proxy_pid"
	wait "$proxy_pid" 2>/dev/null
	proxy_pid=
}
asked() {			# asked PATTERN: of the proxy, how often
	grep -c "Request .*: $1" "$work/proxy.log"
}
says() {			# says PATTERN: of cellar
	ctl -j show servers | gojq -e --arg text "$1" \
	    '.servers[] | select(.name == "cellar") | .error | test($text)'
}

proxy_port=$(free_port)
sim_names=proxy			# to be ended with them
start_proxy
start_sim attic --version 10.11.11 --seed 1 --catalogue 7 --items 20 \
    --user alice:a --watched 50
start_sim cellar --version 12.0.0 --seed 2 --catalogue 7 --items 20 \
    --user alice:a
LIVE=auto begin_config
configure_client attic "user: alice"
configure_client cellar "user: alice" "proxy: http://127.0.0.1:$proxy_port"
# What the environment says of proxies is not asked for.
no_proxy='*' http_proxy=http://127.0.0.1:1 start_daemon
sync_now
is "$? $(state cellar alice)" "0 $(state attic alice)" \
    "a sync, through the proxy to one of them"
[ "$(asked "GET $(url cellar)/Items")" -gt 0 ]
ok $? "the proxy has seen requests to that one"
is "$(asked "[A-Z]* $(url attic)")" 0 "and none to the other"
wait_for is_up cellar 1
ok $? "the WebSocket is there"
[ "$(asked "CONNECT $(url cellar | sed 's|http://||')")" -gt 0 ]
ok $? "in a connection of its own"
same() {			# same ITEM: on both
	[ "$(item_state cellar alice "$1")" = "$(item_state attic alice "$1")" ]
}
act cellar alice 7 favorite
wait_for same 7
ok $? "and what it tells goes to the other"

stop_proxy
ctl check >"$work/out" 2>&1
grep -q 'the proxy: connection refused' "$work/out"
ok $? "without the proxy: check says that it is the proxy"
act attic alice 8 favorite
start_proxy "ConnectPort 443"
wait_for same 8
ok $? "when it is back, so is the server"
wait_for grep -q \
    'the proxy makes no connection: HTTP 403.* server=cellar' "$work/daemon.log"
ok $? "a proxy that makes no connections: the log says so"
act cellar alice 9 favorite
sync_now
is "$?" 0 "the server is synced without them"
same 9
ok $? "all of it"
stop_daemon

# By name, which the resolver looks up; that of the server is the proxy's.
sed -i "s|proxy: .*|proxy: http://no-such-proxy.invalid:$proxy_port|" "$config"
once
is $? 1 "a proxy whose name nobody knows"
grep -q "the proxy's name no-such-proxy.invalid cannot be resolved" \
    "$work/daemon.log"
ok $? "and it is said whose name that is"
sed -i "s|proxy: .*|proxy: http://localhost:$proxy_port|
s|url: $(url cellar)|url: http://no-such-server.invalid|" "$config"
: >"$work/proxy.log"
once
[ "$(asked "GET http://no-such-server.invalid/")" -gt 0 ]
ok $? "the name of the server is asked of the proxy alone"
stop_proxy

done_testing
