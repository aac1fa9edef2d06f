# Demeure: every recipe works on a fresh machine with Python >= 3.11, make and gcc. CI calls the same ones.
PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.demeure
CACHE  ?= cache
INSTANCE ?= instance
JOBS   ?= 2
PROVIDER := oidc-provider@9.8.4

.DEFAULT_GOAL := help

help:  ## this list | cette liste
	@case "$${DEMEURE_LANGUAGE:-$${LC_ALL:-$${LC_MESSAGES:-$$LANG}}}" in \
	  en|en[!a-z]*) kept='s/:.*## \(.*\) | .*/\t\1/' ;; *) kept='s/:.*## .* | /\t/' ;; \
	esac; grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed "$$kept" | expand -t 12

$(STAMP)-runtime: requirements/runtime.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=python3.11")'
	@echo "make: installing Demeure and its libraries in $(VENV), one to four minutes."
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/runtime.lock
	LC_ALL=C.UTF-8 $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@LC_ALL=C.UTF-8 $(BIN)/python requirements/relative.py  # an accented folder then opens in every locale
	$(BIN)/python -m compileall -q src  # inside their boxes the roles cannot write bytecode
	@$(BIN)/python requirements/listing.py  # what prove, status and doctor compare the files with
	touch $@

$(STAMP)-dev: requirements/dev.lock $(STAMP)-runtime
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.lock
	@$(BIN)/python requirements/listing.py
	touch $@

install: $(STAMP)-runtime list  ## virtual environment from the hashed lock file; the files of the product as they are now | environnement virtuel en versions fixées, vérifiées ; les fichiers du produit tels qu’ils sont

list: $(STAMP)-runtime
	@$(BIN)/python -m compileall -q src
	@$(BIN)/python requirements/listing.py

demo: $(STAMP)-runtime  ## install, fetch the starter models, load the sample base, answer a question, serve the pages | installer, aller chercher les modèles, charger l’exemple, répondre à une question, servir les pages
	@exec $(BIN)/demeure --instance $(INSTANCE) demo $(if $(PORT),--port $(PORT))

test-models: $(STAMP)-dev
	@$(BIN)/python -m demeure.cli.main --instance $(CACHE)/test models pull test-chat embeddings
	@$(BIN)/python -m demeure.cli.main --instance $(CACHE)/test models pull ocr-fra ocr-eng \
	  || echo "make test: no language data could be fetched; the tests of scans will be skipped."
	@$(BIN)/python -m demeure.cli.main --instance $(CACHE)/test models pull whisper-base \
	  || echo "make test: the recognition model could not be fetched; two tests of recordings will be skipped."

test-tools: $(STAMP)-dev
	@sh tests/prepare.sh

test: $(STAMP)-dev list test-tools test-provider test-models  ## everything, offline once the small test models are there | tous les tests, hors ligne une fois les petits modèles d’essai présents
	DEMEURE_TEST_MODELS=$(abspath $(CACHE)/test/models) $(BIN)/python -m pytest -n $(JOBS) --dist loadfile --no-loadscope-reorder \
	  $(PYTEST)

test-provider:  # a real OpenID provider
	@test -d $(CACHE)/clients/node_modules/oidc-provider \
	  || npm install --silent --no-audit --no-fund --ignore-scripts --prefix $(CACHE)/clients $(PROVIDER) \
	  || echo "make test: no Node, or no package; the test of a real OpenID provider will be skipped."

clients: $(STAMP)-dev  ## clients that nobody here wrote, in a folder of their own, for the tests of /v1 and /mcp | des clients que personne ici n’a écrits, dans un dossier à eux, pour les tests de /v1 et /mcp
	@test -x $(CACHE)/clients/bin/python || $(PYTHON) -m venv $(CACHE)/clients
	@$(CACHE)/clients/bin/python -m pip install --quiet --disable-pip-version-check -r requirements/clients.txt \
	  || echo "make clients: they could not be fetched; their tests will be skipped."
	@npm install --silent --no-audit --no-fund --ignore-scripts --prefix $(CACHE)/clients openai@6.49.0 $(PROVIDER) \
	  || echo "make clients: no Node, or no package; its test will be skipped."

clean-root: $(STAMP)-dev  ## a clean root of Debian, for the tests that install a bundle there (root; CI makes it) | une racine de Debian neuve, pour les tests qui y installent un lot (root)
	@DEMEURE_CLEAN_ROOT=1 sh tests/prepare.sh

endurance: $(STAMP)-dev list test-models clients clean-root  ## kill a whole house 200 times under load, for each of DEMEURE_STORM_SEEDS; fill its disks; kill each writer anywhere; what make test leaves out | tuer une maison entière 200 fois en charge, remplir ses disques, tuer chaque écrivain : ce que make test laisse de côté
	DEMEURE_TEST_MODELS=$(abspath $(CACHE)/test/models) DEMEURE_STORM_SEEDS=$${DEMEURE_STORM_SEEDS:-11,12,13,14,15} \
	  DEMEURE_ENDURANCE=1 DEMEURE_STORM_KILLS=200 DEMEURE_STORM_PAPERS=200 $(BIN)/python -m pytest tests -m "thorough or endurance" -s $(PYTEST)

lint: $(STAMP)-dev  ## ruff, format, types, direction of imports | ruff, mise en forme, types, sens des imports
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

fix: $(STAMP)-dev  ## format and repair what can be | mettre en forme et réparer ce qui peut l’être
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(STAMP)-dev  ## every benchmark, one JSON object each, in artefacts/bench/ | toutes les mesures, un objet JSON chacune, dans artefacts/bench/
	$(BIN)/python benchmarks/run.py

docs: $(STAMP)-dev  ## regenerate docs/settings.md, errors.md and rights.md | refaire docs/settings.md, errors.md et rights.md
	$(BIN)/python docs/generate.py

lock: $(STAMP)-dev  ## resolve the dependencies again, with hashes, for every supported Python | résoudre de nouveau les dépendances, avec empreintes, pour chaque Python accepté
	$(BIN)/python requirements/lock.py

clean:  ## remove what make created, except instances and fetched models | enlever ce que make a fait, sauf instances et modèles téléchargés
	rm -rf $(VENV) build dist artefacts .pytest_cache .mypy_cache .ruff_cache

.PHONY: help install list demo test clean-root clients test-models test-provider test-tools endurance lint fix bench docs lock clean
