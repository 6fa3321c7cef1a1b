#!/bin/sh
# The manual pages against the programs: well formed; every key, command,
# option and message that there is stands in its page, and the other way
# round.  The lists come from what the programs say of themselves.

. "$(dirname "$0")/../lib.sh"

cd "$top" || exit 1
pages=$(ls man/*.[0-9])
nonsense=qqqqqqqqqqqqqqqq	# near to no word

# At least so many lines, or what they were taken from has changed its form.
enough() {			# enough FILE LINES NAME
	[ "$(wc -l <"$1")" -ge "$2" ]
	ok $? "$3: $(wc -l <"$1" | tr -d ' ')"
}

# The lines of a section.
section() {			# section PAGE NAME
	awk -v name="$2" '/^\.Sh / { inside = substr($0, 5) == name; next }
	    inside' "man/$1"
}

# An mdoc line as text: "show held [server NAME]".
as_text() {
	awk '{
		line = ""
		glue = 1
		for (i = 2; i <= NF; i++) {
			word = $i
			if (word == "It" || word == "Op" || word == "Cm" ||
			    word == "Ic" || word == "Va" || word == "No") {
				kind = word
				continue
			}
			if (word == "Ns") { glue = 1; continue }
			if (word == "Ar" || word == "Fl") {
				kind = word
				continue
			}
			if (word == "Oc") { line = line "]"; continue }
			if (word == "Oo") {
				line = line (glue ? "[" : " [")
				glue = 1
				continue
			}
			gsub(/\\&/, "", word)
			if (kind == "Ar" && word != "...")
				word = toupper(word)
			if (kind == "Fl")
				word = "-" word
			line = line (glue || word == "..." ? "" : " ") word
			glue = 0
		}
		print line
	}'
}

# Form.  The pages refer to each other, so they are looked at where they
# would be installed.

mkdir -p "$work/man/man5" "$work/man/man7" "$work/man/man8"
for page in $pages; do
	cp "$page" "$work/man/man${page##*.}/"
done
for page in $pages; do
	is "$(MANPATH=$work/man mandoc -Tlint -Wstyle \
	    "$work/man/man${page##*.}/${page##*/}" 2>/dev/null)" "" \
	    "${page#man/} is well formed"
done
make -n install prefix=/p DESTDIR= 2>/dev/null |
    grep -o 'man/[a-z.-]*\.[0-9]' | sort -u >"$work/installed"
is "$(cat "$work/installed")" "$(echo "$pages" | sort)" \
    "all of them are installed"

# The configuration.  A key that does not exist has all of its place listed.

complaints() {			# complaints YAML
	echo "$1" >"$work/config.yaml"
	jellyporterd -n -f "$work/config.yaml" 2>&1
}

wrap() {			# wrap clients.NAME.tls VALUE
	value=$2
	rest=$1
	while [ -n "$rest" ]; do
		value="{${rest##*.}: $value}"
		case $rest in
		*.*)	rest=${rest%.*} ;;
		*)	rest= ;;
		esac
	done
	echo "$value"
}

# A mapping says which keys it knows; a value that it must be none.
walk() {			# walk PREFIX
	known=$(complaints "$(wrap "$1" "{$nonsense: 1}")" | sed -n \
	    "s/.*$nonsense is an unknown key; known here: //p" | tr -d ,)
	for key in $known; do
		echo "${1:+$1.}$key"
		[ "$key" = clients ] && echo clients.NAME
		( [ "$key" = clients ] && key=clients.NAME
		walk "${1:+$1.}$key" )
	done
}
walk "" | sort >"$work/keys"
enough "$work/keys" 30 "keys that jellyporterd knows"

# clients. itself is there only as what is below it.
sort "$work/keys" | grep -vx clients >"$work/known"
section jellyporter.yaml.5 KEYS | grep '^\.It Ic ' | as_text | sort \
    >"$work/described"
is "$(diff "$work/known" "$work/described")" "" \
    "jellyporter.yaml(5) has every key, and no other"

