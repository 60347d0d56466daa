from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from datasets.models import Dataset, View
from datasets.savedviews import create_view, delete_view, update_view
from project.accounts.models import Membership, User
from project.lib.ids import new_id
from records.models import Curation, Decision, QueueLease, Record
from records.pages import Total
from records.queuenumbers import Pace, time_to_finish
from tests.pages import FRAME, HTMX, html_of

NOW = datetime(2026, 1, 5, 9, tzinfo=timezone.get_fixed_timezone(0))


@pytest.fixture
def member(alice: User) -> Membership:
    return Membership.objects.get(user=alice)


@pytest.fixture
def view(dataset: Dataset, records: list[Record], member: Membership) -> View:
    """Three new records."""
    return create_view(dataset, member=member, name="To do", query="status=new", is_shared=True)


def _url(name: str, view: View, *args: object) -> str:
    return reverse(f"records:{name}", args=[view.dataset_id, view.id, *args])


def _decide(client: Client, view: View, record: Record, choice: str = "approved", **headers: Any) -> Any:
    said = {"choice": choice, "seen_status": "new"}
    return client.post(_url("queue_decide", view, record.id), said, follow=not headers, headers=headers)


def test_a_queue_is_worked_by_plain_forms(alice_client: Client, view: View, records: list[Record]) -> None:
    assert "Start" in html_of(alice_client.get(_url("queue_work", view)))
    assert not QueueLease.objects.exists()
    begun = alice_client.post(_url("queue_next", view), follow=True)
    assert begun.context["record"] == records[0]
    again = alice_client.get(_url("queue_work", view))
    assert again.context["record"] == records[0]
    went_on = _decide(alice_client, view, records[0])
    assert went_on.context["record"] == records[1]
    assert "Approved." in html_of(went_on)
    records[0].refresh_from_db()
    assert records[0].status == "approved"


