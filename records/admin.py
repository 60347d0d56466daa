from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db import transaction
from django.db.models import F, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.http import content_disposition_header
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import DropdownFilter

from datasets.admin import BY_DATASET, DatasetAdmin, author_of
from datasets.models import Dataset
from project.accounts.models import Workspace
from project.lib.admin import ACTION_CAP, ReadOnlyAdmin, excerpt_field, signed_in
from project.lib.errors import DomainError
from records.actions import erase_records, set_status
from records.exporting import export_jsonl
from records.keptcolumns import KeptColumns
from records.models import (
    Curation,
    Decision,
    Opinion,
    QueueLease,
    Record,
    RecordBlock,
    RecordChange,
    RecordEmbedding,
    RecordWords,
    SyncConflict,
    SyncPlan,
)
from records.syncing import admin as syncing_admin  # noqa: F401  (registers the attachments)


@admin.register(Dataset)
class DatasetWithRecordsAdmin(DatasetAdmin):
    fields = (*DatasetAdmin.fields, "ways")
    readonly_fields = (*DatasetAdmin.readonly_fields, "ways")
    actions = ("export",)

    @admin.display(description="See also")
    def ways(self, dataset: Dataset) -> SafeString:
        return format_html(
            '<a class="text-link" href="{}?dataset__id__exact={}">Records</a> · '
            '<a class="text-link" href="{}?dataset__id__exact={}">Revisions</a> · '
            '<a class="text-link" href="{}?dataset__id__exact={}">Jobs</a> · '
            '<a class="text-link" href="{}?dataset_id={}">Events</a>',
            *(part for name in _LISTS for part in (reverse(f"admin:{name}_changelist"), dataset.pk)),
        )

    @admin.action(description="Export as JSONL", permissions=["view"])
    def export(self, request: HttpRequest, queryset: QuerySet[Dataset]) -> HttpResponseBase | None:
        chosen = list(queryset.filter(deleted_at=None)[:2])
        if len(chosen) != 1:
            self.message_user(
                request, "Choose one dataset that is not deleted; each export is a file.", messages.ERROR
            )
            return None
        response = StreamingHttpResponse(export_jsonl(chosen[0]), content_type="application/jsonl")
        name = content_disposition_header(as_attachment=True, filename=f"{chosen[0].slug}.jsonl")
        response["Content-Disposition"] = name or "attachment"
        return response


_LISTS = ("records_record", "datasets_revision", "datasets_job", "datasets_event")


class StatusInDataset(DropdownFilter):
    """Offered once a dataset is chosen: the index over statuses begins with the dataset."""

    title = "status"
    parameter_name = "status"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return list(Record.Status.choices) if request.GET.get("dataset__id__exact") else []

    def queryset(self, request: HttpRequest, queryset: QuerySet[Record]) -> QuerySet[Record]:
        if not self.value():
            return queryset
        return queryset.filter(curation__status=self.value(), curation__dataset_id=F("dataset_id"))