# What is said of each key: from its item to the next one.
key=
section jellyporter.yaml.5 KEYS | while read -r line; do
	case $line in
	'.It Ic '*)	key=$(echo "$line" | as_text) ;;
	.Bl*)		;;	# a width is no word of the text
	*)		printf '%s\t%s\n' "$key" "$line" ;;
	esac
done >"$work/said"

about() {			# about KEY
	awk -F'\t' -v key="$1" '$1 == key { print $2 }' "$work/said"
}

says() {			# says KEY WORD ...
	about "$1" >"$work/about"
	for word in "$@"; do
		[ "$word" = "$1" ] && continue
		grep -qw -e "$word" "$work/about" && continue
		echo "$1 without $word"
	done
}

# Words and numbers that a key takes, by what is said of a wrong one.
for key in $(grep -v '^clients$' "$work/keys"); do
	for value in "$nonsense" "[$nonsense]"; do
		complaints "$(wrap "$key" "$value")" |
		    sed -n -e "s/.* is \"$nonsense\"; known here: //p" \
		    -e "s/.*must be a whole number from \([0-9]*\) to/\1/p" \
		    -e "s/.*must be \(true\) or \(false\)$/\1 \2/p" |
		    tr -d , | sed "s/^/$key /"
	done
done >"$work/words"
enough "$work/words" 10 "keys that take certain words or numbers"
while read -r key words; do
	# The words are meant to be split.
	# shellcheck disable=SC2086
	says "$key" $words
done <"$work/words" >"$work/missing"
is "$(cat "$work/missing")" "" "the page says which"

# Defaults: what a configuration without the key is shown with.
cat >"$work/config.yaml" <<-END
	database: {path: $work/x}
	clients: {a: {url: "https://a", user: b, api_key: c}}
END
jellyporterd -nv -f "$work/config.yaml" 2>/dev/null | awk '
	{
		indent = match($0, /[^ ]/) - 1
		sub(/^ */, "")
		key = $0
		sub(/:.*/, "", key)
		if (indent == 2 && path[0] == "clients")
			key = "NAME"
		path[indent / 2] = key
		value = $0
		sub(/^[^:]*: */, "", value)
		if (value !~ /^[0-9a-z]+$|^"[0-9\/][^"]*"$/)
			next
		gsub(/"/, "", value)
		full = path[0]
		for (i = 1; i <= indent / 2; i++)
			full = full "." path[i]
		if (value !~ /jellyporter-test/)
			print full, value
	}' >"$work/defaults"
enough "$work/defaults" 10 "defaults"
while read -r key value; do
	says "$key" "$value"
	about "$key" | grep -qi default || echo "$key without a default"
done <"$work/defaults" >"$work/missing"
is "$(cat "$work/missing")" "" "the page has them all"

# The commands, by the usage.
jellyporterctl 2>&1 | sed -n 's/^  \([a-z].*\)/\1/p' | sed 's/   .*//' |
    sort >"$work/usage"
enough "$work/usage" 12 "commands in the usage of jellyporterctl"
section jellyporterctl.8 COMMANDS | grep -E \
    "^\.It Cm ($(sed 's/ .*//' "$work/usage" | sort -u | paste -sd'|' -))( |$)" |
    as_text | sort >"$work/described"
is "$(diff "$work/usage" "$work/described")" "" \
    "jellyporterctl(8) has every command, and no other"

# The options: those taken, those in the usage, and those in the page.

# What is no option brings the usage; the rest of the line keeps what is one
# from doing anything.
taken() {			# taken PROGRAM ARGUMENT ...
	program=$1
	shift
	for letter in a b c d e f g h i j k l m n o p q r s t u v w x y z \
	    A B C D E F G H I J K L M N O P Q R S T U V W X Y Z; do
		"$program" "-$letter" "$@" 2>&1 </dev/null |
		    grep -q '^usage:' || echo "$letter"
	done
}

synopsis() {			# synopsis PAGE: as the usage has it
	section "$1" SYNOPSIS | awk '
		/^\.Nm/ { line = $2 }
		/^\.Op Fl / {
			line = line " [-" $3 ($4 == "Ar" ? " " $5 : "") "]"
		}
		/^\.Ar / { line = line substr($0, 4) }
		END { print line }'
}

options() {			# options PAGE
	section "$1" DESCRIPTION | sed -n 's/^\.It Fl \(.\).*/\1/p'
}

for program in jellyporterd jellyporterctl; do
	case $program in
	jellyporterd)	set -- -n -f "$work/none" ;;
	*)		set -- -s "$work/none" status ;;
	esac
	taken $program "$@" | LC_ALL=C sort >"$work/taken"
	enough "$work/taken" 3 "options of $program"
	is "$(options "$program.8" | LC_ALL=C sort)" "$(cat "$work/taken")" \
	    "$program(8) has every option, and no other"
	is "usage: $(synopsis "$program.8")" \
	    "$($program '-?' 2>&1 | sed -n '/^usage/p')" \
	    "and the synopsis is the usage"
