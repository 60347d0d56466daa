from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from datasets.models import Dataset, Job, Worker
from files.models import File
from project.accounts.models import User, Workspace
from project.lib.ids import new_id
from tests.factories.datasets import DatasetFactory, JobFactory
from tests.factories.files import FileFactory

pytestmark = pytest.mark.django_db

JOBS = "/app/jobs/"
DOCK = "/app/jobs/dock/"
HTMX = {"HX-Request": "true"}
NO_WORKER_HTML = "No worker is running. Start one with <code>make run</code>"


@pytest.fixture
def worker(db: None) -> Worker:
    return Worker.objects.create(name="worker@here", queues=["bulk"], seen_at=timezone.now())


@pytest.fixture
def job(dataset: Dataset, worker: Worker) -> Job:
    """Running, a third of it done."""
    now = timezone.now()
    return JobFactory.create(
        dataset=dataset,
        status=Job.Status.RUNNING,
        phase="Reading the file",
        done=4_000,
        total=12_000,
        rate=50.0,
        claim=new_id(),
        started_at=now - timedelta(seconds=80),
        heartbeat_at=now,
        settings={"file_name": "dialogues.jsonl", "strict": False},
    )


def _end(job: Job, status: str = Job.Status.COMPLETED, **values: object) -> None:
    Job.objects.filter(pk=job.pk).update(
        status=status, claim=None, ended_at=timezone.now(), rate=None, **values
    )


def test_a_running_job_tells_phase_numbers_pace_and_time_left(alice_client: Client, job: Job) -> None:
    page = alice_client.get(f"{JOBS}{job.id}/").content.decode()
    for text in ["Running", "Reading the file", "4,000 of about 12,000 records", "50 records a second"]:
        assert text in page
    assert "about 3 min left" in page
    assert 'value="33"' in page
    assert 'aria-valuenow="33"' in page


def test_a_running_job_is_asked_for_again_and_an_ended_one_is_not(alice_client: Client, job: Job) -> None:
    progress = f"{JOBS}{job.id}/progress/"
    assert f'hx-get="{progress}?seen=Running"' in alice_client.get(progress, headers=HTMX).content.decode()
    _end(job)
    assert "hx-trigger" not in alice_client.get(progress, headers=HTMX).content.decode()


def test_the_tab_tells_how_far_it_is(alice_client: Client, job: Job) -> None:
    progress = f"{JOBS}{job.id}/progress/"
    assert "<title>33% · Import from file" in alice_client.get(progress, headers=HTMX).content.decode()
    _end(job)
    assert "<title>Import from file: Completed" in alice_client.get(progress, headers=HTMX).content.decode()


def test_a_change_of_state_is_announced_once(alice_client: Client, job: Job) -> None:
    progress = f"{JOBS}{job.id}/progress/?seen=Running"
    assert "job-news" not in alice_client.get(progress, headers=HTMX).content.decode()
    _end(job)
    assert "job-news" in alice_client.get(progress, headers=HTMX).content.decode()


def test_a_job_that_waits_has_a_bar_that_stands_still(alice_client: Client, dataset: Dataset) -> None:
    waiting = JobFactory.create(dataset=dataset)
    assert 'value="0"' in alice_client.get(f"{JOBS}{waiting.id}/").content.decode()


def test_the_time_left_is_hidden_until_it_can_be_trusted(alice_client: Client, job: Job) -> None:
    Job.objects.update(started_at=timezone.now())
    assert " left" not in alice_client.get(f"{JOBS}{job.id}/").content.decode()


def test_a_job_without_a_total_has_a_bar_that_only_moves(alice_client: Client, job: Job) -> None:
    Job.objects.update(total=None)
    page = alice_client.get(f"{JOBS}{job.id}/").content.decode()
    assert "aria-valuenow" not in page
    assert "<progress" in page


def test_bad_lines_are_shown_by_cause_with_their_numbers(alice_client: Client, job: Job) -> None:
    groups = [
        {"cause": "not valid JSON", "count": 1_500, "lines": list(range(1, 1_001)), "sample": '{"a": <b>'},
        {"cause": "text must be a string", "count": 2, "lines": [7, 12_001], "sample": ""},
    ]
    _end(job, errors=groups, result={"imported": 10_498, "skipped": 1_502}, message="Done.")
    page = alice_client.get(f"{JOBS}{job.id}/").content.decode()
    assert "Completed with 1,502 bad lines" in page
    assert "1, 2, 3," in page
    assert "20 and 1,480 more" in page
    assert "Lines 7, 12,001" in page
    assert "{&quot;a&quot;: &lt;b&gt;" in page
    assert "10,498" in page


