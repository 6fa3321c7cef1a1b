# jellyporter.  One text for GNU make and BSD make.
#
#   make            builds both programs
#   make demo       shows the main job on simulated servers
#   make check      builds, then runs every test
#   make bench      measures
#   make fuzz       [T=target] [SECONDS=600] libFuzzer on each parser, by clang
#   make coverage   [LEAST=70] lines of each parser that the inputs kept reach
#   make soak       [N=2000] [SEED=] random histories of whole processes
#   make screenshots [SHOTS=screenshots] of the status page, by Chromium
#   make contract URL=... KEY=... USER=... PASSWORD=...
#                   holds a Jellyfin server to what we know of its API
#   make install    [DESTDIR=] [prefix=/usr/local]
#   make dist       the source as a tar archive
#   make deb        that as a Debian package
#   make check-deb  tries that: lintian, install to purge, twice the same
#
#   SANITIZE=address,undefined builds with sanitizers (after make clean).

prefix =	/usr/local
sysconfdir =	/etc
unitdir =	$(prefix)/lib/systemd/system
# Where zsh looks; Debian's own packages have another place.
zshdir =	$(prefix)/share/zsh/site-functions
DESTDIR =
N =		2000
SEED =
T =
SECONDS =	600
LEAST =		70
SHOTS =		screenshots

VERSION !=	sed -n 's/.*VERSION[[:space:]]*"\(.*\)"/\1/p' common/version.h
TARBALL =	jellyporter-$(VERSION).tar.xz
# What starts it: systemd, or OpenBSD's rc.
SERVICE !=	test `uname` != OpenBSD && echo systemd || echo rc

# The filter of system calls; OpenBSD's is part of its kernel.
SECCOMP !=	test `uname` != Linux || echo libseccomp
PKGS =		libevent libcurl json-c yaml-0.1 sqlite3 libbsd-overlay libmd zlib \
		$(SECCOMP)
PKG_CFLAGS !=	pkg-config --cflags $(PKGS) 2>/dev/null || true
PKG_LIBS !=	pkg-config --libs $(PKGS) 2>/dev/null || true
# Where this libcurl looks for the certificates of the system.
CA_CFLAGS !=	ca=`curl-config --ca 2>/dev/null`; \
		test -z "$$ca" || echo "-DCA_BUNDLE='\"$$ca\"'"
# Debian's libwslay has no pkg-config file.
WSLAY_LIBS =	-lwslay
ALL_LIBS =	$(PKG_LIBS) $(WSLAY_LIBS)

WARN =		-Wall -Wextra -Wshadow -Wstrict-prototypes \
		-Wmissing-prototypes -Wpointer-arith -Wcast-qual \
		-Wwrite-strings -Wvla $(WERROR)
SANITIZE =
HARDEN !=	if test -n "$(SANITIZE)"; then \
		echo "-fsanitize=$(SANITIZE) -fno-sanitize-recover=all"; \
		else echo "-fstack-protector-strong -D_FORTIFY_SOURCE=2"; fi
OPTIMIZE =	-O2 -g
ALL_CFLAGS =	-std=c11 -D_GNU_SOURCE $(OPTIMIZE) $(WARN) $(HARDEN) -fPIE \
		-Icommon -Ijellyporterd -Ijellyporterctl -Iregress/model \
		-Iregress/fuzz \
		$(PKG_CFLAGS) $(CA_CFLAGS) \
		$(CPPFLAGS) $(CFLAGS)
ALL_LDFLAGS =	$(HARDEN) -pie -Wl,-z,relro,-z,now,--as-needed $(LDFLAGS)

MAINS =		jellyporterd/jellyporterd.c jellyporterd/jellyporterd-http.c \
		jellyporterctl/jellyporterctl.c \
		jellyporterctl/jellyporterctl-init.c
