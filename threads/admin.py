from __future__ import annotations

from django.contrib import admin
from unfold.contrib.filters.admin import AutocompleteSelectFilter

from project.lib.admin import ReadOnlyAdmin, excerpt_field
from threads.models import Log, Thread


@admin.register(Thread)
class ThreadAdmin(ReadOnlyAdmin[Thread]):
    list_display = ("identifier", "workspace", "environment", "log_count", "last_log_at")
    list_select_related = ("workspace",)
    fields = (
        *("id", "identifier", "workspace", "environment", "log_count"),
        *("first_log_at", "last_log_at", "created_at"),
    )


@admin.register(Log)
class LogAdmin(ReadOnlyAdmin[Log]):
    list_display = ("id", "workspace", "environment", "model", "logged_at")
    list_select_related = ("workspace",)
    list_filter = (("thread", AutocompleteSelectFilter),)
    list_defer = excerpts = ("input", "output", "meta")
    fields = (
        *("id", "workspace", "environment", "thread", "model", "logged_at", "created_at"),
        *("input_shown", "output_shown", "meta_shown"),
    )

    input_shown = excerpt_field("input", "Input")
    output_shown = excerpt_field("output", "Output")
    meta_shown = excerpt_field("meta", "Meta")