def test_an_ended_job_links_to_what_came_of_it(alice_client: Client, job: Job, workspace: Workspace) -> None:
    file = FileFactory.create(workspace=workspace)
    _end(job, file=file, result={"imported": 3})
    page = alice_client.get(f"{JOBS}{job.id}/").content.decode()
    assert f"/app/datasets/{job.dataset_id}/records/" in page
    assert f"/app/files/{file.id}/download/" in page


def test_nothing_that_was_deleted_is_linked(alice_client: Client, job: Job, workspace: Workspace) -> None:
    file = FileFactory.create(workspace=workspace)
    _end(job, file=file)
    now = timezone.now()
    File.objects.update(deleted_at=now)
    Dataset.objects.update(deleted_at=now)
    for address in (f"{JOBS}{job.id}/", JOBS):
        page = alice_client.get(address).content.decode()
        assert f"/datasets/{job.dataset_id}/" not in page
        assert f"/files/{file.id}/" not in page


def test_waiting_says_its_place_in_the_queue(alice_client: Client, dataset: Dataset, job: Job) -> None:
    waiting = JobFactory.create(dataset=dataset)
    assert "in the queue" not in alice_client.get(f"{JOBS}{waiting.id}/").content.decode()
    Job.objects.filter(pk=waiting.pk).update(created_at=timezone.now() - timedelta(seconds=11))
    assert "It is 2nd in the queue" in alice_client.get(f"{JOBS}{waiting.id}/").content.decode()


def test_without_a_worker_every_place_says_so(alice_client: Client, dataset: Dataset) -> None:
    Worker.objects.create(name="gone", queues=["bulk"], seen_at=timezone.now() - timedelta(minutes=1))
    waiting = JobFactory.create(dataset=dataset)
    Job.objects.update(created_at=timezone.now() - timedelta(seconds=11))
    assert NO_WORKER_HTML in alice_client.get(f"{JOBS}{waiting.id}/").content.decode()
    assert NO_WORKER_HTML in alice_client.get(JOBS).content.decode()
    assert "No worker is running." in alice_client.get(DOCK).content.decode()


def test_with_a_worker_no_place_says_so(alice_client: Client, job: Job) -> None:
    for address in (JOBS, DOCK, f"{JOBS}{job.id}/"):
        assert "No worker is running" not in alice_client.get(address).content.decode()


def test_a_job_whose_worker_fell_silent_is_stalled(alice_client: Client, job: Job) -> None:
    Job.objects.update(heartbeat_at=timezone.now() - timedelta(minutes=5))
    page = alice_client.get(f"{JOBS}{job.id}/").content.decode()
    assert "Stalled" in page
    assert "Nothing was heard of its worker for 5 min." in page


def test_an_editor_cancels_and_sees_it(bob_client: Client, job: Job) -> None:
    page = bob_client.post(f"{JOBS}{job.id}/cancel/", headers=HTMX)
    assert "Cancelling" in page.content.decode()
    job.refresh_from_db()
    assert job.status == Job.Status.CANCELLING


def test_cancelling_without_script_leads_back_to_the_job(bob_client: Client, dataset: Dataset) -> None:
    waiting = JobFactory.create(dataset=dataset)
    response = bob_client.post(f"{JOBS}{waiting.id}/cancel/", follow=True)
    assert response.redirect_chain == [(f"{JOBS}{waiting.id}/", 302)]
    assert "Cancelled before it began." in response.content.decode()


def test_what_has_ended_cannot_be_cancelled_and_says_so(bob_client: Client, job: Job) -> None:
    _end(job)
    for headers in (HTMX, {}):
        page = bob_client.post(f"{JOBS}{job.id}/cancel/", headers=headers, follow=True)
        assert "has ended already" in page.content.decode()


def test_a_viewer_looks_and_does_not_cancel(viewer_client: Client, job: Job) -> None:
    assert "/cancel/" not in viewer_client.get(f"{JOBS}{job.id}/").content.decode()
    assert viewer_client.post(f"{JOBS}{job.id}/cancel/").status_code == 403
    job.refresh_from_db()
    assert job.status == Job.Status.RUNNING


def test_cancelling_needs_a_post(bob_client: Client, job: Job) -> None:
    assert bob_client.get(f"{JOBS}{job.id}/cancel/").status_code == 405


def test_jobs_of_another_workspace_are_not_there(charlie_client: Client, job: Job) -> None:
    assert charlie_client.get(f"{JOBS}{job.id}/").status_code == 404
    assert charlie_client.get(f"{JOBS}{job.id}/progress/").status_code == 404
    assert charlie_client.post(f"{JOBS}{job.id}/cancel/").status_code == 404
    assert not charlie_client.get(JOBS).context["cards"]
    assert not charlie_client.get(DOCK).context["cards"]
    job.refresh_from_db()
    assert job.status == Job.Status.RUNNING


