#!/usr/bin/perl
# Looks for secrets in a process, as who may read all of its memory.
#
# memory.pl SECRETS PID: of each line of the file SECRETS, a name and a secret,
# prints the name if either half of the secret, or all of it in base64, is
# anywhere in the memory of PID; on one line, in the file's order.  Ends with 2
# if the memory cannot be read; -v says as well in which mapping it is.
use strict;
use warnings;
use MIME::Base64;

my $verbose = $ARGV[0] eq '-v' && shift;
my ($file, $pid) = @ARGV;
my (@names, %wanted, %found);

open(my $secrets, '<', $file) or die "$file: $!\n";
while (<$secrets>) {
	my ($name, $secret) = split;
	my $half = int(length($secret) / 2);

	push @names, $name;
	# What is freed is half overwritten.
	$wanted{$name} = [substr($secret, 0, $half), substr($secret, $half),
	    substr(encode_base64($secret, ''), 0, 4 * int(length($secret) / 3))];
}

# How much of the text behind a piece may be needed to see what it begins.
my $overlap = 512;

sub refuse {
	print STDERR "@_\n";
	exit 2;
}

sub search {
	my ($memory, $from, $to, $mapping) = @_;
	my $rest = '';

	sysseek($memory, $from, 0) or return 0;
	while ($from < $to) {
		my $size = $to - $from < 1 << 20 ? $to - $from : 1 << 20;
		my $n = sysread($memory, my $piece, $size) or return 0;

		$piece = $rest . $piece;
		for my $name (@names) {
			next unless grep { index($piece, $_) != -1 }
			    @{$wanted{$name}};
			print STDERR "# $pid: $name in $mapping\n"
			    if $verbose && !$found{$name}{$mapping}++;
			$found{$name} ||= {};
		}
		$rest = substr($piece, -$overlap) if length $piece > $overlap;
		$from += $n;
	}
	return 1;
}

open(my $maps, '<', "/proc/$pid/maps") or refuse("maps of $pid: $!");
open(my $memory, '<:raw', "/proc/$pid/mem") or refuse("memory of $pid: $!");
my %read;
while (<$maps>) {
	my ($from, $to, $may, $what) = /^(\w+)-(\w+) (\S+)(?: +\S+){3} *(.*)$/
	    or refuse("maps of $pid: $_");

	# The kernel's own, which nobody else may read.
	next if $may !~ /^r/ || $what =~ /^\[v(var|syscall)/;
	no warnings 'portable';
	$read{$what} = search($memory, hex $from, hex $to, $what || 'no file')
	    or refuse("memory of $pid: $what: $!");
}
$read{'[heap]'} && $read{'[stack]'} or refuse("memory of $pid: not all of it");
print join(' ', grep { $found{$_} } @names), "\n";
