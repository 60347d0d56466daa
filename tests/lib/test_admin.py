"""The shared admin class, seen through the pages of every model."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from django.apps import apps
from django.contrib import admin
from django.db import connection
from django.db.models import Model
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from datasets.models import Dataset
from project.accounts.models import AuditEntry, User, Workspace
from project.lib import admin as lib_admin
from project.lib.admin import BigTableAdmin, CappedPaginator
from records.models import Record
from tests.factories.accounts import WorkspaceFactory

OURS = [
    model
    for app in ("accounts", "files", "datasets", "records", "threads")
    for model in apps.get_app_config(app).get_models()
]
MOST_QUERIES = 8


def list_of(model: type[Model]) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")


def page_of(row: Model) -> str:
    return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk])


@pytest.mark.parametrize("model", OURS, ids=lambda model: model._meta.label)
def test_every_model_has_an_admin_that_is_safe_on_big_tables(model: type[Model]) -> None:
    model_admin = admin.site.get_model_admin(model)
    assert isinstance(model_admin, BigTableAdmin)
    assert model_admin.paginator is CappedPaginator
    assert not model_admin.show_full_result_count
    assert not model_admin.sortable_by


@pytest.mark.parametrize("model", OURS, ids=lambda model: model._meta.label)
def test_every_list_and_every_form_opens_with_few_queries(
    admin_client: Client, records: Sequence[Record], model: type[Model]
) -> None:
    for action in ("changelist", "add"):
        with CaptureQueriesContext(connection) as queries:
            response = admin_client.get(
                reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{action}")
            )
        assert response.status_code in ({200} if action == "changelist" else {200, 403})
        assert len(queries) <= MOST_QUERIES


def test_a_list_counts_no_further_than_its_cap(
    admin_client: Client, records: Sequence[Record], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lib_admin, "COUNT_CAP", 2)
    with CaptureQueriesContext(connection) as queries:
        page = admin_client.get(list_of(Record)).content.decode()
    assert "More than 2 records" in page
    assert [query["sql"] for query in queries if "COUNT(*)" in query["sql"]] == [
        'SELECT COUNT(*) FROM (SELECT "records_record"."id" AS "pk" FROM "records_record" LIMIT 3) subquery'
    ]


def test_no_page_lies_deeper_than_the_cap(admin_client: Client, records: Sequence[Record]) -> None:
    response = admin_client.get(list_of(Record), {"p": 10_000})
    assert response.status_code == 200  # There is one page of three records.
    assert CappedPaginator(Record.objects.order_by("id"), 50).num_pages == 1


def test_a_list_is_in_the_order_of_its_key_whatever_is_asked(
    admin_client: Client, records: Sequence[Record]
) -> None:
    with CaptureQueriesContext(connection) as queries:
        assert admin_client.get(list_of(Record), {"o": "3.-2"}).status_code == 200
    [listing] = [
        query["sql"] for query in queries if "ORDER BY" in query["sql"] and "records_record" in query["sql"]
    ]
    assert 'ORDER BY "records_record"."id" DESC' in listing


@pytest.mark.parametrize(
    "column", ["preview__contains", "meta__a", "payload", "status__exact", "tags__contains"]
)
def test_a_column_without_an_index_cannot_be_filtered_by(admin_client: Client, db: None, column: str) -> None:
    assert admin_client.get(list_of(Record), {column: "x"}).status_code == 400


def test_search_finds_a_row_by_its_whole_id_only(admin_client: Client, records: Sequence[Record]) -> None:
    found = admin_client.get(list_of(Record), {"q": f" {records[1].pk} "}).content.decode()
    assert page_of(records[1]) in found
    assert page_of(records[0]) not in found
    assert "0 records" in admin_client.get(list_of(Record), {"q": "Question"}).content.decode()


def test_small_tables_are_searched_by_name_too(admin_client: Client, dataset: Dataset) -> None:
    assert page_of(dataset) in admin_client.get(list_of(Dataset), {"q": "suppo"}).content.decode()


def test_an_id_that_is_none_leads_back_to_the_index(admin_client: Client, db: None) -> None:
    assert admin_client.get("/admin/records/record/nonsense/change/").status_code == 302


def test_a_row_that_others_refer_to_is_kept_and_the_reasons_are_counted(
    admin_client: Client,
    workspace: Workspace,
    dataset: Dataset,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    with django_assert_max_num_queries(20):
        page = admin_client.get(
            reverse("admin:accounts_workspace_delete", args=[workspace.pk])
        ).content.decode()
    assert "Wonderland: 1 datasets" in page
    admin_client.post(reverse("admin:accounts_workspace_delete", args=[workspace.pk]), {"post": "yes"})
    assert Workspace.objects.filter(pk=workspace.pk).exists()


def test_the_reasons_to_keep_a_row_are_counted_no_further_than_their_cap(
    admin_client: Client, workspace: Workspace, alice: User
) -> None:
    AuditEntry.objects.bulk_create(
        AuditEntry(workspace=workspace, user=alice, action="test") for _ in range(102)
    )
    page = admin_client.get(reverse("admin:accounts_user_delete", args=[alice.pk])).content.decode()
    assert "Alice: more than 100 audit entries" in page


def test_a_row_that_nothing_refers_to_goes(admin_client: Client, db: None) -> None:
    empty = WorkspaceFactory.create(name="Empty")
    admin_client.post(reverse("admin:accounts_workspace_delete", args=[empty.pk]), {"post": "yes"})
    assert not Workspace.objects.filter(pk=empty.pk).exists()


def test_strangers_are_sent_to_the_one_sign_in(client: Client, db: None) -> None:
    response = client.get(list_of(Record), follow=True)
    assert response.redirect_chain[-1][0] == f"/app/sign-in/?next={list_of(Record)}"


def test_who_may_not_open_the_admin_is_told_so(alice_client: Client) -> None:
    response = alice_client.get(list_of(Record), follow=True)
    assert response.status_code == 403
    assert "may not open the admin" in response.content.decode()
