"""What the browser loads to show the list of records, compressed as it travels."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.staticfiles import finders
from django.test import Client
from django.urls import reverse

from datasets.models import Dataset
from project.accounts.types import Author
from records.actions import add_records
from records.models import Record
from records.pages import PAGE_SIZE
from records.types import RecordDraft
from tests.factories.records import conversation

KB = 1000
WORDS = (
    "invoice",
    "refund",
    "Lisbon",
    "kettle",
    "warranty",
    "délai",
    "Größe",
    "你好",
    "order",
    "please",
    "thanks",
)


def _sentence(number: int) -> str:
    """Of a preview's length, and no two alike."""
    return " ".join(f"{WORDS[(number * place) % len(WORDS)]}{number * place % 97}" for place in range(1, 40))


@pytest.fixture
def sent_page(alice_client: Client, dataset: Dataset, author: Author) -> bytes:
    """As a browser gets it."""
    drafts = [
        RecordDraft(
            payload=conversation(_sentence(number), "Yes."),
            meta={"lang": "de", "ticket": f"T-{number * 7919}", "note": _sentence(number)},
            tags=("gold", "checked"),
            source=f"https://example.com/{number}",
        )
        for number in range(1, PAGE_SIZE + 2)
    ]
    record = add_records(dataset, drafts, author=author)[0]
    assert Record.objects.in_dataset(dataset).count() > PAGE_SIZE
    query = f"q=Yes&cols=status,tags,meta.ticket,meta.note,tokens,updated,source,id&sort=-tokens&record={record.id}"
    url = f"{reverse('records:record_list', args=[dataset.id])}?{query}"
    response = alice_client.get(url, headers={"accept-encoding": "gzip, br"})
    assert response["Content-Encoding"] == "gzip"
    return response.content


def _compressed(*parts: bytes) -> float:
    return sum(len(gzip.compress(part, 6)) for part in parts) / KB


def _files(page: str, pattern: str) -> list[bytes]:
    urls = re.findall(pattern, page)
    paths = [finders.find(url.removeprefix(settings.STATIC_URL)) for url in urls]
    assert paths
    assert all(paths)
    return [Path(str(path)).read_bytes() for path in paths]


def test_the_list_with_many_columns_and_an_open_record_is_light(sent_page: bytes) -> None:
    page = gzip.decompress(sent_page).decode()
    assert page.count("<tr id=") == PAGE_SIZE
    assert len(sent_page) / KB < 100
    assert _compressed(*_files(page, r'<script src="([^"]+)"')) < 60
    assert _compressed(*_files(page, r'<link rel="stylesheet" href="([^"]+)"')) < 30


def test_programs_get_their_answers_as_they_are(alice_key: str, dataset: Dataset) -> None:
    headers = {"authorization": f"Bearer {alice_key}", "accept-encoding": "gzip"}
    response = Client().get(f"/v1/observability/datasets/{dataset.id}", headers=headers)
    assert len(response.content) > 200  # Less is never compressed.
    assert "Content-Encoding" not in response