def test_the_list_takes_the_same_queries_for_many_jobs(
    alice_client: Client, dataset: Dataset, worker: Worker, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    jobs = JobFactory.create_batch(60, dataset=dataset)
    with django_assert_num_queries(5):  # session, user, memberships, jobs, workers
        page = alice_client.get(JOBS)
    assert [card.job for card in page.context["cards"]] == jobs[:9:-1]
    rest = alice_client.get(f"{JOBS}?after={page.context['page'].next_cursor}")
    assert [card.job for card in rest.context["cards"]] == jobs[9::-1]
    assert not rest.context["page"].next_cursor


def test_the_list_is_filtered_by_state_and_keeps_the_filter_over_pages(
    alice_client: Client, dataset: Dataset
) -> None:
    JobFactory.create_batch(51, dataset=dataset, status=Job.Status.FAILED)
    JobFactory.create(dataset=dataset)
    page = alice_client.get(f"{JOBS}?status=failed")
    assert len(page.context["cards"]) == 50
    assert f"?status=failed&amp;after={page.context['page'].next_cursor}" in page.content.decode()


def test_an_unknown_state_or_place_leads_to_the_whole_list(alice_client: Client) -> None:
    for query in ("status=%00", "status=nonsense", "after=nonsense", "before=%00"):
        assert alice_client.get(f"{JOBS}?{query}").headers["Location"] == JOBS


def test_the_list_refreshes_itself_only_while_something_is_active(alice_client: Client, job: Job) -> None:
    assert "every 3s" in alice_client.get(JOBS, headers=HTMX).content.decode()
    _end(job)
    assert "every" not in alice_client.get(JOBS, headers=HTMX).content.decode()


def test_the_dock_hurries_while_a_job_runs_and_then_keeps_it_for_a_minute(
    alice_client: Client, job: Job
) -> None:
    dock = alice_client.get(DOCK).content.decode()
    assert "every 3s" in dock
    assert "dialogues.jsonl" in dock
    assert "33%" in dock
    _end(job, result={"imported": 12_000})
    dock = alice_client.get(DOCK).content.decode()
    assert "every 15s" in dock
    assert "Completed" in dock
    Job.objects.update(ended_at=timezone.now() - timedelta(minutes=2))
    assert "dialogues.jsonl" not in alice_client.get(DOCK).content.decode()


def test_the_dock_shows_a_few_jobs_and_links_to_the_rest(
    alice_client: Client, dataset: Dataset, worker: Worker, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    JobFactory.create_batch(9, dataset=dataset)
    with django_assert_num_queries(6):  # session, user, memberships, active and newest jobs, workers
        dock = alice_client.get(DOCK)
    assert len(dock.context["cards"]) == 4
    assert "All jobs" in dock.content.decode()


def test_a_stranger_is_sent_to_sign_in(client: Client, job: Job) -> None:
    for address in (JOBS, DOCK, f"{JOBS}{job.id}/", f"{JOBS}{job.id}/progress/"):
        assert client.get(address).headers["Location"].startswith("/app/sign-in/")


def test_a_file_is_led_to_the_dataset_that_takes_it(
    bob_client: Client, workspace: Workspace, bob: User
) -> None:
    wanted = DatasetFactory.create(workspace=workspace, owner=bob, name="Dialogues")
    other = DatasetFactory.create(workspace=workspace, owner=bob, name="Poems")
    file = FileFactory.create(workspace=workspace)
    page = bob_client.get(f"/app/files/{file.id}/import/").content.decode()
    assert f"/app/datasets/{wanted.id}/import/?file={file.id}" in page
    assert f"/app/datasets/{other.id}/import/?file={file.id}" in page
    found = bob_client.get(f"/app/files/{file.id}/import/?q=dialog", headers=HTMX).content.decode()
    assert str(wanted.id) in found
    assert str(other.id) not in found


def test_a_file_of_others_leads_nowhere(
    charlie_client: Client, viewer_client: Client, workspace: Workspace
) -> None:
    file = FileFactory.create(workspace=workspace)
    assert charlie_client.get(f"/app/files/{file.id}/import/").status_code == 404
    assert viewer_client.get(f"/app/files/{file.id}/import/").status_code == 403


def test_what_only_indexes_words_is_not_cancelled_but_shown(bob_client: Client, job: Job) -> None:
    Job.objects.update(result={"imported": 12_000, "published": True})
    page = bob_client.get(f"{JOBS}{job.id}/").content.decode()
    assert "/cancel/" not in page
    assert "The records are in." in page
