"""Instructions of judges are Jinja templates: checked here, rendered in a process of their own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from jinja2 import TemplateSyntaxError, meta

from threads.errors import TemplateFailedError, TemplateInvalidError
from threads.templates_child import environment

MEMORY_BYTES = 128 * 1024**2
SECONDS = 1  # Of the processor, for each text.
MAX_CHARACTERS = 400_000
_ROOT = Path(__file__).resolve().parents[1]
_START_SECONDS = 30


def variables_of(template: str) -> set[str]:
    """The names that the template reads. Raises TemplateInvalidError for one that is none."""
    try:
        return meta.find_undeclared_variables(environment().parse(template))
    except TemplateSyntaxError as error:
        raise TemplateInvalidError(
            f"The instructions are no template: line {error.lineno}: {error.message}"
        ) from None
    except RecursionError:
        raise TemplateInvalidError("The instructions are nested too deeply; flatten them.") from None


def render(template: str, contexts: Sequence[dict[str, Any]]) -> list[str | TemplateFailedError]:
    """The text for each context, or why there is none."""
    task = {
        "template": template,
        "contexts": list(contexts),
        "memory_bytes": MEMORY_BYTES,
        "seconds": SECONDS,
        "characters": MAX_CHARACTERS,
    }
    try:
        done = subprocess.run(
            [sys.executable, "-m", "threads.templates_child"],
            input=json.dumps(task).encode(),
            capture_output=True,
            cwd=_ROOT,
            env={"PATH": os.environ.get("PATH", ""), "PYTHONPATH": str(_ROOT)},
            timeout=_START_SECONDS + SECONDS * len(contexts),
            check=False,
        )
        lines = done.stdout.splitlines()
    except subprocess.TimeoutExpired as error:
        lines = (error.stdout or b"").splitlines()
    outcomes = [_outcome(line) for line in lines]
    lost = TemplateFailedError("The instructions need more time or memory than they may have; simplify them.")
    return [*outcomes, *[lost] * (len(contexts) - len(outcomes))]


def _outcome(line: bytes) -> str | TemplateFailedError:
    said: dict[str, str] = json.loads(line)
    return TemplateFailedError(f"{said['error']}; change them.") if "error" in said else said["text"]
