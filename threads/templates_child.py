"""Renders instructions that people wrote, in a process of its own: a template can want endless time and memory.

It imports nothing of ours that starts Django: it must start fast. One JSON object comes in, a JSON line for each
context goes out.
"""

from __future__ import annotations

import json
import signal
import sys
from typing import Any

from jinja2 import ChainableUndefined, Template, TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from files.readers.limits import forbid_network_and_programs, lift_memory_limit, limit_resources


class _TooLongError(Exception):
    pass


def main() -> None:
    task = json.load(sys.stdin)
    limit_resources(memory_bytes=task["memory_bytes"], seconds=task["seconds"] * (len(task["contexts"]) + 1))
    forbid_network_and_programs()
    signal.signal(signal.SIGVTALRM, _on_time_over)
    template = environment().from_string(task["template"])
    for context in task["contexts"]:
        sys.stdout.write(json.dumps(_outcome(template, context, task)) + "\n")
        sys.stdout.flush()


def environment() -> ImmutableSandboxedEnvironment:
    """No loader, so that nothing else can be read; values cannot be changed, nor their insides reached."""
    return ImmutableSandboxedEnvironment(undefined=ChainableUndefined, keep_trailing_newline=True)


def _outcome(template: Template, context: dict[str, Any], task: dict[str, Any]) -> dict[str, str]:
    signal.setitimer(signal.ITIMER_VIRTUAL, task["seconds"])
    try:
        return {"text": _rendered(template, context, task["characters"])}
    except _TooLongError as error:
        return {"error": str(error)}
    except MemoryError:
        lift_memory_limit()
        return {"error": "The instructions need more memory than they may have"}
    except RecursionError:
        return {"error": "The instructions are nested too deeply"}
    except (TemplateError, ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        return {"error": f"The instructions cannot be filled in: {str(error)[:200]}"}
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)


def _rendered(template: Template, context: dict[str, Any], characters: int) -> str:
    pieces, length = [], 0
    for piece in template.generate(context):
        pieces.append(piece)
        length += len(piece)
        if length > characters:
            raise _TooLongError(f"The instructions become longer than {characters:,} characters")
    return "".join(pieces)


def _on_time_over(number: int, frame: object) -> None:
    raise _TooLongError("The instructions take too long to fill in")


if __name__ == "__main__":
    main()
