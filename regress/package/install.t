#!/bin/sh
# The Debian package, installed, upgraded, removed and purged: in a copy of this
# system that nobody else sees and that is gone afterwards.  Nothing there is
# started by systemd, as in an image that is being made.

if [ "${1:-}" != inside ]; then
	. "$(dirname "$0")/../lib.sh"
	if [ "$(id -u)" -ne 0 ] || ! command -v dpkg >/dev/null 2>&1 ||
	    ! unshare -m true 2>/dev/null; then
		echo "1..0 # SKIP it takes root, dpkg and namespaces"
		exit 0
	fi
	cp "$top"/jellyporter_*.deb "$work/jellyporter.deb" || bail_out "no package: make deb"
	unshare -m sh -eu -c '
	    mount --make-rprivate /
	    mkdir "$1/copy"
	    mount -t tmpfs tmpfs "$1/copy"
	    cd "$1/copy"
	    mkdir upper work root
	    mount -t overlay -o lowerdir=/,upperdir=upper,workdir=work \
	        overlay root
	    mount -t proc proc root/proc
	    mount --rbind /dev root/dev
	    mount -t tmpfs tmpfs root/run
	    mount -t tmpfs tmpfs root/tmp
	    cp "$1/jellyporter.deb" "$2" root/tmp/
	    exec chroot root sh /tmp/install.t inside' - "$work" \
	    "$top/regress/package/install.t"
	exit
fi

# From here on in the copy.

number=0
failures=0
check() {			# check NAME COMMAND ...
	number=$((number + 1))
	name=$1
	shift
	if "$@" >/tmp/out 2>&1 </dev/null; then
		echo "ok $number - $name"
	else
		echo "not ok $number - $name"
		sed 's/^/# /' /tmp/out
		failures=$((failures + 1))
	fi
}
has_mode() {			# has_mode PATH "MODE OWNER GROUP"
	echo "$(stat -c '%a %U %G' "$1"), not $2"
	[ "$(stat -c '%a %U %G' "$1")" = "$2" ]
}
as_service() {
	setpriv --reuid=_jellyporter --regid=_jellyporter --clear-groups "$@"
}
says() {			# says TEXT COMMAND ...
	text=$1
	shift
	"$@" >/tmp/said 2>&1
	cat /tmp/said
	grep -qF -e "$text" /tmp/said
}
named() {
	find /boot /etc /opt /run /srv /usr /var -xdev -iname '*jellyporter*'
}
package() {			# package FILE ...
	DEBIAN_FRONTEND=noninteractive dpkg "$@"
}

# What is here by other ways is not the package's.
[ -z "$(named)" ] || {
	echo "1..0 # SKIP jellyporter is on this system already"
	exit 0
}
# Where the libraries are, the packages are that they come in.
check "it is installed" package --force-depends -i /tmp/jellyporter.deb
check "there is its user" getent passwd _jellyporter
check "and that of its network" getent passwd _jellynet
check "its configuration is root's" has_mode /etc/jellyporter \
    "750 root _jellyporter"
check "keys are root's alone" has_mode /etc/jellyporter/keys "700 root root"
check "its state is its own" has_mode /var/lib/jellyporter \
    "700 _jellyporter _jellyporter"
check "the unit starts what is there" says "ExecStart=/usr/sbin/jellyporterd" \
    cat /lib/systemd/system/jellyporterd.service
check "it is started at the next boot" \
    test -L /etc/systemd/system/multi-user.target.wants/jellyporterd.service
check "jellyporterd runs" /usr/sbin/jellyporterd -V
check "and the part of it that speaks HTTP" \
    /usr/libexec/jellyporterd-http -V
check "and that of jellyporterctl" /usr/libexec/jellyporterctl-init -V
check "jellyporterctl runs" says "not running" /usr/bin/jellyporterctl status
for page in jellyporterd.8 jellyporterctl.8 jellyporter.yaml.5 \
    jellyporter-metrics.5 jellyporter-sync.7 jellyporter-internals.7; do
	check "$page" test -s "/usr/share/man/man${page##*.}/$page.gz"
done

check "the dashboard" test -s /usr/share/jellyporter/grafana/jellyporter.json
check "the alerts" test -s \
    /usr/share/jellyporter/prometheus/jellyporter.rules.yml

check "the example is a configuration" install -m 640 -g _jellyporter \
    /usr/share/doc/jellyporter/config.example.yaml \
    /etc/jellyporter/config.yaml
check "that the service can read" says "configuration OK" \
    as_service /usr/sbin/jellyporterd -n

# Started by hand, as the unit would; for a member of its group, who has nothing
# of the kind of her own.
cat >/tmp/nowhere.yaml <<END
metrics_addr: ""
clients:
  a: {url: "http://127.0.0.1:9", user: u, api_key: 0123}
  b: {url: "http://127.0.0.1:9/b", user: u, api_key: 0123}
END
chmod 644 /tmp/nowhere.yaml
install -d -o _jellyporter -g _jellyporter -m 750 /run/jellyporter
setpriv --reuid=_jellyporter --regid=_jellyporter --clear-groups \
    env XDG_STATE_HOME=/var/lib /usr/sbin/jellyporterd -d \
    -f /tmp/nowhere.yaml -s /run/jellyporter/jellyporter.sock \
    >/tmp/log 2>&1 &
daemon=$!
as_member() {			# as_member GROUP COMMAND ...
	group=$1
	shift
	setpriv --reuid=nobody --regid=nogroup --groups="$group" \
	    env -i XDG_RUNTIME_DIR=/nowhere "$@"
}
tries=0
until jellyporterctl status >/dev/null 2>&1 || [ $tries -eq 100 ]; do
	tries=$((tries + 1))
	sleep 0.1
done
check "its user can run it" jellyporterctl status
check "and a member of its group looks at it" \
    as_member _jellyporter jellyporterctl status
check "but nobody else" says "only root and the socket's group" \
    as_member nogroup jellyporterctl status
check "its database is where the unit has it" \
    test -s /var/lib/jellyporter/jellyporter.db
kill $daemon
wait $daemon
check "it stops" [ $? -eq 0 ]
rm -rf /run/jellyporter

(umask 077; echo 0123456789abcdef >/etc/jellyporter/keys/cabin)
sum=$(cksum /etc/jellyporter/config.yaml /etc/jellyporter/keys/cabin \
    /var/lib/jellyporter/jellyporter.db)
kept() {
	[ "$(cksum /etc/jellyporter/config.yaml /etc/jellyporter/keys/cabin \
	    /var/lib/jellyporter/jellyporter.db)" = "$sum" ]
}
check "it is upgraded" package --force-depends -i /tmp/jellyporter.deb
check "which keeps configuration and history" kept
check "it is removed" package -r jellyporter
check "which keeps them, too" kept
check "but not the program" test ! -e /usr/sbin/jellyporterd
check "it is purged" package --purge jellyporter
named >/tmp/left
check "and nothing is left" cmp /tmp/left /dev/null
echo "1..$number"
[ "$failures" -eq 0 ]
