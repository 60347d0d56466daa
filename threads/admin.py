from __future__ import annotations

from django.contrib import admin

from project.lib.admin import ReadOnlyAdmin, excerpt_field
from threads.models import Campaign, CampaignLog, Judge, Log, LogKey, SamplingRule, SamplingRun, Thread
from threads.querysets import CONTENT


@admin.register(Thread)
class ThreadAdmin(ReadOnlyAdmin[Thread]):
    list_display = ("identifier", "workspace", "environment", "log_count", "cost", "last_log_at")
    list_select_related = ("workspace",)
    fields = (
        *("id", "identifier", "workspace", "environment", "log_count", "failed_count"),
        *("cost", "prompt_tokens", "completion_tokens", "total_tokens", "latency", "timed_count"),
        *("first_log_at", "last_log_at", "created_at"),
    )


@admin.register(Log)
class LogAdmin(ReadOnlyAdmin[Log]):
    """Its order by id is the order in time, so the newest part of the table is read first and mostly alone."""

    list_display = ("id", "workspace", "environment", "model", "status", "thread_identifier", "logged_at")
    list_select_related = ("workspace",)
    list_defer = excerpts = (*CONTENT, "meta", "attributes")
    fields = (
        *(
            "id",
            "unique_id",
            "workspace",
            "environment",
            "api_key_id",
            "log_type",
            "model",
            "status",
            "status_code",
        ),
        *("error_code", "error_message", "thread_identifier", "customer_identifier", "custom_identifier"),
        *(
            "trace_unique_id",
            "span_unique_id",
            "span_name",
            "prompt_tokens",
            "completion_tokens",
            "cost",
            "latency",
        ),
        *("logged_at", "started_at", "created_at"),
        *("input_shown", "output_shown", "meta_shown", "attributes_shown", "extras_shown"),
    )

    input_shown = excerpt_field("input", "Input")
    output_shown = excerpt_field("output", "Output")
    meta_shown = excerpt_field("meta", "Meta")
    attributes_shown = excerpt_field("attributes", "Attributes")
    extras_shown = excerpt_field("extras", "Extras")


@admin.register(LogKey)
class LogKeyAdmin(ReadOnlyAdmin[LogKey]):
    list_display = ("key", "workspace_id", "environment", "log_id")
    search_ids = ("key",)
    fields = ("id", "key", "workspace_id", "environment", "log_id")


@admin.register(Judge)
class JudgeAdmin(ReadOnlyAdmin[Judge]):
    list_display = ("name", "workspace", "kind", "model_name", "created_at", "deleted_at")
    list_select_related = ("workspace",)
    fields = (
        *("id", "name", "workspace", "owner", "description", "model_name", "kind", "scale_values", "tools"),
        *("instructions", "created_at", "updated_at", "deleted_at"),
    )


@admin.register(Campaign)
class CampaignAdmin(ReadOnlyAdmin[Campaign]):
    list_display = ("name", "workspace", "environment", "judge", "selected_count", "created_at", "deleted_at")
    list_select_related = ("workspace", "judge")
    fields = (
        *("id", "name", "workspace", "environment", "owner", "judge", "description", "condition"),
        *("max_logs", "selected_count", "job_id", "created_at", "updated_at", "deleted_at"),
    )


@admin.register(CampaignLog)
class CampaignLogAdmin(ReadOnlyAdmin[CampaignLog]):
    list_display = ("id", "campaign", "place", "log_id", "answer", "failure", "asked_at")
    list_select_related = ("campaign",)
    fields = ("id", "campaign", "place", "log_id", "answer", "analysis", "failure", "asked_at")


@admin.register(SamplingRule)
class SamplingRuleAdmin(ReadOnlyAdmin[SamplingRule]):
    list_display = (
        "name",
        "workspace",
        "environment",
        "schedule_kind",
        "window_end",
        "next_run_at",
        "trouble",
    )
    list_select_related = ("workspace",)
    fields = (
        *("id", "name", "workspace", "environment", "dataset_id", "owner", "condition", "draw_values"),
        *("skips_equal", "schedule_kind", "at", "weekday", "zone", "since", "window_end", "next_run_at"),
        *("trouble", "created_at", "updated_at"),
    )


@admin.register(SamplingRun)
class SamplingRunAdmin(ReadOnlyAdmin[SamplingRun]):
    list_display = ("id", "rule", "begins_at", "ends_at", "job_id")
    list_select_related = ("rule",)
    fields = ("id", "rule", "begins_at", "ends_at", "job_id", "created_at")
