#!/bin/sh
# The status page in a browser: that nothing of it is refused by its own
# policy, that it keeps itself up to date, and what it says when nobody
# answers.  Skipped where there is no Chromium; with SHOTS=directory, pictures
# are left there.

. "$(dirname "$0")/../lib.sh"

for browser in chromium chromium-browser google-chrome; do
	browser=$(command -v $browser) && break
done
[ -n "$browser" ] || {
	echo "1..0 # SKIP no chromium"
	exit 0
}
shots=${SHOTS:-$work/shots}
mkdir -p "$shots" "$work/browser"

port=$(free_port)
url=http://127.0.0.1:$port/
token=Very-Secret.1
start_three 60
LIVE=auto configure_three
sed -i "s|^metrics_addr: .*|metrics_addr: 127.0.0.1:$port|" "$config"
echo "status_page: true" >>"$config"
start_daemon
wait_for idle && sync_now
ok $? "the first sync ends"

film=$(sim den GET /items | gojq -r '[.[] | select(.Type == "Movie")][0].Number')
child() {			# child ROLE: its pid
	ps -o pid=,args= --ppid "$daemon_pid" |
	    awk -v title="jellyporterd: $1" '
	    { pid = $1; sub(/^ *[0-9]+ /, ""); if ($0 == title) print pid }'
}
engine=$(child engine)

# The steps, and what is to be said of each.
{
	cat <<-END
	size 1280 900
	scheme light
	open $url
	show document.querySelector('.state').textContent
	show document.title
	show document.scripts.length + ' ' + document.styleSheets.length
	show getComputedStyle(document.body).maxWidth != 'none'
	show document.querySelector('h1 img').naturalWidth > 0
	show document.getElementById('fresh').textContent
	shot $shots/light.png
	scheme dark
	shot $shots/dark.png
	scheme light
	size 375 800
	show document.documentElement.scrollWidth
	shot $shots/phone.png
	size 320 800
	show document.documentElement.scrollWidth
	size 1280 900
	END
	# It sees a change, without being loaded again.
	cat <<-END
	wait (window.same = true)
	run curl -sS -X POST "http://$(cat "$work/den.control")/act?user=bob&item=$film&what=favorite" >/dev/null; jellyporterctl -s $socket sync now >/dev/null
	wait document.querySelector('.changes td').textContent == 'favourite'
	show window.same
	END
	# A server that is down.
	cat <<-END
	run curl -sS -X POST "http://$(cat "$work/cellar.control")/server?what=down" >/dev/null; jellyporterctl -s $socket sync now >/dev/null
	wait document.querySelector('.state.bad')
	show document.querySelector('.problems b').textContent
	shot $shots/trouble.png
	run curl -sS -X POST "http://$(cat "$work/cellar.control")/server?what=up" >/dev/null; jellyporterctl -s $socket sync now >/dev/null
	wait document.querySelector('.state.good')
	END
	# The engine hangs; then it answers again.
	cat <<-END
	run kill -STOP $engine
	wait document.getElementById('note').textContent != ''
	show document.getElementById('note').textContent.replace(/[0-9]+:.*M?\\./, 'THEN.')
	show document.title
	show document.querySelectorAll('.servers tbody tr').length
	shot $shots/engine-gone.png
	run kill -CONT $engine
	wait document.getElementById('note').textContent == ''
	show document.title
	END
	# Nobody is there at all; then a daemon is.
	cat <<-END
	run kill $daemon_pid
	wait document.getElementById('note').textContent.startsWith('jellyporterd does not answer.')
	shot $shots/daemon-gone.png
	run jellyporterd -d -f $config -s $socket >>$work/daemon.log 2>&1 & echo \$! >$work/second.pid
	wait document.getElementById('note').textContent == ''
	show window.same
	END
} >"$work/steps"
TEST_LIMIT=$limit perl "$top/regress/page/browser.pl" "$browser" \
    "$work/browser" <"$work/steps" >"$work/said"
ok $? "every state that is waited for comes"
stop_daemon
daemon_pid=$(cat "$work/second.pid" 2>/dev/null)
# What the browser itself complains of while nobody answers.
is "$(grep -v '^complaint: network ' "$work/said")" \
    "Everything is in step
jellyporter: status
1 1
1
1
It is kept up to date as long as it is open.
375
320
1
cellar
The engine of jellyporterd does not answer. What you see is of THEN.
jellyporter: no answer
3
jellyporter: status
1" "and all is as it should be, with no complaint of the policy or the script"

# Without a script, and with a token.

sed -i '/^  live:/a\  webhook: {token: '"$token"'}' "$config"
sed -i 's/^  live:.*/  live: off/' "$config"
wait_for ctl reload
is_refused() {
	[ "$(curl -s -o /dev/null -w '%{http_code}' "$url")" = 401 ]
}
wait_for is_refused || bail_out "no token is asked for"
perl "$top/regress/page/browser.pl" "$browser" "$work/browser" \
    >"$work/said" <<-END
	open http://anybody:$token@127.0.0.1:$port/
	wait document.querySelector('.state')
	show document.getElementById('note').textContent
	wait (window.first = document.querySelector('main'))
	wait window.first != document.querySelector('main')
	show document.getElementById('note').textContent
	open http://127.0.0.1:$port/?token=$token
	wait (window.first = document.querySelector('main'))
	wait window.first != document.querySelector('main')
	show document.getElementById('note').textContent
	script off
	open http://127.0.0.1:$port/?token=$token
	show document.getElementById('fresh').textContent
	show document.querySelector('noscript meta').httpEquiv
	show document.querySelectorAll('.servers tbody tr').length
	END
is "$(cat "$work/said")" "


It is loaded anew every 30 seconds.
refresh
3" "it keeps itself up to date with a password or a query, and needs no script"

done_testing
