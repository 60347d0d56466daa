"""The registry of record fields: what can be filtered, how, and by which query."""

from __future__ import annotations

import json
from typing import Any

from django.contrib.postgres.search import SearchQuery
from django.db.models import BooleanField, F, Func, Q, Value

from project.lib import jsontext
from project.lib.filters import Condition, FieldRegistry, FilterError, FilterField, Operator
from project.lib.ids import parse_id
from project.lib.texts import storable

WORDS_CONFIG = "simple"  # No stemming and no stop words: datasets hold many languages, and code.
MOST_WORDS_CHARACTERS = 5_000  # Of a query: PostgreSQL reads it by recursion, and its stack has an end.
_CHOICE = (Operator.IS, Operator.IS_NOT, Operator.IN)
_NUMBER = (Operator.BETWEEN, Operator.IS)
_COMPARISONS = {Operator.ABOVE: ">", Operator.AT_LEAST: ">=", Operator.BELOW: "<", Operator.AT_MOST: "<="}

STATUSES = (("new", "New"), ("approved", "Approved"), ("rejected", "Rejected"), ("flagged", "Flagged"))
ORIGINS = (
    ("UPLOADED_FILE", "Uploaded file"),
    ("DIRECT_INPUT", "Direct input"),
    ("EXPLORER", "Logs"),
    ("PLAYGROUND", "Threads"),
)

OPINIONS = (("waiting", "Waiting for a second"), ("agreed", "Agreed"), ("disagreed", "Disagreed"))


def _choice(condition: Condition) -> Q:
    values = condition.value if condition.operator is Operator.IN else (condition.value,)
    query = Q(**{f"{condition.field}__in": values})
    return ~query if condition.operator is Operator.IS_NOT else query


def _tag(condition: Condition) -> Q:
    if condition.operator in {Operator.EXISTS, Operator.MISSING}:
        return ~Q(tags=[]) if condition.operator is Operator.EXISTS else Q(tags=[])
    values = condition.value if condition.operator is Operator.IN else (condition.value,)
    # `tags <> '{}'` is said in words because the index over tags holds only such rows.
    query = Q(tags__overlap=list(values)) & ~Q(tags=[])
    return ~Q(tags__overlap=list(values)) if condition.operator is Operator.IS_NOT else query


def _opinion(condition: Condition) -> Q:
    """What waits or is disputed is so only until somebody sets another status."""
    values = condition.value if condition.operator is Operator.IN else (condition.value,)
    is_open = Q(opinion__state__in={"waiting", "disagreed"}.intersection(values), status=F("opinion__status"))
    query = is_open | Q(opinion__state__in={"agreed"}.intersection(values))
    return ~query if condition.operator is Operator.IS_NOT else query


def _file(condition: Condition) -> Q:
    """By the ids of files; what is no id is the id of none."""
    values = condition.value if condition.operator is Operator.IN else (condition.value,)
    query = Q(file_id__in=[found for value in values if (found := parse_id(str(value)))])
    return ~query if condition.operator is Operator.IS_NOT else query


def _meta(condition: Condition) -> Q:
    key = condition.field.removeprefix("meta.")
    if condition.operator is Operator.EXISTS:
        return Q(meta__has_key=key)
    if condition.operator is Operator.MISSING:
        return ~Q(meta__has_key=key)
    if condition.operator in _COMPARISONS:
        return _meta_compares(key, _COMPARISONS[condition.operator], condition.value)
    values = condition.value if condition.operator is Operator.IN else (condition.value,)
    query = Q()
    for value in values:
        query |= meta_equals(key, value)
    return ~query if condition.operator is Operator.IS_NOT else query


def meta_equals(key: str, value: Any) -> Q:
    """Key `key`, or with dots a path, holds `value`, or a list with it. A string also finds the number or boolean
    that it spells. Containment, because that is what the index over meta answers."""
    if "\x00" in key or "\x00" in str(value):
        raise FilterError("A filter cannot hold a NUL character.")
    query = Q()
    for candidate in _spelled(value):
        query |= Q(meta__contains={key: candidate}) | Q(meta__contains={key: [candidate]})
        if "." in key:
            query |= Q(meta__contains=_nested(key.split("."), candidate))
    return query


