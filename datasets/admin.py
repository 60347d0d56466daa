from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.forms import CharField, ModelForm
from django.http import HttpRequest
from unfold.contrib.filters.admin import AutocompleteSelectFilter, ChoicesDropdownFilter
from unfold.widgets import UnfoldAdminTextareaWidget

from datasets.actions import MAX_DESCRIPTION, delete_dataset, update_dataset
from datasets.errors import JobEndedError
from datasets.file_admin import FileAdmin, FileVersionAdmin, UploadAdmin
from datasets.jobs import cancel_job
from datasets.models import (
    Dataset,
    DefaultView,
    Door,
    Event,
    Job,
    Revision,
    Snapshot,
    View,
    Worker,
)
from project.accounts.types import Author
from project.lib.admin import BigTableAdmin, ReadOnlyAdmin, excerpt_field, signed_in

if TYPE_CHECKING:
    _DatasetForm = ModelForm[Dataset]
else:
    _DatasetForm = ModelForm

__all__ = ["FileAdmin", "FileVersionAdmin", "UploadAdmin"]  # Registered where they are.

BY_DATASET = ("dataset", AutocompleteSelectFilter)
BY_WORKSPACE = ("workspace", AutocompleteSelectFilter)


class DatasetForm(_DatasetForm):
    description = CharField(max_length=MAX_DESCRIPTION, required=False, widget=UnfoldAdminTextareaWidget())

    class Meta:
        model = Dataset
        fields = ("name", "description")


class DatasetAdmin(BigTableAdmin[Dataset]):
    """Registered by the app of the records, which adds what concerns them."""

    form = DatasetForm
    search_names = ("name",)
    list_display = ("name", "workspace", "record_count", "revision_number", "updated_at", "deleted_at")
    list_select_related = ("workspace",)
    list_filter = (BY_WORKSPACE,)
    list_defer = ("description",)
    fields: ClassVar[tuple[str, ...]] = (
        *("id", "name", "description", "workspace", "owner", "record_count", "revision_number"),
        *("created_at", "updated_at", "deleted_at"),
    )
    readonly_fields: ClassVar[tuple[str, ...]] = tuple(
        name for name in fields if name not in {"name", "description"}
    )

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Dataset | None = None) -> bool:
        return _is_live(obj) and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Dataset | None = None) -> bool:
        return _is_live(obj) and super().has_delete_permission(request, obj)

    def save_model(self, request: HttpRequest, obj: Dataset, form: Any, change: bool) -> None:  # noqa: FBT001
        before = Dataset.objects.get(pk=obj.pk)
        update_dataset(before, author=author_of(request), name=obj.name, description=obj.description)

    def reasons_to_keep(self, row: Dataset) -> list[str]:
        """None: it is hidden at once, and a job erases what belongs to it."""
        return []

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        lines, counts, lacking, kept_by = super().get_deleted_objects(objs, request)
        return lines, {**counts, "records": sum(row.record_count for row in objs)}, lacking, kept_by

    def delete_model(self, request: HttpRequest, obj: Dataset) -> None:
        delete_dataset(obj, author=author_of(request))

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Dataset]) -> None:
        for dataset in queryset.select_related("workspace").filter(deleted_at=None):
            delete_dataset(dataset, author=author_of(request))


@admin.register(Revision)
class RevisionAdmin(ReadOnlyAdmin[Revision]):
    list_display = ("__str__", "dataset", "kind", "door", "user", "added", "changed", "removed", "created_at")
    list_select_related = ("dataset", "user")
    list_filter = (BY_DATASET,)
    list_defer = ("dataset__description",)
    fields = (
        *("id", "dataset", "number", "kind", "door", "user", "api_key_id", "note"),
        *("added", "changed", "removed", "created_at"),
    )


@admin.register(Snapshot)
class SnapshotAdmin(ReadOnlyAdmin[Snapshot]):
    list_display = ("name", "dataset", "revision", "created_by", "created_at")
    list_select_related = ("dataset", "revision", "created_by")
    list_filter = (BY_DATASET,)
    list_defer = ("note", "dataset__description")
    fields = ("id", "name", "dataset", "revision", "note", "created_by", "created_at")


