# Tally: build, run and check. `make` alone lists what there is.

PREFIX ?= /usr/local
SECONDS ?= 60
MINUTES ?= 60
FLAGS = -c release --explicit-target-dependency-import-check error

.PHONY: help setup build demo test long check lint unit model plant bench loss strangers lab soak fuzz docs
.PHONY: install deb reproduce fresh clean

help: ## list these targets
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /\1\t/' | expand -t 10

setup: ## install what the build needs (Debian packages); the others do this too
	@scripts/setup

build: setup ## build the one binary, .build/release/tally
	swift build $(FLAGS) --product tally

demo: build ## build Tally and show what it does
	@.build/release/tally demo
	@.build/release/tally demo ekey
	@.build/release/tally demo meter

test: ## every check in its short form, within 35 minutes on two cores
	@scripts/test

long: ## every check in its long form (hours)
	@TALLY_LONG=1 scripts/test

check: lint test ## what a change must pass: format, house rules, tests

lint: setup ## format rules (swift format)
	swift format lint --strict --configuration .swift-format -r Package.swift Sources sim-network Tests

unit: setup ## the Swift tests alone
	swift test $(FLAGS) --disable-testable-imports --disable-xctest

plant: setup ## find the planted bugs that docs/PLANTED.md lists
	@scripts/plant

model: setup ## every state of the payment's model, and its planted bugs (spin)
	@scripts/model

bench: build ## measure beside raw calls and programs in C (WITH='postgres cashu': beside those too)
	@scripts/yardsticks $(WITH)
	@.build/release/tally bench base
	@.build/release/tally bench sim
	@.build/release/tally bench pay --home .build/bench
	@.build/release/tally bench office --home .build/bench

loss: setup ## measure payments while datagrams are lost; writes docs/LOSS.md and docs/loss.svg
	@scripts/lab loss --write

strangers: setup ## measure payments beside a flood; writes docs/STRANGERS.md
	@scripts/lab strangers --write

lab: setup ## rehearse a street in bad weather, to the cent (root; WITH='--help' for its options)
	@scripts/lab rehearse $(WITH)

soak: setup ## the lab for MINUTES (60): nothing leaks, nothing is stuck (root); writes docs/SOAK.md
	@scripts/lab rehearse --soak --write --minutes $(MINUTES) $(WITH)

fuzz: ## fuzz each entry for SECONDS (60), or only TARGET
	@scripts/fuzz $(SECONDS) $(TARGET)

docs: setup ## write the derived files under docs/ anew; `make test` fails while they differ
	@scripts/docs

install: setup ## install the binary under PREFIX (/usr/local), staged in DESTDIR
	@scripts/install "$(DESTDIR)$(PREFIX)"

deb: ## build the Debian package, .build/deb/tally_*.deb
	@scripts/setup deb
	@scripts/deb

reproduce: ## build the package twice from nothing, in two folders, and compare the bytes
	@scripts/reproduce

fresh: ## prove demo and test in a bare Debian 12 chroot (root only)
	@scripts/fresh

clean: ## remove everything that was built
	rm -rf .build .fuzz .venv
