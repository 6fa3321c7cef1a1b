#!/bin/sh
# Completion in bash, zsh and fish: what each of them offers at a place of the
# command line.

. "$(dirname "$0")/../lib.sh"

for shell in bash zsh fish; do
	jellyporterctl completion $shell >"$work/script.$shell" ||
	    bail_out "completion $shell"
done
cd "$work" || exit 1
mkdir files
: >"files/a history"

# Each prints what it offers for the words given, of which the last one is
# being typed; a line for each.

bash_offers() {
	bash -c '. ./script.bash
	complete -p jellyporterctl >/dev/null || exit 1
	COMP_WORDS=(jellyporterctl "$@")
	COMP_CWORD=$#
	_jellyporterctl
	((${#COMPREPLY[@]})) && printf "%s\n" "${COMPREPLY[@]}"' - "$@"
}

# Outside of its line editor, with what that would be asked put in its place.
zsh_offers() {
	zsh -f -c 'compdef() { }
	compadd() { shift; print -l -- "$@" }
	_files() { print -l -- $PREFIX*(N) }
	_describe() { print -l -- ${found%%:*} }
	. ./script.zsh
	words=(jellyporterctl "$@")
	CURRENT=$#words
	PREFIX=$words[CURRENT]
	_jellyporterctl' - "$@" | while read -r word; do
		eval "last=\${$#}"
		case $word in
		"$last"*)	echo "$word" ;;
		esac
	done
}

fish_offers() {
	HOME=$work fish --no-config -c 'source ./script.fish
	    complete -C (string join -- " " jellyporterctl $argv)' -- "$@" |
	    sed 's/	.*//'
}

for shell in bash zsh fish; do
	if ! command -v $shell >/dev/null 2>&1; then
		echo "# there is no $shell"
		continue
	fi
	case $shell in
	bash)	bash -n script.bash ;;
	zsh)	zsh -n script.zsh ;;
	fish)	fish -n script.fish ;;
	esac
	is $? 0 "$shell takes the script"
	while IFS='|' read -r line wanted; do
		# The words are meant to be split; the last one may be empty.
		# shellcheck disable=SC2086
		set -- $line
		case $line in
		*' '|'')	set -- "$@" "" ;;
		esac
		is "$(${shell}_offers "$@" | sort | paste -sd' ' -)" "$wanted" \
		    "$shell: \"$line\""
	done <<-'END'
		st|status
		s|show status sync
		show s|servers
		show |audit conflicts held item metrics pending people processes servers unmatched
		-j show u|unmatched
		-s sock sync |now
		-s files/|files/a history
		log |brief verbose
		show audit |limit person server since
		show audit server |
		show audit server attic l|limit
		show audit server attic limit 3 s|server since
		show item |
		status |
		export files/|files/a history
		import -f files/|files/a history
		import -|-f
		completion |bash fish zsh
		init |file key-file replace server sign-in url user
		init file x server home u|url user
		init file |
		nonsense |
	END
	is "$(${shell}_offers show audit person 'Uncle\ Bob' l)" limit \
	    "$shell: behind a name of two words"
	is "$(${shell}_offers show audit person '*' l)" limit \
	    "$shell: behind one that would be that of files elsewhere"
done

# Everything that there is can be reached: the first words of the usage.
jellyporterctl 2>&1 | sed -n 's/^  \([a-z].*\)/\1/p' | sed 's/   .*//' >usage
for shell in bash zsh fish; do
	command -v $shell >/dev/null 2>&1 || continue
	while read -r words; do
		set --
		for word in $words; do
			case $word in
			[a-z]*)	;;
			*)	break ;;
			esac
			${shell}_offers "$@" "${word%?}" | grep -qx "$word" ||
			    echo "$* $word"
			set -- "$@" "$word"
		done
	done <usage >missing
	is "$(cat missing)" "" "$shell offers every command"
done

make -s -C "$top" install DESTDIR="$work/root" prefix=/p sysconfdir=/e \
    >install.log 2>&1
is $? 0 "make install"
cmp script.bash root/p/share/bash-completion/completions/jellyporterctl &&
    cmp script.zsh root/p/share/zsh/site-functions/_jellyporterctl &&
    cmp script.fish root/p/share/fish/vendor_completions.d/jellyporterctl.fish
ok $? "puts the scripts where the shells look"

done_testing
