from django.urls import path

from records import column_views
from records.logpages import (
    add_views,
    import_views,
    rule_views,
    sample_views,
    send_views,
    thread_sample_views,
    thread_views,
    views,
)

app_name = "threads"

urlpatterns = [
    path("logs/", views.log_list, name="log_list"),
    path("logs/columns/", column_views.log_columns_keep, name="log_columns_keep"),
    path("logs/tail/", views.log_tail, name="log_tail"),
    path("logs/rows/", views.log_rows, name="log_rows"),
    path("logs/histogram/", views.log_histogram, name="log_histogram"),
    path("logs/facets/<str:name>/", views.log_facet, name="log_facet"),
    path("logs/sample/", sample_views.sample_create, name="sample_create"),
    path("logs/sample/preview/", sample_views.sample_preview, name="sample_preview"),
    path("logs/sample/total/", sample_views.sample_total, name="sample_total"),
    path("logs/import/", import_views.log_import, name="log_import"),
    path("logs/send/", send_views.log_send, name="log_send"),
    path("logs/<uuid:log_id>/", views.log_detail, name="log_detail"),
    path("logs/<uuid:log_id>/add/", add_views.log_add, name="log_add"),
    path("logs/<uuid:log_id>/panel/", views.log_panel, name="log_panel"),
    path("logs/<uuid:log_id>/download/", views.log_download, name="log_download"),
    path("rules/", rule_views.rule_list, name="rule_list"),
    path("rules/new/", rule_views.rule_create, name="rule_create"),
    path("rules/<uuid:rule_id>/", rule_views.rule_detail, name="rule_detail"),
    path("rules/<uuid:rule_id>/edit/", rule_views.rule_edit, name="rule_edit"),
    path("rules/<uuid:rule_id>/pause/", rule_views.rule_pause, name="rule_pause"),
    path("rules/<uuid:rule_id>/resume/", rule_views.rule_resume, name="rule_resume"),
    path("rules/<uuid:rule_id>/run/", rule_views.rule_run, name="rule_run"),
    path("rules/<uuid:rule_id>/delete/", rule_views.rule_delete, name="rule_delete"),
    path("rules/<uuid:rule_id>/runs/<uuid:run_id>/", rule_views.run_repeat, name="run_repeat"),
    path("datasets/<uuid:dataset_id>/rules/", rule_views.dataset_rule_list, name="dataset_rule_list"),
    path("threads/", thread_views.thread_list, name="thread_list"),
    path("threads/sample/", thread_sample_views.thread_sample_create, name="thread_sample_create"),
    path("threads/sample/preview/", thread_sample_views.thread_sample_preview, name="thread_sample_preview"),
    path("threads/<uuid:thread_id>/", thread_views.thread_detail, name="thread_detail"),
]
