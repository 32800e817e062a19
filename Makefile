.DEFAULT_GOAL := help
GO ?= go

.PHONY: help demo test race chaos bench fuzz lint image release

help: ## list the targets
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

CHROMIUM = $(shell for c in chromium chromium-browser google-chrome google-chrome-stable chrome headless_shell; do command -v $$c && break; done)

demo: ## try the bot in the browser, on this machine; no account needed
	@echo "Building the bot: about a minute the first time."
	@$(GO) run . demo

test: ## run every test
	@test -n "$(TEST_POSTGRES)" || echo "SKIPPED: every test on PostgreSQL; set TEST_POSTGRES to a server, such as postgres://postgres@127.0.0.1:5432/test"
	$(GO) test -shuffle=on -parallel 6 -timeout 15m ./...
	@test -n "$(CHROMIUM)" || echo "SKIPPED: looking at the cards and at the try-out page in a browser; install Chromium, as by apt-get install chromium"
	@test -e "$(AXE_CORE)" || echo "SKIPPED: axe-core did not look at the try-out page; set AXE_CORE to what .ci/axe prints"
	@test -n "$(TEST_POSTGRES)" || echo "SKIPPED: every test on PostgreSQL; set TEST_POSTGRES to a server, such as postgres://postgres@127.0.0.1:5432/test"

# Skipped under the race detector: tests that start the program as it is shipped, which is built
# without the detector; and one of the two ledgers wherever tests run on both. -short drops tests
# that only take longer, and two thirds of the talk scripts; make chaos plays them all.
SKIP := TestKilled|TestASlackThatFails|TestPaused|TestStopped|TestAWrongConfiguration|./^postgres$$
race: ## run the tests under the race detector
	$(GO) test -shuffle=on -timeout 15m -race -short -skip '$(SKIP)' ./...

chaos: ## kill the bot at random moments under 200 requests, alone and with replicas (TEST_POSTGRES); and the tests that take minutes
	CHAOS_REQUESTS=200 FLEET=1000 $(GO) test -run 'TestKilled|TestASlackThatFails|TestAHundredRequests|TestAFleet' -count=1 -v -timeout 40m ./bot
	$(GO) test -race -run TestTalk -count=1 -timeout 40m ./bot

# How many ended requests the ledger has in the end whose growth is measured. A million takes minutes,
# and 10 GB where temporary files go (TMPDIR).
GROWTH ?= 100000
bench: ## run the benchmarks; GROWTH=1000000 has a ledger grow to a million requests
	GROWTH=$(GROWTH) $(GO) test -run '^$$' -bench . -benchmem -timeout 1h ./...

FUZZTIME ?= 2m
FUZZ := FuzzParse:bot/command FuzzParsePage:bot/intake FuzzParsePick:bot/intake FuzzParseReceipt:bot/ledger FuzzDecodeRequest:bot/ledger FuzzRetryAfter:bot/cooldown FuzzEnvelope:bot/slackio FuzzAnswer:graph FuzzDraw:bot/blockkit FuzzTexts:bot/blockkit
fuzz: ## fuzz every reader of foreign bytes, FUZZTIME for each
	@for f in $(FUZZ); do \
		echo "$${f%%:*} in $${f#*:}"; \
		$(GO) test -run '^$$' -fuzz "^$${f%%:*}\$$" -fuzzminimizetime 10x -fuzztime $(FUZZTIME) ./$${f#*:} || exit 1; \
	done

lint: ## run vet, staticcheck and gofmt
	$(GO) vet ./...
	$(GO) tool staticcheck ./...
	@test -z "$$(gofmt -l .)" || { gofmt -l .; exit 1; }

IMAGE ?= cloudpc-bot
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null)
image: ## build the container image; without git history, set VERSION=v1.2.3
	docker build --build-arg VERSION='$(VERSION)' -t $(IMAGE) .

# One commit, built by one version of Go, is the same bytes on every machine and in every folder: no path, no
# build id, no time and no state of a checkout is in them, and nothing of the environment changes them.
PLATFORMS ?= linux/amd64 linux/arm64 darwin/amd64 darwin/arm64 windows/amd64 windows/arm64
SHA256 = $(shell command -v sha256sum || echo shasum -a 256)
release: ## build static binaries and their checksums into dist, for PLATFORMS; without git history, set VERSION=v1.2.3
	@test -n '$(VERSION)' || { echo "No version: there is no git history here; set VERSION=v1.2.3"; exit 2; }
	@rm -rf dist && mkdir dist
	@set -e; for platform in $(PLATFORMS); do \
		os=$${platform%/*} arch=$${platform#*/} end=; [ $$os != windows ] || end=.exe; \
		echo "dist/cloudpc-bot_$(VERSION)_$${os}_$$arch$$end"; \
		env -u GOEXPERIMENT GOENV=off GOWORK=off GOFLAGS= GOFIPS140=off CGO_ENABLED=0 GOOS=$$os GOARCH=$$arch GOAMD64=v1 GOARM64=v8.0 \
			$(GO) build -trimpath -buildvcs=false -ldflags="-s -w -buildid= -X 'main.release=$(VERSION)'" -o "dist/cloudpc-bot_$(VERSION)_$${os}_$$arch$$end" .; \
	done
	@cd dist && $(SHA256) cloudpc-bot_* > SHA256SUMS
