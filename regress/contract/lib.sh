# What the numbered tests share: TAP, requests to the server under test, the
# items that are played with, and putting back what was there before.
#
# A test sources this file, calls begin, then its checks, then finish.  The
# server comes from the environment: URL, KEY, USER and PASSWORD.

set -u
LC_ALL=C
export LC_ALL

n=0			# checks so far
failed=0		# of them: those that failed
scratch=		# private directory; holds the key, so mode 0700
as=key			# whose Authorization the next requests carry
playing=		# item that a start was reported for and no stop yet
restored=yes		# nothing was changed, or it was put back

# Every session and device of this suite is known by these to the server.
key_device=jellyporter-contract
player_device=jellyporter-contract-player

# What every listing of the program carries.
always='recursive=true&collapseBoxSetItems=false&isMissing=false'
always="$always&enableImages=false"

#
# TAP.
#

bail()
{
	echo "Bail out!  $*"
	exit 255
}

diag()
{
	printf '%s\n' "$*" | sed 's/^/# /'
}

# result TRUE-OR-FALSE NAME
result()
{
	n=$((n + 1))
	if [ "$1" = true ]; then
		echo "ok $n - $2"
	else
		echo "not ok $n - $2"
		failed=$((failed + 1))
		return 1
	fi
}

# skip NAME REASON
skip()
{
	n=$((n + 1))
	echo "ok $n - $1 # SKIP $2"
}

# is GOT WANTED NAME
is()
{
	if [ "$1" = "$2" ]; then
		result true "$3"
	else
		result false "$3"
		diag "     got: $1"
		diag "  wanted: $2"
	fi
}

# The answer's status and the beginning of its content type ("none": it has
# no content type).
answer_is()
{
	if [ "$status" = "$1" ]; then
		case $2 in
		none)	[ -z "$type" ] ;;
		*)	[ "${type#"$2"}" != "$type" ] ;;
		esac && { result true "$3"; return; }
	fi
	result false "$3"
	diag "     got: $status, content type ${type:-none}"
	diag "  wanted: $1, content type $2"
}

# A refusal with a reason: problem details, which servers call plain JSON
# unless they are asked for application/problem+json.
problem_is()
{
	if [ "$status" = "$1" ] &&
	    [ "$(gojq -r '.status' <"$body" 2>/dev/null)" = "$1" ]; then
		case $type in
		application/json*|application/problem+json*)
			result true "$2"
			return
		esac
	fi
	result false "$2"
	diag "     got: $status, content type ${type:-none}"
	diag "  wanted: $1, with problem details as JSON"
}

# facts JQ-OBJECT [JQ-OPTION ...]: every name in the object is a check on the
# answer, and holds where its value is true.
facts()
{
	facts_filter=$1
	shift
	if ! gojq -r "$@" "($facts_filter) | to_entries[] |
	    \"\\(.value == true) \\(.key)\"" <"$body" >"$scratch/facts" \
	    2>"$scratch/gojq.error"; then
		result false "the answer has the shape that is described"
		diag "status $status, $(wc -c <"$body") bytes"
		diag "$(cut -c 1-300 "$scratch/gojq.error")"
		return
	fi
	while read -r facts_holds facts_name; do
		result "$facts_holds" "$facts_name"
	done <"$scratch/facts"
}

#
# Requests.
#

