from __future__ import annotations

import html
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from project.accounts.models import Workspace
from records.logpages import threadlists
from tests.factories.threads import keep_logs
from tests.pages import FRAME, LIMITED, html_of, url_of
from threads.models import Log, Thread
from threads.types import LogDraft

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def _shown(response: Any) -> list[str]:
    return [row.thread.identifier for row in response.context["rows"]]


def _said(*texts: str) -> list[dict[str, str]]:
    return [
        {"role": "assistant" if place % 2 else "user", "content": text} for place, text in enumerate(texts)
    ]


@pytest.fixture
def chats(workspace: Workspace) -> list[Log]:
    """Seven threads; the first has three logs, each of which repeats what was said, and the others one each."""
    return keep_logs(
        workspace,
        *[
            LogDraft(
                input=_said("Hello", "Hi", "And now", "Later", "Bye")[: 2 * turn + 1],
                output={"role": "assistant", "content": ("Hi", "Later", "Good-bye")[turn]},
                thread_identifier="chat-0",
                cost=0.5,
                latency=turn + 1,
                logged_at=NOON + timedelta(hours=1, seconds=turn),
            )
            for turn in range(3)
        ],
        *[
            LogDraft(
                input="?",
                output="!",
                thread_identifier=f"chat-{number}",
                customer_identifier="ada" if number == 4 else None,
                logged_at=NOON + timedelta(minutes=number),
            )
            for number in range(1, 7)
        ],
    )


def test_threads_have_totals_and_come_the_latest_first(
    alice_client: Client, chats: list[Log], django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(FRAME + LIMITED + 1):
        response = alice_client.get(url_of("threads:thread_list", window="all"))
    assert _shown(response) == [f"chat-{number}" for number in (0, 6, 5, 4, 3, 2, 1)]
    first = response.context["rows"][0]
    assert (first.thread.log_count, first.cost, first.latency) == (3, "$1.50", "2.00 s")


def test_pages_of_threads_meet_each_once(
    alice_client: Client, chats: list[Log], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(threadlists, "PAGE_SIZE", 3)
    pages = [alice_client.get(url_of("threads:thread_list", window="all"))]
    while pages[-1].context["next_url"]:
        pages.append(alice_client.get(pages[-1].context["next_url"]))
    assert [name for page in pages for name in _shown(page)] == [f"chat-{n}" for n in (0, 6, 5, 4, 3, 2, 1)]


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("customer_identifier=ada", ["chat-4"]),
        ("log_count:gte=2", ["chat-0"]),
        ("thread_identifier:icontains=T-5", ["chat-5"]),
        ("env=test", []),
    ],
)
def test_threads_are_filtered_by_the_address(
    alice_client: Client, chats: list[Log], query: str, names: list[str]
) -> None:
    assert _shown(alice_client.get(f"{url_of('threads:thread_list')}?window=all&{query}")) == names


@pytest.mark.parametrize("query", ["from=never", "log_count:gte=many", "after=x", "after=2026-01-01~x"])
def test_an_address_that_cannot_be_is_explained(alice_client: Client, chats: list[Log], query: str) -> None:
    response = alice_client.get(f"{url_of('threads:thread_list')}?{query}")
    assert response.status_code == 422
    assert 'role="alert"' in html_of(response)


def test_a_thread_says_each_turn_once_under_the_log_that_brought_it(
    alice_client: Client, chats: list[Log], django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    thread = Thread.objects.get(identifier="chat-0")
    with django_assert_num_queries(FRAME + 2):
        response = alice_client.get(url_of("threads:thread_detail", thread.id))
    assert [[turn.number for turn in step.turns] for step in response.context["steps"]] == [
        [1, 2],
        [3, 4],
        [5, 6],
    ]
    page = html_of(response)
    assert page.index("Hello") < page.index("And now") < page.index("Good-bye")


def test_a_thread_can_be_sampled(alice_client: Client, viewer_client: Client, chats: list[Log]) -> None:
    address = url_of("threads:thread_detail", Thread.objects.get(identifier="chat-0").id)
    query = alice_client.get(address).context["sample_query"]
    assert query in html.unescape(html_of(alice_client.get(address)))
    preview = alice_client.get(f"{url_of('threads:thread_sample_preview')}?{query}&seed=s").context["preview"]
    assert [(row.thread.identifier, preview.logs) for row in preview.picks] == [("chat-0", 3)]
    assert "Make a dataset" not in html_of(viewer_client.get(address))


def test_a_log_that_goes_back_is_said_to(alice_client: Client, workspace: Workspace) -> None:
    keep_logs(
        workspace,
        LogDraft(input=_said("Hi", "Ho", "One"), output="First", thread_identifier="t", logged_at=NOON),
        LogDraft(
            input=_said("Hi", "Ho", "Two"),
            output="Second",
            thread_identifier="t",
            logged_at=NOON + timedelta(minutes=1),
        ),
    )
    response = alice_client.get(url_of("threads:thread_detail", Thread.objects.get().id))
    assert [step.goes_back_to for step in response.context["steps"]] == [None, 2]
    assert "Second" in html_of(response)


def test_a_long_thread_goes_on_on_further_pages(alice_client: Client, workspace: Workspace) -> None:
    keep_logs(
        workspace,
        *[
            LogDraft(
                input=f"Q{number}",
                output="A",
                thread_identifier="long",
                logged_at=NOON + timedelta(seconds=number),
            )
            for number in range(threadlists.LOGS_SHOWN + 2)
        ],
    )
    address = url_of("threads:thread_detail", Thread.objects.get().id)
    cursor = alice_client.get(address).context["next_cursor"]
    second = alice_client.get(f"{address}?after={cursor}")
    assert [step.log.input_preview for step in second.context["steps"]] == ["Q50", "Q51"]
    assert alice_client.get(f"{address}?after=x")["Location"] == address


def test_a_stranger_finds_no_thread(charlie_client: Client, chats: list[Log]) -> None:
    assert (
        charlie_client.get(url_of("threads:thread_detail", Thread.objects.earliest("id").id)).status_code
        == 404
    )
    assert _shown(charlie_client.get(url_of("threads:thread_list", window="all"))) == []
