# The commands of this project; the README explains them. Each target does what is missing and no more.
.DELETE_ON_ERROR:
.PHONY: setup app chat lint format test test-browser test-harness wheel-test measure measure-captions measure-several measure-shop measure-index measure-speed measure-conversations reproduce-small reproduce-paper train-stylist train-complement train-intents readme clean

PYTHON ?= python3
SHARED ?= ../shared
PORT ?= 8501
BIN := .venv/bin
export OMP_WAIT_POLICY = PASSIVE
export TOKENIZERS_PARALLELISM = false

setup: .venv/ready

# Each step leaves a stamp when it is complete, so that an interrupted set-up goes on where it stopped.
.venv/created:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; say which with PYTHON=python3.x"; exit 1; }
	@$(PYTHON) -m venv .venv || { echo "Python cannot make a virtual environment here. On Debian and Ubuntu: apt-get install python3-venv"; rm -rf .venv; exit 1; }
	@touch $@

.venv/torch: .venv/created constraints.txt
	@echo "Installing torch"
	@$(BIN)/pip install -qq --disable-pip-version-check --constraint constraints.txt torch
	@touch $@

.venv/installed: .venv/torch pyproject.toml constraints.txt
	@echo "Installing the pinned dependencies"
	@$(BIN)/pip install -qq --disable-pip-version-check --constraint constraints.txt --editable '.[app,finetune,parquet,dev]'
	@touch $@

.venv/ready: .venv/installed catalog/sample/items.jsonl
	@$(BIN)/python -m assistant fetch
	@touch $@

app: setup
	$(BIN)/streamlit run streamlit_app.py --server.port $(PORT)

chat: setup
	@$(BIN)/python -m assistant chat

lint: .venv/installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: .venv/installed
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

test: setup
	OMP_NUM_THREADS=1 $(BIN)/pytest -m 'not browser' -n 2 --dist loadfile

# Needs Debian's chromium: apt-get install chromium fonts-dejavu-core
test-browser: setup
	$(BIN)/pytest -m browser

