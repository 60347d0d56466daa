"""The addresses of the pages over logs, against the table that all spellings share."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

from django.http import QueryDict
from django.utils import timezone

from project.accounts.models import Workspace
from project.lib.filters import OPERATOR_WORDS, Operator
from records.logpages.listing import logs_in
from records.logpages.scope import Scope, read_scope
from tests.threads.filter_table import CASES, keep_rows
from threads.fields import LOG_FIELDS

_WORDS = {operator: word for word, operator in OPERATOR_WORDS.items()}
_WITHOUT_VALUE = {Operator.IS_NULL, Operator.IS_NOT_NULL, Operator.EMPTY, Operator.NOT_EMPTY}
_BY_SIGNS = {Operator.BETWEEN, Operator.EXISTS, Operator.MISSING}


def spelled(field: str, operator: Operator, value: Any) -> Iterator[list[tuple[str, str]]]:
    """The condition in all the ways in which an address can say it; an address has no null and no empty value."""
    if operator in {Operator.EXISTS, Operator.MISSING}:
        yield [(field if operator is Operator.EXISTS else f"-{field}", "*")]
        return
    if operator in _WITHOUT_VALUE:
        yield [(f"{field}:{_WORDS[operator]}", "yes")]
        return
    given = [_text(one) for one in value] if isinstance(value, list | tuple) else [_text(value)]
    if not all(given):
        return
    if operator in _WORDS:
        yield [(f"{field}:{_WORDS[operator]}", one) for one in given]
    if operator is Operator.IS_NOT:
        yield [(f"-{field}", one) for one in given]
    if operator is Operator.BETWEEN or (operator is Operator.IS and len(given) == 1):
        yield [(field, given[0])]
    if operator is Operator.IN and Operator.BETWEEN not in LOG_FIELDS.named(field).operators:
        yield [(field, one) for one in given]


def _text(value: Any) -> str:
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)


def read(query: str) -> Scope:
    return read_scope(QueryDict(query), now=timezone.now(), registry=LOG_FIELDS)


def test_every_operator_finds_what_the_table_says(workspace: Workspace) -> None:
    keep_rows(workspace)
    tried, wrong = set(), []
    for field, operator, value, expected in CASES:
        for pairs in spelled(field, operator, value):
            tried.add(operator)
            scope = read(urlencode([("window", "all"), *pairs]))
            found = {note for note in logs_in(workspace, scope).values_list("note", flat=True) if note}
            if found != expected or scope.filter.ignored:
                wrong.append((pairs, found, expected))
            assert read(scope.query).filter.condition == scope.filter.condition
    assert wrong == []
    assert tried == {*OPERATOR_WORDS.values(), *_BY_SIGNS}
