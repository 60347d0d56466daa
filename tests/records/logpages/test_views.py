from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from datasets.models import Dataset, Job
from project.accounts.models import Workspace
from project.accounts.types import Author
from records.actions import add_records
from records.conversations import draft_of_log
from records.logpages.listing import PAGE_SIZE
from tests.factories.threads import keep_logs
from tests.pages import FRAME, HTMX, LIMITED, html_of, text_of, url_of
from threads import reading
from threads.models import Log, Thread
from threads.partitions import bytes_between
from threads.types import LogDraft

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def _shown(response: Any) -> list[str]:
    return [row.log.input_preview for row in response.context["rows"]]


@pytest.fixture
def logs(workspace: Workspace) -> list[Log]:
    """Twelve of the last hours, the oldest first."""
    now = timezone.now()
    return keep_logs(
        workspace,
        *[
            LogDraft(
                input=f"Question {number}?",
                output=f"Answer {number}.",
                model="large" if number % 3 == 0 else "small",
                status_code=500 if number == 11 else 200,
                customer_identifier="ada" if number % 2 else None,
                thread_identifier=f"t{number % 4}",
                meta={"n": number},
                cost=0.5,
                latency=0.25,
                logged_at=now - timedelta(hours=12 - number),
            )
            for number in range(12)
        ],
    )


def test_nothing_yet_leads_to_the_page_that_says_how_to_send(
    alice_client: Client, workspace: Workspace
) -> None:
    assert url_of("threads:log_send") in html_of(alice_client.get(url_of("threads:log_list")))
    page = html_of(alice_client.get(url_of("threads:log_send")))
    assert "http://testserver/api/request-logs/batch/create/" in page
    assert "http://testserver/v1/traces" in page


def test_a_page_of_logs_is_one_bounded_query_without_content(
    alice_client: Client, logs: list[Log], django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(FRAME + 1 + LIMITED + 1) as queries:  # Kept columns, and the rows.
        response = alice_client.get(url_of("threads:log_list"))
    assert _shown(response)[:2] == ["Question 11?", "Question 10?"]
    [rows] = [one["sql"] for one in queries.captured_queries if "threads_log" in one["sql"]]
    assert not re.search(r'"(input|output|extras|meta|attributes)"[, ]', rows.split(" FROM ")[0])
    for part in ('"workspace_id" =', '"environment" =', '"id" >=', '"id" <'):
        assert part in rows


def test_pages_by_key_meet_every_log_once(alice_client: Client, workspace: Workspace) -> None:
    keep_logs(
        workspace,
        *[
            LogDraft(input=f"Q{number}", logged_at=NOON + timedelta(seconds=number))
            for number in range(PAGE_SIZE + 5)
        ],
    )
    first = alice_client.get(url_of("threads:log_list", window="all"))
    second = alice_client.get(first.context["next_url"])
    assert [*_shown(first), *_shown(second)] == [f"Q{number}" for number in reversed(range(PAGE_SIZE + 5))]
    assert second.context["next_url"] == ""
    assert _shown(alice_client.get(second.context["previous_url"])) == _shown(first)


@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        ("status=failed", [11]),
        ("model=large&customer_identifier=ada", [9, 3]),
        ("-model=large&meta.n=4", [4]),
        ("input_preview:icontains=question 7", [7]),
        ("cost:gte=0.6", []),
        ("window=1h", []),
        ("env=test", []),
    ],
)
def test_the_address_is_the_filter(
    alice_client: Client, logs: list[Log], query: str, numbers: list[int]
) -> None:
    response = alice_client.get(f"{url_of('threads:log_list')}?{query}")
    assert _shown(response) == [f"Question {number}?" for number in numbers]


def test_a_form_leads_to_a_readable_address(alice_client: Client, logs: list[Log]) -> None:
    given = {
        "input_preview:icontains": "",
        "field": "cost",
        "comparison": "gte",
        "value": "0.2",
        "env": "test",
    }
    response = alice_client.get(url_of("threads:log_list", **given))
    assert response["Location"] == f"{url_of('threads:log_list')}?env=test&cost%3Agte=0.2"


@pytest.mark.parametrize(
    "query", ["from=yesterday", "from=2026-03-02&to=2026-03-01", "model:regex=(", "after=x"]
)
def test_an_address_that_cannot_be_is_explained(alice_client: Client, logs: list[Log], query: str) -> None:
    response = alice_client.get(f"{url_of('threads:log_list')}?{query}")
    assert response.status_code == 422
    assert 'role="alert"' in html_of(response)


@pytest.mark.parametrize("name", ["log_list", "log_tail", "log_rows", "log_histogram"])
@pytest.mark.parametrize(
    "query", ["from=yesterday", "model:regex=(", "cost:gte=many", "a%00b=c", "from=9999-12-31"]
)
def test_no_address_breaks_a_page(alice_client: Client, logs: list[Log], name: str, query: str) -> None:
    assert alice_client.get(f"{url_of(f'threads:{name}')}?{query}").status_code in {200, 204, 422}


