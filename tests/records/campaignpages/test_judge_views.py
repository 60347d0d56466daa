from __future__ import annotations

from collections.abc import Sequence

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from project.accounts.models import User, Workspace
from records.models import Record
from tests.factories.judges import JudgeDraftFactory
from tests.judge_server import JudgeServer
from tests.pages import FRAME, HTMX, html_of, url_of
from tests.records.conftest import Begin
from threads.judge_actions import create_judge
from threads.models import Judge, Log
from threads.types import Scale

pytestmark = pytest.mark.django_db(transaction=True)


def form(*options: tuple[str, str], **values: str) -> dict[str, str]:
    """What a browser sends for a judge."""
    rows = {
        f"options-{place}-{name}": text
        for place, option in enumerate(options)
        for name, text in zip(("value", "meaning"), option, strict=True)
    }
    return {
        "name": "Politeness",
        "description": "",
        "model_name": "small",
        "instructions": "Was the answer polite?",
        "kind": "classification",
        "low": "0",
        "high": "1",
        "low_means": "",
        "high_means": "",
        "tools": "",
        "options-TOTAL_FORMS": str(len(options)),
        "options-INITIAL_FORMS": "0",
        **rows,
        **values,
    }


POLITE = (("yes", "It greets."), ("no", ""), ("", ""))


