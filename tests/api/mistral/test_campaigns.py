from __future__ import annotations

from typing import Any

import pytest
from pytest_django import Settings

from datasets.models import Dataset, Job
from project.accounts.actions import create_key
from project.accounts.models import User, Workspace
from project.accounts.types import Author
from project.lib.filters import Condition, Group, Operator
from records.actions import start_campaign
from tests.api.mistral.calls import Caller, refusal, said
from tests.api.mistral.jobs import run_job
from tests.api.mistral.test_judges import body as judge_body
from tests.factories.threads import keep_logs
from tests.judge_server import running_judge
from threads.models import Campaign, Log
from threads.types import CampaignDraft, LogDraft

UNKNOWN = "00000000-0000-7000-8000-000000000000"
FILTERS = {"AND": [{"field": "model_name", "op": "eq", "value": "large"}]}


@pytest.fixture
def judge_id(api: Caller) -> str:
    return str(said(api.post("/judges", judge_body()), 201)["id"])


@pytest.fixture
def logs(workspace: Workspace) -> list[Log]:
    """Three of the large model, the newest first, and a small one."""
    drafts = [LogDraft(input=f"Question {n}", output="Thanks", model="large") for n in range(3)]
    return keep_logs(workspace, *drafts, LogDraft(model="small"))[2::-1]


def body(judge: str, **values: Any) -> dict[str, Any]:
    return {
        "search_params": {"filters": FILTERS},
        "judge_id": judge,
        "name": "Large models",
        "description": "",
        "max_nb_events": 100,
        **values,
    }


def finish(campaign: dict[str, Any]) -> None:
    run_job(str(Campaign.objects.get(pk=campaign["id"]).job_id))


def test_a_campaign_runs_and_its_events_have_the_answers(
    api: Caller, judge_id: str, logs: list[Log], settings: Settings
) -> None:
    made = said(api.post("/campaigns", body(judge_id)), 201)
    assert (made["search_params"], made["judge"]["id"]) == ({"filters": FILTERS}, judge_id)
    path = f"/campaigns/{made['id']}"
    assert said(api.get(f"{path}/status")) == {"status": "RUNNING"}
    with running_judge() as server:
        settings.JUDGE_URL = server.url
        finish(made)
    assert said(api.get(f"{path}/status")) == {"status": "COMPLETED"}
    page = said(api.get(f"{path}/selected-events"))["completion_events"]
    assert (page["count"], page["next"], page["previous"]) == (3, None, None)
    field = f"__judge_{judge_id.replace('-', '')}"
    assert [(event["event_id"], event["extra_fields"]) for event in page["results"]] == [
        (str(log.id), {field: "good"}) for log in logs
    ]
    fields = said(api.get("/chat-completion-fields"))["field_definitions"]
    assert [one["group"] for one in fields if one["name"] == field] == ["judges"]
    search = {"search_params": {"filters": {"field": field, "op": "eq", "value": "good"}}}
    assert len(said(api.post("/chat-completion-events/search-ids", search))["completion_event_ids"]) == 3
    missing = {"search_params": {"filters": {"field": field, "op": "isnull", "value": True}}}
    assert len(said(api.post("/chat-completion-events/search-ids", missing))["completion_event_ids"]) == 1


def test_selected_events_come_in_numbered_pages(api: Caller, judge_id: str, logs: list[Log]) -> None:
    made = said(api.post("/campaigns", body(judge_id)), 201)
    finish(made)
    path = f"/campaigns/{made['id']}/selected-events"
    second = said(api.get(path, page_size=2, page=2))["completion_events"]
    assert [event["event_id"] for event in second["results"]] == [str(logs[2].id)]
    assert (second["count"], second["next"]) == (3, None)
    assert "page=1" in second["previous"]


def test_campaigns_are_listed_found_and_deleted(api: Caller, judge_id: str, logs: list[Log]) -> None:
    first = said(api.post("/campaigns", body(judge_id)), 201)
    second = said(api.post("/campaigns", body(judge_id, name="Second try")), 201)
    assert said(api.get("/campaigns"))["campaigns"]["results"] == [second, first]
    assert said(api.get("/campaigns", q="LARGE"))["campaigns"]["results"] == [first]
    path = f"/campaigns/{first['id']}"
    assert said(api.get(path)) == first
    assert api.delete(path).status_code == 204
    for gone in (path, f"{path}/status", f"{path}/selected-events"):
        refusal(api.get(gone), 404, "CAMPAIGN_NOT_FOUND")
    assert said(api.get("/campaigns"))["campaigns"]["count"] == 1


