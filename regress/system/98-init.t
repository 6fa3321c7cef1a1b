#!/bin/sh
# jellyporterctl init: by words and on a terminal, with keys and with an
# administrator's password; what it leaves, and what it leaves alone.

. "$(dirname "$0")/../lib.sh"

common="--catalogue 7 --items 40 --user alice:a --user bob:b --admin root:toor"
# The option list is meant to be split.
# shellcheck disable=SC2086
start_sim attic $common --version 10.9.11 --seed 1 --watched 300
# shellcheck disable=SC2086
start_sim cellar $common --version 12.0.0 --seed 2 --user 'o"ne \ two:x'
start_sim old --admin root:toor
fault old "kind=garbage&path=/System/Info/Public&body=%7B%22Version%22:%2210.8.13%22%7D"

made=$work/made			# where the configurations are made
file=$made/config.yaml
mkdir "$made"
echo "$api_key" >"$work/key"

# Standard input is an administrator's password, for as often as it is asked.
init() {
	printf '%s\n%s\n' "${password:-toor}" "${password:-toor}" |
	    jellyporterctl init "$@" >"$work/out" 2>"$work/err"
}

keys_of() {			# keys_of SERVER: how many init has made there
	curl -sS -H "Authorization: MediaBrowser Token=\"$api_key\"" \
	    "$(url "$1")/Auth/Keys" |
	    gojq '[.Items[] | select(.AppName == "jellyporter")] | length'
}

nothing() {			# nothing NAME: neither files nor keys
	is "$(ls -A "$made")" "" "$1, and nothing is left"
	is "$(keys_of attic) $(keys_of cellar)" "0 0" "no key either"
}

refused() {			# refused STATUS PART-OF-THE-MESSAGE
	status=$?
	grep -qF -e "$2" "$work/err"
	is "$status $?" "$1 0" "refused: $2"
}

mode() {			# mode FILE
	stat -c %a "$1"
}

begin_again() {
	rm -rf "$made"
	mkdir "$made"
}

attic="server attic url $(url attic)"
cellar="server cellar url $(url cellar)"

# What is wrong.
# All the words below are meant to be split.
# shellcheck disable=SC2086
{
init file "$file"
refused 2 "on a terminal only"
init file "$file" user alice
refused 2 "of which server"
init file "$file" $attic user alice
refused 2 "needs either a key-file, or a sign-in"
init file "$file" $attic key-file "$work/key"
refused 2 "attic has no user"
init file "$file" server attic url "http://a:b@127.0.0.1" user a sign-in root
refused 2 "is no URL of a server"
init file "$file" server ../x
refused 2 "cannot be a server's name"
init file "$file" $attic user alice key-file "$work/key" $attic
refused 2 "another server already"
password=wrong init file "$file" $attic user alice sign-in root
refused 1 "wrong user name or password for \"root\""
password=a init file "$file" $attic user alice sign-in alice
refused 1 "\"alice\" is not an administrator there; sign in as one, or"
init file "$file" $attic user nobody sign-in root
refused 1 'attic has no user "nobody"; it has: alice, bob, root'
init file "$file" server old url "$(url old)" user root sign-in root
refused 1 "is Jellyfin 10.8.13; it takes 10.9 or later"
echo 0000 >"$work/wrong"
init file "$file" $attic user alice key-file "$work/wrong"
refused 1 "it does not know this key"
echo 'a key?' >"$work/wrong"
init file "$file" $attic user alice key-file "$work/wrong"
refused 1 "that is no API key"
init file "$file" server none url "http://127.0.0.1:$(free_port)" user a \
    sign-in root
refused 1 "onnect to server"
init file "$made/none/at/all/config.yaml" $attic user alice sign-in root
refused 1 "cannot make"
}
# The first server is right, the second one is not.
# shellcheck disable=SC2086
init file "$file" $attic user alice sign-in root $cellar user nobody \
    sign-in root
refused 1 'cellar has no user "nobody"'
nothing "all of it or none"

