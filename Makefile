# What make builds lives in .venv/, node_modules/, var/, dist/ or
# appliance/web_common/{static/vendor,bundles}/, all ignored by git. var/site is not built but kept: the
# keys of the technician's site and the backups that were fetched.
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
ANSIBLE := var/ansible
SITE := var/site
INVENTORY ?= provisioning/ansible/inventories/production
VENDOR := appliance/web_common/static/vendor
BUNDLES := appliance/web_common/bundles
SCREENS := $(shell find appliance -path "*/static/*" -not -path "*/vendor/*" \( -name "*.js" -o -name "*.css" \))
# Where the machine asks for no bytecode, each of the tests' programs would compile every module.
export PYTHONDONTWRITEBYTECODE :=
PIP_INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-input

# The fonts are those that paper and screens need for text in other scripts.
TEST_PACKAGES := mariadbd chromium chromium-headless-shell redis-server openssl $(addprefix package:,fonts-dejavu-core \
  fonts-noto-core fonts-noto-cjk fonts-symbola libfribidi0)

.PHONY: demo test quick test-appliance image test-image provision provision-station lint-playbooks campaign bench pictures check format docs translations wheel release trust-release lock clean

demo: $(VENV)/.runtime $(BUNDLES)/.done
	@exec $(BIN)/appliance demo $(DEMO_ARGS)

test: $(VENV)/.dev $(BUNDLES)/.done
	@tools/system-packages $(TEST_PACKAGES)
	@[ -n "$(TEST_ARGS)" ] || $(MAKE) --no-print-directory check
	@# Most tests wait for a database or a browser: three at once keep two cores busy. The longest, those
	@# of the browser, go first, as their folder's name does: nobody waits for one of them at the end.
	@$(BIN)/python -m pytest --numprocesses 3 --dist loadfile --no-loadscope-reorder $(TEST_ARGS)

# What can be looked at between two thoughts: the checks, and the tests that need no database.
quick: $(VENV)/.dev $(BUNDLES)/.done
	@$(MAKE) --no-print-directory check
	@$(BIN)/python -m pytest -q --numprocesses 2 --dist loadfile tests/unit

# The long forms of the tests that kill, race and break things: hours, not minutes.
campaign: $(VENV)/.dev $(BUNDLES)/.done
	@tools/system-packages $(TEST_PACKAGES)
	@CAMPAIGN=full $(BIN)/python -m pytest --timeout=7200 $(TEST_ARGS)

# On Debian's release SUITE, trixie or bookworm, of which the Pi's systems are made.
SUITE ?= trixie
test-appliance: $(VENV)/.dev $(BUNDLES)/.done $(ANSIBLE)/.done
	@[ "$$(id -u)" != 0 ] || $(MAKE) --no-print-directory lint-playbooks
	@SUITE=$(SUITE) tools/test-appliance $(TEST_ARGS)

# What is flashed on a card: dist/lobby-VERSION-ARCH.img.xz, of the same roles and the same release.
ARCH ?= arm64
IMAGE_PACKAGES := systemd-nspawn mmdebstrap arch-test mkfs.ext4 mkfs.vfat mcopy sfdisk xz
image: $(VENV)/.dev $(BUNDLES)/.done $(ANSIBLE)/.done
	@tools/system-packages $(IMAGE_PACKAGES)
	@$(BIN)/python -m tools.image build --arch $(ARCH) $(IMAGE_ARGS)

# Made for this machine's processor, and started; CAMPAIGN=full pulls the plug fifty times.
test-image: $(VENV)/.dev $(BUNDLES)/.done $(ANSIBLE)/.done
	@tools/system-packages $(IMAGE_PACKAGES) ssh ip
	@tools/test-image $(TEST_ARGS)

# From a laptop with nothing but Python: make provision INVENTORY=provisioning/ansible/inventories/production
provision: $(ANSIBLE)/.done
	@cd provisioning/ansible && exec $(CURDIR)/$(ANSIBLE)/bin/ansible-playbook \
	  --inventory $(abspath $(INVENTORY)) $(or $(PLAYBOOK),site.yml) $(PROVISION_ARGS)

# A further machine with printers and call buttons alone, let in by the main one.
provision-station:
	@$(MAKE) --no-print-directory provision PLAYBOOK=station.yml

lint-playbooks: $(ANSIBLE)-lint/.done
	@cd provisioning/ansible && PATH="$(CURDIR)/$(ANSIBLE)-lint/bin:$$PATH" ansible-lint --offline -q

bench: $(VENV)/.dev $(BUNDLES)/.done
	@tools/system-packages mariadbd chromium
	@$(BIN)/python -m benchmarks $(BENCH_ARGS)

# Every page, state, language and size in var/pictures/index.html; PICTURES_ARGS="--page kiosk --language ar".
pictures: $(VENV)/.dev $(BUNDLES)/.done
	@tools/system-packages chromium-headless-shell
	@$(BIN)/python -m tools.pictures $(PICTURES_ARGS)

