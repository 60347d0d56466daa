from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.forms import ModelForm, ValidationError
from django.http import HttpRequest

from datasets.admin import BY_DATASET
from datasets.authors import admin_author
from datasets.models import Attachment, Dataset
from files.models import File
from project.accounts.types import Author
from project.lib.admin import BigTableAdmin, ReadOnlyAdmin, signed_in
from project.lib.errors import DomainError
from records.syncing import actions

if TYPE_CHECKING:
    _AttachmentForm = ModelForm[Attachment]
else:
    _AttachmentForm = ModelForm


class _Action(Protocol):
    def __call__(self, dataset: Dataset, file: File, *, author: Author) -> object: ...


class AttachmentForm(_AttachmentForm):
    """Says on the form what the action would refuse."""

    prefix = "attachment"  # The theme takes any field that is posted as `dataset` for its own.

    class Meta:
        model = Attachment
        fields = ("dataset", "file")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        dataset, file = cleaned.get("dataset"), cleaned.get("file")
        if isinstance(dataset, Dataset) and dataset.deleted_at is not None:
            raise ValidationError("This dataset was deleted; choose another one.")
        if isinstance(dataset, Dataset) and isinstance(file, File):
            is_there = File.objects.visible_to(dataset.workspace).filter(pk=file.pk).exists()
            if not is_there:
                raise ValidationError("Choose a file of the dataset's own workspace that was not deleted.")
        return cleaned


@admin.register(Attachment)
class AttachmentAdmin(ReadOnlyAdmin[Attachment]):
    """Made and taken away by the actions that every other door calls."""

    form = AttachmentForm
    list_display = ("file", "dataset", "type", "synced_version", "synced_at", "created_at")
    list_select_related = ("file", "dataset")
    list_filter = (BY_DATASET,)
    list_defer = ("dataset__description",)
    autocomplete_fields = ("dataset", "file")
    fields = ("id", "file", "dataset", "type", "synced_version", "synced_at", "created_at")
    actions = ("sync", "detach", "detach_and_trash")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return super(BigTableAdmin, self).has_add_permission(request)

    def has_sync_permission(self, request: HttpRequest) -> bool:
        return bool(signed_in(request).has_perm("datasets.change_attachment"))

    def has_detach_permission(self, request: HttpRequest) -> bool:
        return bool(signed_in(request).has_perm("datasets.delete_attachment"))

    def get_fields(self, request: HttpRequest, obj: Attachment | None = None) -> Any:
        return self.fields if obj else AttachmentForm.Meta.fields

    def get_readonly_fields(self, request: HttpRequest, obj: Attachment | None = None) -> list[str]:
        return super().get_readonly_fields(request, obj) if obj else []

    def save_model(self, request: HttpRequest, obj: Attachment, form: Any, change: bool) -> None:  # noqa: FBT001
        attached = actions.attach_file(obj.dataset, obj.file, author=admin_author(request))
        obj.pk = attached.pk

    @admin.action(description="Sync", permissions=["sync"])
    def sync(self, request: HttpRequest, queryset: QuerySet[Attachment]) -> None:
        self._each(request, queryset, actions.start_sync, "a sync was accepted")

    @admin.action(description="Detach and keep the records", permissions=["detach"])
    def detach(self, request: HttpRequest, queryset: QuerySet[Attachment]) -> None:
        self._each(request, queryset, actions.detach_file, "detached, its records stay")

    @admin.action(description="Detach and move the records to the trash", permissions=["detach"])
    def detach_and_trash(self, request: HttpRequest, queryset: QuerySet[Attachment]) -> None:
        done = "detached, its records are in the trash"
        self._each(request, queryset, actions.detach_file_and_trash_records, done)

    def _each(
        self,
        request: HttpRequest,
        queryset: QuerySet[Attachment],
        action: _Action,
        done: str,
    ) -> None:
        for attachment in queryset.select_related("dataset__workspace", "file"):
            try:
                action(attachment.dataset, attachment.file, author=admin_author(request))
            except DomainError as error:
                self.message_user(request, f"{attachment}: {error}", messages.ERROR)
            else:
                self.message_user(request, f"{attachment}: {done}.")