# It has made a key when it finds that it cannot write.
: >"$made/keys"
# shellcheck disable=SC2086
init file "$file" $attic user alice sign-in root
refused 1 "cannot make $made/keys/attic"
rm "$made/keys"
nothing "not a directory"
# shellcheck disable=SC2086
(trap '' XFSZ; ulimit -f 0; jellyporterctl init file "$file" $attic user alice \
    key-file "$work/key" 2>&1; echo $?) | cat >"$work/err"
is "$(tail -1 "$work/err") $(grep -c "cannot write.*File too large" \
    "$work/err")" "1 1" "a disk without room"
nothing "no room"
# shellcheck disable=SC2086
init file "$made/new/config.yaml" server attic url "$(url attic)" \
    user alice key-file "$work/key"
is "$? $(mode "$made/new")" "0 750" "a directory is made"
begin_again

# By words: a key for one, a password for the other.
# shellcheck disable=SC2086
init file "$file" $attic user ALICE key-file "$work/key" $cellar user bob \
    sign-in root
is "$? $(cat "$work/err")" "0 " "a configuration by words"
is "$(cat "$work/out")" "attic is \"attic\", Jellyfin 10.9.11.
cellar is \"cellar\", Jellyfin 12.0.0.
$file is written. \"jellyporterd -o -n\" shows what a sync would do." \
    "says what it has found"
is "$(mode "$made/keys") $(mode "$made/keys/attic") $(mode "$made/keys/cellar")" \
    "700 600 600" "the keys are for nobody else"
wanted=600
[ "$(id -u)" = 0 ] && getent group _jellyporter >"$work/group" && wanted=640
is "$(mode "$file")" $wanted "the configuration is for who reads it"
is "$(cd "$made" && find . ! -name . | sort | paste -sd' ' -)" \
    "./config.yaml ./keys ./keys/attic ./keys/cellar" "and no other files"
is "$(cat "$made/keys/attic")" "$api_key" "the key that was given"
is "$(keys_of attic) $(keys_of cellar)" "0 1" "one was made"
cellar_key=$(cat "$made/keys/cellar")
if grep -rqE "toor|$api_key|$cellar_key" "$file" "$work/out" "$work/err"; then
	ok 1 "no secret is in the configuration or in what was said"
else
	ok 0 "no secret is in the configuration or in what was said"
fi
is "$(curl -sS -o /dev/null -w '%{http_code}' -X POST \
    -H 'Authorization: MediaBrowser Token="'"$cellar_key"'"' \
    "$(url cellar)/Auth/Keys?app=x")" 204 "the key is an administrator's"
is "$(sim cellar GET /counts | gojq .authenticate)" 4 \
    "whoever signs in signs out again"
grep -v '^ *#' "$file" | grep -c . >"$work/lines"
is "$(jellyporterd -n -f "$file" 2>&1)" "configuration OK" \
    "jellyporterd takes it, without a warning"
is "$(jellyporterd -nv -f "$file" 2>&1 | grep -cE '^ *"alice": \["(alice|bob)"\]$')" \
    2 "as one person"

# It syncs with it.
printf 'database:\n  path: %s/db/test.db\n' "$work" >>"$file"
jellyporterd -o -f "$file" -s "$socket" >"$work/daemon.log" 2>&1
is $? 0 "jellyporterd syncs with it"
state attic alice | awk '$2 == "true" { print $1 }' | sort >"$work/a"
state cellar bob | awk '$2 == "true" { print $1 }' | sort >"$work/b"
[ -s "$work/a" ] && cmp -s "$work/a" "$work/b"
ok $? "and bob of cellar has seen what alice of attic has"

# What is there stays, unless it is said.
cp "$file" "$work/before"
# shellcheck disable=SC2086
init file "$file" $cellar user bob sign-in root
refused 1 "is there already; \"init replace $file\" takes its place"
cmp -s "$file" "$work/before"
is "$? $(keys_of cellar)" "0 1" "and is as it was; no key was made for it"
rm "$file"
# shellcheck disable=SC2086
init file "$file" $cellar user bob sign-in root
refused 1 "keys/cellar is there already"
# shellcheck disable=SC2086
init file "$file" $cellar user bob key-file "$made/keys/cellar"
is "$? $(cat "$made/keys/cellar")" "0 $cellar_key" \
    "a key may come from where it goes to"