check: $(VENV)/.dev node_modules/.done $(BUNDLES)/.done
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/python -m tools.generate_docs --check
	@$(BIN)/python -m tools.translations --check
	@tools/npm run --silent check

format: $(VENV)/.dev node_modules/.done
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .
	@tools/npm run --silent format

# Collects the sentences to translate; lists what is left to do.
translations: $(VENV)/.dev node_modules/.done
	@$(BIN)/python -m tools.translations

docs: $(VENV)/.dev
	@$(BIN)/python -m tools.generate_docs

wheel: $(VENV)/.dev $(BUNDLES)/.done
	@$(BIN)/python -m build --wheel --no-isolation --outdir dist

# One file that installs on a Pi without a network: dist/appliance-VERSION.tar.
release: $(VENV)/.dev $(BUNDLES)/.done
	@$(BIN)/python -m tools.release $(if $(PLATFORMS),--platforms $(PLATFORMS)) $(RELEASE_ARGS)

# Seals a release that somebody else has made: make trust-release FILE=dist/appliance-1.2.3.tar SHA256=…
trust-release: $(VENV)/.dev
	@$(BIN)/python -m tools.release --trust $(FILE) --sha256 $(SHA256)

# New pins for every dependency, with hashes and without addresses.
lock: $(VENV)/.dev
	@tools/lock

clean:
	rm -rf $(VENV) node_modules $(filter-out $(SITE),$(wildcard var/*)) dist $(VENDOR) $(BUNDLES)

$(VENV)/.created:
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed; this is " + sys.version.split()[0]) if sys.version_info < (3, 11) else 0'
	@$(PYTHON) -m venv $(VENV) || { echo "Python's venv module is missing: sudo apt-get install python3-venv" >&2; rm -rf $(VENV); exit 1; }
	@touch $@

$(VENV)/.runtime: $(VENV)/.created requirements.lock pyproject.toml
	@echo "Installing Python packages into $(VENV)…"
	@$(PIP_INSTALL) --require-hashes -r requirements.lock
	@$(PIP_INSTALL) --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.dev: $(VENV)/.runtime requirements-dev.lock
	@echo "Installing development tools into $(VENV)…"
	@$(PIP_INSTALL) --require-hashes -r requirements-dev.lock
	@touch $@

# Of the technician's machine, and no part of the product.
$(ANSIBLE)/.done: provisioning/ansible/requirements.lock
	@echo "Installing Ansible into $(ANSIBLE)…"
	@$(PYTHON) -m venv $(ANSIBLE)
	@$(ANSIBLE)/bin/python -m pip install --quiet --disable-pip-version-check --no-input --require-hashes -r provisioning/ansible/requirements.lock
	@touch $@

$(ANSIBLE)-lint/.done: provisioning/ansible/requirements-dev.lock
	@echo "Installing ansible-lint into $(ANSIBLE)-lint…"
	@$(PYTHON) -m venv $(ANSIBLE)-lint
	@$(ANSIBLE)-lint/bin/python -m pip install --quiet --disable-pip-version-check --no-input --require-hashes -r provisioning/ansible/requirements-dev.lock
	@touch $@

node_modules/.done: $(VENV)/.created package.json package-lock.json .npmrc
	@echo "Installing browser libraries…"
	@tools/npm ci --silent --no-audit --no-fund
	@touch $@

# Only the files that pages load; versions and integrity come from package-lock.json.
$(VENDOR)/.done: node_modules/.done tools/icons.py appliance/server/domain/menu_icons.py
	@rm -rf $(VENDOR) && mkdir -p $(VENDOR)/lit-html/directives
	@cp node_modules/lit-html/lit-html.js node_modules/lit-html/LICENSE node_modules/lit-html/directive.js node_modules/lit-html/directive-helpers.js $(VENDOR)/lit-html/
	@cp node_modules/lit-html/directives/repeat.js node_modules/lit-html/directives/live.js node_modules/lit-html/directives/class-map.js $(VENDOR)/lit-html/directives/
	@cp node_modules/socket.io-client/dist/socket.io.esm.min.js $(VENDOR)/socket.io.js
	@$(BIN)/python -m tools.icons $(VENDOR)
	@touch $@

# What pages load: one script and one style sheet each, and the icon for home screens that take no SVG.
$(BUNDLES)/.done: $(VENDOR)/.done tools/bundle tools/bundle.js tools/older_styles.js tools/touch_icon.py appliance/web_common/static/icon.svg tsconfig.bundles.json $(SCREENS)
	@rm -rf $(BUNDLES) && mkdir -p $(BUNDLES)
	@tools/bundle $(BUNDLES)
	@$(BIN)/python -m tools.touch_icon $(BUNDLES)/touch-icon.png
	@touch $@

.PHONY: bundles
bundles: $(BUNDLES)/.done