# The wheel in an empty environment, asked from another folder: no package data may be forgotten.
wheel-test: setup
	@rm -rf out/wheel && mkdir -p out/wheel
	@$(BIN)/python -m build --wheel --outdir out/wheel > out/wheel/build.log 2>&1 || { tail -20 out/wheel/build.log; exit 1; }
	@$(PYTHON) -m venv out/wheel/venv
	@out/wheel/venv/bin/pip install -qq --disable-pip-version-check --constraint constraints.txt torch
	@out/wheel/venv/bin/pip install -qq --disable-pip-version-check --constraint constraints.txt out/wheel/*.whl
	@cd / && env -i HOME="$$HOME" PATH="$$PATH" OMP_WAIT_POLICY=PASSIVE "$(CURDIR)/out/wheel/venv/bin/python" -m assistant ask "what shoes go with a navy wool coat?"

# FITB in lm-evaluation-harness, in the project's environment; the README says why not by pip alone.
test-harness: setup .venv/harness
	$(BIN)/pytest tests/finetune/test_harness.py

.venv/harness: .venv/installed
	@$(BIN)/pip install -qq --disable-pip-version-check --constraint constraints.txt --editable '.[app,finetune,parquet,dev,harness]'
	@touch $@

clean:
	rm -rf .venv out build dist *.egg-info

# The figures of the README's table, each command writing its JSON. SHARED is where the data sets are.
PHOTOS := $(SHARED)/data/clothing_photos
MANGO := $(SHARED)/data/mango
MEASURED := docs/measured

measure: measure-captions measure-several measure-shop measure-index measure-speed measure-conversations readme

# The embedded captioner's captions; beside them others' that you have, by name: CAPTIONS="llava=llava.jsonl other=other.jsonl".
measure-captions: setup
	$(BIN)/python -m catalog.measure_captions --photos $(PHOTOS) --mango $(MANGO) --captions embedded $(CAPTIONS:%=--captions %) \
	  --keep out/mango-captions.jsonl --out $(MEASURED)/captions.json
	$(BIN)/python -m finetune.measure_captions --mango $(MANGO) --captions embedded=out/mango-captions.jsonl $(CAPTIONS:%=--captions %) \
	  --out $(MEASURED)/captions.json
	$(BIN)/python docs/confusion.py

measure-several: setup
	$(BIN)/python -m catalog.measure_several --photos $(PHOTOS) --mango $(MANGO) --out $(MEASURED)/several.json

# The first 21 photos of coats and jackets, the first of them to warm up.
measure-shop: setup
	rm -rf out/mango && mkdir -p out
	$(BIN)/python -m retrieval build $(MANGO)/products.csv --mapping examples/mango-mapping.yaml --into out/mango --json > out/shop.json
	mv out/shop.json $(MEASURED)/shop.json
	$(BIN)/python -m assistant.measure variety --shop out/mango --outfits $(MANGO)/outfits.jsonl --out $(MEASURED)/variety.json
	$(BIN)/python -m assistant.measure time --shop out/mango --out $(MEASURED)/answer.json \
	  $$(awk -F, '$$2 == "Outwear" && $$3 ~ /False/ {print "$(PHOTOS)/" $$1}' $(PHOTOS)/labels.csv | head -21)

# Filtered search among ten thousand to a million made-up items (an hour, 6 GB in out/), and known items among real ones.
measure-index: setup
	$(BIN)/python -m retrieval.measure filters --out $(MEASURED)/filters.json
	$(BIN)/python -m retrieval.measure known-items --styles $(SHARED)/data/product_styles/styles.csv --out $(MEASURED)/known-items.json
	$(BIN)/python docs/growth.py

# Whole conversations with the planner, and some of them through a scripted endpoint, well-behaved and misbehaving; times among 5,000 items.
CONVERSATIONS := tests/conversations
measure-conversations: setup
	$(BIN)/python -m assistant evaluate $(CONVERSATIONS)/development_*.yaml $(CONVERSATIONS)/held_out.yaml --json --quiet-failures > $(MEASURED)/conversations.json
	$(BIN)/python -m tests.measure_endpoint $(CONVERSATIONS)/development_[123].yaml --out $(MEASURED)/endpoint.json
	$(BIN)/python -m tests.measure_endpoint $(CONVERSATIONS)/development_[123].yaml --misbehave-every 3 --timeout 5 --out $(MEASURED)/endpoint.json
	$(BIN)/python -m assistant.measure talk --out $(MEASURED)/talk.json

# Speed against the plain way: answering (4 and 20 options), a shop's picks and scores, and training steps.
measure-speed: setup
	$(BIN)/python -m finetune.measure answering --data $(SHARED)/data --out $(MEASURED)/answering.json
	$(BIN)/python -m finetune.measure picking --data $(SHARED)/data --out $(MEASURED)/picking.json
	$(BIN)/python -m finetune.measure training --data $(SHARED)/data --out $(MEASURED)/training.json

# The paper's tables on SmolLM2 and this machine's cores: all that is missing (some hours), or one row: ROW=fitb-sft.
reproduce-small: setup $(if $(or $(findstring captions,$(ROW)),$(if $(ROW),,all)),out/mango-captions.jsonl)
	$(BIN)/python -m finetune.reproduce --data $(SHARED)/data $(if $(ROW),--row $(ROW))

# The paper's own: the official download of Polyvore Outfits (DATA), pictures with it, and a base (BASE); needs a GPU.
BASE ?= mistralai/Mistral-7B-Instruct-v0.1
reproduce-paper: setup
	$(BIN)/python -m finetune.paper --data $(DATA) --base $(BASE) $(if $(PRECISION),--precision $(PRECISION)) $(if $(WORK),--work $(WORK))

# Made anew when the captioner changes.
CAPTIONER := $(wildcard catalog/weights/*.safetensors) $(patsubst %,catalog/%.py,vision heads deciding region segmenter busy_ground evidence colours backbone nothing)
out/mango-captions.jsonl: .venv/ready $(CAPTIONER)
	@mkdir -p out
	$(BIN)/python -m catalog caption $(MANGO)/images --json > $@

# The stylist that ships, from the data: some four hours on one core. What was interrupted goes on.
# Its parts are weighed on valid by twins that never saw it; then those that ship train on valid as well, and take the weights over.
STYLIST := out/stylist
PARTS := minilm wordless words
TRAIN_PART = $(BIN)/python -m finetune.match --config finetune/recipes/matcher/$*.yaml --data $(SHARED)/data --into $(@D)
train-stylist: setup $(STYLIST)/blend.json $(PARTS:%=$(STYLIST)/%/sets.safetensors)

$(STYLIST)/blend.json: $(PARTS:%=$(STYLIST)/twins/%/sets.safetensors)
	$(BIN)/python -m finetune.weigh --data $(SHARED)/data/polyvore_t/valid.json --into $(@D)/twins $(PARTS:%=--matcher %) --seeds 5
	cp $(@D)/twins/blend.json $@

$(STYLIST)/twins/%/sets.safetensors:
	$(TRAIN_PART)

$(STYLIST)/%/sets.safetensors:
	$(TRAIN_PART) --set "data.train=[polyvore_text/train.jsonl, polyvore_text/valid.jsonl]" \
		--set "data.without=[polyvore_t/test.json, polyvore_text/test.jsonl]"

# What a message most likely asks, learned from the development conversations (half a minute).
train-intents: setup
	$(BIN)/python -m assistant.understanding.teaching tests/conversations/development_*.yaml

# Complementary search's encoder, taught by the stylist that ships: some 40 minutes on one core. What was interrupted goes on.
COMPLEMENT := out/complement
train-complement: setup $(COMPLEMENT)/sets.safetensors

$(COMPLEMENT)/sets.safetensors:
	$(BIN)/python -m finetune.distil --config finetune/recipes/complement/minilm.yaml --data $(SHARED)/data --into $(@D)

readme: setup
	$(BIN)/python docs/figures.py
