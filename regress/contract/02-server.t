#!/bin/sh
# What a server says of itself and its users, and how HTTP is spoken.

. "$(dirname "$0")/lib.sh"

begin

get /System/Info/Public
facts '{
	"with a key too: the server id is the same": (.Id == $id)
}' --arg id "$server_id"

as=nobody
get /System/Info/Public
as=key
answer_is 200 application/json 'who the server is, without a key'
facts '{
	"names are PascalCase": (has("Version") and (has("version") | not)),
	"Version is three numbers":
	    (.Version | test("^[0-9]+\\.[0-9]+\\.[0-9]+$")),
	"Id is 32 lower-case hex digits": (.Id | test("^[0-9a-f]{32}$")),
	"ProductName is Jellyfin Server": (.ProductName == "Jellyfin Server"),
	"ServerName is text": (.ServerName | type == "string"),
	"LocalAddress is text": (.LocalAddress | type == "string"),
	"OperatingSystem is text": (.OperatingSystem | type == "string"),
	"StartupWizardCompleted is true": (.StartupWizardCompleted == true)
}'

# The clock skew is measured with it.
is "$(header date | wc -w | tr -d ' ')" 6 'it carries a Date'
as=nobody
get /Users
as=key
is "$(header date | wc -w | tr -d ' ')" 6 'a refusal carries a Date'

get /Users
is "$(header date | wc -w | tr -d ' ')" 6 'a list carries a Date'
answer_is 200 application/json 'the users'
facts '{
	"an array": (type == "array" and length > 0),
	"Name": all(.[]; .Name | type == "string" and . != ""),
	"Id is 32 lower-case hex digits":
	    all(.[]; .Id | test("^[0-9a-f]{32}$")),
	"each id once": ([.[].Id] | length == (unique | length)),
	"ServerId is the Id of the server": all(.[]; .ServerId == $id),
	"Policy.IsAdministrator":
	    all(.[].Policy.IsAdministrator; type == "boolean"),
	"Policy.IsDisabled": all(.[].Policy.IsDisabled; type == "boolean"),
	"Policy.EnableAllFolders":
	    all(.[].Policy.EnableAllFolders; type == "boolean"),
	"Policy.EnabledFolders is a list of ids":
	    all(.[].Policy.EnabledFolders;
	        type == "array" and all(.[]; test("^[0-9a-f]{32}$")))
}' --arg id "$server_id"

# Ids are taken with dashes too.
dashed=$(echo "$uid" |
    sed 's/^\(.\{8\}\)\(.\{4\}\)\(.\{4\}\)\(.\{4\}\)/\1-\2-\3-\4-/')
get "/Items?$always&userId=$dashed&includeItemTypes=Movie&limit=0"
is "$status" 200 'an id with dashes is the same id'

# One connection carries several requests.
is "$(curl -sS -m 60 -w '%{num_connects} ' -o "$body" -o "$body" \
    "$URL/System/Info/Public" "$URL/System/Info/Public" 2>/dev/null)" \
    '1 0 ' 'the connection is kept for the next request'

# Bodies are compressed when asked for.
path=$(identity 'limit=200&startIndex=0&sortBy=DateCreated,SortName')
get "$path"
cp "$body" "$scratch/plain"
is "$(header content-encoding)" '' 'nobody asked for it: not compressed'
name='gzip when asked for'
case $URL in
https:*)
	skip "$name" 'not over TLS'
	skip "$name: less than a third of the bytes" 'not over TLS'
	skip "$name: the same answer" 'not over TLS'
	;;
*)
	get "$path" -H 'Accept-Encoding: gzip'
	is "$(header content-encoding)" gzip "$name"
	is "$(echo $(($(wc -c <"$body") * 3 < $(wc -c <"$scratch/plain"))))" \
	    1 "$name: less than a third of the bytes"
	gzip -dc <"$body" >"$scratch/unpacked" 2>/dev/null
	cmp -s "$scratch/plain" "$scratch/unpacked"
	is $? 0 "$name: the same answer"
	;;
esac

# Outside of its path prefix a server sends browsers to its web pages.
origin=$(echo "$URL" | sed 's|^\([a-z]*://[^/]*\).*|\1|')
name='outside of the path prefix: 302'
if [ "$origin" = "$URL" ]; then
	skip "$name" 'URL has no path prefix'
else
	prefixed=$URL
	URL=$origin
	get /System/Info/Public
	URL=$prefixed
	is "$status" 302 "$name"
fi

finish
