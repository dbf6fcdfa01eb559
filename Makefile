# Every target does its own set-up: python3, make and a package manager are enough.
PY := .venv/bin/python
BIND ?= 127.0.0.1:8000
CHAOS := benchmarks/kill9.py benchmarks/power_cut.py
BY_HAND := benchmarks/empty_clone.py benchmarks/offline_install.py benchmarks/first_scan.py \
  benchmarks/office_opens.py benchmarks/screens.py
.DEFAULT_GOAL := help
.PHONY: help setup demo serve test check fmt messages wanted lock dist bench chaos clean

##@ Every day
help: ## Print this list
	@awk 'BEGIN {FS = ":.*## "} /^##@/ {printf "\n%s\n", substr($$0, 5)} /^[a-z-]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: ## Install everything the project needs into this folder (done by the other targets too)
	@python3 deploy/setup.py

demo: setup ## Build the demo city, analyse it and serve it on http://127.0.0.1:8000 (RESET=1 anew, LAN=1 HTTPS for phones)
	@$(PY) -m entry_service demo $(if $(RESET),--reset)
	@$(PY) -m entry_service serve --demo $(if $(LAN),--lan --bind 0.0.0.0:$(lastword $(subst :, ,$(BIND))),--bind $(BIND))

serve: setup ## Serve without the demo city (settings: docs/settings.md)
	@$(PY) -m entry_service migrate
	@$(PY) -m entry_service serve --bind $(BIND)

test: ## Run every test, those in a real browser and on a real PostgreSQL among them
	@python3 deploy/setup.py --tests
	@$(PY) -m pytest -n 2 --dist loadfile --no-loadscope-reorder -q -rfER

##@ Changing the code
check: setup ## Lint and formatting
	@$(PY) -m ruff check . && $(PY) -m ruff format --check .

fmt: setup ## Format the code
	@$(PY) -m ruff check --fix . && $(PY) -m ruff format .

messages: setup ## Write the catalogues anew and list what has no English, Chinese or Vietnamese yet
	@$(PY) -m deploy.messages && python3 deploy/setup.py

wanted: setup ## Only list the sentences that wait for their translation
	@$(PY) -m deploy.messages wanted

lock: setup ## Write requirements.txt anew from the groups in pyproject.toml
	@$(PY) deploy/lock.py

##@ Taking it elsewhere
dist: setup ## Make one archive in dist/ that installs and runs without any network (docs/install.md)
	@$(PY) -m deploy.dist

##@ Slow sweeps
bench: ## Print the figures of benchmarks/ as ratios
	@python3 deploy/setup.py --tests
	@for file in $(filter-out $(CHAOS) $(BY_HAND),$(shell grep -l __main__ benchmarks/*.py)); do \
	  echo "== $$file"; $(PY) $$file || exit 1; done

chaos: setup ## kill -9 under load, and simulated power cuts: no acknowledged scan may be lost
	@for file in $(CHAOS); do echo "== $$file"; $(PY) $$file || exit 1; done

##@ Cleaning up
clean: ## Remove what set-up, the demo and dist made
	rm -rf .venv var dist static/node_modules
