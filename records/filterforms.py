"""What the forms around a list make of its filter: a condition as field, comparison and value, a range as two ends,
words with conditions among them, or the whole filter as text. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from project.lib.filters import FieldRegistry, FilterError, FilterField, Operator, split_operator
from records.filtertext import WORDS, quoted, read_text, read_values

FIND, TEXT = "find", "text"
FORM_KEYS = (FIND, TEXT, "field", "comparison", "value", "values", "low", "high", "instead")
ANY = "*"

Pairs = tuple[tuple[str, tuple[str, ...]], ...]
_Lists = dict[str, list[str]]


@dataclass(frozen=True, slots=True)
class Comparison:
    """As a form offers it: its word, how people say it, and the operator that a field must have for it."""

    word: str
    label: str
    operator: Operator
    takes_value: bool = True


COMPARISONS = (
    Comparison("is", "is", Operator.IS),
    Comparison("not", "is not", Operator.IS_NOT),
    Comparison("icontains", "contains", Operator.CONTAINS_IN_ANY_CASE),
    Comparison("not_icontains", "does not contain", Operator.NOT_CONTAINS_IN_ANY_CASE),
    Comparison("startswith", "begins with", Operator.BEGINS),
    Comparison("gte", "is at least", Operator.AT_LEAST),
    Comparison("lte", "is at most", Operator.AT_MOST),
    Comparison("between", "is between", Operator.BETWEEN),
    Comparison("regex", "matches", Operator.MATCHES),
    Comparison("not_empty", "has a value", Operator.NOT_EMPTY, takes_value=False),
    Comparison("empty", "has no value", Operator.EMPTY, takes_value=False),
    Comparison("exists", "has a value", Operator.EXISTS, takes_value=False),
    Comparison("missing", "has no value", Operator.MISSING, takes_value=False),
)
_BY_WORD = {comparison.word: comparison for comparison in COMPARISONS}


def comparisons_of(field: FilterField) -> list[Comparison]:
    """Those that its conditions can be changed to."""
    has_empty = Operator.EMPTY in field.operators
    left_out = {Operator.EXISTS, Operator.MISSING} if has_empty else set()
    if field.is_ordered:
        left_out |= {Operator.BETWEEN}  # Which is what `is` means there.
    return [one for one in COMPARISONS if one.operator in field.operators and one.operator not in left_out]


def comparisons_in(registry: FieldRegistry) -> list[tuple[str, str]]:
    """Word and label of all that some field of the registry has, each label once."""
    fields = [*registry.fields.values(), *registry.prefixed.values()]
    found = {one.label: one.word for field in fields for one in comparisons_of(field)}
    return [(one.word, one.label) for one in COMPARISONS if found.get(one.label) == one.word]


def offered_fields(registry: FieldRegistry, keys: Iterable[str] = ()) -> list[tuple[str, str]]:
    """Name and label, for a form that adds a condition. `keys` are those that occur under the first prefix."""
    prefix = next(iter(registry.prefixed), "")
    named = [(field.name, field.label) for field in registry.fields.values() if comparisons_of(field)]
    return [*named, *((f"{prefix}{key}", registry.prefixed[prefix].label) for key in keys)]


def comparison_of(key: str, values: tuple[str, ...]) -> str:
    """The word that a form would have sent for this condition; empty where none does."""
    name, is_excluded = (key[1:], True) if key.startswith("-") else (key, False)
    if values == (ANY,):
        return "missing" if is_excluded else "exists"
    if split_operator(name)[1] is None:
        return "not" if is_excluded else "is"
    word = name.rpartition(":")[2]
    return word if word in _BY_WORD else ""


def values_of_chip(values: tuple[str, ...]) -> str:
    """As its form shows them, to be read by `read_values`."""
    return "" if values == (ANY,) else ",".join(map(quoted, values))


def sent_pairs(given: Mapping[str, str], pairs: Pairs, registry: FieldRegistry) -> Pairs:
    """The filter with what a form changed in it. Raises FilterError."""
    if TEXT in given:
        return _merged({}, dict(read_text(given[TEXT], registry)))
    lists: _Lists = {key: list(values) for key, values in pairs}
    if FIND in given:
        lists.pop(WORDS, None)
        return _merged(lists, dict(read_text(given[FIND], registry)), _condition(given, registry))
    if "instead" in given:
        lists.pop(given["instead"], None)
    if given.get("low") or given.get("high"):
        lists.pop(given.get("field", ""), None)
    return _merged(lists, _condition(given, registry))


def _condition(given: Mapping[str, str], registry: FieldRegistry) -> _Lists:
    name, word = given.get("field", "").strip(), given.get("comparison", "")
    if not name:
        return {}
    field = registry.named(name)
    low, high = given.get("low", "").strip(), given.get("high", "").strip()
    values = read_values(given["values"]) if "values" in given else [given.get("value", "").strip()]
    if low or high:
        plain = name if field.is_ordered else f"{name}:between"
        return {plain: [f"{low}..{high}"]}
    comparison = _BY_WORD.get(word or "is")
    if comparison is None or comparison.operator not in field.operators:
        allowed = ", ".join(one.label for one in comparisons_of(field))
        raise FilterError(f"{field.label} cannot be compared so; what can be said of it: {allowed}.")
    return _spelled(name, comparison, [value for value in values if value])


def _spelled(name: str, comparison: Comparison, values: list[str]) -> _Lists:
    match comparison.word:
        case "exists":
            return {name: [ANY]}
        case "missing":
            return {f"-{name}": [ANY]}
        case "is":
            return {name: values}
        case "not":
            return {f"-{name}": values}
        case word:
            return {f"{name}:{word}": values if comparison.takes_value else ["yes"]}


def _merged(*several: _Lists) -> Pairs:
    merged: _Lists = {}
    for lists in several:
        for key, values in lists.items():
            merged.setdefault(key, []).extend(values)
    return tuple((key, tuple(dict.fromkeys(values))) for key, values in merged.items() if values)
