"""Logs: sent, listed, filtered, changed and deleted."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from project.accounts.models import Workspace
from tests.api.keywordsai.calls import Caller, refusal, said, wrong_fields
from tests.factories.threads import LogDraftFactory, keep_logs
from threads.models import Log, Thread

FULL: dict[str, Any] = {
    "model": "gpt-4o",
    "prompt_messages": [{"role": "user", "content": "Grüße 😀"}],
    "completion_message": {"role": "assistant", "content": "Hello"},
    "prompt_tokens": 10,
    "completion_tokens": 5,
    "cost": 0.00125,
    "latency": 1.5,
    "ttft": 0.25,
    "timestamp": "2026-01-02T03:04:05.678901Z",
    "status_code": 200,
    "customer_params": {"customer_identifier": 7, "name": "Ada", "email": "ada@example.com"},
    "thread_identifier": "thread-1",
    "custom_identifier": 42,
    "metadata": {"lang": "de", "_internal": 1},
    "stream": True,
    "tools": [{"type": "function"}],
    "keywordsai_params": {"group_identifier": "beta"},
    "temperature": 0.5,
    "whatever": {"is": "ignored"},
}


def test_a_log_is_said_back_whole(api: Caller) -> None:
    made = said(api.post("/request-logs/", FULL), 201)
    assert made["message"] == "log successful"
    assert made["id"] == made["unique_id"]
    assert len(made["id"]) == 32
    log = said(api.get(f"/request-logs/{made['id']}/"))
    assert log == {key: value for key, value in made.items() if key != "message"}
    assert log["prompt_messages"] == FULL["prompt_messages"]
    assert log["completion_message"] == FULL["completion_message"]
    assert log["input"] == '[{"role":"user","content":"Grüße 😀"}]'
    assert (log["timestamp"], log["environment"], log["status"]) == (FULL["timestamp"], "prod", "success")
    assert (log["cost"], log["latency"], log["time_to_first_token"]) == (0.00125, 1.5, 0.25)
    assert (log["customer_identifier"], log["customer_name"]) == ("7", "Ada")
    assert (log["custom_identifier"], log["group_identifier"]) == ("42", "beta")
    assert (log["metadata"], log["log_method"]) == ({"lang": "de"}, "logging_api")
    assert (log["total_request_tokens"], log["temperature"], log["tools"]) == (15, 0.5, FULL["tools"])


def test_the_older_name_without_a_slash_and_without_the_prefix_makes_one_too(api: Caller) -> None:
    response = api.client.post("/request-logs/create", {"model": "m"}, content_type="application/json")
    assert response.status_code == 201
    assert Log.objects.get().model == "m"


def test_nothing_is_required(api: Caller) -> None:
    log = said(api.post("/request-logs/", {}), 201)
    assert (log["model"], log["cost"], log["input"], log["prompt_messages"]) == ("", 0, None, [])


def test_a_session_without_a_thread_is_the_thread(api: Caller) -> None:
    said(api.post("/request-logs/", {"session_identifier": "s"}), 201)
    said(api.post("/request-logs/", {"session_identifier": "s", "trace_group_identifier": "g"}), 201)
    assert set(Thread.objects.values_list("identifier", flat=True)) == {"s", "g"}


@pytest.mark.parametrize(
    ("sent", "field", "value"),
    [
        (
            {"messages": [{"role": "user", "content": "a"}]},
            "prompt_messages",
            [{"role": "user", "content": "a"}],
        ),
        ({"input": {"a": [1]}}, "input", '{"a":[1]}'),
        ({"input": '[{"role":"user","content":"a"}]'}, "prompt_messages", [{"role": "user", "content": "a"}]),
        ({"output": "plain"}, "completion_message", {"role": "assistant", "content": "plain"}),
        ({"generation_time": 2}, "latency", 2),
        ({"usage": {"input_tokens": 3, "output_tokens": 4}}, "total_request_tokens", 7),
        ({"usage": {"prompt_tokens_details": {"cached_tokens": 2}}}, "prompt_cache_hit_tokens", 2),
        ({"status": "error"}, "status", "failed"),
        ({"status_code": 500}, "status", "failed"),
        ({"prompt_tokens": 10**6, "prompt_unit_price": 2.5}, "cost", 2.5),
        ({"timestamp": "2026-01-02 03:04:05"}, "timestamp", "2026-01-02T03:04:05Z"),
        ({"timestamp": "2026-01-02T03:04:05+02:00"}, "timestamp", "2026-01-02T01:04:05Z"),
        ({"prompt_version_number": 3}, "prompt_version_number", 3),
        (
            {"full_request": {"messages": [{"role": "user", "content": "f"}]}},
            "input",
            '[{"role":"user","content":"f"}]',
        ),
        ({"respan_params": {"model": "inner"}, "model": "outer"}, "model", "inner"),
    ],
)
def test_the_same_thing_may_be_said_in_several_ways(
    api: Caller, sent: dict[str, Any], field: str, value: Any
) -> None:
    assert said(api.post("/request-logs/", sent), 201)[field] == value


def test_the_environment_is_that_of_the_key_whatever_the_body_says(
    api: Caller, test_api: Caller, workspace: Workspace
) -> None:
    made = said(test_api.post("/request-logs/", {"environment": "prod", "thread_identifier": "t"}), 201)
    assert made["environment"] == "test"
    refusal(api.get(f"/request-logs/{made['id']}/"), 404)
    assert said(api.get("/request-logs/list/", environment="test"))["count"] == 0
    assert said(api.get("/request-logs/list/", is_test="true", all_envs="true"))["count"] == 0
    assert said(test_api.get("/request-logs/list/"))["count"] == 1
    assert said(test_api.get("/request-logs/list/", environment="prod"))["count"] == 0
    assert said(api.post("/log_threads/", {}, environment="test"))["count"] == 0
    assert said(api.post("/request-logs/summary/", {}, environment="test"))["number_of_requests"] == 0


@pytest.mark.parametrize(
    ("sent", "word"),
    [
        (b'{"cost": NaN}', "NaN"),
        (b'{"cost": Infinity}', "Infinity"),
        (b'{"cost": 1e400}', "out of range"),
        (b'{"cost": "NaN"}', "cost"),
        (b'{"cost": -1}', "cost"),
        (b'{"timestamp": "9999-12-31T23:59:59Z"}', "timestamp"),
        (b'{"timestamp": "9999-12-31T23:59:59-12:00"}', "timestamp"),
        (b'{"timestamp": "yesterday"}', "timestamp"),
        (b'{"timestamp": 5}', "timestamp"),
        (b'{"prompt_tokens": 99999999999999999999}', "prompt_tokens"),
        (b'{"metadata": {"a": "\\u0000"}}', "metadata"),
        (b'{"metadata": {"\\ud800": 1}}', "metadata"),
        (b'{"metadata": []}', "metadata"),
        (b'{"model": {}}', "model"),
        (b'{"status": "odd"}', "status"),
        (b"[]", "body"),
        (b"{", "JSON"),
        (b"\xff", "UTF-8"),
        (b'{"input": ' + b"[" * 5000 + b"]" * 5000 + b"}", "nested"),
    ],
)
def test_what_cannot_be_kept_is_refused_in_a_sentence(api: Caller, sent: bytes, word: str) -> None:
    response = api.call("POST", "/request-logs/", sent)
    assert response.status_code == 400, response.content
    assert word in response.content.decode()
    assert not Log.objects.exists()


@pytest.mark.parametrize("raw", ["\\u0000", "\\ud800", "1" * 40, "é"])
def test_content_survives_as_it_was_sent(api: Caller, raw: str) -> None:
    body = f'{{"input": {{"a": "{raw}", "n": 12345678901234567890123}}}}'.encode()
    made = said(api.call("POST", "/request-logs/", body), 201)
    assert "12345678901234567890123" in said(api.get(f"/request-logs/{made['id']}/"))["input"]
    assert said(api.get("/request-logs/list/"))["count"] == 1


def test_a_batch_answers_each_item_in_its_order(api: Caller) -> None:
    items = [
        {"model": "a", "unique_id": "mine"},
        {"cost": "NaN"},
        {"timestamp": "9999-01-01T00:00:00"},
        5,
        {},
    ]
    results = said(api.post("/request-logs/batch/create", {"logs": items}), 201)["results"]
    assert [one["status"] for one in results] == ["success", "error", "error", "error", "success"]
    assert results[0]["id"] == "mine"
    assert "cost" in results[1]["error"]
    assert "timestamp" in results[2]["error"]
    assert Log.objects.count() == 2
    assert said(api.get("/request-logs/mine/"))["log_method"] == "batch"


def test_a_log_that_is_sent_again_is_there_once(api: Caller) -> None:
    batch = {"logs": [{"unique_id": "mine"}]}
    first, second = (said(api.post("/request-logs/batch/create", batch), 201)["results"] for _ in range(2))
    assert first == second
    assert Log.objects.count() == 1


def test_more_logs_than_a_batch_holds_are_refused_and_none_is_kept(api: Caller) -> None:
    assert "5,000" in refusal(api.post("/request-logs/batch/create", {"logs": [{}] * 5001}), 413)
    assert not Log.objects.exists()


def test_bulk_counts_successes_and_names_errors(api: Caller) -> None:
    sent = said(api.post("/request-logs/bulk/", {"logs": [{}, {"cost": -1}]}), 201)
    assert (sent["success_count"], sent["error_count"]) == (1, 1)
    assert sent["errors"][0]["index"] == 1
    assert said(api.post("/request-logs/bulk/", {"logs": [{"cost": -1}]}), 400)["error_count"] == 1
    for number in (0, 501):
        assert "logs" in wrong_fields(api.post("/request-logs/bulk/", {"logs": [{}] * number}))


def test_a_list_is_newest_first_in_the_vendors_envelope(
    api: Caller, workspace: Workspace, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    now = datetime.now(UTC)
    keep_logs(
        workspace,
        *(
            LogDraftFactory.create(logged_at=now - timedelta(hours=n), custom_identifier=str(n))
            for n in range(5)
        ),
    )
    api.get("/request-logs/list/")
    with django_assert_num_queries(8):  # Among them those of a transaction and its time limit.
        page = said(api.get("/request-logs/list/", page=2, page_size=2))
    assert [row["custom_identifier"] for row in page["results"]] == ["2", "3"]
    assert (page["count"], page["current_filters"], page["filters_data"]) == (5, {}, {})
    assert page["next"].endswith("/api/request-logs/list/?page=3&page_size=2")
    assert page["previous"].endswith("/api/request-logs/list/?page=1&page_size=2")


def test_pages_end_with_an_empty_one_and_sizes_are_taken_kindly(api: Caller, workspace: Workspace) -> None:
    keep_logs(workspace)
    assert said(api.get("/request-logs/list/", page=2))["results"] == []
    assert said(api.get("/request-logs/list/", page=10**30))["next"] is None
    for size in ("0", "-1", "many", "100000"):
        assert len(said(api.get("/request-logs/list/", page_size=size))["results"]) == 1
    for page in ("0", "-1", "first", ""):
        assert refusal(api.get("/request-logs/list/", page=page), 404) == "Invalid page."


def test_simple_filters_stand_in_the_query(api: Caller, workspace: Workspace) -> None:
    keep_logs(workspace, LogDraftFactory.create(model="a"), LogDraftFactory.create(model="b"))
    assert said(api.get("/request-logs/list/", model="a"))["count"] == 1
    assert said(api.client.get("/request-logs/list/?model=a&model=b"))["count"] == 2  # type: ignore[arg-type]
    assert "colour" in refusal(api.get("/request-logs/list/", colour="red"), 400)


def test_filters_come_back_and_definitions_when_asked_for(api: Caller) -> None:
    filters = {"status_code": {"operator": "gte", "value": [500]}, "model": "a"}
    listed = said(api.post("/request-logs/list/", {"filters": filters}, fetch_filters="true"))
    assert listed["current_filters"] == {
        "status_code": {"operator": "gte", "value": [500]},
        "model": {"operator": "", "value": "a"},
    }
    model = listed["filters_data"]["model"]
    assert (model["display_name"], model["metric"], model["hidden"]) == ("Model", "model", False)
    assert {"name": "is", "value": ""} in model["operator_choices"]


def test_a_list_is_sorted_as_asked(api: Caller, workspace: Workspace) -> None:
    keep_logs(workspace, *(LogDraftFactory.create(cost=cost, model=str(cost)) for cost in (2, 3, 1)))
    rows = said(api.get("/request-logs/list/", sort_by="-cost", include_fields="model"))["results"]
    assert [row["model"] for row in rows] == ["3", "2", "1"]
    assert set(rows[0]) == {"id", "unique_id", "model"}
    assert "cost" in refusal(api.get("/request-logs/list/", sort_by="mood"), 400)


def test_a_window_includes_both_its_ends(api: Caller, workspace: Workspace) -> None:
    keep_logs(workspace, logged_at=datetime(2026, 1, 1, tzinfo=UTC))
    for start, end, count in (
        ("2026-01-01T00:00:00Z", "2026-01-01T00:00:00Z", 1),
        ("2026-01-01T00:00:01Z", "2026-01-02T00:00:00Z", 0),
        ("2025-12-31", "2025-12-31T23:59:59", 0),
    ):
        assert said(api.get("/request-logs/list/", start_time=start, end_time=end))["count"] == count
    assert "start_time" in wrong_fields(api.get("/request-logs/list/", start_time="soon"))


def test_a_log_is_annotated_and_the_rest_stays(api: Caller, workspace: Workspace) -> None:
    [log] = keep_logs(workspace, meta={"a": 1}, custom_identifier="c")
    path = f"/request-logs/{log.public_id}/"
    changed = said(
        api.patch(path, {"note": "Look", "positive_feedback": True, "is_pinned": True, "model": "x"})
    )
    assert (changed["note"], changed["positive_feedback"], changed["is_pinned"]) == ("Look", True, True)
    assert (changed["model"], changed["metadata"], changed["custom_identifier"]) == ("gpt-4o", {"a": 1}, "c")


def test_a_batch_of_changes_is_all_or_none(api: Caller, workspace: Workspace) -> None:
    [log] = keep_logs(workspace)
    edits = [{"unique_id": log.public_id, "note": "n"}, {"unique_id": "nobody", "note": "n"}]
    assert refusal(api.patch("/request-logs/batch-update/", {"logs": edits}), 404) == "Log not found"
    assert Log.objects.get().note is None
    said(api.patch("/request-logs/batch-update/", {"logs": edits[:1]}))
    assert Log.objects.get().note == "n"


def test_a_deleted_log_is_gone_and_its_thread_with_it(api: Caller, workspace: Workspace) -> None:
    [log] = keep_logs(workspace, thread_identifier="t")
    response = api.delete(f"/request-logs/{log.public_id}/")
    assert (response.status_code, response.content) == (204, b"")
    assert refusal(api.delete(f"/request-logs/{log.public_id}/"), 404) == "Log not found"
    assert said(api.post("/log_threads/", {}))["count"] == 0


def test_a_summary_adds_up(api: Caller, workspace: Workspace) -> None:
    keep_logs(workspace, *LogDraftFactory.create_batch(2, cost=0.5), LogDraftFactory.create(model="other"))
    summary = said(api.post("/request-logs/summary/", {"filters": {"model": "gpt-4o"}}))
    assert (summary["number_of_requests"], summary["total_cost"], summary["total_tokens"]) == (2, 1.0, 30)
    assert (summary["avg_latency"], summary["avg_tps"], summary["scores"]) == (0.5, 0, {})


def test_a_pattern_that_is_none_is_refused(api: Caller, workspace: Workspace) -> None:
    keep_logs(workspace, note="a" * 200)
    for pattern in ("(", "a{1,2}{3}[", "\\"):
        assert refusal(
            api.post("/request-logs/list/", {"filters": {"note": {"operator": "regex", "value": pattern}}}),
            400,
        )


def test_the_key_of_one_dataset_has_no_logs(bound_api: Caller) -> None:
    refusal(bound_api.get("/request-logs/list/"), 403)
    refusal(bound_api.post("/request-logs/", {}), 403)
