#!/bin/sh
# Where the servers' keys and the webhook's token are: in the process that needs
# them, in the parent, and nowhere else.

. "$(dirname "$0")/../lib.sh"

if [ -n "${SANITIZE:-}" ]; then
	echo "1..0 # SKIP sanitizers keep what was freed"
	exit 0
fi

# Whoever starts it may want core files of other programs.
ulimit -c unlimited 2>/dev/null

attic_key=a1f0c93e5b7d48266e1a9d03bb57c4f2
cellar_key=c2e81d0f7a3649b5d4087f6c1e93a5b8
new_key=4b6d2f9018ce73a5e17f50c8d2943b6a
den_key=d9374c0ea8b1652f80e5d7a61c3f492b
token=t7Q.kx-93_Zm4~Vw/e8+Rb2Lp6Ny1Sd0=
stray_key=9e05b7f3c8d1a2460f4e6b8d7c3a5129
cat >"$work/secrets" <<-END
	attic $attic_key
	cellar $cellar_key
	new $new_key
	den $den_key
	token $token
	stray $stray_key
END

common="--catalogue 7 --items 60 --user alice:a"
# Option lists are meant to be split.
# shellcheck disable=SC2086
{
	api_key=$attic_key
	start_sim attic $common --version 12.0.0 --seed 1 --watched 10
	api_key=$cellar_key
	start_sim cellar $common --version 10.11.11 --seed 2
	api_key=$den_key
	start_sim den $common --version 10.11.11 --seed 3
}
echo "$den_key" >"$work/den.key"
chmod 600 "$work/den.key"
port=$(free_port)

configure() {			# configure CELLAR-KEY
	LIVE=auto begin_config
	sed -i "/^  live:/a\\  webhook:\\n    addr: 127.0.0.1:$port\\n    token: $token" \
	    "$config"
	api_key=$attic_key
	configure_client attic "user: alice"
	api_key=$1
	configure_client cellar "user: alice"
	configure_client den "user: alice"
	sed -i "/^  den:/,\$s|api_key: .*|api_key_file: den.key|" "$config"
}

pid() {				# pid "engine" | "fetcher NAME"
	pgrep -P "$daemon_pid" -f "jellyporterd: $1\$"
}

is_new() {			# is_new ROLE PID
	new=$(pid "$1") && [ -n "$new" ] && [ "$new" != "$2" ]
}

says() {			# says TEXT COMMAND ...
	text=$1
	shift
	ctl "$@" 2>&1 | grep -q "$text"
}

# Everything that is ever said goes to one file.
ask() {
	ctl "$@" >>"$work/said" 2>&1
	ctl -j "$@" >>"$work/said" 2>&1
}

post() {			# post QUERY [HEADER]: the status
	curl -s -o /dev/null -w '%{http_code}' -d '{}' ${2:+-H "$2"} \
	    "http://127.0.0.1:$port/webhook$1"
}

configure "$cellar_key"
start_daemon -v
sync_now || bail_out "the first sync"
for server in attic cellar den; do
	wait_for is_up "$server" 1 || bail_out "$server is not live"
done
is "$(post '' "Authorization: Bearer $token")" 202 "the token in a header"
is "$(post '?token=t7Q.kx-93_Zm4~Vw%2Fe8%2BRb2Lp6Ny1Sd0%3D')" 202 \
    "and in a query"
is "$(post '?token=t7Q.kx-93')" 401 "another one is refused"
next Movie attic
act attic alice "$item" finish
sync_now

echo "# a key is replaced, another one is refused by its server"
sim cellar POST "/server?what=add-key&key=$new_key" >/dev/null
sim cellar POST "/server?what=revoke-key&key=$cellar_key" >/dev/null
configure "$new_key"
old=$(pid "fetcher cellar")
ask reload
wait_for is_new "fetcher cellar" "$old" || bail_out "it stays"
sim den POST "/server?what=revoke-key&key=$den_key" >/dev/null
ctl sync now >>"$work/said" 2>&1
wait_for says 'HTTP 401' check
ok $? "a key that its server does not know"

echo "# a key where it does not belong"
stray() {			# stray LINE: in place of attic's key
	configure "$new_key"
	sed -i "s|^.*api_key: $attic_key|    $1|" "$config"
	ask reload
	jellyporterd -n -f "$config" >>"$work/said" 2>&1
}
for line in "api_key: $stray_key!" "api_key:$stray_key" "api_key: [$stray_key]" \
    "api-key: $stray_key" "$stray_key" \
    "url: http://$stray_key@attic" "api_key_file: {$stray_key: x}" \
    "api_key: *$stray_key" "api_key: &$stray_key" "$stray_key: $stray_key"; do
	stray "$line"