# call METHOD PATH [CURL-OPTION ...] leaves $status, $type, and the files
# $body and $head.  Keys travel in files, not in arguments that ps shows.
call()
{
	call_method=$1
	call_path=$2
	shift 2
	: >"$body"
	: >"$head"
	case $call_method in
	POST)	[ $# -gt 0 ] || set -- -H 'Content-Length: 0' ;;
	esac
	call_out=$(curl -sS -g -m 900 -X "$call_method" -H "@$scratch/$as" \
	    -D "$head" -o "$body" -w '%{http_code} %{content_type}' "$@" \
	    "$URL$call_path" 2>"$scratch/curl.error") ||
		diag "$call_method ${call_path%%\?*}:" \
		    "$(cut -c 1-200 "$scratch/curl.error")"
	status=${call_out%% *}
	type=${call_out#* }
}

get()
{
	call GET "$@"
}

# post PATH [JSON]
post()
{
	if [ $# -eq 1 ]; then
		call POST "$1"
	else
		call POST "$1" -H 'Content-Type: application/json' -d "$2"
	fi
}

delete()
{
	call DELETE "$1"
}

# The value of a header of the last answer; its name in lower case.
header()
{
	tr -d '\r' <"$head" | awk -v name="$1:" \
	    'tolower($1) == name { sub(/^[^ ]* */, ""); print }' | tail -n 1
}

# The server's clock, in seconds since the epoch, when it answered last.
server_clock()
{
	gojq -rn --arg date "$(header date)" \
	    '$date | strptime("%a, %d %b %Y %H:%M:%S GMT") | mktime'
}

# Seconds since the epoch as a date for the server, and the other way round.
as_date()
{
	gojq -rn --argjson seconds "$1" '$seconds | todate'
}

as_seconds()
{
	gojq -rn --arg date "$1" '$date | fromdate' 2>/dev/null || echo 0
}

# The identity listing, without a user, as a path to add parameters to.
identity()
{
	echo "/Items?$always&includeItemTypes=Movie,Episode,Series\
&fields=ProviderIds,MediaSourceCount&enableUserData=false${1:+&$1}"
}

# The state listing of the test's user, likewise.
state_listing()
{
	echo "/Items?$always&userId=$uid&includeItemTypes=Movie,Episode\
${1:+&$1}"
}

#
# Userdata, always as one line: played, position, play count, favourite and
# the whole second of the date ("none" where there is none).
#

state_def='def state: "\(.Played) \(.PlaybackPositionTicks) \(.PlayCount) " +
    "\(.IsFavorite) \((.LastPlayedDate // "none")[0:19])";'

# The same of an answer with one userdata in it, without gojq: this is done so
# often that gojq's start would be most of the suite's time.
state_of_body()
{
	awk '
	function value(name)
	{
		if (!match($0, "\"" name "\": *\"?[^,\"}]*"))
			return "none"
		name = substr($0, RSTART, RLENGTH)
		sub(/^"[A-Za-z]*": *"?/, "", name)
		return name
	}
	{
		print value("Played"), value("PlaybackPositionTicks"),
		    value("PlayCount"), value("IsFavorite"),
		    substr(value("LastPlayedDate"), 1, 19)
	}' <"$body"
}

# As the listing by ids says it: the reading that is never stale.
state()
{
	get "$(state_listing "ids=$1")"
	state_of_body
}

# state_is ITEM WANTED NAME
state_is()
{
	is "$(state "$1")" "$2" "$3"
}

# What the answer to a write says.
answered_is()
{
	is "$status $(state_of_body)" "200 $1" "$2"
}

write()
{
	post "/UserItems/$1/UserData?userId=$uid" "$2"
}

clear_played()
{
	delete "/UserPlayedItems/$1?userId=$uid"
}

# set_state ITEM PLAYED POSITION COUNT FAVOURITE DATE-OR-NONE, from whatever
# was there.  The date is cleared by the DELETE alone.
set_state()
{
	clear_played "$1"
	case $6 in
	none)	set_date= ;;
	*)	set_date=",\"LastPlayedDate\":\"${6}Z\"" ;;
	esac
	write "$1" "{\"Played\":$2,\"PlaybackPositionTicks\":$3,\
\"PlayCount\":$4,\"IsFavorite\":$5$set_date}"
	[ "$status" = 200 ] || diag "setting the state up: $status"
}

#
# Playing, as a client with the user's own token does it.
#

# report WHAT ITEM POSITION [JSON-MEMBERS]
report()
{
	as=player
	post "/Sessions/Playing$1" "{\"ItemId\":\"$2\",\"PositionTicks\":$3,\
\"CanSeek\":true,\"PlayMethod\":\"DirectPlay\"${4:+,$4}}"
	as=key
}

start()
{
	playing=$1
	report '' "$@"
}

progress()
{
	report /Progress "$@"
}

stop()
{
	report /Stopped "$@"
	playing=
}

sign_in()
{
	sign_as=$as
	as=nobody
	gojq -n --arg name "$USER" --arg password "${PASSWORD:-}" \
	    '{Username: $name, Pw: $password}' >"$scratch/sign-in"
	call POST /Users/AuthenticateByName -d "@$scratch/sign-in" \
	    -H 'Content-Type: application/json' -H "Authorization: MediaBrowser \
Client=\"jellyporter\", Device=\"contract\", \
DeviceId=\"$player_device\", Version=\"1\""
	as=$sign_as
	token=$(gojq -r '.AccessToken // empty' <"$body" 2>/dev/null)
	: >"$body"
	[ -n "$token" ] ||
		bail "signing in as the user: status $status"
	authorization "$token" "$player_device" >"$scratch/player"
}

#
# Items.
#

# save ITEM ...: what is there now is put back at the end.  Where one test
# saves twice, it restores in between.
save()
{
	save_ids=$(echo "$*" | tr ' ' ,)
	get "$(state_listing "ids=$save_ids")"
	[ "$(gojq '.Items | length' <"$body")" = $# ] ||
		bail "the items to play with cannot be read"
	cp "$body" "$scratch/saved"
	restored=no
}

# The userdata in $body as a write.
as_write()
{
	gojq -c '{Played, PlayCount, PlaybackPositionTicks, IsFavorite,
	    LastPlayedDate} | del(.[] | select(. == null))' <"$body"
}

# save_version VERSION: its userdata in $body is written back last.
save_version()
{
	echo "$1 $(as_write)" >>"$scratch/versions"
}

# One item's saved state, given as id and the JSON of a write.
restore_item()
{
	clear_played "$1"
	write "$1" "$2"
	[ "$status" = 200 ] || diag "restoring $1: status $status"
}

restore()
{
	as=key
	[ -z "$playing" ] || stop "$playing" 0
	[ "$restored" = no ] || return 0
	gojq -r '.Items[] | .Id + " " + (.UserData | {Played, PlayCount,
	    PlaybackPositionTicks, IsFavorite, LastPlayedDate} |
	    del(.[] | select(. == null)) | tojson)' \
	    <"$scratch/saved" >"$scratch/restore"
	while read -r restore_id restore_json; do
		restore_item "$restore_id" "$restore_json"
	done <"$scratch/restore"
	while read -r restore_id restore_json; do
		write "$restore_id" "$restore_json"
	done <"$scratch/versions"
	: >"$scratch/versions"
	restored=yes
}

