#!/usr/bin/perl
# A client of the webhook.
#
# post.pl [-t] ADDRESS PATH CONNECTIONS: posts each line of its input as a body,
# on so many connections at once, each of which is kept; prints how many answers
# there were of each status, as "202 1990"; with -t also within how many
# milliseconds 99 of a hundred came, as "p99 12.3".
# post.pl -f ADDRESS PATH LIMIT: posts the first line until an answer is not
# 202, at most so often; prints that answer's headers.
# post.pl -i ADDRESS N [PART]: opens so many connections, sends PART on each, and
# then a byte a second; prints "open", and when all have ended after how many
# seconds that was.
use strict;
use warnings;
use IO::Select;
use IO::Socket::INET;
use Time::HiRes qw(time);

my $mode = $ARGV[0] =~ /^-/ ? shift : '';
my $address = shift;
$| = 1;
$SIG{PIPE} = 'IGNORE';
alarm 120;			# nothing here takes that long

sub dial {
	return IO::Socket::INET->new(PeerAddr => $address) ||
	    die "$address: $@\n";
}

# The status and the headers of the answer.
sub post {
	my ($socket, $path, $body) = @_;

	syswrite $socket, "POST $path HTTP/1.1\r\nHost: $address\r\n" .
	    'Content-Length: ' . length($body) . "\r\n\r\n" . $body;
	my $answer = '';
	until ($answer =~ /\r\n\r\n/) {
		sysread($socket, $answer, 4096, length $answer) or
		    return (0, $answer);
	}
	return ($answer =~ m{^HTTP/1\.1 (\d+)}, $answer);
}

if ($mode eq '-i') {
	my ($n, $part) = @ARGV;
	my $select = IO::Select->new;
	my $began = time;

	for (1 .. $n) {
		my $socket = dial();
		syswrite $socket, $part if defined $part;
		$select->add($socket);
	}
	print "open\n";
	while ($select->count) {
		for my $socket ($select->can_read(1)) {
			next if sysread $socket, my $answer, 4096;
			$select->remove($socket);
		}
		next unless defined $part;
		syswrite $_, 'x' for $select->handles;
	}
	printf "%d\n", time - $began;
	exit;
}
my $path = shift;
if ($mode eq '-f') {
	my $limit = shift;
	my $socket = dial();
	chomp(my $body = <STDIN>);

	for (1 .. $limit) {
		my ($status, $answer) = post($socket, $path, $body);
		next if $status == 202;
		print $answer;
		last;
	}
	exit;
}
my $connections = shift;
my @bodies = <STDIN>;
my @readers;
chomp @bodies;
for my $i (0 .. $connections - 1) {
	my $pid = open(my $reader, '-|') // die "fork: $!\n";

	if ($pid == 0) {
		my $socket = dial();
		for (my $k = $i; $k < @bodies; $k += $connections) {
			my $began = time;
			my ($status) = post($socket, $path, $bodies[$k]);
			printf "%s %.3f\n", $status, (time - $began) * 1000;
			# Whom it refuses is not kept.
			$socket = dial() if $status != 202;
		}
		exit;
	}
	push @readers, $reader;
}
my (%count, @took);
for my $reader (@readers) {
	while (<$reader>) {
		my ($status, $took) = split;
		$count{$status}++;
		push @took, $took;
	}
}
print "$_ $count{$_}\n" for sort keys %count;
if ($mode eq '-t') {
	@took = sort { $a <=> $b } @took;
	printf "p99 %.3f\n", $took[int(0.99 * $#took)];
}
