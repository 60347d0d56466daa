from django.urls import path

from records import search_views, views
from records.import_urls import import_urls

app_name = "records"

# Under /app/datasets/<dataset_id>/
record_urls = [
    path("records/", views.record_list, name="record_list"),
    path("records/notice/", views.record_notice, name="record_notice"),
    path("records/<uuid:record_id>/", views.record_detail, name="record_detail"),
    path("records/<uuid:record_id>/panel/", views.record_panel, name="record_panel"),
    path("records/<uuid:record_id>/download/", views.record_download, name="record_download"),
    path("records/<uuid:record_id>/status/", views.record_set_status, name="record_set_status"),
    path("search/", search_views.record_search, name="record_search"),
    path("export/", views.record_export, name="record_export"),
]

urlpatterns = [*record_urls, *import_urls]
