"""What the last word of a typed filter can become: fields, then values of the field, the commonest first."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from datasets.models import Dataset
from project.lib.errors import DomainError
from project.lib.filters import FilterField, Operator
from records.facets import fitting_effort, is_counted, read_values
from records.fields import RECORD_FIELDS
from records.filterbar import read_filter
from records.filtertext import WORDS, quoted, spell_pair, split_token
from records.metafields import PREFIX
from records.models import Record
from records.suggestions import suggest

NO_FILTER = read_filter(())
MOST = 10
MOST_TYPED = 500
_LAST_WORD = re.compile(r'(?:"(?:[^"\\]|\\.)*(?:"|$)|[^\s"])*$')
_HINTS = {
    "tokens": "500..2000",
    "turns": "2..",
    "characters": "..4000",
    "added_by": "4..7",
    "changed_by": "4..7",
}


@dataclass(frozen=True, slots=True)
class Completion:
    """`text` takes the place of the word that was typed; a field's ends with its colon, so that values follow."""

    text: str
    hint: str = ""


def complete(dataset: Dataset, typed: str) -> list[Completion]:
    """Values are counted in at most the time of a facet; a field whose values take longer offers none."""
    found = _LAST_WORD.search(typed[-MOST_TYPED:])
    word = found[0] if found else ""
    token = split_token(word)
    if not token.key:
        return list(_fields(dataset, word))[:MOST]
    field = RECORD_FIELDS.find(token.key)
    if field is None:
        return []
    return list(_values(dataset, field, token.key, token.rest, "-" if token.is_excluded else ""))[:MOST]


def _fields(dataset: Dataset, word: str) -> Iterator[Completion]:
    sign, start = ("-", word[1:].lower()) if word.startswith("-") else ("", word.lower())
    labels = {name: field.label for name, field in RECORD_FIELDS.fields.items() if name != WORDS}
    labels |= {f"{PREFIX}{key}": "Meta" for key in suggest(dataset).keys}
    matching = [name for name in labels if start in name.lower() or start in labels[name].lower()]
    for name in sorted(matching, key=lambda name: not name.lower().startswith(start)):
        yield Completion(f"{sign}{spell_pair(name, ())}", labels[name])


def _values(dataset: Dataset, field: FilterField, name: str, rest: str, sign: str) -> Iterator[Completion]:
    before, comma, typed = rest.rpartition(",")
    start = typed.strip('"').lower()
    head = f"{sign}{spell_pair(name, ())}{before}{comma}"
    if field.choices:
        for value, label in field.choices:
            if start in value.lower() or start in label.lower():
                yield Completion(f"{head}{quoted(value)}", label)
    elif is_counted(field):
        for value, hint in _counted(dataset, name, start):
            yield Completion(f"{head}{quoted(value)}", hint)
    elif not start and name in _HINTS:
        yield Completion(f"{head}{_HINTS[name]}", "a range")
    if Operator.EXISTS in field.operators and not start:
        yield Completion(f"{head}*", "none" if sign else "any")


def _counted(dataset: Dataset, name: str, start: str) -> list[tuple[str, str]]:
    try:
        found = read_values(
            dataset,
            Record.objects.in_dataset(dataset),
            name,
            limit=MOST,
            search=start,
            effort=fitting_effort(dataset, NO_FILTER, name),
        )
    except DomainError:
        return []
    sign = "~" if found.is_estimate else ""
    values = [(one.value, f"{sign}{one.number:,}") for one in found.values if one.value is not None]
    return sorted(values, key=lambda value: not value[0].lower().startswith(start))
