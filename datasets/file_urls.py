from django.urls import path

from datasets import file_views

app_name = "files"

urlpatterns = [
    path("files/", file_views.file_list, name="file_list"),
    path("files/upload/", file_views.file_upload, name="file_upload"),
    path("files/<uuid:file_id>/download/", file_views.file_download, name="file_download"),
    path("files/<uuid:file_id>/delete/", file_views.file_delete, name="file_delete"),
]
