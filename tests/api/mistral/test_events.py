from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from project.accounts.actions import create_key
from project.accounts.models import User, Workspace
from tests.api.mistral.calls import Caller, refusal, said
from tests.factories.threads import LogDraftFactory, keep_logs
from threads.models import Log
from threads.types import LogDraft

UNKNOWN = "00000000-0000-7000-8000-000000000000"
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
EVENTS = "/chat-completion-events"


def search(api: Caller, filters: Any = None, *, extra_fields: Any = None, **query: Any) -> dict[str, Any]:
    body = {"search_params": {"filters": filters}, "extra_fields": extra_fields}
    response = api.call("POST", f"{EVENTS}/search", body, query=query)
    return dict(said(response)["completion_events"])


def ids_of(page: dict[str, Any]) -> list[str]:
    return [event["event_id"] for event in page["results"]]


@pytest.fixture
def logs(workspace: Workspace) -> list[Log]:
    """Five, the oldest first."""
    drafts = [
        LogDraftFactory.create(
            logged_at=NOON + timedelta(minutes=n), model="large" if n % 2 else "small", unique_id=f"call-{n}"
        )
        for n in range(5)
    ]
    return keep_logs(workspace, *drafts)


def test_a_search_answers_previews_with_the_fields_that_were_asked_for(
    api: Caller, workspace: Workspace
) -> None:
    draft = LogDraft(
        input=[{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Refund?"}],
        output={"role": "assistant", "tool_calls": [{"function": {"name": "refund"}}]},
        unique_id="call-1",
        logged_at=NOON,
        latency=1.5,
        prompt_tokens=7,
        meta={"plan": "pro", "seats": 3},
        status_code=500,
    )
    [log] = keep_logs(workspace, draft)
    fields = [
        *("timestamp", "last_user_message_preview", "first_system_message", "invoked_tools"),
        *("total_time_elapsed", "metadata", "metadata.seats", "api_agent_id", "status", "event_id"),
        f"__judge_{log.id.hex}",
    ]
    assert search(api, extra_fields=fields) == {
        "results": [
            {
                "event_id": str(log.id),
                "correlation_id": "call-1",
                "created_at": "2026-03-01T12:00:00Z",
                "extra_fields": {
                    "timestamp": "2026-03-01T12:00:00Z",
                    "last_user_message_preview": "Refund?",
                    "first_system_message": "Be brief.",
                    "invoked_tools": ["refund"],
                    "total_time_elapsed": 1.5,
                    "metadata": {"plan": "pro", "seats": "3"},
                    "metadata.seats": 3,
                    "api_agent_id": None,
                    "status": "failed",
                    "event_id": str(log.id),
                    f"__judge_{log.id.hex}": None,
                },
                "nb_input_tokens": 7,
                "nb_output_tokens": 0,
            }
        ],
        "next": None,
        "cursor": None,
    }


def test_pages_follow_each_other_newest_first_without_gaps(api: Caller, logs: list[Log]) -> None:
    first = search(api, page_size=2)
    second = search(api, page_size=2, cursor=first["cursor"])
    last = search(api, page_size=2, cursor=second["cursor"])
    newest = [str(log.id) for log in reversed(logs)]
    assert ids_of(first) + ids_of(second) + ids_of(last) == newest
    assert f"cursor={first['cursor']}" in first["next"]
    assert (last["next"], last["cursor"]) == (None, None)
    assert search(api, page_size=0)["results"] == []


def test_a_filter_finds_what_it_says(api: Caller, logs: list[Log]) -> None:
    larger = {"field": "model_name", "op": "eq", "value": "large"}
    later = {"field": "timestamp", "op": "gt", "value": "2026-03-01T12:01:00Z"}
    assert ids_of(search(api, {"AND": [larger, later]})) == [str(logs[3].id)]
    by_id = {"field": "event_id", "op": "eq", "value": str(logs[0].id)}
    by_sender = {"field": "correlation_id", "op": "eq", "value": "call-1"}
    assert ids_of(search(api, {"OR": [by_id, by_sender]})) == [str(logs[1].id), str(logs[0].id)]


def test_search_ids_answers_all_of_them_at_once(api: Caller, logs: list[Log]) -> None:
    answer = said(api.post(f"{EVENTS}/search-ids", {"search_params": {"filters": None}}))
    assert answer == {
        "completion_event_ids": [str(log.id) for log in reversed(logs)],
        "is_truncated": False,
    }


@pytest.mark.parametrize("path", ["search", "search-ids"])
@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({}, 422, "VALIDATION_ERROR"),
        ({"search_params": {}}, 422, "VALIDATION_ERROR"),
        ({"search_params": None}, 422, "VALIDATION_ERROR"),
        (
            {"search_params": {"filters": {"field": "x", "op": "eq", "value": 1}}},
            400,
            "SEARCH_BAD_REQUEST",
        ),
        (
            {"search_params": {"filters": {"field": "model_name", "op": "like", "value": 1}}},
            400,
            "SEARCH_BAD_REQUEST",
        ),
        (
            {"search_params": {"filters": {"field": "model_name", "op": "matches", "value": "(("}}},
            400,
            "SEARCH_BAD_REQUEST",
        ),
    ],
)
def test_a_search_that_means_nothing_is_refused(
    api: Caller, logs: list[Log], path: str, body: Any, status: int, code: str
) -> None:
    refusal(api.post(f"{EVENTS}/{path}", body), status, code)


