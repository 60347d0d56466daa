from django.contrib import admin
from django.urls import include, path

from files.downloads import file_download
from records.downloads import export_download

urlpatterns = [
    path("app/", include("project.accounts.urls")),
    path("admin/", admin.site.urls),
    path("v1/", include("project.api.mistral.api")),
    path("downloads/files/<str:token>", file_download, name="file_download"),
    path("downloads/exports/<str:token>", export_download, name="export_download"),
]
