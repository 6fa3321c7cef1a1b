#!/usr/bin/perl
# Somebody at a terminal.
#
# terminal.pl [-w COLUMNS] COMMAND ...: runs it on a terminal of its own, its
# controlling one.  Each line of our input is what it must ask, a tab, and what
# is then typed; "^D" is the key for an end, "^C" that for an interruption.
# Prints all that was to be seen, and exits as the command did; with 98 after a
# signal, with 99 if something was not asked within a minute.
use strict;
use warnings;
use Fcntl;
use IO::Select;
use POSIX qw(:sys_wait_h setsid);

# Linux: for the terminal's number, to unlock it, to make it ours, its size.
use constant { TIOCGPTN => 0x80045430, TIOCSPTLCK => 0x40045431,
    TIOCSCTTY => 0x540E, TIOCSWINSZ => 0x5414 };

my $columns = 0;
if (@ARGV && $ARGV[0] eq '-w') {
	(undef, $columns) = splice @ARGV, 0, 2;
}
my @steps = map { chomp; [split /\t/, $_, 2] } <STDIN>;
sysopen(my $us, '/dev/ptmx', O_RDWR | O_NOCTTY) or die "/dev/ptmx: $!\n";
my ($unlocked, $number) = (pack('i', 0)) x 2;
ioctl($us, TIOCSPTLCK, $unlocked) or die "unlock: $!\n";
ioctl($us, TIOCGPTN, $number) or die "number: $!\n";
ioctl($us, TIOCSWINSZ, pack('S4', 24, $columns, 0, 0)) or die "size: $!\n";
my $name = '/dev/pts/' . unpack('i', $number);
defined(my $pid = fork) or die "fork: $!\n";
if ($pid == 0) {
	setsid();
	sysopen(my $it, $name, O_RDWR) or die "$name: $!\n";
	ioctl($it, TIOCSCTTY, 0) or die "terminal: $!\n";
	POSIX::dup2(fileno($it), $_) for 0 .. 2;
	$SIG{INT} = 'DEFAULT';		# a shell ignores it in the background
	exec @ARGV or die "$ARGV[0]: $!\n";
}
$| = 1;
my ($seen, $select) = ('', IO::Select->new($us));

sub look {			# false: there is no more to be seen
	my $n = sysread($us, my $bytes, 4096);
	return 0 unless $n;
	print $bytes;
	$seen .= $bytes;
	return 1;
}

STEP: for my $step (@steps) {
	my $end = time + 60;
	until ($seen =~ s/^.*?\Q$step->[0]\E//s) {
		if (time > $end) {
			print "\nnot asked: $step->[0]\n";
			kill TERM => $pid;
			exit 99;
		}
		next unless $select->can_read(1);
		last STEP unless look();
	}
	# What is typed before the echo is off would be seen, and lost.
	select(undef, undef, undef, 0.2) if $step->[0] =~ /Password|key \(not/;
	my %keys = ('^C' => "\x03", '^D' => "\x04");
	my $typed = $keys{$step->[1]} // "$step->[1]\n";
	syswrite($us, $typed) == length $typed or die "typing: $!\n";
}
1 while look();
waitpid($pid, 0);
exit(WIFEXITED($?) ? WEXITSTATUS($?) : 98);
