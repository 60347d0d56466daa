from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any
from uuid import UUID

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from datasets.models import Dataset, Job
from project.accounts.models import Workspace
from records.logpages import previews
from records.models import Record
from tests.factories.threads import keep_logs
from tests.jobs import finish
from tests.pages import FRAME, HTMX, LIMITED, html_of, text_of, url_of
from threads.models import Log
from threads.types import LogDraft

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
TIME = {"from": "2026-03-01T12:00:00Z", "to": "2026-03-01T13:00:00Z"}


@pytest.fixture
def logs(workspace: Workspace) -> list[Log]:
    """Forty in forty minutes, in four threads, every second of a large model; and one an hour later."""
    return keep_logs(
        workspace,
        *[
            LogDraft(
                input=f"Question {number}?",
                output="Answer.",
                model="large" if number % 2 else "small",
                thread_identifier=f"t{number % 4}",
                logged_at=NOON + timedelta(minutes=number),
            )
            for number in range(40)
        ],
        LogDraft(input="Too late", output="Yes.", model="large", logged_at=NOON + timedelta(hours=2)),
    )


def _taken(client: Client, **query: object) -> Any:
    return client.get(url_of("threads:sample_preview", **TIME, **query), headers=HTMX).context["preview"]


def _records_of(dataset_id: UUID) -> set[UUID]:
    records = Record.objects.filter(dataset_id=dataset_id)
    return {log_id for record in records for log_id in record.log_ids or ()}


def test_the_address_of_a_sample_fixes_its_time_and_seed(alice_client: Client, logs: list[Log]) -> None:
    response = alice_client.get(url_of("threads:sample_create", window="30d", model="large"))
    assert re.search(r"from=.*&to=.*&model=large&seed=[0-9a-f]{8}$", response["Location"])
    page = alice_client.get(response["Location"])
    assert page.status_code == 200
    assert "Model: large" in html_of(page)


