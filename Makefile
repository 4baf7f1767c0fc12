# What a person does with this tree. Each target says what it is for.
.PHONY: help run test test-packages test-programs quick access screenshots chaos attacks fuzz e2e-docker e2e-overlays lint fmt bench bench-compare docs dist image up down secrets

help: ## show this list
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-13s %s\n", $$1, $$2}'

run: ## run everything in one process, on this machine
	go run ./cmd/popeye

test: ## run every test on servers of its own, with the race detector where it watches our programs; a skip is a failure
	@./scripts/test.sh

test-packages: ## the half of make test that times nothing and starts no service, and the fuzz targets
	@./scripts/test.sh packages

test-programs: ## the other half: whole programs, with clocks and browsers
	@./scripts/test.sh programs

quick: ## run every package's own tests, in less than two minutes; for after each change
	@./scripts/quick.sh

chaos: ## storms that kill, cut, delay and pause everything; each vote is judged, as in: make chaos ROUNDS=30
	./scripts/test-needs.sh
	go run ./e2e/chaos --rounds=$(or $(ROUNDS),1) $(ARGS)

attacks: ## what one hostile machine can do, tried for real; the table in docs/reliability.md is written anew
	./scripts/test-needs.sh
	go run ./e2e/attacks/table -write docs/reliability.md

fuzz: ## look for input that breaks something; each target for FUZZTIME, as in: make fuzz FUZZTIME=10m
	./scripts/fuzz.sh

access: ## all of axe's rules on every page in every state, in light, dark and forced colours, in each language; part of it is in make test
	./scripts/test-needs.sh
	ACCESS=whole go test ./e2e/pages -run TestEveryPage -count=1 -timeout 120m

screenshots: ## a picture of every page in every state, theme and language, in screenshots/; what is meant to look new: make screenshots ACCEPT=1
	./scripts/test-needs.sh
	rm -rf screenshots
	SCREENSHOTS=$(CURDIR)/screenshots ACCEPT=$(ACCEPT) go test -C e2e/pictures -tags=pictures -run TestNothingChangesUnseen -count=1 -timeout 60m
	@echo "Look at them all: screenshots/index.html"

e2e-docker: ## run the five services on a real Docker engine, and break them
	./scripts/e2e-docker.sh

e2e-overlays: ## the same with replicas, TLS, the demo, Prometheus, and on Swarm: upgrades under votes
	./scripts/e2e-docker.sh overlays

lint: ## check the style and the usual mistakes
	./scripts/lint.sh

fmt: ## format the code
	go tool -modfile=tools/go.mod gofumpt -w $$(git ls-files '*.go')

bench: ## measure; figures are for comparing within one run
	./scripts/test-needs.sh
	go test -run '^$$' -bench . -benchmem ./...

bench-compare: ## benchmarks of an old revision and of this tree in turn, and the ratios, as in: make bench-compare BASE=main BENCH=Apply PKG=./store/sqlite
	COUNT=$(COUNT) BENCHTIME=$(BENCHTIME) ./scripts/bench-compare.sh '$(BASE)' '$(BENCH)' $(PKG)

docs: ## write the parts of docs/ that are made from the code
	go test -p 1 ./cmd/... -run TestConfigurationIsDocumented -update
	go test ./internal/apidoc -run TestOperationsAreThoseOfTheOpenAPIFile -update

dist: ## build what runs without Go, for six systems, with checksums and SBOMs, in dist/
	go run ./deploy/dist

image: ## build the one-file image of popeye
	docker build --file cmd/popeye/Dockerfile --tag popeye \
		--build-arg VERSION="$$(git describe --tags --always --dirty=-changed)" --build-arg REVISION="$$(git rev-parse HEAD)" .

secrets: ## make the passwords of the five services, once
	sh deploy/secrets.sh

up: secrets ## build and start the five services: vote at :5000, watch at :5001
	docker compose up --build --wait

down: ## stop the five services; votes are kept
	docker compose down
