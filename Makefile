# python-executor. `make help` lists the targets.
#
# One graph, no recursion. The wildcards below are the list of sources: a new file in a room is
# built without a change here. What is specific to a machine (Python's flags) is computed inside
# recipes, after the packages are there, so that `make run` works where not even g++ is installed.

# release, debug, asan or tsan; each has its own directory.
MODE ?= release
B := build/$(MODE)

# The user's own flags: make CXXFLAGS=-march=native
CXXFLAGS ?=
LDFLAGS ?=
CXX := g++
FUZZ_CXX := clang++
# Used where there is one and its directory can be written to; it knows what another checkout has
# compiled too, thanks to RELATIVE below. Asked once, by the first recipe that compiles.
CCACHE = $(eval CCACHE := $(shell directory=$$(ccache --get-config cache_dir 2>/dev/null) && \
  mkdir -p "$$directory" 2>/dev/null && [[ -w $$directory ]] && echo ccache))$(CCACHE)
PYTHON := /usr/bin/python3
# With the version in its name: python3-config is in a package of its own.
PYTHON_CONFIG = $(shell readlink -f $(PYTHON))-config
CLANG_TIDY := clang-tidy
CLANG_FORMAT := clang-format
BLACK := black --quiet --line-length=118 --target-version=py311

# Programs of another architecture: make CROSS=aarch64-linux-gnu, where that compiler and the libraries are. What
# the build asks of a program that it has made is answered by qemu-user.
ASKED := $(B)/python-executor
ifdef CROSS
B := build/$(CROSS)
CXX := $(CROSS)-g++
AR := $(CROSS)-ar
PYTHON_CONFIG = $(subst /bin/,/bin/$(CROSS)-,$(shell readlink -f $(PYTHON))-config)
ASKED := $(B)/emulated/python-executor
endif

# All processors, unless -j says otherwise.
MAKEFLAGS += --jobs=$(shell nproc) --no-builtin-rules
SHELL := /bin/bash
.SUFFIXES:
.DELETE_ON_ERROR:
.DEFAULT_GOAL := build
FORCE:
.PHONY: FORCE

# Quiet lines; V=1 shows whole commands.
ifeq ($(V),1)
say = @:
Q :=
else
say = @printf '  %-8s %s\n'
Q := @
endif

# The first of the files that are compiled and every tenth. A recipe is expanded when it is about to run, so
# that the count is of these alone.
COMPILED :=
counted = $(eval COMPILED += .)$(words $(COMPILED))
say_some = $(if $(filter 1 %0,$(counted)),$(say) $(1) '$< ($(words $(COMPILED)))')

# --- Flags -----------------------------------------------------------------------------------------

WARNINGS := -Wall -Wextra -Wshadow -Wconversion -Wnon-virtual-dtor
HARDENING := -fstack-protector-strong -fPIE
HARDENING_LINK := -pie -Wl,-z,relro,-z,now

FLAGS_release := -O2 -D_FORTIFY_SOURCE=2
FLAGS_debug := -Og -D_GLIBCXX_ASSERTIONS
FLAGS_asan := -O1 -fno-omit-frame-pointer -fsanitize=address,undefined
FLAGS_tsan := -O1 -fno-omit-frame-pointer -fsanitize=thread
ifeq ($(FLAGS_$(MODE)),)
$(error MODE must be release, debug, asan or tsan, not '$(MODE)')
endif

# Debug information names the sources as from the checkout's directory.
RELATIVE := -ffile-prefix-map=$(CURDIR)=.
# spdlog and fmt come as Debian's shared libraries.
DEFINES := -D_GNU_SOURCE -DSPDLOG_COMPILED_LIB -DSPDLOG_FMT_EXTERNAL -DSPDLOG_SHARED_LIB
ALL_CXXFLAGS = -std=c++20 -g $(FLAGS_$(MODE)) $(WARNINGS) $(HARDENING) $(DEFINES) -pthread -Isrc $(CXXFLAGS)
ALL_LDFLAGS = $(filter -fsanitize=%,$(FLAGS_$(MODE))) $(HARDENING_LINK) -Wl,--as-needed -pthread $(LDFLAGS)

PYTHON_INCLUDES = $(subst -I,-isystem ,$(sort $(shell $(PYTHON_CONFIG) --includes 2>/dev/null)))
PYTHON_LIBS = $(shell $(PYTHON_CONFIG) --ldflags --embed 2>/dev/null)

comma := ,
RESPONDER_LIBS := -lfcgi -lboost_program_options -lboost_json -lboost_filesystem -lspdlog -lfmt -lsystemd -lprometheus-cpp-core
# Functions of the runner's that come before libc's: libc_answers.cc, named_objects.cc, script_signals.cc
# and shared_memory.cc of src/runner/.
RUNNER_EXPORTS := $(addprefix -Wl$(comma)--export-dynamic-symbol=,closefrom fcntl fcntl64 flock kill killpg memfd_create \
  mmap mmap64 pthread_attr_setstacksize prlimit prlimit64 raise sem_close sem_open sem_unlink setrlimit setrlimit64 setsid \
  shm_open shm_unlink sigaction statvfs statvfs64)
