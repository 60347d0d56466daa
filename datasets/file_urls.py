from django.urls import path

from datasets import file_views

app_name = "files"

urlpatterns = [
    path("files/", file_views.file_list, name="file_list"),
    path("files/upload/", file_views.file_upload, name="file_upload"),
    path("files/<uuid:file_id>/", file_views.file_detail, name="file_detail"),
    path("files/<uuid:file_id>/edit/", file_views.file_edit, name="file_edit"),
    path("files/<uuid:file_id>/versions/upload/", file_views.file_upload_version, name="file_upload_version"),
    path(
        "files/<uuid:file_id>/versions/<int:number>/download/",
        file_views.file_version_download,
        name="file_version_download",
    ),
    path("files/<uuid:file_id>/download/", file_views.file_download, name="file_download"),
    path("files/<uuid:file_id>/delete/", file_views.file_delete, name="file_delete"),
]
