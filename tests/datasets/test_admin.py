from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from datasets.models import Dataset, Door, Event, Job
from records.models import Record
from tests.factories.datasets import JobFactory


@pytest.fixture
def job(dataset: Dataset) -> Job:
    return JobFactory.create(dataset=dataset)


def test_a_dataset_is_renamed_through_the_action(admin_client: Client, dataset: Dataset) -> None:
    page = reverse("admin:datasets_dataset_change", args=[dataset.pk])
    admin_client.post(page, {"name": " Complaints ", "description": "Of 2026."})
    dataset.refresh_from_db()
    assert (dataset.name, dataset.description) == ("Complaints", "Of 2026.")
    assert Event.objects.get(dataset_id=dataset.pk).type == "dataset.update"


@pytest.mark.parametrize(
    "bad", [{"name": "x" * 256}, {"name": "ok", "description": "x" * 10_001}, {"name": "a\x00b"}]
)
def test_a_bad_name_or_description_is_refused_on_the_form(
    admin_client: Client, dataset: Dataset, bad: dict[str, str]
) -> None:
    response = admin_client.post(reverse("admin:datasets_dataset_change", args=[dataset.pk]), bad)
    assert response.status_code == 200
    dataset.refresh_from_db()
    assert dataset.name == "Support"


def test_deleting_a_dataset_hides_it_and_leaves_the_erasing_to_a_job(
    admin_client: Client, dataset: Dataset, records: list[Record]
) -> None:
    address = reverse("admin:datasets_dataset_delete", args=[dataset.pk])
    asked = admin_client.get(address).content.decode()
    assert "Records: 3" in asked
    admin_client.post(address, {"post": "yes"})
    dataset.refresh_from_db()
    assert dataset.deleted_at is not None
    assert Job.objects.get(dataset=dataset).kind == Job.Kind.PURGE_DATASET
    assert Job.objects.get(dataset=dataset).door == Door.ADMIN
    assert Record.objects.count() == 3


def test_several_datasets_are_deleted_the_same_way(
    admin_client: Client, dataset: Dataset, stranger_dataset: Dataset
) -> None:
    ids = [str(dataset.pk), str(stranger_dataset.pk)]
    chosen = {"action": "delete_selected", "_selected_action": ids, "post": "yes"}
    admin_client.post("/admin/datasets/dataset/", chosen)
    assert Dataset.objects.exclude(deleted_at=None).count() == 2
    assert Job.objects.filter(kind=Job.Kind.PURGE_DATASET).count() == 2


def test_a_deleted_dataset_can_be_looked_at_only(admin_client: Client, dataset: Dataset) -> None:
    Dataset.objects.filter(pk=dataset.pk).update(deleted_at="2026-01-01T00:00Z")
    page = reverse("admin:datasets_dataset_change", args=[dataset.pk])
    assert 'name="_save"' not in admin_client.get(page).content.decode()
    assert admin_client.post(page, {"name": "Back"}).status_code == 403


def test_datasets_are_not_made_here(admin_client: Client, db: None) -> None:
    assert admin_client.get("/admin/datasets/dataset/add/").status_code == 403


def test_a_waiting_job_is_cancelled(admin_client: Client, job: Job) -> None:
    chosen = {"action": "cancel", "_selected_action": [str(job.pk)]}
    response = admin_client.post("/admin/datasets/job/", chosen, follow=True)
    job.refresh_from_db()
    assert job.status == Job.Status.CANCELLED
    assert "Import from file: Cancelled." in response.content.decode()


def test_a_job_that_has_ended_stays_as_it_ended(admin_client: Client, job: Job) -> None:
    Job.objects.filter(pk=job.pk).update(status=Job.Status.COMPLETED)
    chosen = {"action": "cancel", "_selected_action": [str(job.pk)]}
    response = admin_client.post("/admin/datasets/job/", chosen, follow=True)
    job.refresh_from_db()
    assert job.status == Job.Status.COMPLETED
    assert "ended already" in response.content.decode()


def test_jobs_are_found_by_status(admin_client: Client, job: Job) -> None:
    page = reverse("admin:datasets_job_change", args=[job.pk])
    assert page in admin_client.get("/admin/datasets/job/", {"status__exact": "queued"}).content.decode()
    assert page not in admin_client.get("/admin/datasets/job/", {"status__exact": "failed"}).content.decode()


def test_what_happened_to_a_dataset_is_found_from_it(admin_client: Client, dataset: Dataset) -> None:
    admin_client.post(reverse("admin:datasets_dataset_change", args=[dataset.pk]), {"name": "New name"})
    page = admin_client.get(reverse("admin:datasets_dataset_change", args=[dataset.pk])).content.decode()
    assert f"/admin/datasets/event/?dataset_id={dataset.pk}" in page
    events = admin_client.get("/admin/datasets/event/", {"dataset_id": str(dataset.pk)}).content.decode()
    assert "dataset.update" in events
