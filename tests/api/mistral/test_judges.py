from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from pytest_django import Settings

from project.accounts.models import Workspace
from records.models import Record
from tests.api.mistral.calls import Caller, refusal, said
from tests.factories.threads import keep_logs
from tests.judge_server import JudgeServer, running_judge
from threads import asking

UNKNOWN = "00000000-0000-7000-8000-000000000000"
OPTIONS = {
    "type": "CLASSIFICATION",
    "options": [
        {"value": "good", "description": "The user is content."},
        {"value": "bad", "description": "The user is not."},
    ],
}
NUMBERS = {"type": "REGRESSION", "min": 1, "max": 5, "min_description": "rude", "max_description": "kind"}
TALK = [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Thanks"}]


def body(**values: Any) -> dict[str, Any]:
    return {
        "name": "Contentment",
        "description": "Is the user content?",
        "model_name": "small-judge",
        "output": OPTIONS,
        "instructions": "Was the user content with {{ assistant_message }}?",
        "tools": [],
        **values,
    }


@pytest.fixture
def server(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[JudgeServer]:
    monkeypatch.setattr(asking, "FIRST_WAIT_SECONDS", 0.001)
    with running_judge() as running:
        settings.JUDGE_URL = running.url
        yield running


@pytest.fixture
def judge(api: Caller) -> dict[str, Any]:
    return dict(said(api.post("/judges", body()), 201))


@pytest.mark.parametrize("output", [OPTIONS, NUMBERS], ids=["options", "numbers"])
def test_a_judge_comes_back_as_it_was_sent(api: Caller, workspace: Workspace, output: Any) -> None:
    sent = body(output=output, tools=["search"])
    made = said(api.post("/judges", sent), 201)
    assert {key: made[key] for key in sent} == sent
    assert (made["deleted_at"], made["workspace_id"]) == (None, str(workspace.id))
    assert said(api.get(f"/judges/{made['id']}")) == made
    assert said(api.get("/judges"))["judges"]["results"] == [made]


def test_judges_are_listed_newest_first_by_name_type_and_model(api: Caller) -> None:
    api.post("/judges", body(name="Tone of voice", output=NUMBERS, model_name="large"))
    api.post("/judges", body())

    def names(**query: Any) -> list[str]:
        return [judge["name"] for judge in said(api.get("/judges", **query))["judges"]["results"]]

    assert names() == ["Contentment", "Tone of voice"]
    assert (
        names(q="tone") == names(type_filter="REGRESSION") == names(model_filter="large") == ["Tone of voice"]
    )
    assert names(type_filter=["REGRESSION", "CLASSIFICATION"]) == names()
    assert names(page_size=1, page=2) == ["Tone of voice"]
    refusal(api.get("/judges", type_filter="OTHER"), 422, "VALIDATION_ERROR")


def test_a_judge_is_changed_and_deleted(api: Caller, judge: dict[str, Any]) -> None:
    path = f"/judges/{judge['id']}"
    assert api.put(path, body(name="Renamed", output=NUMBERS)).status_code == 204
    changed = said(api.get(path))
    assert (changed["name"], changed["output"]["type"]) == ("Renamed", "REGRESSION")
    assert api.delete(path).status_code == 204
    refusal(api.get(path), 404, "JUDGE_NOT_FOUND")
    refusal(api.put(path, body()), 404, "JUDGE_NOT_FOUND")
    assert said(api.get("/judges"))["judges"]["count"] == 0


def test_a_name_is_taken_once(api: Caller, judge: dict[str, Any]) -> None:
    refusal(api.post("/judges", body()), 409, "JUDGE_NAME_ALREADY_EXISTS")
    other = said(api.post("/judges", body(name="Another")), 201)
    refusal(api.put(f"/judges/{other['id']}", body()), 409, "JUDGE_NAME_ALREADY_EXISTS")


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"name": "four"}, "VALIDATION_ERROR"),
        ({"name": "x" * 51}, "VALIDATION_ERROR"),
        ({"description": "x" * 501}, "VALIDATION_ERROR"),
        ({"instructions": "x" * 10_001}, "VALIDATION_ERROR"),
        ({"tools": None}, "VALIDATION_ERROR"),
        ({"output": {"type": "OTHER"}}, "VALIDATION_ERROR"),
        ({"output": {"type": "CLASSIFICATION", "options": []}}, "VALIDATION_ERROR"),
        ({"output": {**NUMBERS, "min": -1}}, "VALIDATION_ERROR"),
        ({"output": {**NUMBERS, "max": 1e9}}, "VALIDATION_ERROR"),
        ({"output": {**NUMBERS, "max": 1}}, "VALIDATION_ERROR"),
        ({"name": "NUL\x00 name"}, "VALIDATION_ERROR"),
        ({"instructions": "{{ x"}, "TEMPLATE_SYNTAX_ERROR"),
    ],
)
def test_a_judge_that_cannot_be_is_refused(api: Caller, values: dict[str, Any], code: str) -> None:
    refusal(api.post("/judges", body(**values)), 422, code)


