from django.urls import path

from records import (
    attachment_views,
    bulk_views,
    column_views,
    conflict_views,
    editing_views,
    export_views,
    facet_views,
    history_views,
    past_views,
    search_views,
    session_views,
    snapshot_views,
    status_views,
    trash_views,
    views,
)
from records.import_urls import import_urls
from records.view_urls import view_urls

app_name = "records"

# Under /app/datasets/<dataset_id>/
record_urls = [
    path("records/", views.record_list, name="record_list"),
    path("records/columns/", column_views.record_columns_keep, name="record_columns_keep"),
    path("records/change/", bulk_views.selection_change, name="selection_change"),
    path("records/change/<uuid:job_id>/", bulk_views.selection_outcome, name="selection_outcome"),
    path("records/facet/", facet_views.record_facet, name="record_facet"),
    path("records/total/", facet_views.record_total, name="record_total"),
    path("records/complete/", facet_views.filter_complete, name="filter_complete"),
    path("records/notice/", views.record_notice, name="record_notice"),
    path("records/tags/", editing_views.tag_suggestions, name="tag_suggestions"),
    path("records/<uuid:record_id>/", views.record_detail, name="record_detail"),
    path("records/<uuid:record_id>/panel/", views.record_panel, name="record_panel"),
    path("records/<uuid:record_id>/download/", views.record_download, name="record_download"),
    path("records/<uuid:record_id>/status/", status_views.record_set_status, name="record_set_status"),
    path(
        "records/<uuid:record_id>/status/undo/<int:number>/",
        status_views.record_undo_status,
        name="record_undo_status",
    ),
    path("records/<uuid:record_id>/history/", history_views.record_history, name="record_history"),
    path("records/<uuid:record_id>/turns/<int:number>/edit/", editing_views.turn_edit, name="turn_edit"),
    path("records/<uuid:record_id>/turns/<int:after>/add/", editing_views.turn_add, name="turn_add"),
    path("records/<uuid:record_id>/text/edit/", editing_views.text_edit, name="text_edit"),
    path("records/<uuid:record_id>/details/edit/", editing_views.details_edit, name="details_edit"),
    path("records/<uuid:record_id>/tags/", editing_views.tags_edit, name="tags_edit"),
    path("records/session/review/", session_views.session_review, name="session_review"),
    path("records/session/save/", session_views.session_save, name="session_save"),
    path("history/<int:number>/", history_views.revision_detail, name="revision_detail"),
    path("history/<int:number>/undo/", history_views.revision_undo, name="revision_undo"),
    path("history/undo/", history_views.revision_undo_last, name="revision_undo_last"),
    path("trash/", trash_views.trash_list, name="trash_list"),
    path("trash/restore/", trash_views.trash_restore, name="trash_restore"),
    path("trash/purge/", trash_views.trash_purge, name="trash_purge"),
    path("snapshots/", snapshot_views.snapshot_list, name="snapshot_list"),
    path("snapshots/<uuid:snapshot_id>/", past_views.snapshot_detail, name="snapshot_detail"),
    path("snapshots/<uuid:snapshot_id>/export/", export_views.snapshot_export, name="snapshot_export"),
    path("snapshots/<uuid:snapshot_id>/delete/", snapshot_views.snapshot_delete, name="snapshot_delete"),
    path(
        "snapshots/<uuid:snapshot_id>/records/<uuid:record_id>/",
        past_views.snapshot_record,
        name="snapshot_record",
    ),
    path("compare/", snapshot_views.revision_compare, name="revision_compare"),
    path("files/", attachment_views.attachment_list, name="attachment_list"),
    path("files/attach/", attachment_views.attachment_create, name="attachment_create"),
    path("files/<uuid:file_id>/", attachment_views.attachment_detail, name="attachment_detail"),
    path("files/<uuid:file_id>/plan/", attachment_views.attachment_plan, name="attachment_plan"),
    path("files/<uuid:file_id>/sync/", attachment_views.attachment_sync, name="attachment_sync"),
    path("files/<uuid:file_id>/detach/", attachment_views.attachment_detach, name="attachment_detach"),
    path("conflicts/", conflict_views.conflict_list, name="conflict_list"),
    path("conflicts/<uuid:conflict_id>/resolve/", conflict_views.conflict_resolve, name="conflict_resolve"),
    path("search/", search_views.record_search, name="record_search"),
    path("export/", export_views.record_export, name="record_export"),
    path("export/selected/", export_views.selection_export, name="selection_export"),
    path("exports/<uuid:event_id>/", export_views.export_repeat, name="export_repeat"),
    path("exports/<uuid:event_id>/manifest/", export_views.export_manifest, name="export_manifest"),
]

urlpatterns = [*record_urls, *import_urls, *view_urls]