done
configure "$new_key"
jellyporterd -n -v -f "$config" >>"$work/said" 2>&1
ask reload

echo "# what is said"
for command in servers people "item x" unmatched audit held conflicts pending \
    processes metrics; do
	# Words are meant to be split.
	# shellcheck disable=SC2086
	ask show $command
done
ask status
ask check
ask plan
ask log verbose
ctl export "$work/history" >>"$work/said" 2>&1
jellyporterctl -s "$socket" -j monitor >>"$work/monitored" 2>&1 &
monitor=$!
sim_names="$sim_names monitor"
echo $monitor >"$work/monitor.pid"
act attic alice "$item" unmark
ctl sync now server attic >>"$work/said" 2>&1
wait_for grep -q . "$work/monitored"
curl -s "http://127.0.0.1:$port/metrics" >>"$work/said"

halves() {			# of all secrets, for grep -F
	awk '{ n = int(length($2) / 2)
	    print substr($2, 1, n); print substr($2, n + 1) }' "$work/secrets"
}
halves >"$work/halves"
grep -qFf "$work/halves" "$config"
is $? 0 "(they are in the configuration, where they are looked for)"
for file in daemon.log said monitored history sync.log db; do
	[ -s "$work/$file" ] || bail_out "no $file"
	is "$(grep -rahFf "$work/halves" "$work/$file")" "" "none is in $file"
done
for pid in $daemon_pid $(pgrep -P "$daemon_pid") $monitor; do
	tr '\0' '\n' <"/proc/$pid/cmdline" >>"$work/arguments"
	tr '\0' '\n' <"/proc/$pid/environ" >>"$work/environment"
done 2>/dev/null
is "$(grep -c '^jellyporterd: ' "$work/arguments")" 6 "six children have titles"
is "$(grep -hFf "$work/halves" "$work/arguments" "$work/environment")" "" \
    "none is in the arguments or in the environment of a process"

echo "# memory"
secrets_of() {			# secrets_of PID
	perl "$top/regress/system/memory.pl" ${VERBOSE:+-v} "$work/secrets" "$1"
}
if secrets_of "$daemon_pid" >/dev/null 2>&1; then
	is "$(secrets_of "$(pid 'fetcher attic')")" attic \
	    "attic's fetcher: its own key"
	is "$(secrets_of "$(pid 'fetcher cellar')")" new \
	    "cellar's fetcher: its own, and not the one before it"
	is "$(secrets_of "$(pid 'fetcher den')")" den \
	    "den's fetcher: its own, of a file"
	is "$(secrets_of "$(pid listener)")" token "the listener: the token"
	is "$(secrets_of "$(pid engine)")" "" "the engine: none"
	is "$(secrets_of "$(pid resolver)")" "" "the resolver: none"
	is "$(secrets_of $monitor)" "" "jellyporterctl: none"
	is "$(secrets_of "$daemon_pid")" "attic new den token" \
	    "the parent: all that are in use, and no other"
else
	echo "# SKIP no right to read the memory of processes"
fi

echo "# core files"
case $(cat /proc/sys/kernel/core_pattern) in
"|"*)
	echo "# they are piped to a program: only 90-sandbox.t looks, then"
	done_testing
	;;
esac
children=$(pgrep -P "$daemon_pid")
for pid in $daemon_pid $children; do
	readlink "/proc/$pid/cwd"
done | sort -u >"$work/directories"
echo "$work/elsewhere" >>"$work/directories"
mkdir "$work/elsewhere"
(cd "$work/elsewhere" && perl -e 'my $key = shift; kill "ABRT", $$' \
    "$stray_key"; :) 2>/dev/null
cores() {			# that hold one of the secrets
	while read -r directory; do
		find "$directory" -maxdepth 1 -type f -name '*core*' \
		    -newer "$work/directories" -exec grep -lFf "$work/halves" {} +
	done <"$work/directories"
}
is "$(cores | wc -l)" 1 "(another program leaves its key in one)"
set -- SEGV ABRT QUIT BUS FPE ILL
for pid in $children; do
	kill -CONT "$pid"
	kill "-$1" "$pid"
	shift
done
all_ended() {
	for pid in $children; do
		[ ! -e "/proc/$pid" ] || return 1
	done
}
wait_for all_ended
ok $? "every child is ended by a signal of those that leave a core"
kill -SEGV "$daemon_pid"
wait "$daemon_pid" 2>/dev/null
is $? $((128 + 11)) "and so is the parent"
daemon_pid=
is "$(cores | wc -l)" 1 "none of them leaves a core"
done_testing
