# Everything starts here. Each target brings what it needs and leaves alone what is up to date.
export
NODE = tools/node.sh

.PHONY: help setup run demo test lint build size bench deploy rotate-keys clean-data

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## /\1|/p' $(MAKEFILE_LIST) | awk -F'|' '{ printf "  make %-12s %s\n", $$1, $$2 }'

setup:
	@tools/setup.sh

run: setup ## build, and serve on http://localhost:8787 (PORT=… for another); data stay in data/
	@exec $(NODE) tools/run.mjs

demo: setup ## fill the running Worker with a demo person, platform and permissions (BASE=…)
	@$(NODE) tools/demo.mjs

test: ## every level of tests, cheapest first
	@tools/setup.sh bare-metal
	@$(NODE) tools/test.mjs $(LEVELS)

lint: setup ## formatting, clippy, types
	@cargo fmt --check
	@cargo clippy --quiet --all-targets --features sqlite,worker -- -D warnings
	@cargo clippy --quiet --lib -- -D warnings
	@$(NODE) tools/lint.mjs

build: setup ## the release artefacts, with their sizes
	@$(NODE) tools/build.mjs --sizes

size: setup ## fail where an artefact is over its budget
	@$(NODE) tools/size.mjs

bench: setup ## requests per second and latency, beside a plain JavaScript Worker
	@$(NODE) bench/run.mjs

deploy: setup ## to Cloudflare with wrangler (README: "Deploying")
	@$(NODE) tools/deploy.mjs

rotate-keys: ## have the next signing keys made (BASE=… OPERATOR_TOKEN=…; default: the local Worker)
	@$(NODE) tools/rotate-keys.mjs

clean-data: ## forget everything that the local Worker knows
	@rm -rf data