@admin.register(Record)
class RecordAdmin(ReadOnlyAdmin[Record]):
    list_display = ("__str__", "dataset", "status", "form", "tokens", "created_at", "trashed_at")
    list_filter = (BY_DATASET, StatusInDataset)
    list_defer = ("payload", "text", "meta", "fingerprint", "log_ids", "dataset__description")
    excerpts = ("payload", "text", "meta")
    fields = (
        *("id", "dataset", "revision", "form", "status", "tags", "split", "key", "source", "origin"),
        *("payload_shown", "text_shown", "meta_shown", "characters", "tokens", "turns"),
        *("file_id", "place", "log_ids", "created_at", "updated_at", "trashed_at", "changes"),
    )
    actions = ("approve", "reject", "flag", "erase")

    payload_shown = excerpt_field("payload", "Payload")
    text_shown = excerpt_field("text", "Text")
    meta_shown = excerpt_field("meta", "Meta")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Record]:
        return super().get_queryset(request).select_related("dataset")

    @admin.display(description="Changes")
    def changes(self, record: Record) -> SafeString:
        address = reverse("admin:records_recordchange_changelist")
        return format_html('<a class="text-link" href="{}?record_id={}">Old values</a>', address, record.pk)

    def has_review_permission(self, request: HttpRequest) -> bool:
        return bool(signed_in(request).has_perm("records.change_record"))

    def has_erase_permission(self, request: HttpRequest) -> bool:
        return bool(signed_in(request).has_perm("records.delete_record"))

    @admin.action(description="Approve", permissions=["review"])
    def approve(self, request: HttpRequest, queryset: QuerySet[Record]) -> None:
        self._set_status(request, queryset, Record.Status.APPROVED)

    @admin.action(description="Reject", permissions=["review"])
    def reject(self, request: HttpRequest, queryset: QuerySet[Record]) -> None:
        self._set_status(request, queryset, Record.Status.REJECTED)

    @admin.action(description="Flag", permissions=["review"])
    def flag(self, request: HttpRequest, queryset: QuerySet[Record]) -> None:
        self._set_status(request, queryset, Record.Status.FLAGGED)

    @admin.action(description="Erase for good", permissions=["erase"])
    def erase(self, request: HttpRequest, queryset: QuerySet[Record]) -> HttpResponse | None:
        """Asks first. What is gone is gone from snapshots too."""
        ids = list(queryset.values_list("pk", flat=True)[: ACTION_CAP + 1])
        if self._are_too_many(request, ids):
            return None
        if "confirmed" not in request.POST:
            return self._ask_before_erasing(request, queryset)
        try:
            with transaction.atomic():
                for workspace, record_ids in _by_workspace(ids):
                    erase_records(workspace, record_ids, author=author_of(request))
        except DomainError as error:
            self.message_user(request, str(error), messages.ERROR)
        else:
            self.message_user(request, f"Erased {len(ids)} for good.")
        return None

    def _ask_before_erasing(self, request: HttpRequest, queryset: QuerySet[Record]) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "title": "Erase for good?",
            "opts": self.opts,
            "records": list(queryset),
            "action_checkbox_name": ACTION_CHECKBOX_NAME,
        }
        return TemplateResponse(request, "admin/records/erase_confirmation.html", context)

    def _set_status(self, request: HttpRequest, queryset: QuerySet[Record], status: str) -> None:
        ids = list(queryset.values_list("pk", flat=True)[: ACTION_CAP + 1])
        if self._are_too_many(request, ids):
            return
        with transaction.atomic():
            datasets = _by_dataset(ids)
            changed = sum(
                set_status(one, ids_of, status, author=author_of(request)) for one, ids_of in datasets
            )
        self.message_user(
            request, f"{changed} of {len(ids)} changed to {status}; the others were so, or are in no list."
        )

    def _are_too_many(self, request: HttpRequest, ids: list[UUID]) -> bool:
        if len(ids) > ACTION_CAP:
            sentence = f"Choose at most {ACTION_CAP:,} records at once; larger changes are made in the pages."
            self.message_user(request, sentence, messages.ERROR)
        return len(ids) > ACTION_CAP


@admin.register(RecordChange)
class RecordChangeAdmin(ReadOnlyAdmin[RecordChange]):
    search_ids = ("pk", "record_id")
    list_display = ("record_id", "fields_changed", "revision", "dataset_id")
    list_select_related = ("revision",)
    link_lookups = ("record_id",)
    list_defer = excerpts = ("payload", "text", "meta")
    fields = (
        *(
            "id",
            "record_id",
            "dataset_id",
            "revision",
            "fields_changed",
            "form",
            "status",
            "tags",
            "split",
            "key",
        ),
        *("source", "trashed_at", "payload_shown", "text_shown", "meta_shown"),
    )

    payload_shown = excerpt_field("payload", "Payload before")
    text_shown = excerpt_field("text", "Text before")
    meta_shown = excerpt_field("meta", "Meta before")

    @admin.display(description="Fields")
    def fields_changed(self, change: RecordChange) -> str:
        return ", ".join(change.fields)


@admin.register(Curation)
class CurationAdmin(ReadOnlyAdmin[Curation]):
    list_display = ("record_id", "status", "split", "updated_at", "dataset_id")
    fields = ("record_id", "dataset_id", "status", "split", "tags", "updated_at")


