#!/usr/bin/perl
# A headless Chromium that looks at pages, over its own debugging pipe:
#
#   browser.pl CHROMIUM DIRECTORY
#
# does what each line of its standard input says, in their order:
#
#   size WIDTH HEIGHT	of the window
#   scheme light|dark	what the reader prefers
#   script on|off
#   open URL		until it is loaded
#   wait EXPRESSION	until that is true in the page, with a limit
#   show EXPRESSION	its value, as a line
#   run COMMAND		of the shell
#   shot FILE		all of the page, as a PNG
#
# Complaints of the page and of the browser are shown as they come, after
# "complaint: ".  What the browser keeps is kept in the directory.
use strict;
use warnings;
use IO::Handle;
use JSON::PP;
use MIME::Base64;
use POSIX ();
use Time::HiRes qw(time sleep);

my $limit = $ENV{TEST_LIMIT} || 60;	# seconds
my ($program, $directory) = @ARGV;
my ($buffer, $last_id, $loads) = ('', 0, 0);
my (%answers, $session);

pipe(my $commands, my $to) or die "pipe: $!\n";
pipe(my $from, my $events) or die "pipe: $!\n";
my $pid = fork // die "fork: $!\n";
if ($pid == 0) {
	# It reads 3 and writes 4, which may be taken by now.
	POSIX::dup2(fileno $commands, 30);
	POSIX::dup2(fileno $events, 31);
	POSIX::dup2(30, 3);
	POSIX::dup2(31, 4);
	POSIX::close($_) for 30, 31;
	open STDIN, '<', '/dev/null';
	open STDOUT, '>', '/dev/null';
	open STDERR, '>', "$directory/browser.log";
	exec $program, qw(--headless=new --no-sandbox --disable-gpu
	    --disable-dev-shm-usage --no-first-run --disable-extensions
	    --disable-background-networking --disable-component-update
	    --disable-sync --hide-scrollbars --remote-debugging-pipe),
	    '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1',
	    "--user-data-dir=$directory/profile", 'about:blank'
	    or POSIX::_exit(127);
}
close $commands;
close $events;
$to->autoflush(1);
STDOUT->autoflush(1);
binmode STDOUT, ':utf8';

sub complain {
	print "complaint: ", join(' ', map { $_ // '' } @_) =~ s/\s+/ /gr, "\n";
}

my %on = (
	'Page.loadEventFired' => sub { $loads++ },
	'Log.entryAdded' => sub {
		my $entry = $_[0]{entry};
		complain(@$entry{qw(source text url)})
		    if $entry->{level} =~ /error|warning/;
	},
	'Runtime.exceptionThrown' => sub {
		my $details = $_[0]{exceptionDetails};
		complain('script', $details->{text},
		    $details->{exception}{description});
	},
	'Runtime.consoleAPICalled' => sub {
		complain('console', map { $_->{value} } @{$_[0]{args}});
	}
);

# Takes what comes within so many seconds, or, if that is sooner, an answer.
sub receive {
	my $end = time + $_[0];

	while ((my $left = $end - time) > 0) {
		my $ready = '';
		vec($ready, fileno $from, 1) = 1;
		select($ready, undef, undef, $left) or last;
		sysread($from, $buffer, 65536, length $buffer) or
		    die "the browser has ended; see $directory/browser.log\n";
		return if take();
	}
}

# True if there was an answer among what has come.
sub take {
	my $answered = 0;

	while ($buffer =~ s/^(.*?)\0//s) {
		my $message = decode_json($1);
		if (my $id = $message->{id}) {
			$answers{$id} = $message;
			$answered = 1;
		} elsif (my $handler = $on{$message->{method}}) {
			$handler->($message->{params});
		}
	}
	return $answered;
}

sub ask {
	my ($method, %params) = @_;
	my $id = ++$last_id;
	my $end = time + $limit;

	print $to encode_json({ id => $id, method => $method,
	    params => \%params, $session ? (sessionId => $session) : () }),
	    "\0";
	until ($answers{$id}) {
		die "$method: no answer\n" if time > $end;
		receive(0.1);
	}
	my $answer = delete $answers{$id};
	die "$method: $answer->{error}{message}\n" if $answer->{error};
	return $answer->{result};
}

sub value {
	my $result = ask('Runtime.evaluate', expression => $_[0],
	    returnByValue => JSON::PP::true, awaitPromise => JSON::PP::true);
	die "$_[0]: $result->{exceptionDetails}{text}\n"
	    if $result->{exceptionDetails};
	return $result->{result}{value};
}

sub until_true {
	my ($what, $is_so) = @_;
	my $end = time + $limit;

	until ($is_so->()) {
		die "in vain: $what\n" if time > $end;
		receive(0.1);
	}
}

my %do = (
	size => sub {
		my ($width, $height) = split ' ', $_[0];
		ask('Emulation.setDeviceMetricsOverride', width => 0 + $width,
		    height => 0 + $height, deviceScaleFactor => 1,
		    mobile => $width < 600 ? JSON::PP::true : JSON::PP::false);
	},
	scheme => sub {
		ask('Emulation.setEmulatedMedia', features => [
		    { name => 'prefers-color-scheme', value => $_[0] } ]);
	},
	script => sub {
		ask('Emulation.setScriptExecutionDisabled', value =>
		    $_[0] eq 'off' ? JSON::PP::true : JSON::PP::false);
	},
	open => sub {
		my $before = $loads;
		ask('Page.navigate', url => $_[0]);
		until_true("open $_[0]", sub { $loads > $before });
	},
	wait => sub { my $what = shift;
		until_true("wait $what", sub { value($what) }) },
	show => sub { print value($_[0]) // 'nothing', "\n" },
	run => sub { system('sh', '-c', $_[0]) },
	shot => sub {
		my $picture = ask('Page.captureScreenshot',
		    captureBeyondViewport => JSON::PP::true);
		open my $file, '>:raw', $_[0] or die "$_[0]: $!\n";
		print $file decode_base64($picture->{data});
		close $file or die "$_[0]: $!\n";
	}
);

my $failed = !eval {
	my $target = ask('Target.createTarget', url => 'about:blank');
	$session = ask('Target.attachToTarget', flatten => JSON::PP::true,
	    targetId => $target->{targetId})->{sessionId};
	ask("$_.enable") for qw(Page Runtime Log);
	while (my $line = <STDIN>) {
		my ($word, $rest) = $line =~ /^(\w+)\s*(.*?)\s*$/ or next;
		my $function = $do{$word} or die "$word?\n";
		$function->($rest);
	}
	receive(0.2);
	1;
};
complain($@) if $failed;
kill 'TERM', $pid;
waitpid $pid, 0;
exit $failed;
