#!/bin/sh
# Every colour of text on every colour of ground of the status page's style
# sheet, in light and in dark, and as it is when the page is grey since nobody
# answers: their contrast is at least 4.5, which WCAG asks of small text (AA).

set -u
sheet=${1:-$(dirname "$0")/../../jellyporterd/page.css}

LC_ALL=C awk '
# Hexadecimal, as not every awk knows it.
function hex(text,    i, n) {
	for (i = 1; i <= length(text); i++)
		n = 16 * n + index("0123456789abcdef",
		    tolower(substr(text, i, 1))) - 1
	return n
}
function linear(part) {
	return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ^ 2.4
}
# Of #rgb or #rrggbb.
function luminance(colour, grey,    i, n, part) {
	n = length(colour) == 4 ? 1 : 2
	for (i = 0; i < 3; i++) {
		part[i] = substr(colour, 2 + i * n, n)
		part[i] = hex(n == 1 ? part[i] part[i] : part[i]) / 255
	}
	if (grey)
		part[0] = part[1] = part[2] = 0.2126 * part[0] + \
		    0.7152 * part[1] + 0.0722 * part[2]
	return 0.2126 * linear(part[0]) + 0.7152 * linear(part[1]) + \
	    0.0722 * linear(part[2])
}
function contrast(text, ground, grey,    a, b) {
	a = luminance(text, grey)
	b = luminance(ground, grey)
	return a > b ? (a + 0.05) / (b + 0.05) : (b + 0.05) / (a + 0.05)
}
function test(passed, name) {
	printf "%s %d - %s\n", passed ? "ok" : "not ok", ++n, name
	failed += !passed
}
/prefers-color-scheme: dark/ { dark = 1 }
{
	rest = $0
	while (match(rest, /--[a-z-]+: *#[0-9a-f]+/)) {
		split(substr(rest, RSTART + 2, RLENGTH - 2), word, ": *")
		value[dark ? "dark" : "light", word[1]] = word[2]
		rest = substr(rest, RSTART + RLENGTH)
	}
	# What is set here and is no variable would not be looked at.
	rest = $0
	while (match(rest, /(^|[ \t;{])(color|background|background-color): *[^;}]*/)) {
		said = substr(rest, RSTART, RLENGTH)
		rest = substr(rest, RSTART + RLENGTH)
		sub(/^[ \t;{]/, "", said)
		what = said ~ /^color/ ? "text" : "ground"
		sub(/^[a-z-]*: */, "", said)
		if (said == "currentColor")
			continue
		if (said !~ /^var\(--[a-z-]+\)$/) {
			other = other " " said
			continue
		}
		gsub(/^var\(--|\)$/, "", said)
		if (what == "text")
			texts[said] = 1
		else
			grounds[said] = 1
	}
}
END {
	test(other == "", "every colour is a variable" other)
	split("light dark", schemes)
	for (s = 1; s <= 2; s++) {
		for (text in texts) {
			for (ground in grounds) {
				a = value[schemes[s], text]
				b = value[schemes[s], ground]
				if (a == "" || b == "") {
					test(0, schemes[s] ": " text " and " \
					    ground " are set")
					continue
				}
				c = contrast(a, b, 0)
				test(c >= 4.5, sprintf("%s: %s on %s, %.2f",
				    schemes[s], text, ground, c))
				c = contrast(a, b, 1)
				test(c >= 4.5, sprintf("%s, grey: %s on %s, " \
				    "%.2f", schemes[s], text, ground, c))
			}
		}
	}
	# Black on white is known.
	c = contrast("#000", "#ffffff", 0)
	test(c > 20.99 && c < 21.01, "black on white is 21")
	c = contrast("#777777", "#fff", 0)
	test(c > 4.47 && c < 4.49, "#777 on white is 4.48")
	test(n > 60, "there was something to look at")
	print "1.." n
	exit failed > 0
}' "$sheet"
