"""This vendor's filters to ours: objects of conditions, lists of them, bundles, and the shorthands of its pages.

Nothing here knows which fields there are; whoever asks gives the names.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from project.lib.filters import MAX_NESTING, Condition, FilterError, Group, Operator, nested_too_deep

AND, OR = "AND", "OR"
_EQUALS = ""
_IS_NULL = "isnull"
_BUNDLE = "filter_params"
_CONDITION_KEYS = frozenset({"operator", "value", "connector", "operator_function", "operator_args"})
_MAP_HAS_KEY = "mapContainsKey"

# As the vendor's documents name them; what it calls a search is done as a search for the substring.
OPERATORS: dict[str, Operator] = {
    _EQUALS: Operator.IS,
    "iexact": Operator.IS_IN_ANY_CASE,
    "not": Operator.IS_NOT,
    "in": Operator.IN,
    "not_in": Operator.NOT_IN,
    "gt": Operator.ABOVE,
    "gte": Operator.AT_LEAST,
    "lt": Operator.BELOW,
    "lte": Operator.AT_MOST,
    "contains": Operator.CONTAINS,
    "not_contains": Operator.NOT_CONTAINS,
    "icontains": Operator.CONTAINS_IN_ANY_CASE,
    "startswith": Operator.BEGINS,
    "not_startswith": Operator.NOT_BEGINS,
    "endswith": Operator.ENDS,
    "not_endswith": Operator.NOT_ENDS,
    _IS_NULL: Operator.IS_NULL,
    "empty": Operator.EMPTY,
    "not_empty": Operator.NOT_EMPTY,
    "regex": Operator.MATCHES,
    "overlap": Operator.OVERLAPS,
    "not_overlap": Operator.NOT_OVERLAPS,
    "has_key": Operator.HAS_KEY,
    "trigram_word_similar": Operator.CONTAINS_IN_ANY_CASE,
    "full_text_search": Operator.CONTAINS_IN_ANY_CASE,
}
ALIASES = {
    **dict.fromkeys(("=", "==", "eq", "equals", "is"), _EQUALS),
    **dict.fromkeys(("!=", "<>", "ne", "not_equal", "not_equals"), "not"),
    **dict.fromkeys(("is_empty", "isempty"), "empty"),
    "notempty": "not_empty",
    "ilike": "icontains",
    "greater_than": "gt",
    "greater_than_or_equal": "gte",
    "less_than": "lt",
    "less_than_or_equal": "lte",
}
_WITHOUT_VALUE = frozenset({Operator.EMPTY, Operator.NOT_EMPTY})
_BOOLEANS = {"true": True, "1": True, "false": False, "0": False}

Names = Callable[[str], str]
Node = Condition | Group


def filter_group(filters: dict[str, Any], names: Names, *, connector: str = AND) -> Group:
    """All of the fields must hold, or with OR any. `names` answers our name of a field, or raises FilterError, as
    this does for what cannot be read."""
    return _group(filters, names, _is_any(connector), MAX_NESTING)


def current_filters(filters: dict[str, Any]) -> dict[str, Any]:
    """What was asked for, said back: each condition with its operator and value."""
    return {name: _said_back(given) for name, given in filters.items()}


def _group(filters: Any, names: Names, is_any: bool, depth: int) -> Group:  # noqa: FBT001  (a value of Group)
    if not isinstance(filters, dict):
        raise FilterError("Filters are an object with a field as each key.")
    if not depth:
        raise nested_too_deep()
    return Group(tuple(_node(name, given, names, depth - 1) for name, given in filters.items()), is_any)


def _node(name: str, given: Any, names: Names, depth: int) -> Node:
    if isinstance(given, dict) and _BUNDLE in given:
        return _group(given[_BUNDLE], names, _is_any(given.get("connector", AND)), depth)
    field = names(name)
    if isinstance(given, list) and any(isinstance(one, dict) for one in given):
        return _joined(name, [(_condition(name, field, one), _connector(one)) for one in given])
    if not isinstance(given, dict):
        return _compared(name, field, _EQUALS, given)
    if not given or given.keys() & _CONDITION_KEYS:
        return _condition(name, field, given)
    return Group(tuple(_compared(name, field, word, value) for word, value in given.items()))


def _condition(name: str, field: str, given: Any) -> Node:
    if not isinstance(given, dict):
        raise FilterError(f"The conditions on {name} are objects with operator and value.")
    for key in given.keys() - _CONDITION_KEYS:
        raise FilterError(
            f"A condition on {name} has no {key!r}; it has {', '.join(sorted(_CONDITION_KEYS))}."
        )
    function = given.get("operator_function")
    if function is not None:
        return _of_function(name, field, function, given.get("operator_args"))
    word = given.get("operator")
    if word is not None and not isinstance(word, str):
        raise FilterError(f"The operator on {name} is a word such as {', '.join(list(OPERATORS)[1:5])}.")
    operator = _canonical(name, word or _EQUALS)
    if "value" not in given and OPERATORS[operator] not in _WITHOUT_VALUE:
        raise FilterError(f"The condition on {name} lacks its value.")
    return _compared(name, field, operator, given.get("value"))


def _compared(name: str, field: str, word: str, value: Any) -> Condition:
    word = _canonical(name, word)
    operator, values = OPERATORS[word], value if isinstance(value, list) else [value]
    if operator in _WITHOUT_VALUE:
        return Condition(field, operator)
    if not values:
        raise FilterError(f"The condition on {name} lacks its value.")
    if word == _IS_NULL:
        is_null = _BOOLEANS.get(str(values[0]).lower())
        if is_null is None:
            raise FilterError(f"{_IS_NULL} on {name} takes true or false.")
        return Condition(field, Operator.IS_NULL if is_null else Operator.IS_NOT_NULL)
    return Condition(field, operator, tuple(values))


def _of_function(name: str, field: str, function: Any, keys: Any) -> Group:
    if function != _MAP_HAS_KEY:
        raise FilterError(f"operator_function on {name} is {_MAP_HAS_KEY}, or left out.")
    if not isinstance(keys, list) or not keys or not all(isinstance(key, str) for key in keys):
        raise FilterError(f"operator_args on {name} is a list of keys.")
    return Group(tuple(Condition(field, Operator.HAS_KEY, (key,)) for key in keys))


def _joined(name: str, parts: list[tuple[Node, str]]) -> Node:
    """From left to right: each connector joins what stands before it with the next condition."""
    joined, connector = parts[0]
    for node, following in parts[1:]:
        joined = Group((joined, node), _is_any(connector))
        connector = following
    return joined


def _connector(given: Any) -> str:
    return given.get("connector") or AND if isinstance(given, dict) else AND


def _is_any(connector: Any) -> bool:
    said = str(connector or AND).upper()
    if said not in {AND, OR}:
        raise FilterError(f"A connector is {AND} or {OR}, not {str(connector)[:40]!r}.")
    return said == OR


def _canonical(name: str, word: str) -> str:
    folded = word.lower()
    folded = ALIASES.get(folded, folded)
    if folded not in OPERATORS:
        known = ", ".join(repr(operator) for operator in OPERATORS)
        raise FilterError(f"There is no operator {word[:40]!r} for {name}; the operators are {known}.")
    return folded


def _said_back(given: Any) -> Any:
    if not isinstance(given, dict | list) or (
        isinstance(given, list) and not any(isinstance(one, dict) for one in given)
    ):
        return {"operator": _EQUALS, "value": given}
    if isinstance(given, dict) and "value" in given:
        return {**given, "operator": given.get("operator") or _EQUALS}
    return given