# shellcheck disable=SC2086
init replace "$file" $attic user alice user bob $cellar user alice \
    user 'bob=o"ne \ two' key-file "$made/keys/cellar"
refused 2 "attic needs either"
# shellcheck disable=SC2086
init replace "$file" $attic user alice user bob key-file "$work/key" $cellar \
    user alice user 'bob=o"ne \ two' key-file "$made/keys/cellar"
is $? 0 "replaced, for two people"
is "$(jellyporterd -n -f "$file" 2>&1)" "configuration OK" \
    "whatever their names are"
is "$(jellyporterd -nv -f "$file" 2>&1 | grep -c 'o\\"ne')" 1 "as they are"

# On a terminal.
begin_again
printf '%s\t%s\n' "name for it:" "bad name" "name for it:" attic \
    "URL of attic" "ftp://x" \
    "URL of attic" "$(url attic)/web/index.html#/home" \
    "Administrator on attic" root "Password of root" wrong \
    "Administrator on attic" root "Password of root" toor \
    "Users there: alice, bob, root" "" "Whose history" "alice, carol" \
    "Whose history" " Alice , bob" "name for it:" cellar \
    "URL of cellar" "$(url cellar)" "Administrator on cellar" "" \
    "API key (not shown)" "$api_key" "Whose history" "bob, alice" \
    "name for it:" "" >"$work/typed"
# An empty line is no answer to the list of users: it is only looked for.
sed -i '/^Users there/d' "$work/typed"
perl "$(dirname "$0")/terminal.pl" jellyporterctl init file "$file" \
    <"$work/typed" >"$work/screen" 2>&1
is $? 0 "a configuration on a terminal"
grep -qF 'Users there: alice, bob, root' "$work/screen"
ok $? "it says which users there are"
for said in "cannot be a server's name" "is no URL of a server" \
    "wrong user name or password" 'There is no user "carol"' \
    'That is "attic", Jellyfin 10.9.11'; do
	grep -qF "$said" "$work/screen"
	ok $? "it says: $said"
done
grep -cE "toor|$api_key" "$work/screen" >"$work/shown"
is "$(cat "$work/shown")" 0 "passwords and keys are not shown"
is "$(jellyporterd -n -f "$file" 2>&1)" "configuration OK" \
    "jellyporterd takes it"
is "$(jellyporterd -nv -f "$file" 2>&1 | grep -c "url: \"*$(url attic)\"*\$")" \
    1 "the URL ends where the web interface begins"
[ "$(grep -cE '^(First|Next) server, a name for it: ' "$work/screen")" -eq 4 ]
ok $? "each question is at the beginning of its line"

# The password is asked for there, with words too.  A key is there already.
mv "$made/keys/attic" "$work/older"
begin_again
printf '%s\t%s\n' "Password of root on attic" toor >"$work/typed"
# shellcheck disable=SC2086
perl "$(dirname "$0")/terminal.pl" jellyporterctl init file "$file" $attic \
    user alice sign-in root <"$work/typed" >"$work/screen" 2>&1
is "$? $(grep -c toor "$work/screen")" "0 0" "by words, and a password"
cmp -s "$made/keys/attic" "$work/older"
is "$? $(keys_of attic)" "1 2" "with a new key, not that which was there"

# Whoever goes away leaves nothing.
begin_again
before=$(keys_of attic)
printf '%s\t%s\n' "name for it:" attic "URL of attic" "$(url attic)" \
    "Administrator on attic" root "Password of root" toor \
    "Whose history" "^D" >"$work/typed"
perl "$(dirname "$0")/terminal.pl" jellyporterctl init file "$file" \
    <"$work/typed" >"$work/screen" 2>&1
is "$? $(grep -c 'nothing was written' "$work/screen")" "1 1" "an end of input"
is "$(ls -A "$made") $(keys_of attic)" " $before" \
    "leaves neither files nor a key"

done_testing
