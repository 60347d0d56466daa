"""What a page shows, said as calls of a program: what every dialect's table of calls is made of. Pure."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from textwrap import dedent, indent
from typing import Any
from urllib.parse import quote, urlencode
from uuid import UUID

import orjson

from project.lib.filters import Condition, FieldRegistry, Group, Operator
from project.lib.filterwords import in_words

KEY = "$WINNOW_API_KEY"
PERMANENT = "This deletes for good, as the vendor promises; on the page records go to the trash."
NO_SEARCH = "This dialect does not search records; that of ChatBotKit does, by words and meaning."


class Page(StrEnum):
    """What the calls are the equivalent of."""

    DATASETS = "datasets"
    RECORDS = "records"
    RECORD = "record"
    EXPORT = "export"
    SEARCH = "search"
    CHANGE = "change"
    LOGS = "logs"
    LOG = "log"


@dataclass(frozen=True, slots=True)
class Subject:
    """What is on the screen: `ids` are of the records or the log that are meant, `task` is what a bulk change does."""

    page: Page
    address: str
    filter: Group = field(default_factory=Group)
    registry: FieldRegistry | None = None
    dataset_id: UUID | None = None
    ids: tuple[UUID, ...] = ()
    words: str = ""
    task: str = ""

    def told(self, conditions: Iterable[Condition | Group]) -> str:
        """Some of its conditions in words."""
        registry = self.registry or FieldRegistry((), {})
        return "; ".join(in_words(condition, registry) for condition in conditions)


@dataclass(frozen=True, slots=True)
class Call:
    """One request, in the code of the vendor's client and as it goes over the wire."""

    code: str
    method: str
    path: str
    query: Sequence[tuple[str, str]] = ()
    body: Any = None

    def curl(self, address: str) -> str:
        """For a POSIX shell; the key is in the environment."""
        query = f"?{urlencode(self.query, quote_via=quote)}" if self.query else ""
        lines = [
            f"curl {'' if self.method == 'GET' else f'-X {self.method} '}{shlex.quote(address + self.path + query)}"
        ]
        lines.append(f'-H "Authorization: Bearer {KEY}"')
        if self.body is not None:
            lines.append("-H 'Content-Type: application/json'")
            lines.append(f"-d {shlex.quote(_json(self.body))}")
        return " \\\n  ".join(lines)


@dataclass(frozen=True, slots=True)
class Equivalent:
    """One dialect's answer: its call, or only why there is none; `notes` say what the call does not say."""

    call: Call | None = None
    notes: tuple[str, ...] = ()


Table = dict[Page, Callable[[Subject], Equivalent]]


def left_out(subject: Subject, conditions: Sequence[Condition | Group]) -> tuple[str, ...]:
    """What a call says of conditions that its dialect cannot say."""
    if not conditions:
        return ()
    return (
        f"This dialect cannot say “{subject.told(conditions)}”, so the call brings more than the page shows.",
    )


def flattened(node: Condition | Group) -> list[Condition | Group]:
    """Conditions that must all hold, one by one; of those of which any is enough, the group."""
    if isinstance(node, Condition) or node.is_any:
        return [node]
    return [one for child in node.conditions for one in flattened(child)]


def without_ranges(conditions: Iterable[Condition | Group]) -> list[Condition | Group]:
    """`500..2000` as a lowest and a highest value, which every dialect has."""
    return [part for condition in conditions for part in _bounds(condition)]


def _bounds(node: Condition | Group) -> list[Condition | Group]:
    if isinstance(node, Group) or node.operator is not Operator.BETWEEN:
        return [node]
    low, dots, high = str(node.value).partition("..")
    if not dots:
        return [Condition(node.field, Operator.IS, low)]
    ends = ((Operator.AT_LEAST, low), (Operator.AT_MOST, high))
    return [Condition(node.field, operator, end) for operator, end in ends if end]


def values_of(condition: Condition) -> list[Any]:
    return list(condition.value) if isinstance(condition.value, tuple) else [condition.value]


def in_client(setup: str, subject: Subject, template: str, /, **values: Any) -> str:
    """A program: how the vendor's client is made for our address, then what it is asked for."""
    return f"{code(setup, address=subject.address)}\n\n{code(template, **values)}"


def code(template: str, **values: Any) -> str:
    """The template with each `<name>` replaced; a value of several lines is indented as its line is."""
    text = dedent(template).strip("\n")
    for name, value in values.items():
        lines = [line for line in text.splitlines() if f"<{name}>" in line]
        for line in lines:
            start = line[: len(line) - len(line.lstrip())]
            text = text.replace(
                line, line.replace(f"<{name}>", indent(str(value), start).removeprefix(start))
            )
    return text


def _json(value: Any) -> str:
    return orjson.dumps(value, option=orjson.OPT_INDENT_2 if len(str(value)) > 60 else 0).decode()