states_of()
{
	gojq -c "$state_def [.Items[] | [.Id, (.UserData | state)]] | sort" \
	    <"$1"
}

# list_playable TYPE COUNT: what is fit to be played with, as type, id and
# runtime: files on disk, long enough for a position in the middle to be kept,
# of one version, and each with ids that no other of them has (up to 10.10
# such share userdata).
list_playable()
{
	get "/Items?$always&userId=$uid&includeItemTypes=$1&limit=100\
&fields=ProviderIds,MediaSourceCount"
	[ "$status" = 200 ] || bail "listing the user's items: $status"
	gojq -r '[.Items[] | select(.LocationType == "FileSystem" and
	    .RunTimeTicks >= 7200000000 and (.MediaSourceCount // 1) == 1 and
	    .ProviderIds != {})] | unique_by(.ProviderIds) | sort_by(.Id)[] |
	    "\(.Type) \(.Id) \(.RunTimeTicks)"' <"$body" | head -n "$2"
}

# pick leaves $item and $other, and $third, which is an episode if the user
# sees one, with their types and runtimes; all three are saved.
pick()
{
	set -- $(list_playable Episode 1) $(list_playable Movie 3)
	[ $# -ge 9 ] || bail "needs three movies, or two and an episode," \
	    "with provider ids and a runtime of 12 minutes or more"
	third_type=$1 third=$2 third_ticks=$3
	item=$5 item_ticks=$6
	other=$8 other_ticks=$9
	save "$item" "$other" "$third"
}

#
# Beginning and end.
#

# authorization TOKEN DEVICE-ID
authorization()
{
	printf 'Authorization: MediaBrowser Token="%s", ' "$1"
	printf 'Client="jellyporter", Device="contract", '
	printf 'DeviceId="%s", Version="1"\n' "$2"
}

# Whether the server is of this version or a later one.
since()
{
	[ "$version_number" -ge $(($1 * 1000 + $2)) ]
}

find_server()
{
	as=nobody
	get /System/Info/Public
	as=key
	set -- $(gojq -r '"\(.Version) \(.Id)"' <"$body" 2>/dev/null)
	case ${1:-} in
	[0-9]*.[0-9]*.*) ;;
	*)	bail "no Jellyfin server answers at URL: status $status" ;;
	esac
	version=$1
	server_id=$2
	version_number=${version#*.}
	version_number=$((${version%%.*} * 1000 + ${version_number%%.*}))
}

# Leaves the user's id, whether that is an administrator, and the id of
# another user; empty if the server has none.
find_user()
{
	get /Users
	[ "$status" = 200 ] || bail "listing the users: status $status"
	set -- $(gojq -r --arg name "$USER" '. as $all | .[] |
	    select(.Name == $name) | .Id as $id | "\($id)",
	    "\(.Policy.IsAdministrator)",
	    ([$all[].Id | select(. != $id)][0] // "")' <"$body")
	[ $# -ge 2 ] || bail "the server has no user $USER"
	uid=$1
	user_is_admin=$2
	stranger=${3:-}
}

# A second signal must not keep it from putting things back.
clean_up()
{
	trap '' HUP INT TERM PIPE
	restore
	if [ -s "$scratch/player" ]; then
		as=player
		post /Sessions/Logout
	fi
	rm -rf "$scratch"
}

begin()
{
	if [ -z "${URL:-}" ] || [ -z "${KEY:-}" ]; then
		echo "1..0 # SKIP URL and KEY name no server"
		exit 0
	fi
	URL=${URL%/}
	scratch=$(mktemp -d) || bail "no scratch directory"
	body=$scratch/body
	head=$scratch/head
	trap clean_up EXIT
	trap 'exit 1' HUP INT TERM PIPE
	authorization "$KEY" "$key_device" >"$scratch/key"
	: >"$scratch/nobody"
	: >"$scratch/versions"
	find_server
	find_user
}

# Puts back what was saved, and looks at it.
restored_is()
{
	restored_ids=$(gojq -r '[.Items[].Id] | join(",")' <"$scratch/saved")
	restored_wanted=$(states_of "$scratch/saved")
	restore
	get "$(state_listing "ids=$restored_ids")"
	is "$(states_of "$body")" "$restored_wanted" \
	    'everything is as it was before'
}

finish()
{
	[ "$restored" = yes ] || restored_is
	echo "1..$n"
	[ "$failed" -eq 0 ]
	exit
}
