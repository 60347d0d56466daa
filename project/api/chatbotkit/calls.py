"""The calls of this dialect that do what a page does."""

from __future__ import annotations

from functools import partial
from typing import Any

import orjson

from project.api.calls import (
    PERMANENT,
    Call,
    Equivalent,
    Page,
    Subject,
    Table,
    flattened,
    in_client,
    left_out,
)
from project.lib.filters import Condition, Group, Operator

NAME, LANGUAGE = "ChatBotKit", "JavaScript"

_META = "meta."
_SETUP = """
    import { ChatBotKit } from '@chatbotkit/sdk'

    const client = new ChatBotKit({
      secret: process.env.WINNOW_API_KEY,
      baseUrl: '<address>',
    })
"""
_in_client = partial(in_client, _SETUP)
_NO_LOGS = "This dialect knows no logs; those of Mistral and Keywords AI do."


def _datasets(subject: Subject) -> Equivalent:
    called = _in_client(subject, "const { items } = await client.dataset.list({ take: 100 })")
    return Equivalent(Call(called, "GET", "/api/v1/dataset/list", [("take", "100")]))


def _records(subject: Subject) -> Equivalent:
    meta, unsaid = _meta(subject)
    template = "const { items, cursor } = await client.dataset.record.list('<dataset>', <query>)"
    called = _in_client(subject, template, dataset=subject.dataset_id, query=_query("take: 100, ", meta))
    call = Call(called, "GET", _path(subject, "record/list"), [("take", "100"), *_pairs(meta)])
    return Equivalent(call, left_out(subject, unsaid))


def _record(subject: Subject) -> Equivalent:
    template = "const record = await client.dataset.record.fetch('<dataset>', '<record>')"
    called = _in_client(subject, template, dataset=subject.dataset_id, record=subject.ids[0])
    return Equivalent(Call(called, "GET", _path(subject, f"record/{subject.ids[0]}/fetch")))


def _export(subject: Subject) -> Equivalent:
    meta, unsaid = _meta(subject)
    template = """
        const lines = client.dataset.record.export('<dataset>', <query>).stream()
        for await (const { data } of lines) {
          console.log(JSON.stringify(data))
        }
    """
    called = _in_client(subject, template, dataset=subject.dataset_id, query=_query("", meta))
    call = Call(called, "GET", _path(subject, "record/export"), _pairs(meta))
    note = "Without `Accept: application/jsonl` the answer is one page of JSON."
    return Equivalent(call, (note, *left_out(subject, unsaid)))


def _search(subject: Subject) -> Equivalent:
    meta, unsaid = _meta(subject)
    template = "const { records } = await client.dataset.search('<dataset>', <words>)"
    called = _in_client(subject, template, dataset=subject.dataset_id, words=_literal(subject.words))
    body = {"search": subject.words, **({"filter": meta} if meta else {})}
    notes: tuple[str, ...] = (
        "It searches by words and meaning together, and brings the best ten, or as many as the dataset says.",
    )
    if meta:
        notes += ("The client sends no filter; the call below does.",)
    return Equivalent(
        Call(called, "POST", _path(subject, "search"), body=body), notes + left_out(subject, unsaid)
    )


def _change(subject: Subject) -> Equivalent:
    ids = _literal([str(one) for one in subject.ids])
    first = _path(subject, f"record/{subject.ids[0]}")
    if subject.task == "meta":
        template = """
            for (const id of <ids>) {
              await client.dataset.record.update('<dataset>', id, { meta: { $update: { key: 'value' } } })
            }
        """
        called = _in_client(subject, template, dataset=subject.dataset_id, ids=ids)
        return Equivalent(
            Call(called, "POST", f"{first}/update", body={"meta": {"$update": {"key": "value"}}})
        )
    if subject.task == "plain":
        template = """
            for (const id of <ids>) {
              await client.dataset.record.delete('<dataset>', id)
            }
        """
        called = _in_client(subject, template, dataset=subject.dataset_id, ids=ids)
        notes = (PERMANENT, "It has no status, so it cannot approve, reject or flag.")
        return Equivalent(Call(called, "POST", f"{first}/delete", body={}), notes)
    return Equivalent(
        notes=("This dialect has no tags, splits, replacing of text and moving between datasets.",)
    )


def _no_logs(subject: Subject) -> Equivalent:
    return Equivalent(notes=(_NO_LOGS,))


def _meta(subject: Subject) -> tuple[dict[str, str], list[Condition | Group]]:
    """Keys with the one value that each must have, and what is no such condition."""
    meta: dict[str, str] = {}
    unsaid: list[Condition | Group] = []
    for node in flattened(subject.filter):
        key = node.field.removeprefix(_META) if isinstance(node, Condition) else ""
        is_meta = isinstance(node, Condition) and node.field.startswith(_META)
        if isinstance(node, Condition) and is_meta and node.operator is Operator.IS and key not in meta:
            meta[key] = str(node.value)
        else:
            unsaid.append(node)
    return meta, unsaid


def _pairs(meta: dict[str, str]) -> list[tuple[str, str]]:
    return [(f"{_META}{key}", value) for key, value in meta.items()]


def _query(start: str, meta: dict[str, str]) -> str:
    inside = f"{start}{f'meta: {_literal(meta)}' if meta else ''}".removesuffix(", ")
    return f"{{ {inside} }}" if inside else "{}"


def _path(subject: Subject, rest: str) -> str:
    return f"/api/v1/dataset/{subject.dataset_id}/{rest}"


def _literal(value: Any) -> str:
    """JSON is JavaScript."""
    return orjson.dumps(value).decode()


CALLS: Table = {
    Page.DATASETS: _datasets,
    Page.RECORDS: _records,
    Page.RECORD: _record,
    Page.EXPORT: _export,
    Page.SEARCH: _search,
    Page.CHANGE: _change,
    Page.LOGS: _no_logs,
    Page.LOG: _no_logs,
}
