from __future__ import annotations

import pytest
from django.contrib.messages import get_messages
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from datasets.models import Dataset, Door, Job, Revision
from project.accounts.models import Membership, User
from project.accounts.types import Author
from project.lib.ids import new_id
from records.actions import add_records, erase_records, replace_text, set_status
from records.bulk import AT_ONCE
from records.history_views import PAGE_SIZE
from records.models import Record
from records.types import RecordDraft
from tests.factories.records import TextDraftFactory
from tests.pages import FRAME, HTMX, html_of, text_of


def _url(name: str, dataset: Dataset, *args: object) -> str:
    return reverse(f"records:{name}", args=[dataset.id, *args])


def _statuses(dataset: Dataset) -> list[str]:
    return list(Record.objects.in_dataset(dataset).in_order().values_list("curation__status", flat=True))


@pytest.fixture
def flagged(dataset: Dataset, author: Author) -> list[Record]:
    """Three texts, made in revision 1 and flagged in revision 2."""
    records = add_records(dataset, TextDraftFactory.create_batch(3), author=author)
    set_status(dataset, [record.id for record in records], "flagged", author=author)
    return records


def test_the_question_tells_what_goes_back_and_what_stays(
    alice_client: Client, dataset: Dataset, flagged: list[Record], author: Author
) -> None:
    set_status(dataset, [flagged[0].id], "approved", author=author)
    page = text_of(alice_client.get(_url("revision_undo", dataset, 2)))
    assert "2 records go back to what they were before." in page
    assert "1 record was changed again later: what was changed later stays." in page
    assert _statuses(dataset) == ["approved", "flagged", "flagged"]


def test_undoing_says_what_it_did_and_how_to_take_it_back(
    alice_client: Client, dataset: Dataset, flagged: list[Record]
) -> None:
    response = alice_client.post(_url("revision_undo", dataset, 2))
    assert response.headers["Location"] == reverse("datasets:dataset_history", args=[dataset.id])
    assert _statuses(dataset) == ["new"] * 3
    page = alice_client.get(response.headers["Location"])
    assert "Undid revision 2: 3 records went back." in text_of(page)
    assert f'<a href="{_url("revision_detail", dataset, 3)}">Revision 3</a>' in html_of(page)
    # With a button for it, the key that undoes would take the undo back at once.
    assert f'action="{_url("revision_undo", dataset, 3)}"' not in html_of(page)
    alice_client.post(_url("revision_undo", dataset, 3))
    assert _statuses(dataset) == ["flagged"] * 3


def test_undo_leads_back_to_where_its_button_was_but_to_no_other_site(
    alice_client: Client, dataset: Dataset, flagged: list[Record]
) -> None:
    here = f"http://testserver{_url('record_list', dataset)}?status=flagged"
    undo = _url("revision_undo", dataset, 2)
    assert alice_client.post(undo, headers={"Referer": here}).headers["Location"] == here
    elsewhere = alice_client.post(
        _url("revision_undo", dataset, 3), headers={"Referer": "https://example.com/"}
    )
    assert elsewhere.headers["Location"] == reverse("datasets:dataset_history", args=[dataset.id])


def test_one_record_goes_back_alone(alice_client: Client, dataset: Dataset, flagged: list[Record]) -> None:
    alice_client.post(_url("revision_undo", dataset, 2), {"record": str(flagged[1].id)})
    assert _statuses(dataset) == ["flagged", "new", "flagged"]


def test_the_ticked_records_of_a_revision_go_back(
    alice_client: Client, dataset: Dataset, flagged: list[Record]
) -> None:
    page = alice_client.get(_url("revision_detail", dataset, 2)).content.decode()
    assert all(f'name="record" value="{record.id}"' in page for record in flagged)
    ticked = {"ticked": "yes", "record": [str(flagged[0].id), str(flagged[2].id)]}
    question = alice_client.get(_url("revision_undo", dataset, 2), ticked)
    assert "for 2 records?" in text_of(question)
    alice_client.post(_url("revision_undo", dataset, 2), {"record": question.context["chosen"]})
    assert _statuses(dataset) == ["new", "flagged", "new"]


@pytest.mark.parametrize("said", [{"ticked": "yes"}, {"record": "nonsense"}])
def test_no_tick_never_means_all(
    alice_client: Client, dataset: Dataset, flagged: list[Record], said: dict[str, str]
) -> None:
    for response in (
        alice_client.get(_url("revision_undo", dataset, 2), said),
        alice_client.post(_url("revision_undo", dataset, 2), said),
    ):
        assert response.status_code == 400
        assert "No record is ticked" in text_of(response)
    assert _statuses(dataset) == ["flagged"] * 3


def test_undoing_many_is_a_job(alice_client: Client, dataset: Dataset, author: Author) -> None:
    add_records(dataset, [RecordDraft(text=str(n)) for n in range(AT_ONCE + 1)], author=author)
    response = alice_client.post(_url("revision_undo", dataset, 1), headers=HTMX)
    job = Job.objects.get(kind=Job.Kind.UNDO_REVISION)
    assert response.headers["HX-Redirect"] == reverse("datasets:job_detail", args=[job.id])
    assert not list(get_messages(response.wsgi_request))  # The page of the job tells of it.


def test_undoing_many_from_a_list_leads_back_to_it(
    alice_client: Client, dataset: Dataset, author: Author
) -> None:
    add_records(dataset, [RecordDraft(text=str(n)) for n in range(AT_ONCE + 1)], author=author)
    place = f"http://testserver{reverse('records:record_list', args=[dataset.id])}?status=new"
    response = alice_client.post(_url("revision_undo", dataset, 1), headers={"Referer": place})
    assert response.headers["Location"] == place
    assert "Watch the job" in str(next(iter(get_messages(response.wsgi_request))))