def test_a_conversation_is_judged_at_once_and_nothing_is_kept(
    api: Caller, judge: dict[str, Any], server: JudgeServer
) -> None:
    path = f"/judges/{judge['id']}/live-judging"
    answer = {"analysis": "As the rule says.", "answer": "good"}
    assert said(api.post(path, {"messages": TALK})) == answer
    assert said(api.post(path, {"messages": TALK, "properties": None})) == answer
    assert server.requests[0]["messages"][0]["content"].startswith("Was the user content with Thanks?")
    refusal(api.post(path, {"messages": []}), 422, "JUDGE_CONVERSATION_FORMAT_ERROR")
    refusal(api.post(path, {"messages": ["Hi"]}), 422, "JUDGE_CONVERSATION_FORMAT_ERROR")
    refusal(api.post(path, {}), 422, "VALIDATION_ERROR")


def test_events_and_records_are_judged_by_a_definition(
    api: Caller, workspace: Workspace, records: Sequence[Record], server: JudgeServer
) -> None:
    [log] = keep_logs(workspace, input="Hi", output="Thanks")
    definition = {"judge_definition": body(output=NUMBERS, instructions="Judge.")}
    server.rule = lambda prompt: 5 if "Thanks" in prompt else 1
    event = said(api.post(f"/chat-completion-events/{log.id}/live-judging", definition))
    assert event == {"analysis": "As the rule says.", "answer": 5.0}
    record = said(api.post(f"/dataset-records/{records[0].id}/live-judging", definition))
    assert record["answer"] == 1.0
    assert said(api.get("/judges"))["judges"]["count"] == 0


def test_a_model_s_trouble_is_told(api: Caller, judge: dict[str, Any], server: JudgeServer) -> None:
    path = f"/judges/{judge['id']}/live-judging"
    server.always = 500
    refusal(api.post(path, {"messages": TALK}), 400, "JUDGE_MISTRAL_API_ERROR")
    server.always, server.rule = None, lambda prompt: "fine"
    refusal(api.post(path, {"messages": TALK}), 400, "JUDGE_MISTRAL_API_ERROR")


def test_without_a_model_nothing_is_judged_and_that_is_said(
    api: Caller, judge: dict[str, Any], workspace: Workspace, records: Sequence[Record], settings: Settings
) -> None:
    settings.JUDGE_URL = ""
    [log] = keep_logs(workspace)
    definition = {"judge_definition": body()}
    for path, sent in (
        (f"/judges/{judge['id']}/live-judging", {"messages": TALK}),
        (f"/chat-completion-events/{log.id}/live-judging", definition),
        (f"/dataset-records/{records[0].id}/live-judging", definition),
    ):
        assert "JUDGE_URL" in refusal(api.post(path, sent), 400, "FEATURE_NOT_SUPPORTED")


def test_a_key_for_one_dataset_sees_no_judges(bound_api: Caller, judge: dict[str, Any]) -> None:
    refusal(bound_api.get("/judges"), 403, "AUTH_FORBIDDEN")
    refusal(bound_api.post("/judges", body(name="Another")), 403, "AUTH_FORBIDDEN")
