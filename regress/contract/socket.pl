#!/usr/bin/perl
# A WebSocket to the server under test, for 07-live.t: nothing but what perl
# brings along.
#
#   socket.pl URL HEADER-FILE SECONDS
#
# connects to URL/socket with the header in the file and prints, each as a line
# and at once, "open", every text message, and "closed".  Lines on stdin are
# sent as text messages; the end of stdin ends it, and so do SECONDS.
use strict;
use warnings;
use Digest::SHA qw(sha1);
use IO::Select;
use IO::Socket::INET;
use MIME::Base64;

my ($url, $header_file, $seconds) = @ARGV;
$| = 1;
$url =~ m{^http://([^/:]+)(?::(\d+))?(/.*)?$} or
    die "only http URLs are supported here\n";
my ($host, $port, $prefix) = ($1, $2 // 80, $3 // '');
open(my $file, '<', $header_file) or die "$header_file: $!\n";
my $header = do { local $/; <$file> };
close($file);
$header =~ s/\s+\z//;

my $socket = IO::Socket::INET->new(PeerAddr => $host, PeerPort => $port,
    Proto => 'tcp', Timeout => 10) or die "connect: $!\n";
my $key = encode_base64(join('', map { chr(int(rand(256))) } 1 .. 16), '');
print $socket "GET $prefix/socket HTTP/1.1\r\nHost: $host:$port\r\n" .
    "Connection: Upgrade\r\nUpgrade: websocket\r\n" .
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: $key\r\n" .
    ($header ne '' ? "$header\r\n" : '') . "\r\n";
$socket->flush;

my $in = '';
while ($in !~ /\r\n\r\n/) {
	sysread($socket, $in, 4096, length($in)) or last;
}
my ($status) = $in =~ m{^HTTP/1\.1 (\d+)};
if (($status // '') ne '101') {
	print 'refused ', $status // 'without an answer', "\n";
	exit 0;
}
my $accept = encode_base64(sha1($key .
    '258EAFA5-E914-47DA-95CA-C5AB0DC85B11'), '');
$in =~ /^Sec-WebSocket-Accept:\s*\Q$accept\E\s*$/mi or
    die "a wrong Sec-WebSocket-Accept\n";
$in =~ s/\A.*?\r\n\r\n//s;
print "open\n";

# Masked, as a client's are.  Ours are short.
sub send_frame {
	my ($opcode, $text) = @_;
	my $mask = pack('N', int(rand(2**32)));
	my $length = length($text);
	my $head = $length < 126 ? pack('CC', 0x80 | $opcode, 0x80 | $length) :
	    pack('CCn', 0x80 | $opcode, 0x80 | 126, $length);
	syswrite($socket, $head . $mask .
	    ($text ^ substr($mask x ($length / 4 + 1), 0, $length)));
}

# A whole frame from the front of $in: opcode, end of message, payload.
sub take_frame {
	return if length($in) < 2;
	my ($first, $length) = unpack('CC', $in);
	my $at = 2;
	if ($length == 126) {
		return if length($in) < 4;
		$length = unpack('x2n', $in);
		$at = 4;
	} elsif ($length == 127) {
		return if length($in) < 10;
		$length = unpack('x2Q>', $in);
		$at = 10;
	}
	return if length($in) < $at + $length;
	my $payload = substr($in, $at, $length);
	substr($in, 0, $at + $length) = '';
	return ($first & 0x0f, $first & 0x80, $payload);
}

my $select = IO::Select->new($socket, \*STDIN);
my $end = time + $seconds;
my ($message, $typed, $closed) = ('', '', 0);
while (!$closed) {
	while (my ($opcode, $fin, $payload) = take_frame()) {
		if ($opcode == 8) {
			$closed = 1;
			last;
		}
		send_frame(10, $payload) if $opcode == 9;
		next if $opcode > 2;
		$message .= $payload;
		if ($fin) {
			$message =~ tr/\r\n/  /;
			print "$message\n";
			$message = '';
		}
	}
	last if $closed || time >= $end;
	for my $ready ($select->can_read(0.2)) {
		if ($ready == $socket) {
			sysread($socket, $in, 65536, length($in)) or
			    $closed = 1;
		} else {
			my $n = sysread(STDIN, $typed, 4096, length($typed));
			exit 0 if !$n;
			send_frame(1, $1) while $typed =~ s/\A(.*)\n//;
		}
	}
}
print "closed\n";