def test_a_decision_answers_with_the_next_record_in_few_queries(
    alice_client: Client,
    view: View,
    records: list[Record],
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    alice_client.post(_url("queue_next", view))
    with django_assert_max_num_queries(50) as queries:
        response = _decide(alice_client, view, records[0], **HTMX)
    assert response.context["record"] == records[1]
    assert response.headers["HX-Trigger"] == '{"queue-moved": {}}'
    assert "<html" not in html_of(response)
    assert not [one for one in queries.captured_queries if "COUNT(" in one["sql"]]


def test_the_toast_takes_a_decision_back_and_puts_the_record_before_one_again(
    alice_client: Client, view: View, records: list[Record]
) -> None:
    alice_client.post(_url("queue_next", view))
    _decide(alice_client, view, records[0])
    decision = Decision.objects.get()
    back = alice_client.post(_url("queue_undo", view, decision.id), follow=True)
    assert back.context["record"] == records[0]
    assert "Taken back; decide again." in html_of(back)
    records[0].refresh_from_db()
    assert records[0].status == "new"
    twice = alice_client.post(_url("queue_undo", view, decision.id), follow=True)
    assert "taken back already" in html_of(twice)


def test_what_was_said_stays_when_the_view_is_deleted(
    alice_client: Client, view: View, records: list[Record], member: Membership
) -> None:
    alice_client.post(_url("queue_next", view))
    _decide(alice_client, view, records[0])
    delete_view(view, member=member)
    panel = alice_client.get(reverse("records:record_panel", args=[view.dataset_id, records[0].id]))
    assert re.search(r"Approved by Alice\s+<span class=\"muted\">\s*<time", html_of(panel))


def test_nobody_takes_back_what_another_decided(
    alice_client: Client, bob_client: Client, view: View, records: list[Record]
) -> None:
    alice_client.post(_url("queue_next", view))
    _decide(alice_client, view, records[0])
    assert bob_client.post(_url("queue_undo", view, Decision.objects.get().id)).status_code == 404


def test_who_is_too_late_reads_why_and_goes_on_with_the_next(
    alice_client: Client, bob_client: Client, view: View, records: list[Record]
) -> None:
    alice_client.post(_url("queue_next", view))
    QueueLease.objects.update(expires_at=timezone.now())
    assert bob_client.post(_url("queue_next", view), follow=True).context["record"] == records[0]
    late = _decide(alice_client, view, records[0], "rejected", **HTMX)
    assert "Your time for this record ran out and Bob has it now; nothing was decided." in html_of(late)
    assert late.context["record"] == records[1]
    records[0].refresh_from_db()
    assert records[0].status == "new"


def test_an_open_page_renews_its_lease_and_a_closed_one_gives_it_back(
    alice_client: Client, bob_client: Client, view: View, records: list[Record]
) -> None:
    alice_client.post(_url("queue_next", view))
    tab = {"tab": str(new_id())}
    QueueLease.objects.update(expires_at=timezone.now() + timedelta(seconds=1))
    assert alice_client.post(_url("queue_renew", view, records[0].id), tab).status_code == 204
    lease = QueueLease.objects.get()
    assert lease.expires_at > timezone.now() + timedelta(minutes=9)
    assert alice_client.post(_url("queue_leave", view), tab).status_code == 204
    lease.refresh_from_db()
    assert lease.expires_at < timezone.now() + timedelta(seconds=20)
    lost = html_of(bob_client.post(_url("queue_renew", view, records[0].id), tab))
    assert "Somebody else has this record now" in lost
    left = alice_client.post(_url("queue_leave", view))
    assert left.headers["Location"].endswith(f"/records/?status=new&saved={view.id}")
    assert not QueueLease.objects.exists()


def test_the_second_person_is_not_told_what_the_first_said_until_they_have_decided(
    alice_client: Client, bob_client: Client, view: View, records: list[Record], member: Membership
) -> None:
    update_view(view, member=member, second_percent=100)
    panel = reverse("records:record_panel", args=[view.dataset_id, records[0].id])
    alice_client.post(_url("queue_next", view))
    _decide(alice_client, view, records[0], "rejected")
    before = html_of(bob_client.post(_url("queue_next", view), follow=True))
    assert "Rejected by" not in before
    assert "badge--rejected" not in before
    assert "One person has decided." in html_of(bob_client.get(panel))
    _decide(bob_client, view, records[0], "approved")
    after = html_of(bob_client.get(panel))
    assert "Rejected by Alice, first opinion" in after
    assert "Approved by Bob, second opinion" in after


def test_the_numbers_are_a_request_of_their_own(
    alice_client: Client,
    bob_client: Client,
    view: View,
    records: list[Record],
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    for client, record in ((alice_client, records[0]), (bob_client, records[2])):
        client.post(_url("queue_next", view))
        _decide(client, view, record)
    with django_assert_num_queries(FRAME + 1 + 2 * 5):  # The view; two counts within their limit of time.
        numbers = alice_client.get(_url("queue_numbers", view), headers=HTMX).context["numbers"]
    assert (numbers.left, numbers.done, numbers.mine) == (Total(1), 2, 1)


def test_the_page_of_a_queue_tells_who_did_how_much_and_how_often_two_agree(
    alice_client: Client, bob_client: Client, view: View, records: list[Record], member: Membership
) -> None:
    update_view(view, member=member, second_percent=100)
    alice_client.post(_url("queue_next", view))
    for record in records[:2]:
        _decide(alice_client, view, record)
    bob_client.post(_url("queue_next", view))
    for record, choice in zip(records[:2], ("approved", "rejected"), strict=True):
        _decide(bob_client, view, record, choice)
    page = html_of(alice_client.get(_url("queue_numbers", view)))
    assert re.findall(r'<th scope="row">(\w+)</th><td class="num">(\d+)', page) == [
        ("Alice", "2"),
        ("Bob", "2"),
    ]
    assert "Two people decided on 2 records, and said the same in 50 %." in page
    assert "Back to the queue" in page


def test_the_pace_is_told_once_it_can_be() -> None:
    assert Pace(2, NOW - timedelta(minutes=30)).an_hour(NOW) is None
    assert Pace(0, None).an_hour(NOW) is None
    assert Pace(30, NOW - timedelta(minutes=30)).an_hour(NOW) == 60
    assert Pace(3, NOW).an_hour(NOW) == 180
    assert time_to_finish(Total(90), 60) == timedelta(minutes=90)
    for total, rate in (
        (Total(10_000, is_capped=True), 60), (Total(None), 60), (Total(0), 60), (Total(9), None)
    ):  # fmt: skip
        assert time_to_finish(total, rate) is None


def test_a_queue_with_nothing_left_says_why_and_what_can_be_done(
    alice_client: Client, bob_client: Client, view: View, records: list[Record], member: Membership
) -> None:
    update_view(view, member=member, second_percent=100)
    bob_client.post(_url("queue_next", view))
    alice_client.post(_url("queue_next", view))
    _decide(alice_client, view, records[1], "approved")
    over = html_of(_decide(alice_client, view, records[2], "skipped"))
    assert "Nothing is left for you here" in over
    assert "You skipped 1 record." in over
    assert "1 that you decided waits for somebody else’s opinion." in over
    assert "1 is before somebody else now" in over
    again = alice_client.post(_url("queue_again", view), follow=True)
    assert again.context["record"] == records[2]


def test_a_queue_whose_records_are_all_decided_says_so(
    alice_client: Client, view: View, records: list[Record]
) -> None:
    Curation.objects.update(status="approved")
    assert "Every record that matches was decided." in html_of(alice_client.get(_url("queue_work", view)))


@pytest.mark.parametrize("name", ["queue_next", "queue_again"])
def test_a_viewer_decides_nothing(
    viewer_client: Client, view: View, records: list[Record], name: str
) -> None:
    assert viewer_client.post(_url(name, view)).status_code == 403
    assert "reviewer role" in html_of(_decide(viewer_client, view, records[0]))
    assert "Start" not in html_of(viewer_client.get(_url("queue_work", view)))
    assert not Decision.objects.exists()


def test_a_queue_of_another_workspace_is_not_there(
    charlie_client: Client, view: View, records: list[Record]
) -> None:
    for name in ("queue_work", "queue_numbers"):
        assert charlie_client.get(_url(name, view)).status_code == 404
    for name, args in (
        ("queue_next", []),
        ("queue_again", []),
        ("queue_leave", []),
        ("queue_decide", [records[0].id]),
        ("queue_renew", [records[0].id]),
        ("queue_undo", [new_id()]),
    ):
        assert charlie_client.post(_url(name, view, *args)).status_code == 404


def test_a_choice_that_there_is_not_is_refused(
    alice_client: Client, view: View, records: list[Record]
) -> None:
    alice_client.post(_url("queue_next", view))
    response = _decide(alice_client, view, records[0], "maybe")
    assert response.status_code == 400
    assert "A decision is one of" in html_of(response)