def test_the_list_of_judges_is_one_query_and_tells_their_answers(
    alice_client: Client, alice: User, workspace: Workspace, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    create_judge(workspace, JudgeDraftFactory.create(name="Content"), owner=alice)
    numbers = JudgeDraftFactory.create(name="Kindness", scale=Scale(low=0, high=10))
    create_judge(workspace, numbers, owner=alice)
    with django_assert_num_queries(FRAME + 1):
        response = alice_client.get(url_of("campaigns:judge_list"))
    page = html_of(response)
    assert "good, bad" in page
    assert "0 to 10" in page
    assert "Content" not in html_of(alice_client.get(url_of("campaigns:judge_list", q="kind"), headers=HTMX))


def test_a_judge_is_made_of_what_the_form_says(bob_client: Client, bob: User, workspace: Workspace) -> None:
    response = bob_client.post(url_of("campaigns:judge_create"), form(*POLITE, tools="find\r\n\r\nsend"))
    judge = Judge.objects.get()
    assert response["Location"] == url_of("campaigns:judge_detail", judge.id)
    assert (judge.workspace, judge.owner, judge.kind) == (workspace, bob, "classification")
    assert judge.scale.options == (("yes", "It greets."), ("no", ""))
    assert judge.tools == ["find", "send"]


def test_a_judge_that_answers_with_numbers_has_no_options(bob_client: Client) -> None:
    given = form(*POLITE, kind="regression", low="1", high="5", low_means="rude", high_means="kind")
    bob_client.post(url_of("campaigns:judge_create"), given)
    assert Judge.objects.get().scale == Scale(low=1, high=5, low_means="rude", high_means="kind")


@pytest.mark.parametrize(
    ("options", "values", "sentence"),
    [
        ((), {}, "at least one option"),
        ((("Yes", ""), ("yes", "")), {}, "Two options are the same"),
        ((("", "Polite."),), {}, "Enter the answer that means this"),
        (POLITE, {"name": "ab"}, "at least 5 characters"),
        (POLITE, {"name": "Contents"}, "There is a judge"),
        (POLITE, {"instructions": "{{ x"}, "The instructions are no template"),
        (POLITE, {"kind": "regression", "low": "5", "high": "5"}, "the most is greater"),
        (POLITE, {"kind": "regression", "low": "nan"}, "Enter a number"),
        (POLITE, {"kind": "guess"}, "not one of the available choices"),
        (POLITE, {"instructions": "a\x00"}, "Null characters are not allowed"),
        (POLITE, {"options-TOTAL_FORMS": "many"}, "ManagementForm data"),
    ],
)
def test_a_judge_that_cannot_be_is_explained_and_leaves_nothing(
    bob_client: Client,
    alice: User,
    workspace: Workspace,
    options: Sequence[tuple[str, str]],
    values: dict[str, str],
    sentence: str,
) -> None:
    create_judge(workspace, JudgeDraftFactory.create(name="Contents"), owner=alice)
    response = bob_client.post(url_of("campaigns:judge_create"), form(*options, **values))
    assert response.status_code == 422
    assert sentence in html_of(response).replace("&#x27;", "'")
    assert Judge.objects.count() == 1


def test_more_rows_keep_what_was_typed_and_save_nothing(bob_client: Client) -> None:
    response = bob_client.post(url_of("campaigns:judge_create"), form(*POLITE, name="ab", more="yes"))
    assert response.status_code == 200
    page = html_of(response)
    assert 'value="It greets."' in page
    assert "options-4-value" in page
    assert not Judge.objects.exists()


def test_a_judge_is_edited_until_it_judged_a_campaign(
    bob_client: Client, judge: Judge, logs: list[Log], begin: Begin
) -> None:
    address = url_of("campaigns:judge_edit", judge.id)
    assert 'value="The user is content."' in html_of(bob_client.get(address))
    assert bob_client.post(address, form(*POLITE))["Location"] == url_of("campaigns:judge_detail", judge.id)
    judge.refresh_from_db()
    assert judge.name == "Politeness"
    begin(judge)
    response = bob_client.post(address, form(*POLITE, name="Rudeness"))
    assert response.status_code == 422
    assert "create another one" in html_of(response)
    assert address not in html_of(bob_client.get(url_of("campaigns:judge_detail", judge.id)))


def test_a_deleted_judge_is_in_no_list(bob_client: Client, judge: Judge) -> None:
    assert bob_client.get(url_of("campaigns:judge_delete", judge.id)).status_code == 200
    assert bob_client.post(url_of("campaigns:judge_delete", judge.id))["Location"] == url_of(
        "campaigns:judge_list"
    )
    assert not Judge.objects.visible_to(judge.workspace).exists()


def test_a_judge_is_tried_on_a_log_and_nothing_is_kept(
    bob_client: Client, server: JudgeServer, judge: Judge, logs: list[Log]
) -> None:
    address = reverse("threads:log_detail", args=[logs[1].id])
    for subject in (str(logs[1].id), f"http://testserver{address}?window=all"):
        response = bob_client.post(
            url_of("campaigns:judge_try", judge.id), {"subject": subject}, headers=HTMX
        )
        page = html_of(response)
        assert "As the rule says." in page
        assert "1 call in 0." in page
        assert "100 tokens in and 10 out" in page
        assert response.context["asked"].verdict.answer == "bad"
    newest = bob_client.post(url_of("campaigns:judge_try", judge.id), {"subject": ""})
    assert newest.context["asked"].verdict.answer == "good"
    assert Log.objects.filter(scores={}).count() == len(logs)


def test_a_judge_is_tried_on_a_record(
    bob_client: Client, server: JudgeServer, judge: Judge, records: Sequence[Record]
) -> None:
    address = reverse("records:record_detail", args=[records[0].dataset_id, records[0].id])
    response = bob_client.post(url_of("campaigns:judge_try", judge.id), {"subject": address})
    assert response.context["subject"].record == records[0]
    assert response.context["asked"].verdict is not None


@pytest.mark.parametrize(
    ("trouble", "sentence"),
    [
        ("no JSON", "did not answer with a JSON object"),
        ('{"answer": "perhaps"}', "none of the judge's options"),
        (401, "refuses with 401; look at JUDGE_URL, JUDGE_KEY"),
        (429, "is busy and answers 429"),
    ],
)
def test_what_goes_wrong_with_a_model_is_told_with_what_to_do(
    bob_client: Client, server: JudgeServer, judge: Judge, logs: list[Log], trouble: int | str, sentence: str
) -> None:
    server.troubles = [trouble] * 2
    page = html_of(bob_client.post(url_of("campaigns:judge_try", judge.id), {"subject": ""}))
    assert sentence in page.replace("&#x27;", "'")


@pytest.mark.parametrize("subject", ["unknown", "00000000-0000-7000-8000-000000000000", "/app/logs/x/", ""])
def test_what_is_not_there_cannot_be_judged(bob_client: Client, judge: Judge, subject: str) -> None:
    response = bob_client.post(url_of("campaigns:judge_try", judge.id), {"subject": subject})
    assert response.status_code == 422
    assert "There is no log" in html_of(response)


def test_without_a_model_a_plain_sentence_says_what_an_operator_sets(
    bob_client: Client, judge: Judge, logs: list[Log]
) -> None:
    assert "JUDGE_URL" in html_of(bob_client.get(url_of("campaigns:judge_list")))
    response = bob_client.post(url_of("campaigns:judge_try", judge.id), {"subject": ""})
    assert response.status_code == 422
    assert "no model is configured" in html_of(response)


def test_a_viewer_reads_judges_and_changes_none(viewer_client: Client, judge: Judge) -> None:
    assert viewer_client.get(url_of("campaigns:judge_list")).status_code == 200
    assert "Ask the judge" not in html_of(viewer_client.get(url_of("campaigns:judge_detail", judge.id)))
    for name in ("judge_edit", "judge_delete", "judge_try"):
        assert viewer_client.post(url_of(f"campaigns:{name}", judge.id)).status_code == 403
    assert viewer_client.post(url_of("campaigns:judge_create"), form(*POLITE)).status_code == 403


def test_a_stranger_finds_no_judge_and_judges_none_of_our_logs(
    charlie_client: Client, charlie: User, server: JudgeServer, judge: Judge, logs: list[Log]
) -> None:
    assert "Content" not in html_of(charlie_client.get(url_of("campaigns:judge_list")))
    for name in ("judge_detail", "judge_edit", "judge_delete", "judge_try"):
        assert charlie_client.get(url_of(f"campaigns:{name}", judge.id)).status_code == 404
    own = create_judge(charlie.memberships.get().workspace, JudgeDraftFactory.create(), owner=charlie)
    response = charlie_client.post(url_of("campaigns:judge_try", own.id), {"subject": str(logs[0].id)})
    assert response.status_code == 422
    assert not server.requests
