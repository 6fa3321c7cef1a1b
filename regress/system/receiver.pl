#!/usr/bin/perl
# Somebody who receives OTLP over HTTP, one request after the other.
#
# receiver.pl DIRECTORY [PORT]: prints "listening on ADDRESS".  What is posted is
# left in the directory as N.head and, when it is complete, N.json, from 1 on.
# What is answered stands in its file "answer", which is looked at each time: a
# line with the status, then lines of headers, then, after an empty one, a body;
# "hang" for no answer at all.  Without that file it is 200 and an empty object.
use strict;
use warnings;
use IO::Socket::INET;

my ($directory, $port) = @ARGV;
my $n = 0;
$| = 1;
$SIG{PIPE} = 'IGNORE';
alarm 300;			# nothing here takes that long

my $listener = IO::Socket::INET->new(LocalAddr => '127.0.0.1',
    LocalPort => $port // 0, Listen => 8, ReuseAddr => 1) || die "$@\n";
print 'listening on 127.0.0.1:' . $listener->sockport . "\n";
$n++ while -e "$directory/" . ($n + 1) . '.json';

sub keep {
	my ($name, $text) = @_;

	open my $file, '>', "$directory/new" or die "$directory/new: $!\n";
	print $file $text;
	close $file;
	rename "$directory/new", "$directory/$name" or die "$name: $!\n";
}

# The head and the body of a request; nothing at the end.
sub request {
	my $client = shift;
	my ($head, $body, $length) = ('', '', 0);

	while (my $line = <$client>) {
		$line =~ s/\r\n$/\n/;
		$length = $1 if $line =~ /^content-length: *([0-9]+)/i;
		last if $line eq "\n";
		$head .= $line;
	}
	return unless $head ne '' &&
	    read($client, $body, $length) == $length;
	return ($head, $body);
}

sub answer {
	my ($status, $headers, $body) =
	    (200, "Content-Type: application/json\n", '{}');

	if (open my $file, '<', "$directory/answer") {
		local $/;
		my ($first, $rest) = split /\n/, <$file>, 2;
		($status, $headers, $body) = ($first,
		    split /(?<=\n)\n/, $rest, 2);
		$headers //= '';
		$body //= '';
	}
	return $status if $status eq 'hang';
	my $text = "HTTP/1.1 $status Answer\n${headers}Content-Length: " .
	    length($body) . "\n\n";
	$text =~ s/\n/\r\n/g;
	return $text . $body;
}

while (my $client = $listener->accept) {
	while (my ($head, $body) = request($client)) {
		$n++;
		keep("$n.head", $head);
		keep("$n.json", $body);
		my $text = answer();
		if ($text eq 'hang') {
			# Until it gives up.
			sysread $client, my $byte, 1;
			last;
		}
		syswrite $client, $text;
	}
	close $client;
}
