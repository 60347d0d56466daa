from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from project.accounts.models import Workspace
from records.columns import LOG_COLUMNS
from records.keptcolumns import KeptColumns
from tests.factories.threads import keep_logs
from tests.pages import url_of
from threads.models import Log
from threads.types import LogDraft


@pytest.fixture
def logs(workspace: Workspace) -> list[Log]:
    """Two, the oldest first."""
    now = timezone.now()
    return keep_logs(
        workspace,
        LogDraft(
            input="One?", output="1", meta={"team": "a", "0": "digit"}, logged_at=now - timedelta(hours=2)
        ),
        LogDraft(input="Two?", output="2" * 900, cost=0.5, stream=True, logged_at=now - timedelta(hours=1)),
    )


def _cells(response: Any, at: int = 0) -> list[str]:
    return [row.cells[at].html for row in response.context["rows"]]


def test_columns_are_the_fields_of_the_filter_and_the_keys_of_metadata(
    alice_client: Client, logs: list[Log]
) -> None:
    response = alice_client.get(
        url_of("threads:log_list", cols="cost,meta.team,meta.0,stream,output_preview,scores.x")
    )
    assert [head.column.label for head in response.context["grid_menu"].heads][:2] == ["Cost", "meta.team"]
    assert [_cells(response, at) for at in range(4)] == [
        ["$0.5", "–"],
        ["", "a"],
        ["", "digit"],
        ["yes", ""],
    ]
    assert _cells(response, 4)[0].endswith("2…")
    assert "cols=cost,meta.team" in response.context["rows"][0].open_url


def test_every_field_of_the_filter_can_be_shown(alice_client: Client, logs: list[Log]) -> None:
    names = list(LOG_COLUMNS.columns)
    for part in (names[:25], names[25:]):
        response = alice_client.get(url_of("threads:log_list", cols=",".join(part)))
        assert [head.column.name for head in response.context["grid_menu"].heads] == part
        assert len(response.context["rows"]) == 2


def test_a_list_that_follows_keeps_its_columns(alice_client: Client, logs: list[Log]) -> None:
    rows = alice_client.get(f"{reverse('threads:log_rows')}?cols=meta.team")
    assert _cells(rows) == ["", "a"]
    assert (
        "cols=meta.team"
        in alice_client.get(url_of("threads:log_list", cols="meta.team"))
        .content.decode()
        .split("data-tail=")[1]
    )


def test_other_windows_and_filters_keep_the_columns(alice_client: Client, logs: list[Log]) -> None:
    context = alice_client.get(url_of("threads:log_list", cols="model,cost", status="success")).context
    assert all("cols=model,cost" in query for _, query, _ in context["windows"])
    assert context["unfiltered_query"] == "cols=model,cost"
    assert [query for _, query in context["chips"]] == ["cols=model,cost"]


def test_columns_of_logs_are_kept_for_one_person_and_workspace(
    alice_client: Client, bob_client: Client, workspace: Workspace, logs: list[Log]
) -> None:
    alice_client.post(reverse("threads:log_columns_keep"), {"cols": "meta.team"})
    assert KeptColumns.objects.get().list_id == workspace.id
    assert _cells(
        alice_client.get(
            url_of(
                "threads:log_list",
            )
        )
    ) == ["", "a"]
    assert (
        "grid--usual"
        in bob_client.get(
            url_of(
                "threads:log_list",
            )
        ).content.decode()
    )