def test_an_unknown_extra_field_and_a_foreign_cursor_are_refused(api: Caller, logs: list[Log]) -> None:
    body = {"search_params": {"filters": None}, "extra_fields": ["colour"]}
    assert "model_name" in refusal(api.post(f"{EVENTS}/search", body), 400, "SEARCH_BAD_REQUEST")
    body = {"search_params": {"filters": None}}
    refusal(api.call("POST", f"{EVENTS}/search", body, query={"cursor": "x"}), 422, "VALIDATION_ERROR")
    refusal(api.call("POST", f"{EVENTS}/search", body, query={"page_size": 101}), 422, "VALIDATION_ERROR")


def test_an_event_has_its_messages_verbatim(api: Caller, workspace: Workspace) -> None:
    tool = {"type": "function", "function": {"name": "refund"}}
    question = {"role": "user", "content": [{"type": "text", "text": "Refund?"}], "n": 2**70}
    answer = {"role": "assistant", "content": "No \x00.", "refusal": None}
    draft = LogDraft(input={"messages": [question], "tools": [tool]}, output=answer)
    [log] = keep_logs(workspace, draft)
    event = said(api.get(f"{EVENTS}/{log.id}"))
    assert event["request_messages"][0]["content"] == question["content"]
    assert event["response_messages"] == [answer]
    assert event["enabled_tools"] == [tool]
    assert (event["nb_messages"], event["chat_transcription_events"]) == (2, [])
    assert event["extra_fields"]["last_user_message_preview"] == "Refund?"
    assert str(2**70).encode() in api.get(f"{EVENTS}/{log.id}").content


def test_an_unknown_event_is_not_found(api: Caller) -> None:
    refusal(api.get(f"{EVENTS}/{UNKNOWN}"), 404, "SEARCH_NOT_FOUND")
    refusal(api.get(f"{EVENTS}/{UNKNOWN}/similar-events"), 404, "SEARCH_NOT_FOUND")
    refusal(api.get(f"{EVENTS}/abc"), 422, "VALIDATION_ERROR")


def test_similar_events_come_best_first_without_the_event_itself(api: Caller, workspace: Workspace) -> None:
    texts = (
        "My parcel is lost",
        "Where is my lost parcel?",
        "Tell me a joke about cats",
        "The parcel got lost",
    )
    logs = keep_logs(workspace, *(LogDraft(input=text, output="") for text in texts))
    page = said(api.get(f"{EVENTS}/{logs[0].id}/similar-events"))["completion_events"]
    found = ids_of(page)
    assert str(logs[0].id) not in found
    assert set(found[:2]) == {str(logs[1].id), str(logs[3].id)}
    assert (page["next"], page["cursor"]) == (None, None)


def test_fields_are_described_with_their_operators(api: Caller) -> None:
    answer = said(api.get("/chat-completion-fields"))
    fields = {field["name"]: field for field in answer["field_definitions"]}
    assert fields["timestamp"] == {
        "name": "timestamp",
        "label": "Time",
        "type": "TIMESTAMP",
        "group": "event",
        "supported_operators": ["eq", "neq", "lt", "lte", "gt", "gte", "isnull"],
    }
    assert {
        name: fields[name]["type"] for name in ("input_tokens", "metadata", "invoked_tools", "status")
    } == {
        "input_tokens": "INT",
        "metadata": "MAP",
        "invoked_tools": "ARRAY",
        "status": "ENUM",
    }
    groups = {group["name"] for group in answer["field_groups"]}
    assert {field["group"] for field in fields.values()} <= groups


