from django.urls import path

from datasets import job_views

job_urls = [
    path("jobs/", job_views.job_list, name="job_list"),
    path("jobs/dock/", job_views.job_dock, name="job_dock"),
    path("jobs/<uuid:job_id>/", job_views.job_detail, name="job_detail"),
    path("jobs/<uuid:job_id>/progress/", job_views.job_progress, name="job_progress"),
    path("jobs/<uuid:job_id>/cancel/", job_views.job_cancel, name="job_cancel"),
]
