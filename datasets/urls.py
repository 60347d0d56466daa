from django.urls import path

from datasets import activity_views, history_views, views
from datasets.job_urls import job_urls

app_name = "datasets"

dataset_urls = [
    path("datasets/", views.dataset_list, name="dataset_list"),
    path("datasets/create/", views.dataset_create, name="dataset_create"),
    path("datasets/<uuid:dataset_id>/history/", history_views.dataset_history, name="dataset_history"),
    path("datasets/<uuid:dataset_id>/activity/", activity_views.dataset_activity, name="dataset_activity"),
    path("datasets/<uuid:dataset_id>/rename/", views.dataset_rename, name="dataset_rename"),
    path("datasets/<uuid:dataset_id>/delete/", views.dataset_delete, name="dataset_delete"),
]

urlpatterns = [*dataset_urls, *job_urls]
