"""The calls of this dialect that do what a page does."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pprint import pformat
from typing import Any

from project.api.calls import (
    NO_SEARCH,
    PERMANENT,
    Call,
    Equivalent,
    Page,
    Subject,
    Table,
    flattened,
    in_client,
    left_out,
    values_of,
    without_ranges,
)
from project.api.keywordsai.fields import LOG_NAMES
from project.api.keywordsai.filters import OPERATORS
from project.lib.filters import Condition, Group, Operator

NAME, LANGUAGE = "Keywords AI", "Python"

_META = "meta."
_SETUP = """
    import os
    from respan.client import RespanClient

    client = RespanClient(
        base_url="<address>",
        authorization=f"Bearer {os.environ['WINNOW_API_KEY']}",
    )
"""
_in_client = partial(in_client, _SETUP)
_WORDS = {operator: word for word, operator in reversed(OPERATORS.items())}
_VENDORS = {ours: vendors for vendors, ours in reversed(LOG_NAMES.items())}
# Of records only what both sides read alike: our other fields have no name here, or mean what a log says of a call.
_OF_META = (Operator.IS, Operator.IN)

Said = dict[str, Any]


def _datasets(subject: Subject) -> Equivalent:
    called = _in_client(subject, "found = client.datasets.list_datasets().results")
    return Equivalent(Call(called, "GET", "/api/datasets/"))


def _records(subject: Subject) -> Equivalent:
    filters, unsaid = _filters(subject, _said_of_record)
    template = """
        page = client.datasets.list_dataset_logs(
            "<dataset>",
            page_size=100,
            filters=<filters>,
        )
        rows = page.results
    """
    shown = pformat(filters, sort_dicts=False)
    called = _in_client(subject, template, dataset=subject.dataset_id, filters=shown)
    body = {"filters": filters, "page_size": 100}
    call = Call(called, "POST", f"/api/datasets/{subject.dataset_id}/logs/list/", body=body)
    return Equivalent(call, left_out(subject, unsaid))


def _record(subject: Subject) -> Equivalent:
    template = 'row = client.datasets.retrieve_dataset_log("<dataset>", "<record>")'
    called = _in_client(subject, template, dataset=subject.dataset_id, record=subject.ids[0])
    return Equivalent(Call(called, "GET", _row_path(subject)))


def _export(subject: Subject) -> Equivalent:
    return Equivalent(notes=("This dialect makes no exports here. The other two do, and so does the page.",))


def _search(subject: Subject) -> Equivalent:
    return Equivalent(notes=(NO_SEARCH,))


def _change(subject: Subject) -> Equivalent:
    ids = pformat([str(one) for one in subject.ids])
    if subject.task == "meta":
        template = """
            for row_id in <ids>:
                row = client.datasets.retrieve_dataset_log("<dataset>", row_id)
                metadata = {**(row.metadata or {}), "key": "value"}
                client.datasets.update_dataset_log("<dataset>", row_id, metadata=metadata)
        """
        called = _in_client(subject, template, dataset=subject.dataset_id, ids=ids)
        return Equivalent(Call(called, "PATCH", _row_path(subject), body={"metadata": {"key": "value"}}))
    if subject.task == "plain":
        template = """
            for row_id in <ids>:
                client.datasets.delete_dataset_log("<dataset>", row_id)
        """
        called = _in_client(subject, template, dataset=subject.dataset_id, ids=ids)
        notes = (
            PERMANENT,
            "Its status tells how the call of a model ended, so it cannot approve, reject or flag.",
        )
        return Equivalent(Call(called, "DELETE", _row_path(subject)), notes)
    return Equivalent(
        notes=("This dialect has no tags, splits, replacing of text and moving between datasets.",)
    )


def _logs(subject: Subject) -> Equivalent:
    filters, unsaid = _filters(subject, _said_of_log)
    template = """
        logs = client.spans.list_spans(
            page_size=100,
            filters=<filters>,
        )
    """
    called = _in_client(subject, template, filters=pformat(filters, sort_dicts=False))
    path, query = "/api/request-logs/list/", [("page_size", "100")]
    return Equivalent(Call(called, "POST", path, query, {"filters": filters}), left_out(subject, unsaid))


def _log(subject: Subject) -> Equivalent:
    called = _in_client(subject, 'log = client.spans.retrieve_span("<log>")', log=subject.ids[0])
    return Equivalent(Call(called, "GET", f"/api/request-logs/{subject.ids[0]}/"))


def _filters(
    subject: Subject, say: Callable[[Condition], tuple[str, Said] | None]
) -> tuple[Said, list[Condition | Group]]:
    """The filter in the vendor's words, and what of it has none."""
    filters: Said = {}
    unsaid: list[Condition | Group] = []
    for node in without_ranges(flattened(subject.filter)):
        said = say(node) if isinstance(node, Condition) else None
        if said is None:
            unsaid.append(node)
        else:
            filters.setdefault(said[0], []).append(said[1])
    return {name: said[0] if len(said) == 1 else _joined(said) for name, said in filters.items()}, unsaid


def _said_of_record(condition: Condition) -> tuple[str, Said] | None:
    is_meta = condition.field.startswith(_META)
    return _said_of_log(condition) if is_meta and condition.operator in _OF_META else None


def _said_of_log(condition: Condition) -> tuple[str, Said] | None:
    if condition.operator not in _WORDS:
        return None
    key = condition.field.removeprefix(_META)
    name = f"metadata__{key}" if key != condition.field else _VENDORS.get(condition.field)
    value = condition.operator is Operator.IS_NULL or values_of(condition)
    return (name, {"operator": _WORDS[condition.operator], "value": value}) if name else None


def _joined(said: list[Said]) -> list[Said]:
    return [{**one, "connector": "AND"} for one in said]


def _row_path(subject: Subject) -> str:
    return f"/api/datasets/{subject.dataset_id}/logs/{subject.ids[0]}/"


CALLS: Table = {
    Page.DATASETS: _datasets,
    Page.RECORDS: _records,
    Page.RECORD: _record,
    Page.EXPORT: _export,
    Page.SEARCH: _search,
    Page.CHANGE: _change,
    Page.LOGS: _logs,
    Page.LOG: _log,
}