def test_a_judge_of_a_campaign_stays_as_it_is(api: Caller, judge_id: str, logs: list[Log]) -> None:
    api.post("/campaigns", body(judge_id))
    changed = api.put(f"/judges/{judge_id}", judge_body(instructions="Else."))
    refusal(changed, 409, "JUDGE_USED_IN_CAMPAIGN_CANNOT_BE_UPDATED")


@pytest.mark.parametrize(
    ("values", "status", "code"),
    [
        ({"judge_id": UNKNOWN}, 404, "JUDGE_NOT_FOUND"),
        ({"max_nb_events": 0}, 422, "VALIDATION_ERROR"),
        ({"max_nb_events": 10_001}, 422, "VALIDATION_ERROR"),
        ({"name": "four"}, 422, "VALIDATION_ERROR"),
        ({"search_params": {}}, 422, "VALIDATION_ERROR"),
        (
            {"search_params": {"filters": {"field": "colour", "op": "eq", "value": 1}}},
            400,
            "SEARCH_BAD_REQUEST",
        ),
        (
            {"search_params": {"filters": {"field": "model_name", "op": "eq", "value": "none"}}},
            400,
            "CAMPAIGN_NO_MATCHING_EVENTS",
        ),
    ],
)
def test_a_campaign_that_cannot_be_is_refused(
    api: Caller, judge_id: str, logs: list[Log], values: dict[str, Any], status: int, code: str
) -> None:
    refusal(api.post("/campaigns", body(judge_id, **values)), status, code)
    assert not Job.objects.exists()


def test_a_campaign_is_imported_with_its_answers_as_properties(
    api: Caller, dataset: Dataset, judge_id: str, logs: list[Log], settings: Settings
) -> None:
    made = said(api.post("/campaigns", body(judge_id)), 201)
    path = f"/datasets/{dataset.id}"
    wanted = {"campaign_id": made["id"]}
    refusal(api.post(f"{path}/imports/from-campaign", wanted), 409, "UNKNOWN_ERROR")
    with running_judge() as server:
        settings.JUDGE_URL = server.url
        finish(made)
    task = said(api.post(f"{path}/imports/from-campaign", wanted), 202)
    run_job(task["id"])
    assert said(api.get(f"{path}/tasks/{task['id']}"))["status"] == "COMPLETED"
    rows = said(api.get(f"{path}/records"))["records"]["results"]
    assert [row["properties"] for row in rows] == [{"Contentment": "good"}] * 3
    assert {row["source"] for row in rows} == {"EXPLORER"}


def test_a_key_of_the_other_environment_sees_no_campaign(
    api: Caller, judge_id: str, logs: list[Log], workspace: Workspace, alice: User, dataset: Dataset
) -> None:
    made = said(api.post("/campaigns", body(judge_id)), 201)
    testing = Caller(create_key(workspace, user=alice, environment="test")[1])
    assert said(testing.get("/campaigns"))["campaigns"]["count"] == 0
    refusal(testing.get(f"/campaigns/{made['id']}/selected-events"), 404, "CAMPAIGN_NOT_FOUND")
    wanted = {"campaign_id": made["id"]}
    imported = testing.post(f"/datasets/{dataset.id}/imports/from-campaign", wanted)
    refusal(imported, 404, "CAMPAIGN_NOT_FOUND")
    refusal(testing.post("/campaigns", body(judge_id)), 400, "CAMPAIGN_NO_MATCHING_EVENTS")


def test_a_campaign_made_elsewhere_is_told_in_this_vendor_s_words(
    api: Caller, logs: list[Log], workspace: Workspace, alice: User, author: Author
) -> None:
    condition = Group(
        (
            Condition("input_preview", Operator.CONTAINS, ("Question",)),
            Group(
                (Condition("meta.plan", Operator.IS_NULL), Condition("latency", Operator.BETWEEN, "1..2")),
                is_any=True,
            ),
        )
    )
    draft = CampaignDraft(
        workspace=workspace,
        environment="prod",
        name="By page",
        description="",
        condition=condition,
        max_logs=5,
    )
    with pytest.raises(Exception, match="No log matches"):
        start_campaign(draft, judge=None, owner=alice, author=author)
    keep_logs(workspace, LogDraft(input="Question", latency=1.5))
    start_campaign(draft, judge=None, owner=alice, author=author)
    [campaign] = said(api.get("/campaigns"))["campaigns"]["results"]
    assert campaign["search_params"]["filters"] == {
        "AND": [
            {"field": "last_user_message_preview", "op": "contains", "value": "Question"},
            {
                "OR": [
                    {"field": "metadata.plan", "op": "isnull", "value": True},
                    {"field": "total_time_elapsed", "op": "between", "value": "1..2"},
                ]
            },
        ]
    }
    assert (campaign["judge"]["name"], campaign["judge"]["tools"]) == ("No judge", [])
