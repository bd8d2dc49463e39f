# Everything starts here. Each target brings what it needs and leaves alone what is up to date.
export
NODE = tools/node.sh

.PHONY: help setup run demo test lint build package size bench bench-verify corpus-peers deploy keys rotate-keys withdraw-key clean-data

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## /\1|/p' $(MAKEFILE_LIST) | awk -F'|' '{ printf "  make %-12s %s\n", $$1, $$2 }'

setup:
	@tools/setup.sh

run: setup ## build, and serve on http://localhost:8787 (PORT=… for another); data stay in data/
	@exec $(NODE) tools/run.mjs

demo: setup ## fill the running Worker with a demo person, platform and permissions (PORT=… or BASE=…)
	@$(NODE) tools/demo.mjs

test: ## every level of tests, cheapest first
	@tools/setup.sh tests
	@$(NODE) tools/test.mjs $(LEVELS)

lint: setup ## formatting, clippy, types, links of the documentation, what the package holds
	@cargo fmt --check
	@cargo clippy --quiet --all-targets --features sqlite,worker,npm -- -D warnings
	@cargo clippy --quiet --lib -- -D warnings
	@cargo clippy --quiet --lib --features npm,npm-hash,npm-code,npm-grants,npm-trail --target wasm32-unknown-unknown -- -D warnings
	@RUSTDOCFLAGS='-D warnings' cargo doc --quiet --no-deps
	@RUSTDOCFLAGS='-D warnings' cargo doc --quiet --no-deps --features sqlite,worker,npm
	@$(NODE) tools/lint.mjs

build: setup ## the Worker as it is deployed, with its size
	@$(NODE) tools/build.mjs --sizes

package: setup ## the npm package, into pkg/dist
	@$(NODE) pkg/build.mjs

size: setup ## fail where an artefact is over its budget
	@$(NODE) tools/size.mjs
	@$(NODE) pkg/build.mjs && $(NODE) pkg/build/size.mjs --check

bench: setup ## requests per second and latency, beside a plain JavaScript Worker
	@$(NODE) pkg/build.mjs && $(NODE) tools/bench.mjs $(ARGS)

bench-verify: setup ## verification beside jose, jsonwebtoken, fast-jwt, the runtimes' own and native code
	@$(NODE) pkg/build.mjs && $(NODE) bench/verify/run.mjs $(ARGS)

corpus-peers: setup ## how other verifiers fare on our corpus of forged tokens
	@$(NODE) bench/verify/peers.mjs

deploy: setup ## to Cloudflare with wrangler (docs/operating.md)
	@$(NODE) tools/deploy.mjs

keys: ## the signing keys and their states (BASE=… OPERATOR_TOKEN=…; default: the local Worker)
	@$(NODE) tools/keys.mjs

rotate-keys: ## have the next signing keys made (BASE=… OPERATOR_TOKEN=…)
	@$(NODE) tools/keys.mjs rotate

withdraw-key: ## end a key at once, and all that it signed (KID=… BASE=… OPERATOR_TOKEN=…)
	@$(NODE) tools/keys.mjs withdraw "$(KID)"

clean-data: ## forget everything that the local Worker knows
	@rm -rf data
