from __future__ import annotations

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.contrib.filters.admin import AutocompleteSelectFilter

from datasets.authors import admin_author
from datasets.file_actions import delete_file
from files.models import File, FileVersion, Upload
from project.lib.admin import BigTableAdmin, ReadOnlyAdmin


@admin.register(File)
class FileAdmin(ReadOnlyAdmin[File]):
    list_display = ("name", "workspace", "purpose", "size_bytes", "created_at", "deleted_at")
    list_select_related = ("workspace",)
    list_filter = (("workspace", AutocompleteSelectFilter),)
    fields = (
        *("id", "name", "workspace", "created_by", "purpose", "content_type", "visibility", "origin"),
        *("size_bytes", "sha256", "storage_name", "created_at", "expires_at", "deleted_at"),
    )

    def has_delete_permission(self, request: HttpRequest, obj: File | None = None) -> bool:
        is_there = obj is None or obj.deleted_at is None
        return is_there and super(BigTableAdmin, self).has_delete_permission(request, obj)

    def reasons_to_keep(self, row: File) -> list[str]:
        """None: its row stays, hidden, for what refers to it."""
        return []

    def delete_model(self, request: HttpRequest, obj: File) -> None:
        delete_file(obj, author=admin_author(request))

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[File]) -> None:
        for file in queryset.filter(deleted_at=None):
            delete_file(file, author=admin_author(request))


@admin.register(Upload)
class UploadAdmin(ReadOnlyAdmin[Upload]):
    list_display = ("name", "workspace", "size_bytes", "expires_at", "created_at")
    list_select_related = ("workspace",)
    fields = ("id", "name", "workspace", "file", "content_type", "size_bytes", "expires_at", "created_at")


@admin.register(FileVersion)
class FileVersionAdmin(ReadOnlyAdmin[FileVersion]):
    list_display = ("file", "number", "content_type", "size_bytes", "created_at")
    list_select_related = ("file",)
    fields = (
        *("id", "file", "number", "content_type", "size_bytes", "sha256", "storage_name"),
        *("created_by", "created_at"),
    )