COMMON_SRCS !=	ls common/*.c
DAEMON_SRCS !=	ls jellyporterd/*.c | grep -v '/jellyporterd[^/]*$$'
CTL_SRCS !=	ls jellyporterctl/*.c | grep -v '/jellyporterctl[^/]*$$'
SIM_SRCS !=	ls regress/sim/*.c
MODEL_SRCS !=	ls regress/model/*.c
SOAK_SRCS !=	ls regress/soak/*.c
UNIT_SRCS !=	ls regress/unit/test_*.c
FUZZ_SRCS !=	ls regress/fuzz/fuzz_*.c
# Without the three that are made: they would be newer than what is built the
# first time, and everything would be built twice.
HEADERS !=	ls */*.h regress/*/*.h | grep -v -e page_css -e page_js -e page_svg

COMMON_OBJS =	$(COMMON_SRCS:.c=.o)
DAEMON_OBJS =	$(DAEMON_SRCS:.c=.o)
CTL_OBJS =	$(CTL_SRCS:.c=.o)
SIM_OBJS =	$(SIM_SRCS:.c=.o)
MODEL_OBJS =	$(MODEL_SRCS:.c=.o)
SOAK_OBJS =	$(SOAK_SRCS:.c=.o)
UNIT_OBJS =	regress/unit/config_said.o regress/unit/ctl_rows.o \
		regress/unit/films.o regress/unit/messages.o \
		regress/unit/open_files.o regress/unit/printer.o
UNIT_TESTS =	$(UNIT_SRCS:.c=)
FUZZ_OBJS =	regress/fuzz/replay.o regress/fuzz/support.o
FUZZ_TESTS =	$(FUZZ_SRCS:.c=)
OBJS =		$(COMMON_OBJS) $(DAEMON_OBJS) $(CTL_OBJS) $(SIM_OBJS) \
		$(MODEL_OBJS) $(SOAK_OBJS) $(FUZZ_OBJS) $(UNIT_OBJS) \
		$(MAINS:.c=.o)

LIBCOMMON =	common/libcommon.a
LIBDAEMON =	jellyporterd/libjellyporterd.a
LIBCTL =	jellyporterctl/libjellyporterctl.a
LIBS =		$(LIBCTL) $(LIBDAEMON) $(LIBCOMMON)
# Those in libexec have libcurl, which takes long to load, and the others none.
PROGRAMS =	jellyporterd/jellyporterd libexec/jellyporterd-http \
		jellyporterctl/jellyporterctl libexec/jellyporterctl-init
SIM =		regress/sim/jellyfin-sim
MODEL =		regress/model/model
SOAK =		regress/soak/soak
# What the model and the soak share.
PEOPLE_OBJS =	regress/model/people.o regress/model/history.o
# Replays the corpora of the fuzz targets; its main() is taken by who has none.
REPLAY =	regress/fuzz/libreplay.a
# What unit tests of the store begin with.
LIBUNIT =	regress/unit/libunit.a
# A parent and an engine for one fetcher alone.
DRIVER =	regress/unit/fetcher_driver
# Tries what is forbidden, in the sandbox of each role.
PROBE =		regress/sandbox/probe
# Steers a simulated server.
STEER =		regress/steer/steer
# Holds JSON against the shape that it is to have.
SHAPE =		regress/shape/shape

PAGE_FILES =	jellyporterd/page_css.h jellyporterd/page_js.h \
		jellyporterd/page_svg.h
# Without what only those read who see the source.
AS_STRING =	-e 's/^[[:space:]]*//' -e '/^\/\/ /d' -e 's/[\\"]/\\&/g' \
		-e 's/.*/"&\\n"/'

.SUFFIXES:
.SUFFIXES: .c .o
.PHONY: all check demo bench fuzz coverage soak screenshots contract tests \
	install clean needs install-needs install-systemd install-rc \
	install-completion dist deb \
	check-deb

all: needs $(PROGRAMS)

# Says which library is missing and in which Debian package it is.
needs:
	@sh etc/needs.sh build

install-needs:
	@sh etc/needs.sh install

.c.o:
	$(CC) $(ALL_CFLAGS) -c -o $@ $<

$(OBJS): $(HEADERS)

# The status page's files, as strings of C.
jellyporterd/page_files.o: $(PAGE_FILES)

jellyporterd/page_css.h: jellyporterd/page.css
	sed $(AS_STRING) jellyporterd/page.css >$@

jellyporterd/page_js.h: jellyporterd/page.js
	sed $(AS_STRING) jellyporterd/page.js >$@

jellyporterd/page_svg.h: jellyporterd/page.svg
	sed $(AS_STRING) jellyporterd/page.svg >$@

$(LIBCOMMON): $(COMMON_OBJS)
	rm -f $@
	ar rcs $@ $(COMMON_OBJS)

$(LIBDAEMON): $(DAEMON_OBJS)
	rm -f $@
	ar rcs $@ $(DAEMON_OBJS)

$(LIBCTL): $(CTL_OBJS)
	rm -f $@
	ar rcs $@ $(CTL_OBJS)

jellyporterd/jellyporterd: jellyporterd/jellyporterd.o $(LIBDAEMON) $(LIBCOMMON)
	$(CC) $(ALL_LDFLAGS) -o $@ jellyporterd/jellyporterd.o \
	    $(LIBDAEMON) $(LIBCOMMON) $(ALL_LIBS)

libexec/jellyporterd-http: jellyporterd/jellyporterd-http.o $(LIBDAEMON) \
	    $(LIBCOMMON)
	@mkdir -p libexec
	$(CC) $(ALL_LDFLAGS) -o $@ jellyporterd/jellyporterd-http.o \
	    $(LIBDAEMON) $(LIBCOMMON) $(ALL_LIBS)

libexec/jellyporterctl-init: jellyporterctl/jellyporterctl-init.o $(LIBCTL) \
	    $(LIBCOMMON)
	@mkdir -p libexec
	$(CC) $(ALL_LDFLAGS) -o $@ jellyporterctl/jellyporterctl-init.o \
	    $(LIBCTL) $(LIBCOMMON) $(ALL_LIBS)

jellyporterctl/jellyporterctl: jellyporterctl/jellyporterctl.o $(LIBCTL) $(LIBCOMMON)
	$(CC) $(ALL_LDFLAGS) -o $@ jellyporterctl/jellyporterctl.o \
	    $(LIBCTL) $(LIBCOMMON) $(ALL_LIBS)

$(SIM): $(SIM_OBJS) $(LIBCOMMON)
	$(CC) $(ALL_LDFLAGS) -o $@ $(SIM_OBJS) $(LIBCOMMON) $(ALL_LIBS) -lm

$(STEER): regress/steer/steer.c
	$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ regress/steer/steer.c \
	    $(ALL_LIBS)

$(MODEL): $(MODEL_OBJS) $(LIBDAEMON) $(LIBCOMMON)
	$(CC) $(ALL_LDFLAGS) -o $@ $(MODEL_OBJS) \
	    $(LIBDAEMON) $(LIBCOMMON) $(ALL_LIBS)

$(SOAK): $(SOAK_OBJS) $(PEOPLE_OBJS) $(LIBCOMMON)
	$(CC) $(ALL_LDFLAGS) -o $@ $(SOAK_OBJS) $(PEOPLE_OBJS) \
	    $(LIBCOMMON) $(PKG_LIBS)

$(REPLAY): $(FUZZ_OBJS)
	rm -f $@
	ar rcs $@ $(FUZZ_OBJS)

$(LIBUNIT): $(UNIT_OBJS)
	rm -f $@
	ar rcs $@ $(UNIT_OBJS)

$(UNIT_TESTS) $(FUZZ_TESTS) $(DRIVER) $(PROBE) $(SHAPE): $(REPLAY) $(LIBUNIT) \
	    $(LIBS) $(HEADERS)

.c:
	$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $< $(REPLAY) $(LIBUNIT) $(LIBS) \
	    $(ALL_LIBS) -lcmocka

tests: $(PROGRAMS) $(SIM) $(STEER) $(MODEL) $(SOAK) $(UNIT_TESTS) \
    $(FUZZ_TESTS) $(DRIVER) $(PROBE) $(SHAPE)

# What is missing is installed before make looks for the libraries again.
check: install-needs
	@sh etc/needs.sh check
	@$(MAKE) tests SANITIZE="$(SANITIZE)" WERROR="$(WERROR)"
	@SANITIZE="$(SANITIZE)" CC="$(CC)" sh regress/check.sh

demo: install-needs
	@$(MAKE) $(PROGRAMS) $(SIM) $(STEER)
	@sh regress/demo.sh

bench: install-needs
	@$(MAKE) $(PROGRAMS) $(SIM) $(STEER)
	@sh regress/bench/bench.sh

fuzz: install-needs $(PAGE_FILES)
	@sh etc/needs.sh ci
	@T="$(T)" SECONDS_EACH="$(SECONDS)" PKG_CFLAGS="$(PKG_CFLAGS)" \
	    ALL_LIBS="$(ALL_LIBS)" sh regress/fuzz/fuzz.sh

coverage: $(PAGE_FILES)
	@sh etc/needs.sh coverage
	@LEAST="$(LEAST)" PKG_CFLAGS="$(PKG_CFLAGS)" ALL_LIBS="$(ALL_LIBS)" \
	    sh regress/fuzz/coverage.sh

soak: install-needs
	@$(MAKE) $(PROGRAMS) $(SIM) $(STEER) $(SOAK)
	@N="$(N)" SEED="$(SEED)" CC="$(CC)" sh regress/soak/run.sh

screenshots: install-needs
	@sh etc/needs.sh screenshots
	@$(MAKE) $(PROGRAMS) $(SIM) $(STEER)
	@SHOTS="$(SHOTS)" prove --timer -e sh regress/page/page.t

contract:
	@URL="$(URL)" KEY="$(KEY)" USER="$(USER)" PASSWORD="$(PASSWORD)" \
	    prove regress/contract

install: all install-$(SERVICE) install-completion
	install -d $(DESTDIR)$(prefix)/sbin $(DESTDIR)$(prefix)/bin \
	    $(DESTDIR)$(prefix)/libexec \
	    $(DESTDIR)$(prefix)/share/doc/jellyporter \
	    $(DESTDIR)$(prefix)/share/jellyporter/grafana \
	    $(DESTDIR)$(prefix)/share/jellyporter/prometheus \
	    $(DESTDIR)$(prefix)/share/man/man5 \
	    $(DESTDIR)$(prefix)/share/man/man7 \
	    $(DESTDIR)$(prefix)/share/man/man8 \
	    $(DESTDIR)$(sysconfdir)/jellyporter
	install -m 755 jellyporterd/jellyporterd $(DESTDIR)$(prefix)/sbin/
	install -m 755 jellyporterctl/jellyporterctl $(DESTDIR)$(prefix)/bin/
	install -m 755 libexec/jellyporterd-http libexec/jellyporterctl-init \
	    $(DESTDIR)$(prefix)/libexec/
	install -m 644 README.md LICENSE etc/config.example.yaml \
	    $(DESTDIR)$(prefix)/share/doc/jellyporter/
	install -m 644 etc/grafana/jellyporter.json \
	    $(DESTDIR)$(prefix)/share/jellyporter/grafana/
	install -m 644 etc/prometheus/jellyporter.rules.yml \
	    $(DESTDIR)$(prefix)/share/jellyporter/prometheus/
	install -m 644 man/jellyporter-metrics.5 man/jellyporter.yaml.5 \
	    $(DESTDIR)$(prefix)/share/man/man5/
	install -m 644 man/jellyporter-internals.7 man/jellyporter-sync.7 \
	    $(DESTDIR)$(prefix)/share/man/man7/
	install -m 644 man/jellyporterctl.8 man/jellyporterd.8 \
	    $(DESTDIR)$(prefix)/share/man/man8/

# Made of the program's own grammar.
install-completion: $(PROGRAMS)
	install -d $(DESTDIR)$(prefix)/share/bash-completion/completions \
	    $(DESTDIR)$(zshdir) \
	    $(DESTDIR)$(prefix)/share/fish/vendor_completions.d
	jellyporterctl/jellyporterctl completion bash \
	    >$(DESTDIR)$(prefix)/share/bash-completion/completions/jellyporterctl
	jellyporterctl/jellyporterctl completion zsh \
	    >$(DESTDIR)$(zshdir)/_jellyporterctl
	jellyporterctl/jellyporterctl completion fish \
	    >$(DESTDIR)$(prefix)/share/fish/vendor_completions.d/jellyporterctl.fish
	chmod 644 \
	    $(DESTDIR)$(prefix)/share/bash-completion/completions/jellyporterctl \
	    $(DESTDIR)$(zshdir)/_jellyporterctl \
	    $(DESTDIR)$(prefix)/share/fish/vendor_completions.d/jellyporterctl.fish

# The unit says where the program is.
install-systemd:
	install -d $(DESTDIR)$(unitdir) $(DESTDIR)$(prefix)/lib/sysusers.d \
	    $(DESTDIR)$(prefix)/lib/tmpfiles.d
	sed 's|/usr/local|$(prefix)|' etc/jellyporterd.service \
	    >$(DESTDIR)$(unitdir)/jellyporterd.service
	chmod 644 $(DESTDIR)$(unitdir)/jellyporterd.service
	install -m 644 etc/jellyporter.sysusers \
	    $(DESTDIR)$(prefix)/lib/sysusers.d/jellyporter.conf
	install -m 644 etc/jellyporter.tmpfiles \
	    $(DESTDIR)$(prefix)/lib/tmpfiles.d/jellyporter.conf

install-rc:
	install -d $(DESTDIR)$(sysconfdir)/rc.d
	sed 's|/usr/local|$(prefix)|' etc/jellyporterd.rc \
	    >$(DESTDIR)$(sysconfdir)/rc.d/jellyporterd
	chmod 555 $(DESTDIR)$(sysconfdir)/rc.d/jellyporterd

# The same commit gives the same bytes.
dist:
	git archive --prefix=jellyporter-$(VERSION)/ -o $(TARBALL).tmp \
	    --format=tar HEAD
	xz -c $(TARBALL).tmp >$(TARBALL)
	rm $(TARBALL).tmp

deb:
	@sh etc/needs.sh deb
	@$(MAKE) dist
	@sh etc/deb.sh $(TARBALL)

check-deb:
	@sh etc/needs.sh check-deb
	@$(MAKE) deb
	@prove --timer -e sh regress/package

clean:
	rm -f $(OBJS) $(LIBS) $(PROGRAMS) $(SIM) $(STEER) $(MODEL) $(SOAK) \
	    $(UNIT_TESTS) $(FUZZ_TESTS) $(REPLAY) $(LIBUNIT) $(DRIVER) $(PROBE) \
	    $(SHAPE) $(PAGE_FILES)
	rm -rf regress/fuzz/build
