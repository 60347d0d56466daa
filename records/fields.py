"""The registry of record fields: what can be filtered, how, and by which query."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from django.apps import apps
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.search import SearchQuery
from django.db.models import DateTimeField, Exists, F, IntegerField, OuterRef, Q, TextField

from project.lib.filters import (
    Condition,
    FieldKind,
    FieldRegistry,
    FilterError,
    FilterField,
    Group,
    Operator,
)
from project.lib.ids import parse_id
from project.lib.moments import MomentError, parse_moment
from project.lib.ranges import Range, read_range
from project.lib.typedfields import PATTERN_OPERATORS, column, text_query
from records.changefields import path_of
from records.metafields import META, PREFIX
from records.patterns import check_pattern

WORDS_CONFIG = "simple"  # No stemming and no stop words: datasets hold many languages, and code.
MOST_WORDS_CHARACTERS = 5_000  # Of a query: PostgreSQL reads it by recursion, and its stack has an end.
_CHOICE = (Operator.IS, Operator.IS_NOT, Operator.IN)
_PRESENCE = (Operator.EXISTS, Operator.MISSING)
_COMPARISONS = {Operator.ABOVE: "gt", Operator.AT_LEAST: "gte", Operator.BELOW: "lt", Operator.AT_MOST: "lte"}
_UPWARDS = {Operator.ABOVE: ("gt", "gte"), Operator.AT_MOST: ("lte", "lt")}  # Seen from the end of a range.
_LAST_DAY = datetime(9999, 12, 30, tzinfo=UTC)
_ORDERED = (Operator.BETWEEN, Operator.IS, Operator.IS_NOT, *_COMPARISONS)

_BY_REVISION = (Operator.BETWEEN, Operator.IS)

STATUSES = (("new", "New"), ("approved", "Approved"), ("rejected", "Rejected"), ("flagged", "Flagged"))
ORIGINS = (
    ("UPLOADED_FILE", "Uploaded file"),
    ("DIRECT_INPUT", "Direct input"),
    ("EXPLORER", "Logs"),
    ("PLAYGROUND", "Threads"),
)

CURATED_FIELDS = frozenset({"status", "tag", "split", "updated"})
"""Of which the values lie in the curation of a record."""
OPINION = "opinion"
OPINIONS = (("waiting", "Waiting for a second"), ("agreed", "Agreed"), ("disagreed", "Disagreed"))

_UNTAGGED = Q(curation__tags=[])


def _given(condition: Condition) -> tuple[Any, ...]:
    return condition.value if isinstance(condition.value, tuple) else (condition.value,)


def _choice(condition: Condition) -> Q:
    query = Q(**{f"{path_of(condition.field)}__in": _given(condition)})
    return ~query if condition.operator is Operator.IS_NOT else query


def _tag(condition: Condition) -> Q:
    if condition.operator in _PRESENCE:
        return ~_UNTAGGED if condition.operator is Operator.EXISTS else _UNTAGGED
    values = list(_given(condition))
    # `tags <> '{}'` is said in words because the index over tags holds only such rows.
    query = Q(curation__tags__overlap=values) & ~_UNTAGGED
    return ~Q(curation__tags__overlap=values) if condition.operator is Operator.IS_NOT else query


def _opinion(condition: Condition) -> Q:
    """What waits or is disputed is so only until somebody sets another status."""
    values = _given(condition)
    is_open = Q(
        opinion__state__in={"waiting", "disagreed"}.intersection(values),
        curation__status=F("opinion__status"),
    )
    query = is_open | Q(opinion__state__in={"agreed"}.intersection(values))
    return ~query if condition.operator is Operator.IS_NOT else query


def _file(condition: Condition) -> Q:
    """By the ids of files; what is no id is the id of none."""
    query = Q(file_id__in=[found for value in _given(condition) if (found := parse_id(str(value)))])
    return ~query if condition.operator is Operator.IS_NOT else query


def _text(condition: Condition) -> Q:
    """A column that is empty where there is nothing."""
    if condition.operator in _PRESENCE:
        query = Q(**{path_of(condition.field): ""})
        return ~query if condition.operator is Operator.EXISTS else query
    check_pattern(condition)
    return text_query(column(path_of(condition.field), TextField()), condition)


def _whole_number(condition: Condition) -> Q:
    def read(text: str) -> int:
        try:
            return int(text)
        except ValueError:
            raise FilterError(
                f"{condition.field} takes a number or a range such as 500..2000, not {str(_given(condition)[-1])!r}."
            ) from None

    return _ordered(condition, condition.field, lambda text: read_range(text, read))


def _moment(condition: Condition) -> Q:
    """A day stands for all of it."""

    def read(text: str) -> datetime:
        try:
            return parse_moment(text)
        except MomentError as error:
            raise FilterError(f"{condition.field} {error}.") from None

    def read_moments(text: str) -> Range[datetime]:
        found = read_range(text, read)
        is_day = len(text.rpartition("..")[2].strip()) == len("2026-03-01")
        if found.high is None or found.is_open or not is_day:
            return found
        return Range(found.low, min(found.high, _LAST_DAY) + timedelta(days=1), is_open=True)

    return _ordered(condition, path_of(f"{condition.field}_at"), read_moments)


def _ordered(condition: Condition, name: str, read: Callable[[str], Range[Any]]) -> Q:
    wanted, operator = read(str(_given(condition)[-1])), condition.operator
    if operator not in _COMPARISONS:
        return ~wanted.query(name) if operator is Operator.IS_NOT else wanted.query(name)
    bound = wanted.high if operator in _UPWARDS else wanted.low
    if bound is None:
        raise FilterError(f"{condition.field} needs a value to be compared with.")
    lookup = _UPWARDS[operator][wanted.is_open] if operator in _UPWARDS else _COMPARISONS[operator]
    return Q(**{f"{name}__{lookup}": bound})


def _revisions(condition: Condition) -> Range[int]:
    """Both ends are asked for, so that what a filter means stays the same whatever is changed later."""
    text = str(_given(condition)[-1])
    try:
        found = read_range(text, int)
    except ValueError:
        found = Range(None, None)
    if found.low is None or found.high is None or found.is_open:
        raise FilterError(
            f"{condition.field} takes the number of a revision or a range such as 4..7, not {text!r}."
        )
    return found


def _added_by(condition: Condition) -> Q:
    return _revisions(condition).query("revision__number")


def as_of_revision(node: Condition | Group, number: int) -> Condition | Group:
    """The filter as it was at a revision: what changed records after it did not count. Raises FilterError."""
    if isinstance(node, Group):
        return replace(node, conditions=tuple(as_of_revision(child, number) for child in node.conditions))
    if node.field != "changed_by":
        return node
    wanted = _revisions(node)
    return Condition(node.field, Operator.BETWEEN, f"{wanted.low}..{min(wanted.high or 0, number)}")


def _changed_by(condition: Condition) -> Q:
    """The dataset is named twice more, so that only its own changes are read."""
    changes = apps.get_model("records", "RecordChange")._default_manager
    of_record = changes.filter(
        record_id=OuterRef("pk"),
        dataset_id=OuterRef("dataset_id"),
        revision__dataset_id=OuterRef("dataset_id"),
    )
    return Q(Exists(of_record.filter(_revisions(condition).query("revision__number"))))


def _words(condition: Condition) -> Q:
    text = str(condition.value).replace("\x00", " ")
    if len(text) > MOST_WORDS_CHARACTERS:
        raise FilterError(f"Search for at most {MOST_WORDS_CHARACTERS:,} characters at once.")
    return Q(words_row__words=SearchQuery(text, config=WORDS_CONFIG, search_type="websearch"))


def _chosen(name: str, label: str, choices: tuple[tuple[str, str], ...]) -> FilterField:
    return FilterField(name, label, _CHOICE, _choice, choices, expression=column(path_of(name), TextField()))


def _texts(name: str, label: str) -> FilterField:
    operators = (*_CHOICE, *_PRESENCE, *PATTERN_OPERATORS)
    return FilterField(name, label, operators, _text, expression=column(path_of(name), TextField()))


def _number(name: str, label: str) -> FilterField:
    value = column(name, IntegerField())
    return FilterField(name, label, _ORDERED, _whole_number, (), FieldKind.NUMBER, value)


def _time(name: str, label: str) -> FilterField:
    value = column(path_of(f"{name}_at"), DateTimeField())
    return FilterField(name, label, _ORDERED, _moment, (), FieldKind.TIME, value)


RECORD_FIELDS = FieldRegistry(
    (
        FilterField("q", "Words", (Operator.SEARCH,), _words),
        _chosen("status", "Status", STATUSES),
        FilterField(
            "tag",
            "Tag",
            (*_CHOICE, *_PRESENCE),
            _tag,
            (),
            FieldKind.LIST,
            column("curation__tags", ArrayField(TextField())),
        ),
        _texts("split", "Split"),
        _chosen("origin", "Origin", ORIGINS),
        _texts("source", "Source"),
        FilterField("file", "File", _CHOICE, _file),
        _chosen("form", "Form", (("conversation", "Conversation"), ("text", "Text"))),
        FilterField(
            OPINION, "Opinion", _CHOICE, _opinion, OPINIONS, expression=column("opinion__state", TextField())
        ),
        _texts("key", "Key"),
        FilterField("preview", "Beginning", PATTERN_OPERATORS, _text),
        _number("tokens", "Tokens"),
        _number("turns", "Turns"),
        _number("characters", "Characters"),
        _time("created", "Created"),
        _time("updated", "Changed"),
        FilterField("added_by", "Added by revision", _BY_REVISION, _added_by, (), FieldKind.NUMBER),
        FilterField("changed_by", "Changed by revision", _BY_REVISION, _changed_by, (), FieldKind.NUMBER),
    ),
    {PREFIX: META},
)