done

# Messages in the pages are those of the programs: what is between the
# variable parts stands in one of them.
strings -n 4 jellyporterd/jellyporterd jellyporterctl/jellyporterctl \
    libexec/* >"$work/strings"
for page in $pages; do
	section "${page#man/}" DIAGNOSTICS | grep '^\.It ' | sed 's/^\.It //' |
	    awk '{
		# Only what stands in quotes is literal.
		gsub(/\\&/, "")
		n = split($0, part, "\"")
		for (i = 2; i <= n; i += 2)
			print part[i]
	    }'
done >"$work/messages"
enough "$work/messages" 50 "parts of messages in the pages"
while read -r message; do
	grep -qF -e "$message" "$work/strings" || echo "$message"
done <"$work/messages" >"$work/missing"
is "$(cat "$work/missing")" "" "all of them are in the programs"

# jellyporter-metrics(5): names, as samples have them, and labels.
tr -d '\n' <common/metric.c |
    grep -o '"jellyporter_[a-z_]*",[[:space:]]*METRIC_[A-Z]*' | sed \
    -e 's/"\(.*\)",.*METRIC_COUNTER/\1_total/' \
    -e 's/"\(.*\)",.*METRIC_INFO/\1_info/' \
    -e 's/"\(.*\)",.*/\1/' | sort >"$work/metrics"
enough "$work/metrics" 20 "metrics"
section jellyporter-metrics.5 METRICS |
    sed -n 's/^\.It Va \(jellyporter_.*\)/\1/p' | sort >"$work/described"
is "$(diff "$work/metrics" "$work/described")" "" \
    "jellyporter-metrics(5) has every metric, and no other"
tr -d '\n' <common/metric.c | grep -o '{ "[a-z]*"\(, "[a-z]*"\)* }' |
    grep -o '"[a-z]*"' | tr -d '"' | sort -u >"$work/labels"
enough "$work/labels" 5 "labels of metrics"
while read -r label; do
	section jellyporter-metrics.5 METRICS | grep -q "^\.Cm $label\( .*\)*$" ||
	    echo "$label"
done <"$work/labels" >"$work/missing"
is "$(cat "$work/missing")" "" "and every label"

# jellyporter-internals(7): messages and files.
sed -n 's/^	\(MESSAGE_[A-Z_]*\)\( = 1\)*,.*/\1/p' common/message.h |
    grep -v MESSAGE_TYPE_COUNT | sort >"$work/types"
enough "$work/types" 20 "types of messages"
section jellyporter-internals.7 DESCRIPTION |
    sed -n 's/^\.It Dv \(MESSAGE_.*\)/\1/p' | sort >"$work/described"
is "$(diff "$work/types" "$work/described")" "" \
    "jellyporter-internals(7) has every message, and no other"
section jellyporter-internals.7 DESCRIPTION | tr ' ' '\n' |
    grep -E '^[a-z./_]+(\.[ch]|/)$|^\.ci/run$' | sort -u >"$work/files"
enough "$work/files" 20 "files in the page"
while read -r file; do
	[ -e "$file" ] || [ -e "jellyporterd/$file" ] ||
	    [ -e "jellyporterctl/$file" ] || echo "$file"
done <"$work/files" >"$work/missing"
is "$(cat "$work/missing")" "" "all of them exist"

done_testing