def test_what_cannot_go_back_is_refused_with_a_sentence(
    alice_client: Client, dataset: Dataset, flagged: list[Record]
) -> None:
    alice_client.post(_url("revision_undo", dataset, 2))
    again = alice_client.post(_url("revision_undo", dataset, 2))
    assert again.status_code == 409
    assert "Nothing was undone" in text_of(again)


def test_a_revision_tells_what_it_did_to_which_records(
    alice_client: Client,
    dataset: Dataset,
    flagged: list[Record],
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    with django_assert_num_queries(FRAME + 6):  # dataset, revision, what undid it, ids, records, changes
        response = alice_client.get(_url("revision_detail", dataset, 2))
    assert [step.record for step in response.context["steps"]] == flagged
    assert "was new" in text_of(response)


def test_the_records_of_a_large_revision_go_on(
    alice_client: Client, dataset: Dataset, author: Author
) -> None:
    records = add_records(dataset, TextDraftFactory.create_batch(PAGE_SIZE + 1), author=author)
    first = alice_client.get(_url("revision_detail", dataset, 1))
    second = alice_client.get(_url("revision_detail", dataset, 1) + first.context["next_url"])
    assert [step.record for step in second.context["steps"]] == records[-1:]
    assert alice_client.get(_url("revision_detail", dataset, 1), {"after": "x"}).status_code == 302


def test_a_revision_whose_records_were_erased_says_so(
    alice_client: Client, dataset: Dataset, flagged: list[Record], author: Author
) -> None:
    erase_records(dataset.workspace, [record.id for record in flagged], author=author)
    assert "None of its records is left" in text_of(alice_client.get(_url("revision_detail", dataset, 2)))
    assert "cannot come back" in text_of(alice_client.get(_url("revision_undo", dataset, 2)))


def test_the_history_of_a_record_shows_the_changed_words(
    alice_client: Client, dataset: Dataset, flagged: list[Record], author: Author
) -> None:
    replace_text(flagged[0], "Paragraph one, mended", author=author)
    page = alice_client.get(_url("record_history", dataset, flagged[0].id)).content.decode()
    assert '<ins class="diff diff--ins">one, mended</ins>' in page
    assert f"{_url('revision_undo', dataset, 3)}?record={flagged[0].id}" in page
    part = alice_client.get(_url("record_history", dataset, flagged[0].id), headers=HTMX)
    assert "<html" not in part.content.decode()


def test_the_history_of_a_record_does_not_ask_once_a_revision(
    alice_client: Client, dataset: Dataset, author: Author, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    [record] = add_records(dataset, [RecordDraft(text="a")], author=author)
    for status in ("flagged", "new", "approved"):
        set_status(dataset, [record.id], status, author=author)
    with django_assert_num_queries(FRAME + 4):  # dataset, record, changes, creation
        alice_client.get(_url("record_history", dataset, record.id))


def test_a_reviewer_takes_back_own_decisions_and_no_others(
    client: Client, dataset: Dataset, flagged: list[Record], bob: User
) -> None:
    Membership.objects.filter(user=bob).update(role=Membership.Role.REVIEWER)
    client.force_login(bob)
    set_status(dataset, [flagged[0].id], "approved", author=Author(bob.id, Door.PAGE))
    assert client.post(_url("revision_undo", dataset, 2)).status_code == 403
    assert client.post(_url("revision_undo", dataset, 3)).status_code == 302
    assert _statuses(dataset) == ["flagged"] * 3


def test_a_viewer_reads_the_history_and_undoes_nothing(
    viewer_client: Client, dataset: Dataset, flagged: list[Record]
) -> None:
    page = viewer_client.get(_url("revision_detail", dataset, 2))
    assert _url("revision_undo", dataset, 2) not in page.content.decode()
    assert viewer_client.post(_url("revision_undo", dataset, 2)).status_code == 403
    assert _statuses(dataset) == ["flagged"] * 3


def test_strangers_find_no_history(charlie_client: Client, dataset: Dataset, flagged: list[Record]) -> None:
    for url in (
        _url("revision_detail", dataset, 2),
        _url("revision_undo", dataset, 2),
        _url("record_history", dataset, flagged[0].id),
    ):
        assert charlie_client.get(url).status_code == 404
    assert charlie_client.post(_url("revision_undo", dataset, 2)).status_code == 404
    assert Revision.objects.filter(dataset=dataset).count() == 2


def test_what_is_not_there_is_not_found(alice_client: Client, dataset: Dataset) -> None:
    assert alice_client.get(_url("revision_detail", dataset, 7)).status_code == 404
    assert alice_client.get(_url("record_history", dataset, new_id())).status_code == 404


def test_the_own_last_change_is_asked_about_when_its_toast_is_gone(
    alice_client: Client, bob: User, dataset: Dataset, flagged: list[Record]
) -> None:
    set_status(dataset, [flagged[0].id], "new", author=Author(user_id=bob.id, door=Door.PAGE))
    last = _url("revision_undo_last", dataset)
    assert alice_client.get(last).headers["Location"] == _url("revision_undo", dataset, 2)
    alice_client.post(_url("revision_undo", dataset, 2))
    assert alice_client.get(last).headers["Location"] == _url("revision_undo", dataset, 1)


def test_who_changed_nothing_has_nothing_to_take_back(
    bob_client: Client, charlie_client: Client, dataset: Dataset, flagged: list[Record]
) -> None:
    last = _url("revision_undo_last", dataset)
    assert "You have changed nothing here" in bob_client.get(last, follow=True).content.decode()
    assert charlie_client.get(last).status_code == 404
