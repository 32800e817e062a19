.DEFAULT_GOAL := help
GO ?= go

.PHONY: help demo test race chaos bench fuzz lint image

help: ## list the targets
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

demo: ## play one conversation on this machine, no account needed
	@$(GO) run . demo

test: ## everything that is promised
	@test -n "$(TEST_POSTGRES)" || echo "SKIPPED: everything on PostgreSQL; name a server by TEST_POSTGRES, as postgres://postgres@127.0.0.1:5432/test"
	$(GO) test -timeout 15m ./...
	@test -n "$(TEST_POSTGRES)" || echo "SKIPPED: everything on PostgreSQL; name a server by TEST_POSTGRES, as postgres://postgres@127.0.0.1:5432/test"

# Not where the program runs as it is shipped, without the detector; around the ledger
# one kind of it is enough; and -short leaves out what only lasts longer.
SKIP := TestKilled|TestASlackThatFails|TestPaused|TestStopped|TestAWrongConfiguration|./^postgres$$
race: ## the same, looking for data races
	$(GO) test -timeout 15m -race -short -skip '$(SKIP)' ./...

chaos: ## kill it at random moments in storms of 200 requests, alone and with replicas (TEST_POSTGRES); and what takes minutes
	CHAOS_REQUESTS=200 $(GO) test -run 'TestKilled|TestASlackThatFails|TestAHundredRequests' -count=1 -v -timeout 40m ./bot

bench: ## what it costs
	$(GO) test -run '^$$' -bench . -benchmem ./...

FUZZTIME ?= 2m
fuzz: ## look for commands that the grammar cannot stand
	$(GO) test -run '^$$' -fuzz FuzzParse -fuzzminimizetime 10x -fuzztime $(FUZZTIME) ./bot/command

lint: ## vet, staticcheck, gofmt
	$(GO) vet ./...
	$(GO) tool staticcheck ./...
	@test -z "$$(gofmt -l .)" || { gofmt -l .; exit 1; }

IMAGE ?= cloudpc-bot
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null)
image: ## build the container image; of a tree without history with VERSION=v1.2.3
	docker build --build-arg VERSION='$(VERSION)' -t $(IMAGE) .
