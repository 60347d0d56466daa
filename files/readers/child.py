"""The process that reads one document: `python -m files.readers.child`. A task on stdin, lines of JSON on stdout.

A line is ["piece", label, text], and the last one ["done"], ["refused", sentence] or ["failed", class of the error].
"""

from __future__ import annotations

import json
import logging
import os
import sys
import warnings
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import IO

from files.readers import limits
from files.readers.archives import check_archive
from files.readers.cutting import Cutter
from files.readers.decoding import decoded
from files.readers.documents import document_sections
from files.readers.jsonrows import json_sections, jsonl_sections
from files.readers.kinds import damaged, kind_of
from files.readers.loading import load_libraries
from files.readers.tables import csv_sections, xlsx_sections
from files.readers.types import Form, Kind, Section, Task, UnreadableError

MAX_HTML_BYTES = 25 * 2**20
_ARCHIVES = {Kind.DOCX, Kind.PPTX, Kind.XLSX, Kind.EPUB}
_CONVERTED = {Kind.PDF, Kind.DOCX, Kind.PPTX, Kind.EPUB, Kind.HTML, Kind.IPYNB}


def main() -> None:
    said = json.load(sys.stdin)
    task = Task(**{**said, "path": Path(said["path"])})
    out = _private_stdout()
    sys.excepthook = partial(_tell_failure, out, task)
    warnings.simplefilter("ignore")
    logging.disable()
    cutter = Cutter(task.max_tokens, task.separators)
    for section in _sections(task):
        for piece in cutter.pieces(section):
            _tell(out, "piece", section.label, piece)
    _tell(out, "done")
    out.flush()


def _sections(task: Task) -> Iterator[Section]:
    kind = kind_of(task.path, name=task.name, content_type=task.content_type)
    _check_size(task, kind)
    load_libraries(kind)
    limits.limit_resources(memory_bytes=task.memory_bytes, seconds=task.seconds)
    limits.forbid_network_and_programs()
    if kind in _ARCHIVES:
        check_archive(task, kind)
    if kind is Kind.XLSX:
        return xlsx_sections(task.path)
    raw = task.path.read_bytes()
    if kind in _CONVERTED:
        if kind in (Kind.HTML, Kind.IPYNB):
            raw = decoded(raw, declared=_declared_encoding(raw) if kind is Kind.HTML else "").encode()
        return document_sections(raw, task, kind)
    return _text_sections(decoded(raw), task, kind)


def _text_sections(text: str, task: Task, kind: Kind) -> Iterator[Section]:
    if kind is Kind.CSV:
        is_tabbed = "tab-separated" in task.content_type or task.name.lower().endswith((".tsv", ".tab"))
        return csv_sections(text, is_tabbed=is_tabbed)
    if kind is Kind.JSON:
        return json_sections(text, task.name)
    if kind is Kind.JSONL:
        return jsonl_sections(text, task.name)
    return iter([Section(text, "", Form.MARKDOWN if kind is Kind.MARKDOWN else Form.TEXT)])


def _declared_encoding(raw: bytes) -> str:
    """What the page says in its own head."""
    from bs4.dammit import EncodingDetector  # noqa: PLC0415  (see loading)

    return EncodingDetector.find_declared_encoding(raw, is_html=True) or ""


def _check_size(task: Task, kind: Kind) -> None:
    """What is read whole into memory is smaller than what is read part by part."""
    if kind is Kind.PDF or kind in _ARCHIVES:
        return
    limit = MAX_HTML_BYTES if kind is Kind.HTML else task.text_bytes
    size = task.path.stat().st_size
    if size > limit:
        raise UnreadableError(
            f"{task.name} has {size >> 20:,} MB; {kind} files may have {limit >> 20:,} MB. "
            "Split it and upload the parts."
        )


def _private_stdout() -> IO[str]:
    """Stdout for our lines alone: what a library prints goes nowhere."""
    out = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="ascii")
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    return out


def _tell(out: IO[str], *words: str) -> None:
    out.write(json.dumps(words) + "\n")


def _tell_failure(
    out: IO[str], task: Task, kind: type[BaseException], error: BaseException, _: TracebackType | None
) -> None:
    """A refusal in its own words; of any other error only the class: its message may hold what the document says."""
    limits.lift_memory_limit()
    if isinstance(error, UnreadableError):
        _tell(out, "refused", str(error))
    elif isinstance(error, MemoryError):
        limit = f"{task.memory_bytes >> 20:,} MB"
        _tell(out, "refused", f"{task.name} needs more than {limit} of memory to be read.")
    elif isinstance(error, RecursionError):
        _tell(out, "refused", f"{task.name} is nested too deeply to be read.")
    else:
        _tell(out, "failed", kind.__qualname__, damaged(task.name, "a document"))
    out.flush()


if __name__ == "__main__":
    main()