def test_every_described_field_and_operator_makes_a_search(api: Caller, logs: list[Log]) -> None:
    values = {"TEXT": "a", "ENUM": "a", "INT": 1, "FLOAT": 1.5, "BOOL": True, "ARRAY": "a", "MAP": "a"}
    for field in said(api.get("/chat-completion-fields"))["field_definitions"]:
        conditions = [
            {
                "field": field["name"],
                "op": op,
                "value": {"isnull": True, "len_eq": 1}.get(op, values.get(field["type"], "2026-03-01")),
            }
            for op in field["supported_operators"]
        ]
        search(api, {"OR": conditions}, extra_fields=[field["name"]])


def test_options_are_the_values_that_a_field_has(api: Caller, logs: list[Log]) -> None:
    def options(name: str, operator: str) -> Any:
        return said(api.get(f"/chat-completion-fields/{name}/options", operator=operator))["options"]

    assert options("model_name", "eq") == ["small", "large"]
    assert options("model_name", "isnull") == [True, False]
    assert "failed" in options("status", "eq")
    assert options("stream", "eq") == [True, False]
    assert options("total_time_elapsed", "gt") is None


def test_counts_are_of_the_events_that_match(api: Caller, logs: list[Log]) -> None:
    path = "/chat-completion-fields/model_name/options-counts"
    assert said(api.post(path, {})) == {
        "counts": [{"value": "small", "count": 3}, {"value": "large", "count": 2}]
    }
    later = {"field": "timestamp", "op": "gte", "value": "2026-03-01T12:03:00Z"}
    assert said(api.post(path, {"filter_params": {"filters": later}})) == {
        "counts": [{"value": "large", "count": 1}, {"value": "small", "count": 1}]
    }


def test_an_unknown_field_or_operator_is_told_with_those_that_exist(api: Caller) -> None:
    unknown = api.get("/chat-completion-fields/colour/options", operator="eq")
    assert "model_name" in refusal(unknown, 404, "FIELDS_NOT_FOUND")
    wrong = api.get("/chat-completion-fields/model_name/options", operator="lt")
    assert "startswith" in refusal(wrong, 400, "FIELDS_BAD_REQUEST")
    refusal(api.get("/chat-completion-fields/model_name/options"), 422, "VALIDATION_ERROR")
    refusal(api.post("/chat-completion-fields/metadata/options-counts", {}), 400, "SEARCH_BAD_REQUEST")


def test_a_key_of_one_environment_never_sees_the_other(
    api: Caller, workspace: Workspace, alice: User
) -> None:
    drafts = [LogDraft(input="Refund?", output="Yes", unique_id="same", model="m")]
    [ours] = keep_logs(workspace, *drafts)
    [theirs] = keep_logs(workspace, *drafts, environment="test")
    testing = Caller(create_key(workspace, user=alice, environment="test")[1])
    any_of_both = {"field": "environment", "op": "eq", "value": ["prod", "test"]}
    for caller, own, other in ((api, ours, theirs), (testing, theirs, ours)):
        assert ids_of(search(caller, any_of_both)) == [str(own.id)]
        assert ids_of(search(caller, {"field": "event_id", "op": "eq", "value": str(other.id)})) == []
        body = {"search_params": {"filters": None}}
        assert said(caller.post(f"{EVENTS}/search-ids", body))["completion_event_ids"] == [str(own.id)]
        refusal(caller.get(f"{EVENTS}/{other.id}"), 404, "SEARCH_NOT_FOUND")
        refusal(caller.get(f"{EVENTS}/{other.id}/similar-events"), 404, "SEARCH_NOT_FOUND")
        similar = said(caller.get(f"{EVENTS}/{own.id}/similar-events"))
        assert ids_of(similar["completion_events"]) == []
        path = "/chat-completion-fields/model_name/options-counts"
        assert said(caller.post(path, {}))["counts"] == [{"value": "m", "count": 1}]


def test_a_key_for_one_dataset_reads_no_events(bound_api: Caller, logs: list[Log]) -> None:
    body = {"search_params": {"filters": None}}
    refusal(bound_api.post(f"{EVENTS}/search", body), 403, "AUTH_FORBIDDEN")
    refusal(bound_api.get(f"{EVENTS}/{logs[0].id}"), 403, "AUTH_FORBIDDEN")


def test_a_page_is_read_with_few_queries_and_without_content(
    api: Caller, logs: list[Log], django_assert_max_num_queries: Any
) -> None:
    search(api)
    with django_assert_max_num_queries(6) as seen:
        search(api)
    assert not [query for query in seen.captured_queries if '"threads_log"."input"' in query["sql"]]
