from django.urls import path

from files import views

app_name = "files"

urlpatterns = [
    path("files/", views.file_list, name="file_list"),
    path("files/upload/", views.file_upload, name="file_upload"),
    path("files/<uuid:file_id>/download/", views.file_download, name="file_download"),
    path("files/<uuid:file_id>/delete/", views.file_delete, name="file_delete"),
]