def test_an_unknown_condition_is_shown_as_ignored(alice_client: Client, logs: list[Log]) -> None:
    page = html_of(alice_client.get(url_of("threads:log_list", color="red")))
    assert "color is not a filter, ignored" in page


def test_a_quiet_time_says_when_the_newest_log_was(alice_client: Client, workspace: Workspace) -> None:
    keep_logs(workspace, LogDraft(input="Old", logged_at=NOON))
    page = html_of(alice_client.get(url_of("threads:log_list", window="1h")))
    assert "No log in this time" in page
    assert "window=all" in page


def test_bars_hold_every_log_and_lead_to_their_time(
    alice_client: Client, logs: list[Log], django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(FRAME + LIMITED + 1):
        response = alice_client.get(url_of("threads:log_histogram", window="24h"), headers=HTMX)
    assert (response.context["log_count"], response.context["failed_count"]) == (12, 1)
    shown = [
        preview
        for bar in response.context["bars"]
        if bar.height
        for preview in _shown(alice_client.get(bar.url))
    ]
    assert sorted(shown) == sorted(log.input_preview for log in logs)


def test_bars_that_are_estimates_say_so_and_can_be_counted(
    alice_client: Client, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep_logs(workspace, *[LogDraft(logged_at=NOON + timedelta(seconds=second)) for second in range(5_000)])
    monkeypatch.setattr(reading, "SOON_MS", 1)
    monkeypatch.setattr(reading, "SAMPLE_BYTES", bytes_between(NOON, NOON) // 3)
    address = url_of(
        "threads:log_histogram", **{"from": "2026-03-01T12:00:00Z", "to": "2026-03-01T14:00:00Z"}
    )
    about = alice_client.get(address, headers=HTMX)
    assert about.context["is_estimate"]
    assert re.search(r"~[\d,]+ logs, ~\$", text_of(about))
    exact = alice_client.get(about.context["exact_url"], headers=HTMX)
    assert (exact.context["log_count"], exact.context["is_estimate"]) == (5_000, False)


def test_the_bars_of_all_time_begin_with_the_first_log(alice_client: Client, workspace: Workspace) -> None:
    keep_logs(workspace, LogDraft(input="Old", logged_at=NOON))
    response = alice_client.get(url_of("threads:log_histogram", window="all"))
    assert response.context["begins_at"] == NOON
    assert response.context["log_count"] == 1


def test_a_facet_counts_what_the_other_conditions_leave(
    alice_client: Client, logs: list[Log], django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(FRAME + LIMITED + 1):
        response = alice_client.get(
            url_of("threads:log_facet", "model", model="large", status="success"), headers=HTMX
        )
    values = response.context["values"]
    assert [(one.text, one.number, one.is_chosen) for one in values] == [
        ("small", 7, False),
        ("large", 4, True),
    ]
    assert len(_shown(alice_client.get(f"{url_of('threads:log_list')}?{values[0].query}"))) == 11
    assert len(_shown(alice_client.get(f"{url_of('threads:log_list')}?{values[1].exclude_query}"))) == 7


def test_logs_without_a_value_are_a_value_of_the_facet(alice_client: Client, logs: list[Log]) -> None:
    values = alice_client.get(url_of("threads:log_facet", "customer_identifier")).context["values"]
    [missing] = [one for one in values if one.is_missing]
    assert missing.number == 6
    assert len(_shown(alice_client.get(f"{url_of('threads:log_list')}?{missing.query}"))) == 6


def test_a_field_that_cannot_be_counted_says_so(alice_client: Client, logs: list[Log]) -> None:
    assert "cannot be counted" in html_of(alice_client.get(url_of("threads:log_facet", "meta")))


def test_the_tail_tells_how_many_came_and_leaves_the_list_as_it_is(
    alice_client: Client,
    workspace: Workspace,
    logs: list[Log],
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    newest = str(logs[-1].id)
    with django_assert_num_queries(FRAME + LIMITED + 1):
        assert alice_client.get(url_of("threads:log_tail", since=newest), headers=HTMX).status_code == 204
    keep_logs(workspace, *[LogDraft(input="Just now", model="large") for _ in range(2)], LogDraft(model="x"))
    page = html_of(alice_client.get(url_of("threads:log_tail", since=newest, model="large"), headers=HTMX))
    assert "2 new logs" in page
    assert "Just now" not in page
    rows = alice_client.get(url_of("threads:log_rows", model="large"), headers=HTMX)
    assert _shown(rows)[:2] == ["Just now"] * 2
    assert rows["HX-Trigger"] == '{"logs-came": {}}'


@pytest.mark.parametrize("query", ["since=x", "", "model:regex=(&since=00000000-0000-7000-8000-000000000000"])
def test_a_tail_that_cannot_be_is_quiet(alice_client: Client, logs: list[Log], query: str) -> None:
    assert alice_client.get(f"{url_of('threads:log_tail')}?{query}").status_code == 204


def test_only_a_list_that_ends_now_is_followed(alice_client: Client, logs: list[Log]) -> None:
    assert "data-tail" in html_of(alice_client.get(url_of("threads:log_list")))
    fixed = {"from": logs[0].logged_at.isoformat(), "to": timezone.now().isoformat()}
    assert "data-tail" not in html_of(alice_client.get(url_of("threads:log_list", **fixed)))


def test_a_log_is_read_beside_the_list_with_its_neighbors_in_the_filter(
    alice_client: Client, logs: list[Log], django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    address = url_of("threads:log_panel", logs[3].id, model="large")
    with django_assert_num_queries(
        FRAME + 1 + LIMITED + 2 + 3
    ):  # Log, neighbors, campaigns, thread, records.
        response = alice_client.get(address, headers=HTMX)
    reading = response.context["reading"]
    assert (reading.newer_id, reading.older_id) == (logs[6].id, logs[0].id)
    page = html_of(response)
    assert "Answer 3." in page
    assert "$0.5" in page
    assert url_of("threads:thread_detail", Thread.objects.get(identifier="t3").id) in page
    assert "Answer 3." in html_of(alice_client.get(url_of("threads:log_list", log=logs[3].id)))


def test_a_log_has_a_page_and_its_json(alice_client: Client, logs: list[Log]) -> None:
    assert "Answer 3." in html_of(alice_client.get(url_of("threads:log_detail", logs[3].id)))
    assert "Question 3?" in html_of(alice_client.get(url_of("threads:log_detail", logs[3].id, view="json")))
    stored = alice_client.get(url_of("threads:log_download", logs[3].id)).json()
    assert (stored["input"], stored["output"], stored["meta"]) == ("Question 3?", "Answer 3.", {"n": 3})


def test_a_log_tells_its_feedback_tools_and_scores(alice_client: Client, workspace: Workspace) -> None:
    [log] = keep_logs(
        workspace, LogDraft(input="Hi", output="Ho", positive_feedback=False, note="Read this.")
    )
    Log.objects.filter(pk=log.id).update(scores={"tone": 0.5}, invoked_tools=["find", "send"])
    facts = re.sub("<[^>]+>", "", html_of(alice_client.get(url_of("threads:log_detail", log.id))))
    for told in ("Feedbacknegative", "NoteRead this.", "Tools calledfind, send", "tone0.5"):
        assert told in facts


def test_a_log_is_added_to_a_dataset_from_its_page(
    bob_client: Client, viewer_client: Client, dataset: Dataset, stranger_dataset: Dataset, logs: list[Log]
) -> None:
    address = url_of("threads:log_add", logs[3].id)
    assert "Support" in html_of(bob_client.get(address, headers=HTMX))
    response = bob_client.post(address, {"dataset": dataset.id})
    job = Job.objects.get()
    assert response["Location"] == reverse("datasets:job_detail", args=[job.id])
    assert (job.dataset_id, job.settings["log_ids"]) == (dataset.id, [str(logs[3].id)])
    for wrong in ("", str(stranger_dataset.id), "x"):
        assert bob_client.post(address, {"dataset": wrong}).status_code == 422
    assert viewer_client.post(address, {"dataset": dataset.id}).status_code == 403
    assert Job.objects.count() == 1


def test_a_log_leads_to_the_records_that_were_made_of_it(
    alice_client: Client, author: Author, dataset: Dataset, stranger_dataset: Dataset, logs: list[Log]
) -> None:
    [record] = add_records(dataset, [draft_of_log(logs[3])], author=author)
    add_records(stranger_dataset, [draft_of_log(logs[3])], author=author)
    response = alice_client.get(url_of("threads:log_panel", logs[3].id), headers=HTMX)
    assert response.context["reading"].records == (record,)
    assert reverse("records:record_detail", args=[dataset.id, record.id]) in html_of(response)
    assert "In no dataset" in html_of(alice_client.get(url_of("threads:log_panel", logs[4].id), headers=HTMX))


def test_a_log_that_is_gone_is_said_to_be(alice_client: Client, logs: list[Log]) -> None:
    assert "That log is not here" in html_of(alice_client.get(url_of("threads:log_list", log="none")))


@pytest.mark.parametrize("name", ["log_detail", "log_panel", "log_download", "log_add"])
def test_a_stranger_finds_no_log(charlie_client: Client, logs: list[Log], name: str) -> None:
    assert charlie_client.get(url_of(f"threads:{name}", logs[0].id)).status_code == 404


def test_a_stranger_sees_no_log_in_lists_and_figures(charlie_client: Client, logs: list[Log]) -> None:
    assert _shown(charlie_client.get(url_of("threads:log_list", window="all"))) == []
    assert charlie_client.get(url_of("threads:log_histogram")).context["log_count"] == 0
    assert charlie_client.get(url_of("threads:log_facet", "model")).context["values"] == []