@admin.register(RecordWords)
class RecordWordsAdmin(ReadOnlyAdmin[RecordWords]):
    list_display = ("record_id", "dataset_id")
    list_defer = excerpts = ("words",)
    fields = ("record_id", "dataset_id", "words_shown")

    words_shown = excerpt_field("words", "Words")


@admin.register(RecordEmbedding)
class RecordEmbeddingAdmin(ReadOnlyAdmin[RecordEmbedding]):
    list_display = ("record_id", "model", "dataset_id")
    list_defer = ("vector",)
    fields = ("record_id", "dataset_id", "model")


@admin.register(SyncConflict)
class SyncConflictAdmin(ReadOnlyAdmin[SyncConflict]):
    list_display = ("record_id", "dataset_id", "file_id", "created_at", "resolved_at")
    list_defer = excerpts = ("file_text",)
    fields = (
        *("id", "record_id", "dataset_id", "file_id", "job_id", "file_text_shown"),
        *("created_at", "resolved_at"),
    )

    file_text_shown = excerpt_field("file_text", "Text of the file")


@admin.register(SyncPlan)
class SyncPlanAdmin(ReadOnlyAdmin[SyncPlan]):
    search_ids = ("pk", "dataset_id", "file_id")
    list_display = ("__str__", "dataset_id", "created_at")
    list_defer = ("samples",)
    fields = ("job", "dataset_id", "file_id", "recipe", "counts", "created_at")


@admin.register(QueueLease)
class QueueLeaseAdmin(ReadOnlyAdmin[QueueLease]):
    list_display = ("record_id", "view", "user", "expires_at")
    list_select_related = ("view", "user")
    list_defer = ("view__query",)
    fields = ("record_id", "view", "user", "tab", "expires_at")


@admin.register(Decision)
class DecisionAdmin(ReadOnlyAdmin[Decision]):
    search_ids = ("pk", "record_id")
    list_display = ("record_id", "choice", "part", "user", "view", "created_at", "withdrawn_at")
    list_select_related = ("user", "view")
    list_defer = ("view__query",)
    link_lookups = ("record_id",)
    fields = (
        *("id", "record_id", "dataset_id", "view", "user", "choice", "part", "revision_id"),
        *("created_at", "withdrawn_at"),
    )


@admin.register(Opinion)
class OpinionAdmin(ReadOnlyAdmin[Opinion]):
    list_display = ("record_id", "state", "user", "choice", "dataset_id")
    list_select_related = ("user",)
    fields = ("record_id", "dataset_id", "state", "user", "choice", "status")


@admin.register(RecordBlock)
class RecordBlockAdmin(ReadOnlyAdmin[RecordBlock]):
    search_ids = ("pk", "dataset_id")
    list_display = ("first_id", "dataset_id", "live")
    fields = ("id", "dataset_id", "first_id", "live")


@admin.register(KeptColumns)
class KeptColumnsAdmin(ReadOnlyAdmin[KeptColumns]):
    search_ids = ("pk", "list_id")
    list_display = ("__str__", "user", "list_id")
    list_select_related = ("user",)
    fields = ("id", "user", "list_id", "names")


def _by_dataset(ids: list[UUID]) -> Iterator[tuple[Dataset, list[UUID]]]:
    """In the order in which other writers lock them."""
    of = dict(Record.objects.filter(pk__in=ids).values_list("pk", "dataset_id"))
    for dataset in Dataset.objects.filter(pk__in=set(of.values()), deleted_at=None).order_by("pk"):
        yield dataset, [record_id for record_id in ids if of.get(record_id) == dataset.pk]


def _by_workspace(ids: list[UUID]) -> Iterator[tuple[Workspace, list[UUID]]]:
    of = dict(Record.objects.filter(pk__in=ids).values_list("pk", "dataset__workspace_id"))
    for workspace in Workspace.objects.filter(pk__in=set(of.values())).order_by("pk"):
        yield workspace, [record_id for record_id in ids if of.get(record_id) == workspace.pk]