def test_a_preview_counts_spreads_and_picks(
    alice_client: Client, logs: list[Log], django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(
        FRAME + 6 * (LIMITED + 1)
    ):  # Newest, taken, matching, values, days, picks.
        preview = _taken(alice_client, seed="s", model="large")
    assert (str(preview.matching), str(preview.taken), preview.known) == ("20", "20", None)
    assert [(value.text, value.log_count) for value in preview.spreads[0].values] == [("large", 20)]
    assert [(value.text, value.log_count) for value in preview.spreads[-1].values] == [("2026-03-01", 20)]
    assert len(preview.picks) == 20


def test_of_many_the_newest_are_looked_at_and_the_rest_is_counted_later(
    alice_client: Client, logs: list[Log], monkeypatch: pytest.MonkeyPatch
) -> None:
    counted = _taken(alice_client, seed="s", percent="50")
    monkeypatch.setattr(previews, "SEEN_LOGS", 10)
    address = url_of("threads:sample_preview", **TIME, seed="s", percent="50")
    page = alice_client.get(address, headers=HTMX)
    preview = page.context["preview"]
    assert str(preview.matching) == "10+"
    assert str(preview.taken) == f"{len(preview.picks)}+"
    assert {pick.log.id for pick in preview.picks} <= {log.id for log in logs[30:40]}
    [total_url] = re.findall(r'id="sample-total" hx-get="([^"]*)"', page.content.decode())
    total = text_of(alice_client.get(unescape(total_url), headers=HTMX))
    assert total.strip() == f"{counted.taken} of 40 logs that match are taken."
    sized = _taken(alice_client, seed="s", size=3)  # The three are chosen among all of them.
    assert (str(sized.taken), str(sized.matching), sized.is_part) == ("3", "40", False)


@pytest.mark.parametrize("query", ["", "seed=s&size=3", "seed=s&percent=x", "seed=s&from=never"])
def test_what_cannot_be_counted_stays_as_it_was(alice_client: Client, logs: list[Log], query: str) -> None:
    assert alice_client.get(f"{url_of('threads:sample_total')}?{query}").status_code == 204


@pytest.mark.parametrize(
    ("rule", "number"),
    [
        ({}, 40),
        ({"percent": 0}, 0),
        ({"size": 7}, 7),
        ({"per_thread": 2}, 8),
        ({"stratum": "model", "per_stratum": 3}, 6),
        ({"percent": 40, "per_thread": 3, "size": 5}, 5),
    ],
)
def test_the_job_takes_what_the_preview_said(
    alice_client: Client, logs: list[Log], rule: dict[str, Any], number: int
) -> None:
    preview = _taken(alice_client, seed="s", **rule)
    assert preview.taken.number == number
    given = {"seed": "s", "name": "Sampled", **rule}
    response = alice_client.post(url_of("threads:sample_create", **TIME), given)
    job = Job.objects.get()
    assert response["Location"] == reverse("datasets:job_detail", args=[job.id])
    finish(job)
    assert job.dataset_id is not None
    taken = _records_of(job.dataset_id)
    assert len(taken) == number
    assert {pick.log.id for pick in preview.picks} <= taken


def test_a_preview_says_how_many_the_dataset_has_already(
    alice_client: Client, dataset: Dataset, logs: list[Log]
) -> None:
    alice_client.post(
        url_of("threads:sample_create", **TIME), {"seed": "s", "size": 10, "dataset": dataset.id}
    )
    finish(Job.objects.get())
    preview = _taken(alice_client, seed="s", size=15, dataset=dataset.id)
    assert (preview.taken.number, str(preview.known)) == (15, "10")
    assert _taken(alice_client, seed="s", percent=0, dataset=dataset.id).known.number == 0


@pytest.mark.parametrize(
    "given",
    [
        {"seed": "s"},
        {"seed": "", "name": "x"},
        {"seed": "s", "name": "x", "percent": "101"},
        {"seed": "s", "name": "x", "percent": "NaN"},
        {"seed": "s", "name": "x", "per_stratum": "3"},
        {"seed": "s", "name": "x", "size": "-1"},
        {"seed": "s\x00", "name": "x"},
        {"seed": "s", "dataset": "00000000-0000-7000-8000-000000000000"},
    ],
)
def test_a_sample_that_cannot_be_is_explained_and_leaves_nothing(
    alice_client: Client, logs: list[Log], given: dict[str, str]
) -> None:
    response = alice_client.post(url_of("threads:sample_create", **TIME), given)
    assert response.status_code == 422
    assert not Dataset.objects.exists()
    preview = alice_client.get(url_of("threads:sample_preview", **TIME, **given))
    assert preview.status_code == 200


def test_a_filter_that_cannot_be_leaves_no_dataset(alice_client: Client, logs: list[Log]) -> None:
    response = alice_client.post(
        url_of("threads:sample_create", **TIME, **{"cost:gte": "many"}), {"seed": "s", "name": "x"}
    )
    assert response.status_code == 422
    assert not Dataset.objects.exists()
    assert (
        "error"
        in alice_client.get(
            url_of("threads:sample_preview", seed="s", **TIME, **{"cost:gte": "many"})
        ).context
    )


def test_a_time_that_cannot_be_leads_back_to_the_list(alice_client: Client) -> None:
    assert alice_client.get(url_of("threads:sample_create", **{"from": "never"}))["Location"].startswith(
        "/app/logs/?"
    )


def test_a_viewer_starts_no_sample(viewer_client: Client, logs: list[Log]) -> None:
    assert viewer_client.get(url_of("threads:sample_create")).status_code == 403
    assert (
        viewer_client.post(url_of("threads:sample_create", **TIME), {"seed": "s", "name": "x"}).status_code
        == 403
    )
    assert "Make a dataset" not in html_of(viewer_client.get(reverse("threads:log_list") + "?window=all"))


def test_a_stranger_samples_neither_our_logs_nor_into_our_datasets(
    charlie_client: Client, dataset: Dataset, logs: list[Log]
) -> None:
    assert _taken(charlie_client, seed="s").taken.number == 0
    response = charlie_client.post(
        url_of("threads:sample_create", **TIME), {"seed": "s", "dataset": dataset.id}
    )
    assert response.status_code == 422
    assert not Job.objects.exists()
