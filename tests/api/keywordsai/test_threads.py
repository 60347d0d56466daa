"""Threads, as the vendor's own examples ask for them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from project.accounts.models import ApiKey, Workspace
from tests.api.keywordsai.calls import Caller, refusal, said
from tests.factories.threads import LogDraftFactory, keep_logs
from threads.actions import add_logs


@pytest.fixture
def threads(workspace: Workspace) -> None:
    keep_logs(
        workspace,
        *(
            LogDraftFactory.create(thread_identifier="a", customer_identifier="ada", cost=0.5)
            for _ in range(3)
        ),
        LogDraftFactory.create(thread_identifier="b", customer_identifier="bea"),
        LogDraftFactory.create(thread_identifier="c/d e"),
        LogDraftFactory.create(),
    )


def ids(page: dict[str, Any]) -> list[str]:
    return sorted(row["thread_identifier"] for row in page["results"])


@pytest.mark.usefixtures("threads")
def test_all_threads_come_in_the_seeds_envelope(
    api: Caller, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    api.post("/log_threads/")
    with django_assert_num_queries(8):
        page = said(api.post("/log_threads/", {}, page=1, page_size=100, environment="prod"))
    assert list(page)[:6] == ["results", "count", "previous", "next", "total_count", "current_filters"]
    assert (page["count"], ids(page)) == (3, ["a", "b", "c/d e"])
    row = next(row for row in page["results"] if row["thread_identifier"] == "a")
    assert (row["environment"], row["log_count"], row["total_cost"], row["total_tokens"]) == (
        "prod",
        3,
        1.5,
        45,
    )
    definition = page["filters_data"]["thread_identifier"]
    assert (definition["display_name"], definition["value_field_type"]) == ("Thread", "text")
    assert {"name": "is one of", "value": "in"} in definition["operator_choices"]


@pytest.mark.usefixtures("threads")
@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({"thread_identifier": {"operator": "", "value": ["a"]}}, ["a"]),
        ({"thread_identifier": {"operator": "in", "value": ["a", "b"]}}, ["a", "b"]),
        ({"thread_identifier": "b"}, ["b"]),
        ({"customer_identifier": {"operator": "", "value": ["ada"]}}, ["a"]),
        ({"customer_identifier": {"operator": "not", "value": ["ada"]}}, ["b", "c/d e"]),
        ({"organization_key_id": {"operator": "", "value": ["nobody's"]}}, []),
        ({"organization_key_id": {"operator": "not", "value": ["nobody's"]}}, ["a", "b", "c/d e"]),
        ({"number_of_requests": {"operator": "gte", "value": 2}}, ["a"]),
        (
            {
                "total_cost": {"operator": "lt", "value": [1]},
                "thread_identifier": {"operator": "not", "value": "b"},
            },
            ["c/d e"],
        ),
    ],
)
def test_threads_are_filtered_by_their_logs(api: Caller, filters: Any, expected: list[str]) -> None:
    page = said(api.post("/log_threads/", {"filters": filters}))
    assert ids(page) == expected
    assert page["count"] == len(expected)


@pytest.mark.usefixtures("threads")
def test_fields_can_be_joined_by_or_as_early_clients_do(api: Caller) -> None:
    filters = {"thread_identifier": "b", "customer_identifier": "ada"}
    assert ids(said(api.post("/log_threads/", {"filters": filters}))) == []
    assert ids(said(api.post("/log_threads/", {"filters": filters, "operator": "OR"}))) == ["a", "b"]


def test_a_thread_is_found_by_the_key_that_wrote_it(api: Caller, workspace: Workspace) -> None:
    key = ApiKey.objects.get()
    add_logs(workspace, "prod", [LogDraftFactory.create(thread_identifier="k")], api_key=key)
    filters = {"organization_key_id": {"operator": "", "value": [str(key.id)]}}
    assert ids(said(api.post("/log_threads/", {"filters": filters}))) == ["k"]


@pytest.mark.usefixtures("threads")
def test_one_thread_has_its_totals(api: Caller) -> None:
    assert said(api.get("/log_thread/a/"))["log_count"] == 3
    assert said(api.get("/log_thread/c%2Fd%20e"))["log_count"] == 1
    refusal(api.get("/log_thread/nobody/"), 404)


@pytest.mark.usefixtures("threads")
def test_threads_are_sorted_and_kept_to_a_window(api: Caller) -> None:
    rows = said(api.post("/log_threads/", {}, sort_by="-total_cost"))["results"]
    assert rows[0]["thread_identifier"] == "a"
    assert said(api.post("/log_threads/", {}, start_time="2199-01-01T00:00:00Z"))["count"] == 0
    assert "sorted" in refusal(api.post("/log_threads/", {}, sort_by="mood"), 400)


def test_the_same_identifier_in_two_environments_is_two_threads(
    api: Caller, test_api: Caller, workspace: Workspace
) -> None:
    keep_logs(workspace, thread_identifier="t", logged_at=datetime(2026, 1, 1, tzinfo=UTC))
    keep_logs(workspace, LogDraftFactory.create(thread_identifier="t"), environment="test")
    for caller, environment in ((api, "prod"), (test_api, "test")):
        [row] = said(caller.post("/log_threads/", {}))["results"]
        assert (row["environment"], row["log_count"]) == (environment, 1)


@pytest.mark.parametrize(
    ("body", "word"),
    [
        ({"filters": {"mood": "good"}}, "thread_identifier"),
        ({"filters": {"thread_identifier": {"operator": "like", "value": "a"}}}, "icontains"),
        ({"filters": {"thread_identifier": {"operator": "in"}}}, "value"),
        ({"filters": {"total_cost": {"operator": "gt", "value": "much"}}}, "number"),
        ({"filters": {"total_cost": {"operator": "gt", "value": "NaN"}}}, "number"),
        ({"operator": "XOR"}, "AND"),
    ],
)
def test_a_wrong_filter_is_told_what_there_is(api: Caller, body: Any, word: str) -> None:
    assert word in refusal(api.post("/log_threads/", body), 400)