def _meta_compares(key: str, sign: str, bound: Any) -> Q:
    """Key `key`, or with dots a path, holds a number on that side of the bound, or a list with one."""
    if isinstance(bound, bool) or not isinstance(bound, int | float):
        raise FilterError(f"meta.{key} can be compared with a number, not with {bound!r}.")
    if "\x00" in key:
        raise FilterError("A filter cannot hold a NUL character.")
    query = Q()
    for path in {(key,), tuple(key.split("."))}:
        steps = ".".join(json.dumps(storable(step)) for step in path)
        number = Value(jsontext.serialise({"bound": bound}))
        test = Value(f'$.{steps} ? (@.type() == "number" && @ {sign} $bound)')
        query |= Q(
            Func(
                F("meta"), Func(test, template="(%(expressions)s)::jsonpath"),
                Func(number, template="(%(expressions)s)::jsonb"),
                function="jsonb_path_exists", output_field=BooleanField(),
            )
        )  # fmt: skip
    return query


def _spelled(value: Any) -> list[Any]:
    if not isinstance(value, str):
        return [value]
    if value in {"true", "false"}:
        return [value, value == "true"]
    try:
        number = jsontext.parse(value.encode(errors="replace"))
    except jsontext.JsonTextError:
        return [value]
    return [value, number] if isinstance(number, int | float) else [value]


def _nested(path: list[str], value: Any) -> dict[str, Any]:
    for key in reversed(path):
        value = {key: value}
    nested: dict[str, Any] = value
    return nested


def _between(condition: Condition) -> Q:
    """`500..2000`, `500..`, `..2000` or a number."""
    low, dots, high = str(condition.value).partition("..")
    try:
        bounds = {
            "gte": int(low) if low else None,
            "lte": int(high if dots else low) if (high or not dots) else None,
        }
    except ValueError:
        raise FilterError(
            f"{condition.field} takes a number or a range such as 500..2000, not {condition.value!r}."
        ) from None
    return Q(
        **{f"{condition.field}__{name}": bound for name, bound in bounds.items() if bound is not None}
    ) & Q(**{f"{condition.field}__isnull": False})


def _words(condition: Condition) -> Q:
    text = str(condition.value).replace("\x00", " ")
    if len(text) > MOST_WORDS_CHARACTERS:
        raise FilterError(f"Search for at most {MOST_WORDS_CHARACTERS:,} characters at once.")
    return Q(words_row__words=SearchQuery(text, config=WORDS_CONFIG, search_type="websearch"))


RECORD_FIELDS = FieldRegistry(
    (
        FilterField("q", "Words", (Operator.SEARCH,), _words),
        FilterField("status", "Status", _CHOICE, _choice, STATUSES),
        FilterField("tag", "Tag", (*_CHOICE, Operator.EXISTS, Operator.MISSING), _tag),
        FilterField("origin", "Origin", _CHOICE, _choice, ORIGINS),
        FilterField("source", "Source", _CHOICE, _choice),
        FilterField("file", "File", _CHOICE, _file),
        FilterField("split", "Split", _CHOICE, _choice),
        FilterField("form", "Form", _CHOICE, _choice, (("conversation", "Conversation"), ("text", "Text"))),
        FilterField("opinion", "Opinion", _CHOICE, _opinion, OPINIONS),
        FilterField("tokens", "Tokens", _NUMBER, _between),
        FilterField("characters", "Characters", _NUMBER, _between),
        FilterField("turns", "Turns", _NUMBER, _between),
    ),
    {
        "meta.": FilterField(
            "meta", "Meta", (*_CHOICE, Operator.EXISTS, Operator.MISSING, *_COMPARISONS), _meta
        )
    },
)
