# make run starts everything; make test checks everything. Both set up what they need, in this folder.

PY := .venv/bin/python
unexport PYTHONDONTWRITEBYTECODE  # Else each of the many processes would compile all of it again.

.PHONY: run test lint format bench lock
.DELETE_ON_ERROR:

run: .venv/run.stamp
	@exec $(PY) manage.py up

test: .venv/test.stamp .cache/mistralai3/test.stamp lint
	$(PY) -m tests.chromium
	SECRET_KEY=none $(PY) -W ignore manage.py makemigrations --check --dry-run
	$(PY) -m pytest -n 2 --dist loadfile --no-loadscope-reorder --durations 15

lint: .venv/test.stamp
	$(PY) -m ruff format --check .
	$(PY) -m ruff check .
	$(PY) -m mypy .
	find templates -name '*.html' -exec .venv/bin/djade --check --target-version 5.2 {} +
	$(PY) .venv/bin/lint-imports
	.venv/bin/hadolint Dockerfile

format: .venv/test.stamp
	$(PY) -m ruff format .
	$(PY) -m ruff check --fix .
	find templates -name '*.html' -exec .venv/bin/djade --target-version 5.2 {} +

bench: .venv/test.stamp
	$(PY) -m tests.bench

UV_COMPILE := uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate

lock:
	$(UV_COMPILE) --upgrade pyproject.toml -o requirements.lock
	$(UV_COMPILE) --upgrade pyproject.toml --extra test --constraint requirements.lock -o tests/requirements.lock
	echo 'mistralai>=3' | $(UV_COMPILE) --upgrade - -o tests/mistralai3.lock

.venv/run.stamp: requirements.lock | .venv/bin/python
	@echo "Installing what Winnow needs; this happens once."
	@$(PY) -m pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements.lock
	@touch $@

.venv/test.stamp: tests/requirements.lock | .venv/bin/python
	@echo "Installing what Winnow and its tests need; this happens once."
	@$(PY) -m pip install --quiet --disable-pip-version-check --require-hashes --requirement tests/requirements.lock
	@touch $@ .venv/run.stamp

# The newest generation of the vendor's client, which cannot live beside the one in the environment.
.cache/mistralai3/test.stamp: tests/mistralai3.lock | .venv/bin/python
	@rm -rf .cache/mistralai3
	@$(PY) -m pip install --quiet --disable-pip-version-check --require-hashes --requirement tests/mistralai3.lock \
		--target .cache/mistralai3 --no-warn-conflicts
	@touch $@

.venv/bin/python:
	@for candidate in $(PYTHON) python3 python3.14 python3.13 python3.12 python3.11; do \
		if "$$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
			exec "$$candidate" -m venv --clear .venv; \
		fi; \
	done; \
	echo "Winnow needs Python 3.11 or newer; install it, or name it: make PYTHON=/path/to/python3" >&2; exit 1
