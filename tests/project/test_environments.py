"""Production and test are apart: who asks in one never gets a log of the other, by any way. A way that is added later
must be put into one of the tables."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import orjson
import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import URLPattern, reverse
from django.utils import timezone

from datasets.models import Dataset
from project.accounts.actions import create_key
from project.accounts.models import User, Workspace
from project.accounts.types import Author
from project.api.keywordsai.api import api as keywordsai
from project.api.mistral.api import api as mistral
from project.lib.filters import Group
from records.actions import run_due_rules, start_campaign
from records.campaignpages import urls as campaign_urls
from records.logpages import urls as log_urls
from records.models import Record
from tests.api.guards import operations_of
from tests.api.mistral.test_judges import body as judge_body
from tests.factories.judges import JudgeDraftFactory
from tests.factories.threads import keep_logs
from tests.jobs import finish_all
from threads.judge_actions import create_judge
from threads.models import Campaign, CampaignLog, Log
from threads.types import CampaignDraft, LogDraft

pytestmark = pytest.mark.django_db(transaction=True)
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
WINDOW = {"start_time": "2026-03-01T00:00:00Z", "end_time": "2026-03-02T00:00:00Z"}
OTHERS = {"prod": "test", "test": "prod"}
NUMBERS = {"prod": 2, "test": 3}

Table = dict[str, tuple[str, str, Any]]

KEYWORDSAI: Table = {
    "list_logs": ("GET", "/api/request-logs/list/?environment={other}&all_envs=true", None),
    "list_logs_at_root": ("GET", "/api/request-logs/?all_envs=true&is_test=true", None),
    "filter_logs": ("POST", "/api/request-logs/list/?all_envs=true", {"filters": {}}),
    "summarize_logs": ("POST", "/api/request-logs/summary/?environment={other}", {}),
    "retrieve_log": ("GET", "/api/request-logs/{log}/", None),
    "update_log": ("PATCH", "/api/request-logs/{log}/", {"note": "x"}),
    "delete_log": ("DELETE", "/api/request-logs/{log}/", None),
    "update_logs_in_batch": (
        *("PATCH", "/api/request-logs/batch-update"),
        {"logs": [{"unique_id": "{log}", "note": "x"}]},
    ),
    "list_threads": ("POST", "/api/log_threads/?environment={other}", {}),
    "retrieve_thread": ("GET", "/api/log_thread/thread-{other}/", None),
    "create_dataset": ("POST", "/api/datasets/", {"name": "New", **WINDOW}),
    "create_dataset_by_older_name": ("POST", "/api/datasets/create", {"name": "New", **WINDOW}),
    "import_logs": ("POST", "/api/datasets/{dataset}/logs/import/", WINDOW),
    "import_logs_by_older_name": ("POST", "/api/datasets/{dataset}/logs/create", WINDOW),
    "import_logs_by_oldest_name": ("POST", "/api/evaluations/datasets/{dataset}/logs/", WINDOW),
    "create_dataset_logs_in_bulk": ("POST", "/api/datasets/{dataset}/logs/bulk/", {"log_ids": ["{log}"]}),
}
MISTRAL: Table = {
    "search_events": ("POST", "/chat-completion-events/search", {"search_params": {"filters": None}}),
    "search_event_ids": ("POST", "/chat-completion-events/search-ids", {"search_params": {"filters": None}}),
    "fetch_event": ("GET", "/chat-completion-events/{log}", None),
    "fetch_similar_events": ("GET", "/chat-completion-events/{own log}/similar-events", None),
    "judge_event": (
        *("POST", "/chat-completion-events/{log}/live-judging"),
        {"judge_definition": judge_body()},
    ),
    "fetch_field_options": ("GET", "/chat-completion-fields/model_name/options?operator=eq", None),
    "fetch_field_counts": ("POST", "/chat-completion-fields/model_name/options-counts", {}),
    "create_campaign": (
        *("POST", "/campaigns"),
        {
            "search_params": {"filters": None},
            "judge_id": "{judge}",
            "name": "Again",
            "description": "",
            "max_nb_events": 100,
        },
    ),
    "list_campaigns": ("GET", "/campaigns", None),
    "fetch_campaign": ("GET", "/campaigns/{campaign}", None),
    "delete_campaign": ("DELETE", "/campaigns/{campaign}", None),
    "fetch_campaign_status": ("GET", "/campaigns/{campaign}/status", None),
    "list_campaign_events": ("GET", "/campaigns/{campaign}/selected-events", None),
    "import_from_campaign": (
        *("POST", "/datasets/{dataset}/imports/from-campaign"),
        {"campaign_id": "{campaign}"},
    ),
    "import_from_explorer": (
        *("POST", "/datasets/{dataset}/imports/from-explorer"),
        {"completion_event_ids": ["{log}"]},
    ),
    "import_from_playground": (
        *("POST", "/datasets/{dataset}/imports/from-playground"),
        {"conversation_ids": ["thread-{other}"]},
    ),
}
MISTRAL = {name: (method, f"/v1/observability{path}", body) for name, (method, path, body) in MISTRAL.items()}
# What neither reads nor copies a log: it writes one, or is about datasets, whose records are copies for all.
OF_NO_LOG = {
    *("create_log", "create_log_by_older_name", "create_logs_in_batch", "create_logs_in_bulk"),
    *("export_traces", "export_traces_2", "ingest_spans", "ingest_spans_2"),
    *("retrieve_dataset", "update_dataset", "delete_dataset", "list_datasets", "list_datasets_at_root"),
    *("filter_datasets", "list_dataset_logs", "list_dataset_logs_at_root", "filter_dataset_logs"),
    *("summarize_dataset_logs", "create_dataset_log", "remove_logs", "remove_logs_by_older_name"),
    *("retrieve_dataset_log", "update_dataset_log", "replace_dataset_log", "delete_dataset_log"),
    *("run_evaluation", "list_evaluations", "retrieve_evaluation"),
    *("fetch_dataset", "list_records", "create_record", "import_from_file", "import_from_dataset"),
    *("list_tasks", "fetch_task", "export_to_jsonl", "fetch_record", "delete_record", "judge_record"),
    *("update_record_payload", "update_record_properties", "bulk_delete_records", "fetch_judge"),
    *("update_judge", "delete_judge", "judge_conversation", "create_judge", "list_judges", "list_fields"),
    *("upload_file", "list_files", "retrieve_file", "delete_file", "download_file", "get_file_url"),
}
# Pages that show logs of the environment in their address.
SHOWING = {
    "log_list": {},
    "log_tail": {"since": "00000000-0000-0000-0000-000000000000"},
    "log_rows": {},
    "log_histogram": {},
    "log_facet": {},
    "sample_preview": {"seed": "s"},
    "sample_total": {"seed": "s"},
    "thread_list": {},
    "thread_sample_preview": {"seed": "s"},
    "campaign_create": {},
}
# Pages by which a dataset or a selection is made of the logs of the environment in their address.
MAKING = {
    "sample_create": {"seed": "s", "name": "New"},
    "thread_sample_create": {"seed": "s", "name": "New"},
    "rule_create": {
        "rule_name": "Rule",
        "schedule": "hourly",
        "at": "00:00",
        "weekday": "0",
        "zone": "UTC",
        "history": "since",
        "since": "2026-01-01T00:00:00",
        "seed": "s",
        "name": "New",
    },
    "campaign_create": {"name": "Selection", "max_logs": "100"},
}
# Pages about one thing that a link names: a person may look at both environments. And pages that show no logs.
NAMED = {
    *("log_detail", "log_add", "log_panel", "log_download", "thread_detail"),
    *("rule_list", "rule_detail", "rule_edit", "rule_pause", "rule_resume", "rule_run", "rule_delete"),
    *("run_repeat", "dataset_rule_list", "log_import", "log_send", "log_columns_keep"),
    *("judge_list", "judge_create", "judge_detail", "judge_edit", "judge_delete", "judge_try"),
    *("campaign_list", "campaign_detail", "campaign_log", "campaign_import", "campaign_resume"),
    *("campaign_rename", "campaign_delete"),
}


def test_every_way_to_a_log_is_in_a_table() -> None:
    operations = {one.operation_id for dialect in (keywordsai, mistral) for one in operations_of(dialect)}
    assert operations == KEYWORDSAI.keys() | MISTRAL.keys() | OF_NO_LOG
    patterns: list[URLPattern] = [*log_urls.urlpatterns, *campaign_urls.urlpatterns]
    assert {pattern.name for pattern in patterns} == SHOWING.keys() | MAKING.keys() | NAMED


@pytest.fixture(params=sorted(OTHERS))
def environment(request: pytest.FixtureRequest) -> str:
    """The one in which somebody asks."""
    return str(request.param)


@pytest.fixture
def names(
    workspace: Workspace, alice: User, author: Author, dataset: Dataset, environment: str
) -> dict[str, str]:
    """A log, a thread and a campaign of the other environment, and whatever else a table names."""
    other = OTHERS[environment]
    logs = {name: keep_logs(workspace, *_drafts(name), environment=name) for name in OTHERS}
    judge = create_judge(workspace, JudgeDraftFactory.create(), owner=alice)
    draft = CampaignDraft(workspace, other, "Theirs", "", Group(), 10)
    campaign = start_campaign(draft, judge=judge, owner=alice, author=author)
    finish_all()
    return {
        "{other}": other,
        "{log}": str(logs[other][0].id),
        "{own log}": str(logs[environment][0].id),
        "{dataset}": str(dataset.id),
        "{judge}": str(judge.id),
        "{campaign}": str(campaign.id),
    }


def _drafts(environment: str) -> list[LogDraft]:
    """All that they say names their environment."""
    mark = mark_of(environment)
    return [
        LogDraft(
            input=f"{mark} question {number}?",
            output=f"{mark} answer.",
            model=mark,
            customer_identifier=mark,
            thread_identifier=f"thread-{environment}",
            meta={"mark": mark},
            cost=1,
            logged_at=NOON + timedelta(minutes=number),
        )
        for number in range(NUMBERS[environment])
    ]


def mark_of(environment: str) -> str:
    return f"zebra-{environment}"


@pytest.fixture
def call(workspace: Workspace, alice: User, environment: str) -> Callable[..., HttpResponse]:
    """A call of a table by a key of the environment."""
    secret = create_key(workspace, user=alice, environment=environment)[1]
    client = Client(headers={"authorization": f"Bearer {secret}"})

    def send(names: dict[str, str], method: str, path: str, body: Any) -> HttpResponse:
        raw = b"" if body is None else orjson.dumps(body)
        for name, value in names.items():
            path, raw = path.replace(name, value), raw.replace(name.encode(), value.encode())
        return client.generic(method, path, raw, "application/json")  # type: ignore[return-value]

    return send


@pytest.mark.parametrize("operation_id", [*KEYWORDSAI, *MISTRAL])
def test_a_key_never_gets_a_log_of_the_other_environment(
    call: Callable[..., HttpResponse], names: dict[str, str], environment: str, operation_id: str
) -> None:
    before = list(Log.objects.in_environment(OTHERS[environment]).order_by("id").values())
    tried = {**KEYWORDSAI, **MISTRAL}[operation_id]
    response = call(names, *tried)
    finish_all()
    names_theirs = any(name in str(tried) for name in ("{log}", "{campaign}", "thread-{other}"))
    assert response.status_code < 500
    assert (response.status_code == 404) == names_theirs, response.content
    assert mark_of(OTHERS[environment]) not in response.content.decode()
    assert_apart(environment)
    assert list(Log.objects.in_environment(OTHERS[environment]).order_by("id").values()) == before


def assert_apart(environment: str) -> None:
    """What was copied or selected since then is of the environment alone."""
    for record in Record.objects.all():
        assert mark_of(OTHERS[environment]) not in orjson.dumps(record.as_payload).decode()
    made = Campaign.objects.filter(environment=environment)
    selected = CampaignLog.objects.filter(campaign__in=made).values("log_id")
    assert not Log.objects.filter(id__in=selected).exclude(environment=environment).exists()


def test_sums_of_a_key_count_its_environment_alone(
    call: Callable[..., HttpResponse], names: dict[str, str], environment: str
) -> None:
    own = NUMBERS[environment]
    summary = orjson.loads(call(names, "POST", "/api/request-logs/summary/", {}).content)
    assert (summary["number_of_requests"], summary["total_cost"]) == (own, own)
    [thread] = orjson.loads(call(names, "POST", "/api/log_threads/", {}).content)["results"]
    assert (thread["environment"], thread["log_count"]) == (environment, own)
    ids = orjson.loads(call(names, *MISTRAL["search_event_ids"]).content)
    assert len(ids["completion_event_ids"]) == own


@pytest.mark.parametrize("name", SHOWING)
def test_a_page_shows_the_logs_of_its_environment_alone(
    alice_client: Client, names: dict[str, str], environment: str, name: str
) -> None:
    response = alice_client.get(_address(name, environment, **SHOWING[name]))
    assert response.status_code == 200
    page = response.content.decode()
    assert mark_of(OTHERS[environment]) not in page
    assert f"thread-{OTHERS[environment]}" not in page
    if name == "log_histogram":
        assert response.context["log_count"] == NUMBERS[environment]
    elif name == "log_tail":
        assert response.context["number"] == NUMBERS[environment]
    elif name == "sample_total":
        assert response.context["matching"].number == NUMBERS[environment]
    elif "thread" in name:
        assert f"thread-{environment}" in page
    elif name != "campaign_create":
        assert mark_of(environment) in page


@pytest.mark.parametrize("name", MAKING)
def test_what_a_page_makes_is_of_its_environment_alone(
    alice_client: Client, names: dict[str, str], environment: str, name: str
) -> None:
    response = alice_client.post(_address(name, environment), MAKING[name])
    assert response.status_code == 302, response.content
    run_due_rules(timezone.now() + timedelta(minutes=5))
    finish_all()
    assert_apart(environment)
    if name == "campaign_create":
        assert Campaign.objects.get(name="Selection").selected_count == NUMBERS[environment]
    else:
        number = 1 if name == "thread_sample_create" else NUMBERS[environment]
        assert Record.objects.count() == number


def _address(name: str, environment: str, **query: str) -> str:
    namespace = "campaigns" if name.startswith("campaign") else "threads"
    arguments = ["model"] if name == "log_facet" else []
    place = {"env": environment, "from": "2026-03-01T00:00:00Z", "to": "2026-03-02T00:00:00Z"}
    return f"{reverse(f'{namespace}:{name}', args=arguments)}?{urlencode({**place, **query})}"
