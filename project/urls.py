from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView

from files.downloads import file_download
from project.health import healthz
from project.lib.admin import admin_sign_in
from records.downloads import export_download

handler400 = "project.refusals.bad_request"
handler403 = "project.refusals.permission_denied"
handler404 = "project.refusals.page_not_found"
handler500 = "project.refusals.server_error"

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="datasets:dataset_list")),
    path("app/", RedirectView.as_view(pattern_name="datasets:dataset_list")),
    path("app/", include("project.accounts.urls")),
    path("app/", include("project.apicalls")),
    path("app/", include("project.palette")),
    path("app/", include("datasets.file_urls")),
    path("app/", include("datasets.urls")),
    path("app/", include("records.logpages.urls")),
    path("app/", include("records.campaignpages.urls")),
    path("app/datasets/<uuid:dataset_id>/", include("records.urls")),
    path("admin/login/", admin_sign_in),
    path("admin/", admin.site.urls),
    path(
        "", include("project.api.keywordsai.api")
    ),  # Before the others: its traces lie below their prefixes.
    path("v1/", include("project.api.mistral.api")),
    path("api/v1/", include("project.api.chatbotkit.api")),
    path("downloads/files/<str:token>", file_download, name="file_download"),
    path("downloads/exports/<str:token>", export_download, name="export_download"),
    path("healthz", healthz),
]
