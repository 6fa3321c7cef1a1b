#!/bin/sh
# Which keys, in which form, a server takes; what it says to the others.

. "$(dirname "$0")/lib.sh"

begin

# A request with the key (or something else) in another place.  The header
# line or the query goes through a file: it holds the key.
with_header()
{
	printf '%s\n' "$1" >"$scratch/other"
	as=other
	get /Users
	as=key
}

with_query()
{
	printf 'url = "%s/Users?%s"\n' "$URL" "$1" >"$scratch/query"
	status=$(curl -sS -m 60 -o "$body" -w '%{http_code}' \
	    -K "$scratch/query" 2>/dev/null)
	rm -f "$scratch/query"
	type=
}

# Every character as %XX, as a client may send it.
encoded()
{
	printf '%s' "$1" | od -An -v -tx1 | tr -d '\n' | sed 's/ /%/g'
}

refused()
{
	answer_is 401 none "$1: 401 without a content type"
	is "$(wc -c <"$body" | tr -d ' ')" 0 "$1: an empty body"
}

# Up to 10.11 the old forms work as the new one; from 12 on they are no key.
old_form()
{
	if since 12 0; then
		is "$status" 401 "from 12 on, $1 is refused"
	else
		is "$status" 200 "before 12, $1 is taken"
	fi
}

get /Users
answer_is 200 application/json 'Authorization: MediaBrowser Token="..."'

as=nobody
get /Users
as=key
refused 'no key'

with_header 'Authorization: MediaBrowser Token="0123456789abcdef", '\
'Client="jellyporter", Device="contract", DeviceId="x", Version="1"'
refused 'a wrong key'

with_header "Authorization: MediaBrowser token=\"$KEY\", "\
'Client="jellyporter", Device="contract", DeviceId="x", Version="1"'
is "$status" 401 'the names are case-sensitive: token= is no key'

with_header "Authorization: MediaBrowser Token=\"$(encoded "$KEY")\", "\
"Client=\"jellyporter\", Device=\"contract\", DeviceId=\"$key_device\", "\
'Version="1"'
is "$status" 200 'values are URL-decoded'

with_header "Authorization: Emby Token=\"$KEY\", Client=\"jellyporter\", "\
"Device=\"contract\", DeviceId=\"$key_device\", Version=\"1\""
old_form 'Authorization: Emby'
with_header "X-Emby-Token: $KEY"
old_form X-Emby-Token
with_header "X-MediaBrowser-Token: $KEY"
old_form X-MediaBrowser-Token
with_query "api_key=$KEY"
old_form '?api_key='
with_query "ApiKey=$KEY"
is "$status" 200 '?ApiKey= is taken by every version'

get /Users/Me
is "$status" 400 'an API key is nobody: /Users/Me is 400'
get "/Users/$uid"
is "$status" 200 'and may address every user'

sign_in
as=player
get "/Items?$always&userId=$uid&includeItemTypes=Movie&limit=1"
is "$status" 200 "a user's token reads that user's items"
name="a key that may not: 403, text/plain, no more than a sentence"
if [ "$user_is_admin" = true ]; then
	skip "$name" "the user is an administrator"
elif [ -z "$stranger" ]; then
	skip "$name" "the server has no other user"
else
	get "/Items?$always&userId=$stranger&includeItemTypes=Movie&limit=1"
	is "$status ${type%%;*} $(cat "$body")" \
	    '403 text/plain Error processing request.' "$name"
fi
name="the activity log is for administrators"
if [ "$user_is_admin" = true ]; then
	skip "$name" "the user is an administrator"
else
	get '/System/ActivityLog/Entries?limit=1'
	is "$status" 403 "$name"
fi
if [ "$user_is_admin" = true ]; then
	skip "API keys are for administrators" "the user is one"
else
	get /Auth/Keys
	is "$status" 403 "API keys are for administrators"
fi
post /Sessions/Logout
is "$status" 204 "signing out is 204"
get /Users/Me
is "$status" 401 "and the token is nothing any more"
as=key

# Keys of our own, which jellyporterctl init makes.  Later versions may answer
# with the key.
app=jellyporter-contract
keys()
{
	get /Auth/Keys
	gojq -r --arg app $app '.Items[] | select(.AppName == $app) |
	    .AccessToken' <"$body" | sort
}

# The path holds the key, so it goes through a file.
revoke()
{
	printf 'url = "%s/Auth/Keys/%s"\nrequest = "DELETE"\n' "$URL" "$1" \
	    >"$scratch/revoke"
	status=$(curl -sS -m 60 -o "$body" -w '%{http_code}' \
	    -H "@$scratch/key" -K "$scratch/revoke" 2>/dev/null)
	rm -f "$scratch/revoke"
}

keys >"$scratch/before"
post "/Auth/Keys?app=$app"
case $status in
200|204)	result true "a key is made" ;;
*)		is "$status" 204 "a key is made" ;;
esac
keys >"$scratch/after"
facts '{"its list has when it was made":
    (.Items | all(.DateCreated | type == "string"))}'
made=$(comm -13 "$scratch/before" "$scratch/after")
is "$(printf '%s' "$made" | tr -d '0-9a-f' | wc -c | tr -d ' ') ${#made}" \
    "0 32" "it is 32 hexadecimal digits, and one of its list that was not there"
authorization "$made" jellyporter-contract-made >"$scratch/made"
as=made
get /System/Info
is "$status" 200 "it works"
get /Auth/Keys
is "$status" 200 "and is an administrator"
as=key
revoke "$made"
is "$status" 204 "it is revoked"
as=made
get /System/Info
is "$status" 401 "and does not work any more"
as=key

finish