@admin.register(View)
class ViewAdmin(ReadOnlyAdmin[View]):
    search_names = ("name",)
    list_display = ("name", "dataset", "owner", "is_shared", "second_percent", "updated_at")
    list_select_related = ("dataset", "owner")
    list_filter = (BY_DATASET,)
    list_defer = ("dataset__description",)
    excerpts = ("query",)
    fields = (
        *("id", "name", "dataset", "owner", "query_shown", "is_shared", "second_percent"),
        *("created_at", "updated_at"),
    )

    query_shown = excerpt_field("query", "Query")


@admin.register(DefaultView)
class DefaultViewAdmin(ReadOnlyAdmin[DefaultView]):
    list_display = ("view", "user", "dataset")
    list_select_related = ("view", "user", "dataset")
    list_filter = (BY_DATASET,)
    list_defer = ("dataset__description",)
    fields = ("dataset", "user", "view")


@admin.register(Job)
class JobAdmin(ReadOnlyAdmin[Job]):
    list_display = (
        "kind",
        "status",
        "dataset",
        "workspace",
        "phase",
        "done",
        "total",
        "created_at",
        "ended_at",
    )
    list_select_related = ("dataset", "workspace")
    list_filter = (BY_DATASET, BY_WORKSPACE, ("status", ChoicesDropdownFilter))
    list_defer = ("settings", "result", "errors", "checkpoint", "dataset__description")
    excerpts = ("settings", "result", "errors", "checkpoint")
    fields = (
        *(
            "id",
            "kind",
            "status",
            "workspace",
            "dataset",
            "file",
            "revision",
            "created_by",
            "api_key_id",
            "door",
        ),
        *("phase", "done", "total", "unit", "rate", "message", "failure", "attempts", "claim"),
        *("settings_shown", "result_shown", "errors_shown", "checkpoint_shown"),
        *("created_at", "sent_at", "started_at", "heartbeat_at", "ended_at"),
    )
    actions = ("cancel",)

    settings_shown = excerpt_field("settings", "Settings")
    result_shown = excerpt_field("result", "Result")
    errors_shown = excerpt_field("errors", "Errors")
    checkpoint_shown = excerpt_field("checkpoint", "Checkpoint")

    def has_cancel_permission(self, request: HttpRequest) -> bool:
        return bool(signed_in(request).has_perm("datasets.change_job"))

    @admin.action(description="Cancel", permissions=["cancel"])
    def cancel(self, request: HttpRequest, queryset: QuerySet[Job]) -> None:
        for job in queryset:
            try:
                cancel_job(job)
            except JobEndedError as error:
                self.message_user(request, f"{job}: {error}", messages.WARNING)
            else:
                self.message_user(request, f"{job}: {job.get_status_display()}.")


@admin.register(Event)
class EventAdmin(ReadOnlyAdmin[Event]):
    list_display = ("type", "workspace", "dataset_id", "record_id", "user", "created_at")
    list_select_related = ("workspace", "user")
    list_filter = (BY_WORKSPACE,)
    link_lookups = ("dataset_id",)
    list_defer = excerpts = ("meta",)
    fields = (
        *("id", "type", "workspace", "dataset_id", "file_id", "record_id", "job_id", "revision_id", "user"),
        *("meta_shown", "created_at"),
    )

    meta_shown = excerpt_field("meta", "Meta")


@admin.register(Worker)
class WorkerAdmin(ReadOnlyAdmin[Worker]):
    search_names = ("name",)
    ordering = ("-seen_at",)
    list_display = ("name", "queues", "seen_at")
    fields = ("name", "queues", "seen_at")


def author_of(request: HttpRequest) -> Author:
    return Author(user_id=signed_in(request).pk, door=Door.ADMIN)


def _is_live(dataset: Dataset | None) -> bool:
    return dataset is None or dataset.deleted_at is None
