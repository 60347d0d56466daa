"""What this vendor calls the fields that can be filtered, and how it describes them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from project.api.keywordsai.filters import OPERATORS, Names
from project.lib.filters import FieldKind, FieldRegistry, FilterError, FilterField
from records.logfields import COPY_FIELDS
from threads.fields import LOG_FIELDS

# Vendor's name to ours, where they differ; all other fields of ours go by their own name.
_LOG_ALIASES = {
    "unique_id": "id",
    "trace_id": "trace_unique_id",
    "timestamp": "logged_at",
    "start_time": "started_at",
    "organization_key_id": "api_key_id",
    "total_request_tokens": "total_tokens",
    "total_cost": "cost",
    "input_tokens": "prompt_tokens",
    "output_tokens": "completion_tokens",
    "prompt_cache_hit_tokens": "cache_hit_tokens",
    "prompt_cache_creation_tokens": "cache_creation_tokens",
    "cache_hit": "cache_bit",
    "metadata": "meta",
}
THREAD_NAMES = {
    "thread_identifier": "thread_identifier",
    "customer_identifier": "customer_identifier",
    "organization_key_id": "api_key_id",
    "model": "model",
    "environment": "environment",
    "number_of_requests": "log_count",
    "log_count": "log_count",
    "total_cost": "cost",
    "total_tokens": "total_tokens",
    "average_latency": "average_latency",
    "timestamp": "logged_at",
}
LOG_NAMES = {name: name for name in LOG_FIELDS.fields} | _LOG_ALIASES
ROW_NAMES = {name: ours for name, ours in LOG_NAMES.items() if ours in COPY_FIELDS.fields} | {
    "created_at": "created_at"
}
_PREFIXES = {"metadata__": "meta.", "metadata.": "meta.", "scores__": "scores."}
_VALUE_TYPES = {
    FieldKind.NUMBER: "number",
    FieldKind.BOOLEAN: "boolean",
    FieldKind.TIME: "datetime",
}
_TITLES = {operator: name for name, operator in reversed(OPERATORS.items())}


def log_field(name: str) -> str:
    """Our name for it. Raises FilterError with the names that exist."""
    for prefix, ours in _PREFIXES.items():
        if name.startswith(prefix) and len(name) > len(prefix):
            return ours + name.removeprefix(prefix)
    return named(name, LOG_NAMES, "metadata__<key>", "scores__<evaluator>")


def row_field(name: str) -> str:
    """As `log_field`, for the logs of a dataset."""
    if name.startswith(tuple(_PREFIXES)):
        return log_field(name)
    return named(name, ROW_NAMES, "metadata__<key>")


def named(name: str, known: Mapping[str, str], *others: str) -> str:
    if name not in known:
        raise FilterError(f"There is no field {name[:80]!r}; the fields are {', '.join([*known, *others])}.")
    return known[name]


def names_in(known: Mapping[str, str]) -> Names:
    return lambda name: named(name, known)


def filters_data(known: Mapping[str, str], registry: FieldRegistry) -> dict[str, Any]:
    """The definitions of fields, by this vendor's names."""
    return {name: _described(name, registry.named(ours)) for name, ours in known.items()}


def _described(name: str, field: FilterField) -> dict[str, Any]:
    operators = [operator for operator in field.operators if operator in _TITLES]
    return {
        "display_name": field.label,
        "metric": name,
        "operator_choices": [{"name": str(one), "value": _TITLES[one]} for one in operators],
        "value_choices": [{"name": label, "value": value} for value, label in field.choices],
        "value_field_type": "selection" if field.choices else _VALUE_TYPES.get(field.kind, "text"),
        "hidden": False,
    }