RUNNER_LIBS = -lseccomp $(PYTHON_LIBS) $(RUNNER_EXPORTS)
TEST_LIBS = -lboost_unit_test_framework $(RESPONDER_LIBS) $(RUNNER_LIBS)

FUZZ_SANITIZERS := -fsanitize=address,undefined -fno-sanitize-recover=all
FUZZ_CXXFLAGS = -std=c++20 -g -O1 -fno-omit-frame-pointer -fsanitize=fuzzer-no-link $(FUZZ_SANITIZERS) \
  -D_GNU_SOURCE -Isrc -Itests $(CXXFLAGS)

# --- Sources ---------------------------------------------------------------------------------------

RESPONDER_ROOMS := base wire contract compat telemetry jail resources execution front config doctor
RESPONDER_SRC := $(foreach room,$(RESPONDER_ROOMS),$(wildcard src/$(room)/*.cc))
RUNNER_SRC := $(filter-out src/runner/main.cc src/runner/preloaded.cc,$(wildcard src/runner/*.cc))
# A library of its own, which programs load that know nothing of C++ or of sanitizers.
PRELOADED_SRC := src/runner/preloaded.cc src/runner/named_objects.cc
HARNESS := $(wildcard src/harness/*.py)
EMBEDDED := $(if $(HARNESS),$(B)/gen/harness/embedded.cc)
CANARY := src/jail/canary.py firejail/python-executor.profile
EMBEDDED_JAIL := $(B)/gen/jail/embedded.cc
SUPPORT_SRC := $(wildcard tests/support/*.cc)
SUITES := $(foreach suite,unit integration e2e escape layers soak,$(if $(wildcard tests/$(suite)/*_test.cc),$(suite)))

object = $(patsubst %.cc,$(B)/obj/%.o,$(filter-out $(B)/%,$(1))) $(patsubst %.cc,%.o,$(filter $(B)/%,$(1)))

RESPONDER_LIB := $(B)/libresponder.a
RUNNER_LIB := $(B)/librunner.a
PROGRAMS := $(if $(wildcard src/responder/main.cc),$(B)/python-executor) \
            $(if $(wildcard src/runner/main.cc),$(B)/python-executor-runner) \
            $(B)/python-executor-client $(B)/python-executor-launcher $(B)/python-executor-shm.so
# The product's runner in which a step can be left out, for tests alone.
WEAKENED := $(if $(wildcard tests/weakened/*.cc),$(B)/weakened/python-executor-runner)
TESTS := $(SUITES:%=$(B)/tests/%) $(WEAKENED)
BENCH := $(if $(wildcard tests/bench/*.cc),$(B)/bench)
# Fuzzing has a compiler and flags of its own, independent of MODE. What reads hostile bytes is pure code.
FUZZ := build/fuzz
FUZZ_SRC := $(foreach room,base wire contract compat,$(wildcard src/$(room)/*.cc)) \
            src/execution/hints.cc src/execution/verdict.cc src/jail/attestation.cc src/jail/probes.cc \
            $(filter-out %_fuzz.cc,$(wildcard tests/fuzz/*.cc))
FUZZ_TARGETS := $(patsubst tests/fuzz/%_fuzz.cc,$(FUZZ)/%,$(wildcard tests/fuzz/*_fuzz.cc))
SECONDS_EACH ?= 60
# Of `make soak`.
MINUTES ?= 10

# The pages that nginx serves. The viewers of /docs and /redoc and the playground's editor are npm
# packages, the only thing that is fetched from elsewhere: VIEWERS=try does without them where that
# fails, yes does not, no never asks.
WEB := $(B)/web
WEB_FILES := $(patsubst web/%,$(WEB)/%,$(wildcard web/*.html web/*.css web/*.js web/*.svg)) $(WEB)/openapi.json
VIEWERS ?= try
VIEWERS_FETCHED := $(if $(filter-out no,$(VIEWERS)),$(WEB)/redoc/redoc.standalone.js)
# The one place that says which version this is.
VERSION := $(file < VERSION)

CXX_FILES := $(wildcard src/*/*.cc src/*/*.h tests/*/*.cc tests/*/*.h)
SHELL_SCRIPTS := .ci/run $(shell grep -lE '^\#!/bin/(ba)?sh' scripts/* serve/* tests/* tests/*/* deploy/*/* 2>/dev/null)

# --- Targets for people ----------------------------------------------------------------------------

.PHONY: help build web run test test-deploy test-trixie test-forky cross test-arm64 sanitize fuzz soak check bench format clean dependencies
help:: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## /  make \1|/p' $(firstword $(MAKEFILE_LIST)) | column -t -s '|'
	@echo '  Variables: MODE=release|debug|asan|tsan  V=1  CXXFLAGS=...  PORT=8080  LISTEN=127.0.0.1'
	@echo '             SECONDS_EACH=60 (fuzz)  MINUTES=10 REQUESTS=300000 (soak)'

build: $(PROGRAMS) web ## build the programs and the pages into build/$(MODE)/

web: $(WEB_FILES) $(VIEWERS_FETCHED) ## build the pages: playground, API description and its viewers

run: $(PROGRAMS) web ## install what is missing, build and serve http://localhost:8080 until Ctrl-C
	$(Q)EXECUTOR_BIN=$(B) serve/serve $(if $(ARGS),-- $(ARGS))

test: $(PROGRAMS) web $(TESTS) $(FUZZ_TARGETS) ## install what is missing, build and run all tests
	$(Q)tests/run $(B)

test-deploy: $(PROGRAMS) $(TESTS) web deb ## test containers, a virtual machine and a browser, as root
	$(Q)tests/deploy/run $(ARGS)

test-trixie: | packages ## build and test in Debian 13, and its package in a virtual machine, as root (an hour)
	$(Q)tests/deploy/run trixie
test-forky: | packages ## build and test in Debian testing, as root (half an hour)
	$(Q)tests/deploy/run forky
cross: | packages ## compile for arm64, and run what knows its system calls, as root
	$(Q)tests/deploy/run cross
test-arm64: | packages ## make the package for arm64, and try it in an emulated machine, as root (an hour)
	$(Q)tests/deploy/run arm64

sanitize: $(PROGRAMS) $(WEAKENED) $(B)/tests/e2e ## run tests with the sanitizers of addresses, leaks, undefined behaviour, threads
	$(Q)$(MAKE) --no-print-directory MODE=asan build/asan/tests/unit build/asan/tests/integration
	$(Q)$(MAKE) --no-print-directory MODE=tsan build/tsan/python-executor
	$(Q)tests/sanitize $(B)

compat: $(PROGRAMS) ## run Python's, numpy's and pandas' own tests inside and outside, and compare
	$(Q)COMPAT=full tests/run $(B)

layers: $(WEAKENED) $(B)/tests/layers ## find out which layer stops which attack: tests/layers/LAYERS.md
	$(Q)tests/layers/run $(B)

fuzz: $(FUZZ_TARGETS) ## fuzz everything that reads hostile bytes, SECONDS_EACH=60 for each target
	$(Q)broken=; for target in $(FUZZ_TARGETS); do \
	  tests/fuzz/run $$target $(FUZZ) -max_total_time=$(SECONDS_EACH) || broken+=" $$target"; done; \
	  [[ ! $$broken ]] || { echo "broken:$$broken; the inputs are in $(FUZZ)/artifacts/"; exit 1; }

soak: $(PROGRAMS) $(B)/tests/soak ## load of all kinds for MINUTES=10: is every answer right, does nothing grow?
	$(Q)SOAK_MINUTES=$(MINUTES) SOAK_REQUESTS=$(REQUESTS) tests/run $(B) $(ARGS)

bench: $(PROGRAMS) $(BENCH) ## compare the service with the alternatives on this machine, and with BASE=COMMIT
	$(Q)EXECUTOR_BIN=$(B) tests/bench/run $(if $(BASE),--base $(BASE)) $(ARGS)

dependencies: packages ## install the Debian packages for all targets

format: | packages ## format the C++ and Python sources in place
	$(Q)$(CLANG_FORMAT) -i $(CXX_FILES)
	$(Q)$(BLACK) $(PYTHON_SCRIPTS)

clean: ## remove everything that was built, in every mode
	rm -rf build

# --- Packages --------------------------------------------------------------------------------------

# The targets that promise to work on a fresh machine install what is missing; plain `make` only
# says what is.
GOALS := $(or $(MAKECMDGOALS),build)
PACKAGE_GROUPS := build \
  $(if $(filter dependencies,$(GOALS)),test check bench package deploy arm64) \
  $(if $(filter run test test-deploy dependencies,$(GOALS)),plots) \
  $(if $(filter test test-deploy sanitize compat layers fuzz soak $(B)/tests/%,$(GOALS)),test) \
  $(if $(filter check format,$(GOALS)),test check) \
  $(if $(filter test-deploy deb,$(GOALS)),package) \
  $(if $(filter test-deploy test-trixie test-forky cross test-arm64,$(GOALS)),deploy) \
  $(if $(filter test-arm64,$(GOALS)),arm64) \
  $(if $(filter bench $(B)/bench,$(GOALS)),bench)
MAY_INSTALL := $(if $(CROSS),,$(filter run deb test test-deploy test-trixie test-forky cross test-arm64 sanitize compat layers fuzz soak check bench format dependencies,$(GOALS)))

.PHONY: packages port
packages: $(if $(filter run,$(GOALS)),port)
	$(Q)$(if $(CROSS),:,scripts/install-dependencies) $(if $(MAY_INSTALL),,--check) $(sort $(PACKAGE_GROUPS))

# Checked first, so that nothing is installed or built for a port that is taken.
port:
	$(Q)serve/serve --check

# --- Compile and link ------------------------------------------------------------------------------

# A stamp holds the flags that a kind of product was last made with and is touched only when they
# change, so that a changed flag rebuilds what it concerns and nothing else.
define stamp
	@mkdir -p $(@D)
	@echo '$(strip $(1))' | cmp -s - $@ || echo '$(strip $(1))' > $@
endef
$(B)/flags/compile: FORCE | packages
	$(call stamp,$(CXX) $(ALL_CXXFLAGS))
$(B)/flags/link: FORCE | packages
	$(call stamp,$(CXX) $(ALL_LDFLAGS) $(TEST_LIBS))
# An archive must lose the members whose sources are gone.
$(B)/flags/responder-members: FORCE
	$(call stamp,$(RESPONDER_SRC) $(EMBEDDED_JAIL))
$(B)/flags/runner-members: FORCE
	$(call stamp,$(RUNNER_SRC) $(EMBEDDED))

COMPILE = $(CCACHE) $(CXX) $(RELATIVE) $(ALL_CXXFLAGS) $(EXTRA_CXXFLAGS) -MMD -MP -c -o $@ $<
$(B)/obj/src/runner/%.o $(B)/check/src/runner/%: EXTRA_CXXFLAGS = $(PYTHON_INCLUDES)
# A sanitizer's runtime calls some of libc's functions that are defined there before instrumented code can run.
LIBCS := libc_answers script_locks script_signals
$(LIBCS:%=$(B)/obj/src/runner/%.o): EXTRA_CXXFLAGS = $(if $(filter asan tsan,$(MODE)),-fno-sanitize=all)
$(B)/obj/src/config/version.o $(B)/check/src/config/%: EXTRA_CXXFLAGS = -DEXECUTOR_VERSION='"$(VERSION)"'
$(B)/obj/src/config/version.o: VERSION
TEST_CXXFLAGS = -Itests -DBOOST_TEST_DYN_LINK $(PYTHON_INCLUDES)
$(B)/obj/tests/%.o $(B)/check/tests/%: EXTRA_CXXFLAGS = $(TEST_CXXFLAGS)
# Half of what compiling Boost.Test's macros takes is optimizing them. The product's objects are optimized in the
# tests too, and so is what is measured or wrapped.
UNOPTIMIZED := $(if $(filter release,$(MODE)),-U_FORTIFY_SOURCE -O0)
$(foreach room,$(SUITES) support,$(B)/obj/tests/$(room)/%.o): EXTRA_CXXFLAGS = $(TEST_CXXFLAGS) $(UNOPTIMIZED)
# It runs the filters' instructions for each number of a system call.
$(B)/obj/tests/unit/seccomp_test.o: EXTRA_CXXFLAGS = $(TEST_CXXFLAGS)

$(B)/obj/%.o: %.cc $(B)/flags/compile | packages
	$(call say_some,CXX)
	@mkdir -p $(@D)
	$(Q)$(COMPILE)
$(B)/gen/%.o: $(B)/gen/%.cc $(B)/flags/compile | packages
	$(call say_some,CXX)
	$(Q)$(COMPILE)

$(B)/gen/harness/embedded.cc: $(HARNESS) scripts/embed
	$(say) EMBED $@
	@mkdir -p $(@D)
	$(Q)scripts/embed harness $(HARNESS) > $@
$(EMBEDDED_JAIL): $(CANARY) scripts/embed
	$(say) EMBED $@
	@mkdir -p $(@D)
	$(Q)scripts/embed jail $(CANARY) > $@

ARCHIVE = rm -f $@ && $(AR) rcs $@ $(filter %.o,$^)
$(RESPONDER_LIB): $(call object,$(RESPONDER_SRC) $(EMBEDDED_JAIL)) $(B)/flags/responder-members
	$(say) AR $@
	$(Q)$(ARCHIVE)
$(RUNNER_LIB): $(call object,$(RUNNER_SRC) $(EMBEDDED)) $(B)/flags/runner-members
	$(say) AR $@
	$(Q)$(ARCHIVE)

LINK = $(CXX) $(ALL_LDFLAGS) -o $@ $(filter %.o,$^) $(filter %.a,$^)
$(B)/python-executor: $(call object,$(wildcard src/responder/*.cc)) $(RESPONDER_LIB) $(B)/flags/link
	$(say) LINK $@
	$(Q)$(LINK) $(RESPONDER_LIBS)
$(B)/python-executor-runner: $(call object,$(wildcard src/runner/main.cc)) $(RUNNER_LIB) $(RESPONDER_LIB) $(B)/flags/link
	$(say) LINK $@
	$(Q)$(LINK) $(RUNNER_LIBS)

$(B)/emulated/python-executor: $(B)/python-executor
	@mkdir -p $(@D)
	$(Q)printf '#!/bin/sh\nexec qemu-%s %s "$$@"\n' '$(firstword $(subst -, ,$(CROSS)))' '$(abspath $<)' > $@
	$(Q)chmod +x $@

# Before libc in a run's programs: nothing but the functions that have libc's names can be seen of it.
PRELOADED := $(PRELOADED_SRC:src/runner/%.cc=$(B)/obj/preloaded/%.o)
$(PRELOADED): $(B)/obj/preloaded/%.o: src/runner/%.cc $(B)/flags/compile | packages
	@mkdir -p $(@D)
	$(Q)$(COMPILE) -fPIC -fno-sanitize=all -fno-exceptions -fvisibility=hidden
$(B)/python-executor-shm.so: $(PRELOADED) $(B)/flags/link
	$(say) LINK $@
	$(Q)$(CXX) -shared -Wl,-z,relro,-z,now,-z,defs -Wl,--as-needed $(LDFLAGS) -o $@ $(PRELOADED)

# It stays root, so it has nothing in it that it does not need.
$(B)/python-executor-launcher: $(call object,$(wildcard src/launcher/*.cc)) $(RESPONDER_LIB) $(B)/flags/link
	$(say) LINK $@
	$(Q)$(LINK)

# The product's own objects, and some that the linker puts in the way of some of their steps.
$(B)/weakened/python-executor-runner: $(call object,$(wildcard src/runner/main.cc tests/weakened/*.cc)) $(RUNNER_LIB) $(RESPONDER_LIB) $(B)/flags/link
	$(say) LINK $@
	@mkdir -p $(@D)
	$(Q)$(LINK) $$(nm $(filter $(B)/obj/tests/weakened/%,$^) | sed -n 's/^ *U __real_/-Wl,--wrap=/p') $(RUNNER_LIBS)

# The prerequisites name the suite's own sources, so each needs a rule of its own. Unit tests are
# about pure code and do without the support, which starts servers and speaks HTTP.
ALSO_layers := tests/escape/attack.cc tests/escape/expectation.cc
ALSO_unit := $(filter-out src/launcher/main.cc,$(wildcard src/launcher/*.cc))
define suite_rule
$$(B)/tests/$(1): $$(call object,$$(wildcard tests/$(1)/*.cc) $$(ALSO_$(1)) $$(if $(filter-out unit,$(1)),$$(SUPPORT_SRC))) $$(RUNNER_LIB) $$(RESPONDER_LIB) $$(B)/flags/link
	$$(say) LINK $$@
	@mkdir -p $$(@D)
	$$(Q)$$(LINK) $$(TEST_LIBS)
endef
$(foreach suite,$(SUITES),$(eval $(call suite_rule,$(suite))))

$(B)/bench: $(call object,$(wildcard tests/bench/*.cc)) $(RUNNER_LIB) $(RESPONDER_LIB) $(B)/flags/link
	$(say) LINK $@
	$(Q)$(LINK) $(RESPONDER_LIBS) $(RUNNER_LIBS)

$(FUZZ)/flags/compile: FORCE | packages
	$(call stamp,$(FUZZ_CXX) $(FUZZ_CXXFLAGS))
$(FUZZ)/obj/%.o: %.cc $(FUZZ)/flags/compile | packages
	$(call say_some,FUZZ-CXX)
	@mkdir -p $(@D)
	$(Q)$(CCACHE) $(FUZZ_CXX) $(RELATIVE) $(FUZZ_CXXFLAGS) -MMD -MP -c -o $@ $<
$(FUZZ_TARGETS): $(FUZZ)/%: $(FUZZ)/obj/tests/fuzz/%_fuzz.o $(FUZZ_SRC:%.cc=$(FUZZ)/obj/%.o)
	$(say) LINK $@
	$(Q)$(FUZZ_CXX) -fsanitize=fuzzer $(FUZZ_SANITIZERS) -o $@ $^ -lboost_json

$(B)/python-executor-client: client/python-executor-client
	@mkdir -p $(@D)
	$(Q)install -m 0755 $< $@

# --- Pages -----------------------------------------------------------------------------------------

$(WEB)/%: web/%
	@mkdir -p $(@D)
	$(Q)install -m 0644 $< $@
# The settings' numbers are filled in where the service is started; here, the defaults.
$(B)/openapi.json.in: web/openapi.yaml scripts/openapi VERSION | packages
	$(say) OPENAPI $@
	@mkdir -p $(@D)
	$(Q)scripts/openapi '$(VERSION)' $< > $@
$(WEB)/openapi.json: $(B)/openapi.json.in $(ASKED)
	$(say) OPENAPI $@
	@mkdir -p $(@D)
	$(Q)env -i PATH=$$PATH $(ASKED) --openapi $< > $@
$(WEB)/redoc/redoc.standalone.js: web/package-lock.json web/.npmrc web/codemirror/codemirror.js scripts/fetch-viewers | packages
	$(say) NPM $(@D)
	$(Q)scripts/fetch-viewers $(if $(filter try,$(VIEWERS)),--try) build/npm $(WEB)

# --- Install ---------------------------------------------------------------------------------------

# Paths as Debian has them; DESTDIR goes in front of all. A package sets PREFIX and UNITDIR.
PREFIX ?= /usr/local
SYSCONFDIR ?= /etc
BINDIR ?= $(PREFIX)/bin
LIBEXECDIR ?= $(PREFIX)/libexec
DATADIR ?= $(PREFIX)/share
UNITDIR ?= $(PREFIX)/lib/systemd/system
# What is made from the service's settings when it starts.
STATEDIR ?= /var/lib/python-executor
REVISION ?= 1

DOCUMENTED := $(B)/doc/python-executor.conf $(B)/doc/python-executor.1 $(B)/doc/python-executor.8
$(B)/doc/python-executor.conf: $(ASKED) scripts/document-settings VERSION
	$(say) DOC $@
	@mkdir -p $(@D)
	$(Q)scripts/document-settings $< $(VERSION) conf > $@
$(B)/doc/python-executor.%: man/python-executor.%.in $(ASKED) $(B)/python-executor-client scripts/document-settings VERSION
	$(say) DOC $@
	@mkdir -p $(@D)
	$(Q)scripts/document-settings $(ASKED) $(VERSION) man $< > $@

# Fills in the paths between at signs: $(call filled,TEMPLATE,TARGET).
filled = sed -e 's|@BINDIR@|$(BINDIR)|g' -e 's|@SYSCONFDIR@|$(SYSCONFDIR)|g' -e 's|@DATADIR@|$(DATADIR)|g' \
  -e 's|@STATEDIR@|$(STATEDIR)|g' -e 's|@LIBEXECDIR@|$(LIBEXECDIR)|g' $(1) \
  | install -D -m $(or $(3),0644) /dev/stdin $(2)
NGINX_FILES := $(filter-out %/metrics-access.conf,$(wildcard nginx/python-executor/*.conf))
# Installs what an administrator changes, unless it is there: $(call kept,TARGET,COMMAND).
kept = [ -e '$(DESTDIR)$(1)' ] || $(2)

.PHONY: docs install uninstall deb
docs: $(B)/python-executor ## write the tables of settings in docs/configuration.md
	$(Q)scripts/document-settings $< $(VERSION) page docs/configuration.md > $(B)/doc.md && cp $(B)/doc.md docs/configuration.md

install: $(PROGRAMS) web $(DOCUMENTED) ## install below PREFIX=/usr/local; DESTDIR goes in front
	install -D -m 0755 $(B)/python-executor $(DESTDIR)$(BINDIR)/python-executor
	install -D -m 0755 $(B)/python-executor-runner $(DESTDIR)$(LIBEXECDIR)/python-executor/python-executor-runner
	install -m 0755 $(B)/python-executor-client $(DESTDIR)$(LIBEXECDIR)/python-executor/python-executor-client
	install -m 0755 serve/service-user $(DESTDIR)$(LIBEXECDIR)/python-executor/service-user
	install -d $(DESTDIR)$(DATADIR)/python-executor $(DESTDIR)$(SYSCONFDIR)/nginx/python-executor
	cp -r --remove-destination --no-preserve=ownership $(WEB) $(DESTDIR)$(DATADIR)/python-executor/
	install -D -m 0644 -t $(DESTDIR)$(DATADIR)/python-executor/nginx nginx/conf.d/*.conf nginx/examples/*.conf
	sed -i 's|/usr/share/|$(DATADIR)/|' $(DESTDIR)$(DATADIR)/python-executor/nginx/*.conf
	install -D -m 0644 -t $(DESTDIR)$(DATADIR)/python-executor/monitoring monitoring/alerts.yml monitoring/dashboard.json
	chmod -R u=rwX,go=rX $(DESTDIR)$(DATADIR)/python-executor
	install -m 0644 $(NGINX_FILES) $(DESTDIR)$(SYSCONFDIR)/nginx/python-executor/
	$(call kept,$(SYSCONFDIR)/nginx/python-executor/metrics-access.conf,\
	  install -m 0644 nginx/python-executor/metrics-access.conf $(DESTDIR)$(SYSCONFDIR)/nginx/python-executor/)
	install -m 0644 $(B)/openapi.json.in $(DESTDIR)$(DATADIR)/python-executor/
	$(call filled,serve/publish-settings.in,$(DESTDIR)$(LIBEXECDIR)/python-executor/publish-settings,0755)
	$(call kept,$(STATEDIR)/nginx/http.conf,{ \
	  install -d $(DESTDIR)$(STATEDIR) && \
	  env -i PATH=$$PATH $(ASKED) --nginx-config $(DESTDIR)$(STATEDIR)/nginx && \
	  chmod 0644 $(DESTDIR)$(STATEDIR)/nginx/* && \
	  cp $(WEB)/openapi.json $(DESTDIR)$(STATEDIR)/; })
	ln -sf $(STATEDIR)/openapi.json $(DESTDIR)$(DATADIR)/python-executor/web/openapi.json
	ln -sfn $(STATEDIR)/nginx $(DESTDIR)$(SYSCONFDIR)/nginx/python-executor/settings
	$(call kept,$(SYSCONFDIR)/nginx/sites-available/python-executor,\
	  $(call filled,nginx/site.conf.in,$(DESTDIR)$(SYSCONFDIR)/nginx/sites-available/python-executor))
	install -D -m 0644 firejail/python-executor.profile $(DESTDIR)$(SYSCONFDIR)/firejail/python-executor.profile
	$(call filled,apparmor/python-executor.in,$(DESTDIR)$(DATADIR)/python-executor/apparmor/python-executor)
	[ ! -e '$(DESTDIR)$(SYSCONFDIR)/apparmor.d/abi/4.0' ] || \
	  cp '$(DESTDIR)$(DATADIR)/python-executor/apparmor/python-executor' '$(DESTDIR)$(SYSCONFDIR)/apparmor.d/python-executor'
	$(call kept,$(SYSCONFDIR)/python-executor.conf,\
	  install -D -m 0644 $(B)/doc/python-executor.conf $(DESTDIR)$(SYSCONFDIR)/python-executor.conf)
	install -D -m 0644 $(B)/doc/python-executor.1 $(DESTDIR)$(DATADIR)/man/man1/python-executor.1
	install -D -m 0644 $(B)/doc/python-executor.8 $(DESTDIR)$(DATADIR)/man/man8/python-executor.8
	install -D -m 0644 systemd/python-executor.socket $(DESTDIR)$(UNITDIR)/python-executor.socket
	$(call filled,systemd/python-executor.service.in,$(DESTDIR)$(UNITDIR)/python-executor.service)
	install -D -m 0644 systemd/python-executor.sysusers $(DESTDIR)$(PREFIX)/lib/sysusers.d/python-executor.conf
	install -D -m 0644 systemd/python-executor.tmpfiles $(DESTDIR)$(PREFIX)/lib/tmpfiles.d/python-executor.conf

uninstall: ## remove what make install has installed, with the same variables
	rm -f $(addprefix $(DESTDIR),$(BINDIR)/python-executor $(DATADIR)/man/man1/python-executor.1 $(DATADIR)/man/man8/python-executor.8 \
	  $(SYSCONFDIR)/nginx/sites-available/python-executor $(SYSCONFDIR)/nginx/sites-enabled/python-executor $(SYSCONFDIR)/firejail/python-executor.profile \
	  $(SYSCONFDIR)/apparmor.d/python-executor $(SYSCONFDIR)/python-executor.conf $(UNITDIR)/python-executor.socket $(UNITDIR)/python-executor.service \
	  $(PREFIX)/lib/sysusers.d/python-executor.conf $(PREFIX)/lib/tmpfiles.d/python-executor.conf)
	rm -rf $(addprefix $(DESTDIR),$(STATEDIR)/nginx $(STATEDIR)/openapi.json $(LIBEXECDIR)/python-executor $(DATADIR)/python-executor $(SYSCONFDIR)/nginx/python-executor)

deb: $(PROGRAMS) web $(DOCUMENTED) ## make the Debian package in build/deb/ (REVISION=1)
	$(Q)scripts/make-deb $(VERSION)-$(REVISION) build/deb

# --- Checks ----------------------------------------------------------------------------------------

# Every check leaves a stamp, so that a second `make check` does only what has changed.
# clang-tidy takes a dozen sources of a directory at once: scripts/check-tidy says why.
define tidy_unit
TIDY_STAMPS += $(B)/check/$(1)$(3).tidy
$(B)/check/$(1)$(3).tidy: $(wordlist 1,12,$(2))
$(if $(word 13,$(2)),$(call tidy_unit,$(1),$(wordlist 13,$(words $(2)),$(2)),$(3)+))
endef
$(foreach room,$(sort $(dir $(filter %.cc,$(CXX_FILES)))),\
  $(eval $(call tidy_unit,$(room),$(filter $(room)%,$(filter %.cc,$(CXX_FILES))),unit)))
TIDY = scripts/check-tidy $(@:.tidy=.unit.cc) $(filter %.cc,$^) -- $(ALL_CXXFLAGS) $(EXTRA_CXXFLAGS)
HEADER_STAMPS := $(patsubst %,$(B)/check/%.alone,$(filter %.h,$(CXX_FILES)))
FORMAT_STAMPS := $(patsubst %,$(B)/check/%.format,$(CXX_FILES))
UNITS := systemd/python-executor.service.in systemd/python-executor.socket

.PHONY: check-format check-tidy check-headers check-includes check-words check-shell check-nginx check-python check-types check-pages check-units check-monitoring check-docs
check: check-format check-tidy check-headers check-includes check-words check-shell check-nginx check-python check-types check-pages check-units check-monitoring check-docs ## formatting, clang-tidy, includes, words, scripts, configurations
	@echo 'make check: all clean'
check-format: $(FORMAT_STAMPS) $(B)/check/python.format
check-tidy: $(TIDY_STAMPS)
check-headers: $(HEADER_STAMPS)

$(B)/check/%.format: % .clang-format | packages
	@mkdir -p $(@D)
	$(Q)$(CLANG_FORMAT) --dry-run -Werror $<
	@touch $@

# The dependency file makes a changed header recheck every file that includes it.
$(TIDY_STAMPS): .clang-tidy scripts/check-tidy scripts/remember $(B)/flags/compile | packages
	$(say) TIDY $(filter %.cc,$^)
	@mkdir -p $(@D)
	$(Q)$(CXX) $(ALL_CXXFLAGS) $(EXTRA_CXXFLAGS) -MM -MP $(filter %.cc,$^) | sed 's|^[^ ]*\.o:|$@:|' > $@.d
	$(Q)$(TIDY)
	@touch $@

# One source alone, which no other target needs.
$(B)/check/%.cc.tidy: %.cc FORCE | packages
	@mkdir -p $(@D)
	$(Q)$(TIDY)

$(B)/check/%.h.alone: %.h $(B)/flags/compile | packages
	$(say) HEADER $<
	@mkdir -p $(@D)
	$(Q)$(CXX) $(ALL_CXXFLAGS) $(EXTRA_CXXFLAGS) -MM -MP -MT $@ -MF $@.d $<
	$(Q){ $(CXX) --version && $(CXX) $(ALL_CXXFLAGS) $(EXTRA_CXXFLAGS) -E -include $< -x c++ /dev/null; } | \
	  scripts/remember $(CXX) $(ALL_CXXFLAGS) $(EXTRA_CXXFLAGS) -Werror -fsyntax-only -include $< -x c++ /dev/null
	@touch $@

check-includes:
	$(say) INCLUDES src
	$(Q)scripts/check-includes

check-words: | packages
	$(say) WORDS '*'
	$(Q)scripts/check-words

check-shell: | packages
	$(say) SHELL '$(SHELL_SCRIPTS)'
	$(Q)shellcheck -x $(SHELL_SCRIPTS)

check-nginx: $(B)/python-executor | packages
	$(say) NGINX nginx/
	$(Q)scripts/check-nginx $<

# Python files, those without a suffix included; and the names that their callers put into some.
PYTHON_SCRIPTS := $(HARNESS) src/jail/canary.py $(wildcard tests/*/*.py tests/deploy/support/*.py tests/escape/*/*.py) client/python-executor-client \
  $(shell grep -lsE '^\#!.*python3' scripts/* serve/*)
PUT_IN := NUMBERS,OTHER_ENTRIES,PLACES,PROBES,NAMES,VARIABLES,LEFT_OUT,MODULES
$(B)/check/python.format: $(PYTHON_SCRIPTS) | packages
	$(say) BLACK '*.py'
	@mkdir -p $(@D)
	$(Q)$(BLACK) --check --diff $^
	@touch $@

check-python: | packages
	$(say) PYTHON '*.py'
	$(Q)scripts/check-python $(PUT_IN) $(PYTHON_SCRIPTS)

# What ships, not the tests: each file's functions say what they take and return.
TYPED := $(HARNESS) client/python-executor-client serve/supervise serve/own-cgroup scripts/fetch-npm
check-types: | packages
	$(say) MYPY '$(TYPED)'
	$(Q)scripts/check-types $(B)/check/types $(TYPED)

check-pages: | packages
	$(say) ESLINT web/
	$(Q)scripts/check-pages $(B)/check/pages

# The program that the unit names must be there; any does.
check-units: BINDIR = $(abspath $(B)/check/units)
check-units: LIBEXECDIR = $(BINDIR)/python-executor-libexec
check-units: | packages
	$(say) UNITS '$(UNITS)'
	@mkdir -p $(BINDIR) && ln -sf /bin/true $(BINDIR)/python-executor
	$(Q)mkdir -p $(BINDIR)/python-executor-libexec/python-executor
	$(Q)ln -sf /bin/true $(BINDIR)/python-executor-libexec/python-executor/publish-settings
	$(Q)$(call filled,systemd/python-executor.service.in,$(BINDIR)/python-executor.service)
	$(Q)cp systemd/python-executor.socket $(BINDIR)
	$(Q)systemd-analyze verify --man=no $(BINDIR)/python-executor.service $(BINDIR)/python-executor.socket

check-monitoring: | packages
	$(say) PROMTOOL monitoring/
	$(Q)promtool check rules monitoring/alerts.yml > $(B)/check/alerts.report || { cat $(B)/check/alerts.report; exit 1; }
	$(Q)cd monitoring && promtool test rules alerts_test.yml > /dev/null
	$(Q)$(PYTHON) -m json.tool monitoring/dashboard.json > /dev/null

# The tables of settings are the program's own words: make docs. What names the version names this one.
check-docs: $(B)/python-executor
	$(say) DOCS docs/
	@mkdir -p $(B)/check
	$(Q)scripts/document-settings $< $(VERSION) page docs/configuration.md > $(B)/check/configuration.md
	$(Q)diff -u docs/configuration.md $(B)/check/configuration.md || { echo 'run make docs' >&2; exit 1; }
	$(Q)grep -qxF '## $(VERSION)' CHANGELOG.md && grep -qF 'python-executor_$(VERSION)-1_' docs/deploying.md || \
	  { echo 'CHANGELOG.md or docs/deploying.md does not name the version in VERSION' >&2; exit 1; }
	$(Q)scripts/check-links README.md SECURITY.md CONTRIBUTING.md CHANGELOG.md docs/*.md

-include $(shell find $(B) $(FUZZ) -name '*.d' 2>/dev/null)
