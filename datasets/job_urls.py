from django.urls import path

from datasets import file_views, job_views

job_urls = [
    path("files/<uuid:file_id>/import/", file_views.file_import, name="file_import"),
    path("jobs/", job_views.job_list, name="job_list"),
    path("jobs/dock/", job_views.job_dock, name="job_dock"),
    path("jobs/<uuid:job_id>/", job_views.job_detail, name="job_detail"),
    path("jobs/<uuid:job_id>/progress/", job_views.job_progress, name="job_progress"),
    path("jobs/<uuid:job_id>/cancel/", job_views.job_cancel, name="job_cancel"),
]
