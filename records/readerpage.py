"""What the pages with a record on them are drawn from: the record in its list, and the addresses around it."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest
from django.urls import reverse

from datasets.models import Dataset
from files.models import File
from project.accounts.middleware import PageRequest
from records.columns import RECORD_COLUMNS
from records.filterbar import PLACE_KEYS, read_filter
from records.gridstate import read_grid
from records.models import Record
from records.reader import VIEWS, Reading, read_record


def reader_context(request: PageRequest, dataset: Dataset, record: Record) -> dict[str, Any]:
    """The query says in which list the record is read, how, and from which turn on."""
    list_filter = read_filter(request.GET.lists())
    first = first_turn(request)
    reading = read_record(
        dataset,
        record,
        list_filter,
        read_grid(request.GET.lists(), RECORD_COLUMNS).sort,
        files=File.objects.visible_to(request.workspace).open_to(request.user),
        view=request.GET.get("view", ""),
        first_turn=first,
    )
    list_query = joined(list_filter.query, urlencode(place_of_list(request)))
    view_query = joined(list_query, _view_query(reading))
    list_url = reverse("records:record_list", args=[dataset.id])
    return {
        "dataset": dataset,
        "record": record,
        "reading": reading,
        "list_query": list_query,
        "view_query": view_query,
        "edit_query": joined(view_query, f"from={first}" if first else ""),
        "next": f"{list_url}?{joined(view_query, f'record={record.id}')}",
        "views": VIEWS,
    }


def place_of_list(request: HttpRequest) -> dict[str, str]:
    """Which page of the list it is."""
    return {key: request.GET[key] for key in PLACE_KEYS if request.GET.get(key)}


def joined(*queries: str) -> str:
    return "&".join(query for query in queries if query)


def first_turn(request: HttpRequest) -> int:
    """Of a long conversation, that from which on it is shown."""
    first = request.GET.get("from", "")
    return int(first) if first.isascii() and first.isdecimal() and len(first) < 10 else 0


def _view_query(reading: Reading) -> str:
    return urlencode({"view": reading.view}) if reading.view else ""
