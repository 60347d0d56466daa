from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from datasets.models import Dataset, Job
from project.accounts.models import Workspace
from records.models import Record
from tests.factories.threads import keep_logs
from tests.jobs import finish
from tests.pages import FRAME, HTMX, LIMITED, html_of, url_of
from threads.models import Thread
from threads.types import LogDraft

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
TIME = {"from": "2026-03-01T12:00:00Z", "to": "2026-03-01T13:00:00Z"}


@pytest.fixture
def chats(workspace: Workspace) -> list[Thread]:
    """Thirty threads of two logs."""
    keep_logs(
        workspace,
        *[
            LogDraft(
                input=f"Question {turn}?",
                output=f"Answer {turn}.",
                thread_identifier=f"chat-{number}",
                logged_at=NOON + timedelta(minutes=number, seconds=turn),
            )
            for number in range(30)
            for turn in range(2)
        ],
    )
    return list(Thread.objects.order_by("id"))


def _preview(client: Client, **query: object) -> Any:
    return client.get(url_of("threads:thread_sample_preview", **TIME, **query), headers=HTMX).context[
        "preview"
    ]


def test_a_preview_counts_and_picks_what_the_job_then_takes(
    alice_client: Client, chats: list[Thread], django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    query = {"seed": "s", "percent": "50"}
    with django_assert_num_queries(FRAME + 2 * LIMITED + 4):  # Sums, matching, picks, days.
        preview = _preview(alice_client, **query)
    assert str(preview.matching) == "30"
    assert 5 < preview.taken < 25
    assert preview.logs == 2 * preview.taken
    alice_client.post(url_of("threads:thread_sample_create", **TIME), {**query, "name": "Chats"})
    finish(Job.objects.get())
    taken = set(Record.objects.values_list("source", flat=True))
    assert len(taken) == preview.taken
    assert {row.thread.identifier for row in preview.picks} <= taken
    again = _preview(alice_client, **query, dataset=Dataset.objects.get().id)
    assert str(again.known) == str(preview.taken)


def test_the_filter_of_the_list_is_the_filter_of_the_sample(
    alice_client: Client, chats: list[Thread]
) -> None:
    page = alice_client.get(
        url_of("threads:thread_list", **TIME, **{"thread_identifier:startswith": "chat-1"})
    )
    address = alice_client.get(page.context["sample_url"])["Location"]
    assert re.search(r"seed=[0-9a-f]{8}$", address)
    form = alice_client.get(address)
    assert form.status_code == 200
    preview = alice_client.get(f"{form.context['preview_url']}&seed=s").context["preview"]
    assert preview.taken == 11


def test_ticked_threads_are_sampled_also_when_they_go_on(
    alice_client: Client, chats: list[Thread], workspace: Workspace
) -> None:
    ticked = {"ticked": "yes", "env": "prod", "thread_identifier": ["chat-3", "chat-7"]}
    address = alice_client.get(url_of("threads:thread_sample_create", **ticked))["Location"]
    keep_logs(workspace, LogDraft(input="More?", output="Yes.", thread_identifier="chat-7"))
    alice_client.post(address, {"seed": "s", "name": "Two"})
    finish(Job.objects.get())
    found = {record.source: len(record.as_payload["messages"]) for record in Record.objects.all()}
    assert found == {"chat-3": 4, "chat-7": 6}


def test_nothing_ticked_is_not_everything(alice_client: Client, chats: list[Thread]) -> None:
    response = alice_client.get(url_of("threads:thread_sample_create", ticked="yes", **TIME), follow=True)
    assert response.redirect_chain[0][0].startswith("/app/threads/?")
    assert "Tick the threads first" in html_of(response)


@pytest.mark.parametrize(
    "given",
    [
        {"seed": "s"},
        {"seed": "", "name": "x"},
        {"seed": "s", "name": "x", "percent": "101"},
        {"seed": "s", "name": "x", "size": "-1"},
        {"seed": "s\x00", "name": "x"},
        {"seed": "s", "dataset": "00000000-0000-7000-8000-000000000000"},
    ],
)
def test_a_sample_that_cannot_be_is_explained_and_leaves_nothing(
    alice_client: Client, chats: list[Thread], given: dict[str, str]
) -> None:
    assert alice_client.post(url_of("threads:thread_sample_create", **TIME), given).status_code == 422
    assert not Dataset.objects.exists()
    assert alice_client.get(url_of("threads:thread_sample_preview", **TIME, **given)).status_code == 200


def test_a_viewer_ticks_and_samples_no_threads(viewer_client: Client, chats: list[Thread]) -> None:
    page = html_of(viewer_client.get(url_of("threads:thread_list", **TIME)))
    assert "chat-1" in page
    assert 'type="checkbox"' not in page
    assert (
        viewer_client.post(
            url_of("threads:thread_sample_create", **TIME), {"seed": "s", "name": "x"}
        ).status_code
        == 403
    )


def test_a_stranger_samples_neither_our_threads_nor_into_our_datasets(
    charlie_client: Client, dataset: Dataset, chats: list[Thread]
) -> None:
    assert _preview(charlie_client, seed="s").taken == 0
    given = {"seed": "s", "dataset": dataset.id}
    assert charlie_client.post(url_of("threads:thread_sample_create", **TIME), given).status_code == 422
    assert not Job.objects.exists()
