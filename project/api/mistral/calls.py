"""The calls of this dialect that do what a page does."""

from __future__ import annotations

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
from project.api.mistral.fields import event_field, vendors_name
from project.api.mistral.filters import said_of
from project.lib.filters import Condition, FilterError, Group, Operator

NAME, LANGUAGE = "Mistral", "Python"

_ROOT = "/v1/observability"
_SETUP = """
    import os
    from mistralai.client import Mistral

    client = Mistral(
        api_key=os.environ["WINNOW_API_KEY"],
        server_url="<address>",
    )
    observability = client.beta.observability
"""
_in_client = partial(in_client, _SETUP)
_NO_FILTER = "This call has no filter: it brings all records of the dataset."


def _datasets(subject: Subject) -> Equivalent:
    called = _in_client(subject, "found = observability.datasets.list(page_size=100).datasets.results")
    return Equivalent(Call(called, "GET", f"{_ROOT}/datasets", [("page_size", "100")]))


def _records(subject: Subject) -> Equivalent:
    template = """
        page = observability.datasets.list_records(
            dataset_id="<dataset>",
            page_size=100,
        )
        records = page.records.results
    """
    path = f"{_ROOT}/datasets/{subject.dataset_id}/records"
    called = _in_client(subject, template, dataset=subject.dataset_id)
    call = Call(called, "GET", path, [("page_size", "100")])
    return Equivalent(call, (_NO_FILTER,) if subject.filter else ())


def _record(subject: Subject) -> Equivalent:
    template = 'record = observability.datasets.records.fetch(dataset_record_id="<record>")'
    called = _in_client(subject, template, record=subject.ids[0])
    return Equivalent(Call(called, "GET", f"{_ROOT}/dataset-records/{subject.ids[0]}"))


def _export(subject: Subject) -> Equivalent:
    template = """
        link = observability.datasets.export_to_jsonl(dataset_id="<dataset>").file_url
        # The link needs no key, works for 24 hours, and holds the present revision.
    """
    called = _in_client(subject, template, dataset=subject.dataset_id)
    call = Call(called, "GET", f"{_ROOT}/datasets/{subject.dataset_id}/exports/to-jsonl")
    return Equivalent(call, (_NO_FILTER,) if subject.filter else ())


def _search(subject: Subject) -> Equivalent:
    return Equivalent(notes=(NO_SEARCH,))


def _change(subject: Subject) -> Equivalent:
    if subject.task == "meta":
        template = """
            for record_id in <ids>:
                record = observability.datasets.records.fetch(dataset_record_id=record_id)
                properties = {**record.properties, "key": "value"}
                observability.datasets.records.update_properties(
                    dataset_record_id=record_id, properties=properties
                )
        """
        called = _in_client(subject, template, ids=pformat([str(one) for one in subject.ids]))
        body = {"properties": {"key": "value"}}
        call = Call(called, "PUT", f"{_ROOT}/dataset-records/{subject.ids[0]}/properties", body=body)
        return Equivalent(call, ("What is sent takes the place of all properties of the record.",))
    if subject.task == "transfer":
        template = """
            task = observability.datasets.import_from_dataset_records(
                dataset_id="<dataset>",  # into which they are copied
                dataset_record_ids=<ids>,
            )
        """
        ids = [str(one) for one in subject.ids]
        called = _in_client(subject, template, dataset=subject.dataset_id, ids=pformat(ids))
        path = f"{_ROOT}/datasets/{subject.dataset_id}/imports/from-dataset"
        return Equivalent(Call(called, "POST", path, body={"dataset_record_ids": ids}))
    if subject.task == "plain":
        template = "observability.datasets.records.bulk_delete(dataset_record_ids=<ids>)"
        ids = [str(one) for one in subject.ids]
        called = _in_client(subject, template, ids=pformat(ids))
        path = f"{_ROOT}/dataset-records/bulk-delete"
        call = Call(called, "POST", path, body={"dataset_record_ids": ids})
        return Equivalent(call, (PERMANENT, "It has no status, so it cannot approve, reject or flag."))
    return Equivalent(notes=("This dialect has no tags, splits and replacing of text.",))


def _logs(subject: Subject) -> Equivalent:
    filters, unsaid = _said(subject)
    template = """
        page = observability.chat_completion_events.search(
            search_params={"filters": <filters>},
            page_size=100,
        )
        events = page.completion_events.results
    """
    called = _in_client(subject, template, filters=pformat(filters, sort_dicts=False))
    body = {"search_params": {"filters": filters}}
    path = f"{_ROOT}/chat-completion-events/search"
    call = Call(called, "POST", path, [("page_size", "100")], body)
    return Equivalent(call, left_out(subject, unsaid))


def _log(subject: Subject) -> Equivalent:
    template = 'event = observability.chat_completion_events.fetch(event_id="<log>")'
    called = _in_client(subject, template, log=subject.ids[0])
    return Equivalent(Call(called, "GET", f"{_ROOT}/chat-completion-events/{subject.ids[0]}"))


def _said(subject: Subject) -> tuple[dict[str, Any], list[Condition | Group]]:
    """The filter in the vendor's words, and what of it has none."""
    said, unsaid = [], []
    for condition in without_ranges(flattened(subject.filter)):
        sayable = _sayable(condition)
        if sayable is None:
            unsaid.append(condition)
        else:
            said.append(said_of(sayable))
    return {"AND": said}, unsaid


def _sayable(node: Condition | Group) -> Condition | Group | None:
    """With operators that the vendor has, or None."""
    if isinstance(node, Group):
        children = [_sayable(child) for child in node.conditions]
        found = tuple(child for child in children if child is not None)
        return Group(found, node.is_any) if len(found) == len(children) else None
    if node.operator is Operator.IN:
        one_each = tuple(Condition(node.field, Operator.IS, value) for value in values_of(node))
        return _sayable(Group(one_each, is_any=True))
    try:
        field = event_field(vendors_name(node.field))
    except FilterError:
        return None
    return node if node.operator in field.operators.values() else None


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
