"""What the bar over a list of logs or threads shows: search, conditions, time, environment. Pure."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from project.lib.filters import FieldRegistry
from records.filterforms import comparisons_in, offered_fields
from records.logpages.scope import ALL, ENVIRONMENTS, WINDOWS, Scope


def scope_bar(
    scope: Scope, registry: FieldRegistry, *, searched: str, controls: Collection[str]
) -> dict[str, Any]:
    """`searched` is the key of the search field, `controls` are all keys that the form has a control for."""
    environment = [pair for pair in scope.place_pairs if pair[0] == "env"]
    return {
        "scope": scope,
        "filter": scope.filter,
        "hidden": [*scope.place_pairs, *scope.filter.beside(controls)],
        "place_hidden": scope.place_pairs,
        "window_hidden": [*environment, *scope.filter.beside(())],
        "chips": [(chip, scope.query_with_filter(chip.query_without)) for chip in scope.filter.chips],
        "unfiltered_query": scope.query_with_filter(scope.filter.carried_query),
        "searched": searched,
        "search": " ".join(scope.filter.values(searched)),
        "fields": offered_fields(registry),
        "field_hint": "model, cost, meta.lang …",
        "comparisons": comparisons_in(registry),
        "environments": [
            (label, scope.in_environment(value).query, value == scope.environment)
            for value, label in ENVIRONMENTS
        ],
        "windows": [
            (label, scope.in_window(name).query, name == scope.window) for name, (label, _) in WINDOWS.items()
        ],
        "all_query": scope.in_window(ALL).query,
    }
