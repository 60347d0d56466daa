"""Items as lines: JSONL in this vendor's envelope, and CSV. Each chunk is one whole line."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import yaml
from pydantic import BaseModel

_PLAIN_START = re.compile(
    r"[^\W\d]"
)  # A letter or `_`: what YAML 1.1 and 1.2 both read as a word, if at all.


class _MetaDumper(yaml.SafeDumper):
    """Strings that one YAML version or another would read as something else are put in quotes."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _represent_text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = None if _PLAIN_START.match(text) and text.isprintable() else '"'
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_MetaDumper.add_representer(str, _represent_text)


def jsonl(items: Iterable[BaseModel]) -> Iterator[bytes]:
    """Only ASCII: a client that decodes each piece of the network on its own cannot cut a character in two."""
    for item in items:
        yield envelope("item", item.model_dump(mode="json", by_alias=True))


def envelope(type_: str, data: Any) -> bytes:
    line = json.dumps({"type": type_, "data": data}, separators=(",", ":"), allow_nan=False)
    return line.encode() + b"\n"


def csv_lines(items: Iterable[BaseModel], columns: Sequence[str]) -> Iterator[bytes]:
    """The names, then a row per item: every field in quotes and as it is, objects as YAML."""
    yield ",".join(columns).encode() + b"\n"
    for item in items:
        values = item.model_dump(mode="json", by_alias=True)
        row = io.StringIO(newline="")
        csv.writer(row, quoting=csv.QUOTE_ALL, lineterminator="\n").writerow(
            [_field(values[column]) for column in columns]
        )
        yield row.getvalue().encode()


def as_yaml(value: Any) -> str:
    """A YAML document that YAML 1.1 and 1.2 read as this value."""
    text: str = yaml.dump(value, Dumper=_MetaDumper, allow_unicode=True, sort_keys=False, width=2**31)
    return text


def _field(value: Any) -> Any:
    if isinstance(value, dict | list):
        return as_yaml(value) if value else ""
    return value
