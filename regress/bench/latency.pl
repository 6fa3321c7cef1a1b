#!/usr/bin/perl
# From a stop on one simulated server to the changed value readable on another.
#
#   latency.pl CONTROL-A URL-A CONTROL-B URL-B KEY USER STOPS
#
# prints, in milliseconds: the median and the 99th percentile of the time from
# the stop until the value is there, less what the requests that it takes need
# on their own (their median, from the same run), and that.
use strict;
use warnings;
use IO::Socket::INET;
use JSON::PP;
use Time::HiRes qw(time usleep);

my ($control_a, $url_a, $control_b, $url_b, $key, $user, $stops) = @ARGV;
my %connections;
my $authorization = "Authorization: MediaBrowser Token=\"$key\", " .
    'Client="bench", Device="bench", DeviceId="bench", Version="1"';

# The body of an answer, on a connection that is kept.
sub ask {
	my ($address, $method, $path, $body) = @_;
	my $socket = $connections{$address} //= IO::Socket::INET->new(
	    PeerAddr => $address, Proto => 'tcp') or die "$address: $!\n";
	$socket->setsockopt(6, 1, 1);	# TCP_NODELAY
	my $length = length($body // '');
	syswrite($socket, "$method $path HTTP/1.1\r\nHost: x\r\n" .
	    "$authorization\r\nContent-Type: application/json\r\n" .
	    "Content-Length: $length\r\n\r\n" . ($body // ''));
	my $in = '';
	while ($in !~ /\r\n\r\n/) {
		sysread($socket, $in, 65536, length($in)) or
		    die "$address: no answer\n";
	}
	$in =~ s/\A(.*?)\r\n\r\n//s;
	my $head = $1;
	$head =~ m{^HTTP/1\.1 20} or die "$path: $head\n";
	if ($head =~ /^Content-Length: (\d+)/mi) {
		while (length($in) < $1) {
			sysread($socket, $in, 65536, length($in)) or die;
		}
		return $in;
	}
	while ($in !~ /\r\n0\r\n\r\n\z/ && $in ne "0\r\n\r\n") {
		sysread($socket, $in, 65536, length($in)) or die;
	}
	my $out = '';
	while ($in =~ s/\A([0-9a-f]+)\r\n//i && hex($1) > 0) {
		$out .= substr($in, 0, hex($1));
		substr($in, 0, hex($1) + 2) = '';
	}
	return $out;
}

sub user_id {
	my ($address) = @_;
	for my $one (@{decode_json(ask($address, 'GET', '/Users'))}) {
		return $one->{Id} if $one->{Name} eq $user;
	}
	die "$address: no user $user\n";
}

sub items {
	my ($control, $count) = @_;
	my $items = decode_json(ask($control, 'GET',
	    "/items?from=0&count=$count"));
	return map { $_->{Number} => $_ } @$items;
}

sub quantile {
	my ($part, @values) = @_;
	@values = sort { $a <=> $b } @values;
	return $values[int($part * (@values - 1) + 0.5)];
}

my $user_a = user_id($url_a);
my $user_b = user_id($url_b);
my %a = items($control_a, $stops + 50);
my %b = items($control_b, $stops + 50);
my @numbers = grep { exists $b{$_} && $a{$_}{RunTimeTicks} > 0 }
    sort { $a <=> $b } keys %a;
my $spare = pop @numbers;
splice(@numbers, $stops);

# What it takes in requests: read it, look who plays, read it, write it.
my @own;
my $listed = 'recursive=true&collapseBoxSetItems=false&isMissing=false' .
    '&enableImages=false';
for my $i (1 .. 100) {
	my $began = time;
	ask($url_a, 'GET', "/Items?$listed&userId=$user_a&ids=" .
	    $a{$spare}{ItemId});
	ask($url_b, 'GET', '/Sessions');
	ask($url_b, 'GET', "/Items?$listed&userId=$user_b&ids=" .
	    $b{$spare}{ItemId});
	ask($url_b, 'POST', "/UserItems/$b{$spare}{ItemId}/UserData?userId=" .
	    $user_b, '{"IsFavorite":false}');
	push @own, (time - $began) * 1000;
	usleep(5000);
}
my $own = quantile(0.5, @own);
sleep 2;

my @took;
for my $number (@numbers) {
	# Another position than it has, from an earlier run say.
	my $percent = 10;
	my $wanted;
	my $path = "/UserItems/$b{$number}{ItemId}/UserData?userId=$user_b";
	my $now = ask($url_b, 'GET', $path);
	do {
		$percent += 1 + int(rand(20));
		$wanted = int($a{$number}{RunTimeTicks} / 100) * $percent;
	} while ($now =~ /"PlaybackPositionTicks": ?$wanted\b/);
	my $began = time;
	ask($control_a, 'POST', "/act?user=$user&item=$number&what=partial" .
	    "&percent=$percent");
	# Whoever asks the server itself waits for its answer as well.
	while (ask($control_b, 'GET', "/state?user=$user&item=$number") !~
	    /"PlaybackPositionTicks": ?$wanted\b/) {
		if (time - $began > 10) {
			print STDERR "item $number is late\n";
			last;
		}
		usleep(300);
	}
	push @took, (time - $began) * 1000;
	usleep(20000 + rand(20000));
}
printf "%.2f %.2f %.2f\n", quantile(0.5, @took) - $own,
    quantile(0.99, @took) - $own, $own;
