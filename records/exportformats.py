"""The formats of an export: each turns our own lines, on their way, into what a trainer or a table reads. Pure."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from project.lib import jsontext
from records.errors import RecordInvalidError

Line = dict[str, Any]
_COLUMNS = ("form", "messages", "text", "properties", "tags", "status", "split", "key", "source")


@dataclass(frozen=True, slots=True)
class ExportFormat:
    """`reshape` takes and gives chunks of whole lines."""

    label: str
    suffix: str
    content_type: str
    reshape: Callable[[Iterable[bytes]], Iterable[bytes]]


def format_named(name: str) -> ExportFormat:
    """Raises RecordInvalidError with the names that exist."""
    found = EXPORT_FORMATS.get(name)
    if found is None:
        raise RecordInvalidError(
            f"There is no format {name[:40]!r}; choose one of {', '.join(EXPORT_FORMATS)}."
        )
    return found


def _as_it_is(chunks: Iterable[bytes]) -> Iterable[bytes]:
    return chunks


def _as_chat(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """What most trainers take: the messages, with tools where the conversation names them, and nothing else."""
    for chunk in chunks:
        lines = (jsontext.serialise(_chat(line)) + "\n" for line in _lines(chunk))
        yield "".join(lines).encode()


def _chat(line: Line) -> Line:
    if "payload" not in line:
        return {"messages": [{"role": "user", "content": line["text"]}]}
    payload = line["payload"]
    return {"messages": payload.get("messages", [])} | {
        name: payload[name] for name in ("tools", "parallel_tool_calls") if name in payload
    }


def _as_csv(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Lists and objects are JSON in their cells."""
    yield _rows([_COLUMNS])
    for chunk in chunks:
        yield _rows(_cells(line) for line in _lines(chunk))


def _cells(line: Line) -> tuple[str, ...]:
    is_text = "text" in line
    payload = line.get("payload", {})
    return (
        "text" if is_text else "conversation",
        "" if is_text else jsontext.serialise(payload.get("messages", [])),
        line.get("text", ""),
        jsontext.serialise(line["properties"]),
        jsontext.serialise(line["tags"]) if "tags" in line else "",
        *(line.get(name, "new" if name == "status" else "") for name in _COLUMNS[5:]),
    )


def _rows(rows: Iterable[Iterable[str]]) -> bytes:
    sheet = io.StringIO()
    csv.writer(sheet).writerows(rows)
    return sheet.getvalue().encode(errors="replace")


def _lines(chunk: bytes) -> Iterator[Line]:
    return (jsontext.parse(raw) for raw in chunk.splitlines())


EXPORT_FORMATS = {
    "jsonl": ExportFormat("JSONL, all of each record", ".jsonl", "application/x-ndjson", _as_it_is),
    "chat": ExportFormat("OpenAI chat (JSONL)", ".chat.jsonl", "application/x-ndjson", _as_chat),
    "csv": ExportFormat("CSV", ".csv", "text/csv; charset=utf-8", _as_csv),
}
