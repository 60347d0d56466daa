from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from datasets.models import Dataset
from project.accounts.actions import key_for_secret
from project.accounts.models import ApiKey, User, Workspace
from tests.factories.accounts import ApiKeyFactory, UserFactory

pytestmark = pytest.mark.django_db

KEYS = "/app/keys/"
CREATE = "/app/keys/create/"
FORM = {"name": "Nightly export", "environment": "test", "scopes": ["read", "export"]}


@pytest.fixture
def key(workspace: Workspace, alice: User) -> ApiKey:
    return ApiKeyFactory.create(workspace=workspace, user=alice, name="Laptop")


def test_a_new_key_is_shown_once_with_the_address_of_this_server(
    alice_client: Client, dataset: Dataset
) -> None:
    page = alice_client.post(CREATE, {**FORM, "dataset_id": str(dataset.id)})
    made = ApiKey.objects.get()
    secret = page.context["secret"]
    assert key_for_secret(secret) == made
    assert (made.name, made.environment, made.scopes) == ("Nightly export", "test", ["read", "export"])
    assert (made.dataset_id, made.user.name) == (dataset.id, "Alice")
    assert f'api_key="{secret}"' in page.content.decode().replace("&quot;", '"')
    assert 'server_url="http://testserver"' in page.content.decode().replace("&quot;", '"')
    assert "no-store" in page.headers["Cache-Control"]
    assert secret not in alice_client.get(KEYS).content.decode()


def test_a_key_works_to_the_end_of_its_last_day(alice_client: Client) -> None:
    today = timezone.localdate()
    alice_client.post(CREATE, {**FORM, "expires_on": today.isoformat()})
    expires_at = ApiKey.objects.get().expires_at
    assert expires_at is not None
    assert timezone.localtime(expires_at).date() == today + timedelta(days=1)
    assert timezone.localtime(expires_at).hour == 0


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"name": ""}, "Give the key a name"),
        ({"name": "x" * 101}, "at most 100 characters"),
        ({"scopes": []}, "Choose at least one right."),
        ({"scopes": ["admin"]}, "not one of the available choices"),
        ({"environment": "staging"}, "not one of the available choices"),
        ({"expires_on": "2020-01-01"}, "This day is over."),
        ({"expires_on": "soon"}, "Write the date as YYYY-MM-DD."),
        ({"expires_on": "9999-12-31"}, "at most 10 years"),
        ({"dataset_id": "nonsense"}, "Choose another one."),
    ],
)
def test_a_wrong_form_makes_no_key(alice_client: Client, change: dict[str, object], sentence: str) -> None:
    page = alice_client.post(CREATE, {**FORM, **change})
    assert page.status_code == 422
    assert sentence in page.content.decode()
    assert not ApiKey.objects.exists()


def test_a_key_cannot_be_bound_to_a_dataset_of_others(
    alice_client: Client, stranger_dataset: Dataset
) -> None:
    page = alice_client.post(CREATE, {**FORM, "dataset_id": str(stranger_dataset.id)})
    assert page.status_code == 422
    assert stranger_dataset.name not in page.content.decode()


def test_a_wrong_form_sent_by_htmx_answers_the_form_alone(alice_client: Client) -> None:
    page = alice_client.post(CREATE, {**FORM, "name": ""}, headers={"HX-Request": "true"})
    assert page.status_code == 422
    assert "<html" not in page.content.decode()


def test_editors_and_viewers_see_the_list_and_change_nothing(
    bob_client: Client, viewer_client: Client, key: ApiKey
) -> None:
    for client in (bob_client, viewer_client):
        page = client.get(KEYS).content.decode()
        assert key.prefix in page
        assert CREATE not in page
        assert "/revoke/" not in page
        assert client.get(CREATE).status_code == 403
        assert client.post(CREATE, FORM).status_code == 403
        assert client.post(f"{KEYS}{key.id}/revoke/").status_code == 403
    assert ApiKey.objects.usable(timezone.now()).get() == key


def test_revoking_asks_first_and_then_revokes(alice_client: Client, key: ApiKey) -> None:
    page = alice_client.get(f"{KEYS}{key.id}/revoke/")
    assert "Revoke Laptop?" in page.content.decode()
    assert ApiKey.objects.get().revoked_at is None
    response = alice_client.post(f"{KEYS}{key.id}/revoke/", follow=True)
    assert "Laptop is revoked." in response.content.decode()
    assert ApiKey.objects.get().revoked_at is not None


def test_keys_of_another_workspace_are_not_there(charlie_client: Client, key: ApiKey) -> None:
    assert key.prefix not in charlie_client.get(KEYS).content.decode()
    assert charlie_client.get(f"{KEYS}{key.id}/revoke/").status_code == 404
    assert charlie_client.post(f"{KEYS}{key.id}/revoke/").status_code == 404
    assert ApiKey.objects.get().revoked_at is None


def test_each_key_says_what_it_opens_and_whether_it_works(
    alice_client: Client, workspace: Workspace, alice: User, dataset: Dataset
) -> None:
    now = timezone.now()
    common = {"workspace": workspace, "user": alice}
    ApiKeyFactory.create(**common, name="a", dataset_id=dataset.id)
    ApiKeyFactory.create(**common, name="b", revoked_at=now)
    ApiKeyFactory.create(**common, name="c", expires_at=now - timedelta(days=1))
    ApiKeyFactory.create(workspace=workspace, user=UserFactory.create(), name="d")
    cards = alice_client.get(KEYS).context["cards"]
    seen = [(card.key.name, card.state, card.dataset) for card in cards]
    assert seen == [
        ("d", "User left", "All"),
        ("c", "Expired", "All"),
        ("b", "Revoked", "All"),
        ("a", "Active", "Support"),
    ]


def test_the_list_takes_the_same_queries_for_many_keys(
    alice_client: Client,
    workspace: Workspace,
    alice: User,
    dataset: Dataset,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    ApiKeyFactory.create_batch(60, workspace=workspace, user=alice, dataset_id=dataset.id)
    with django_assert_num_queries(6):  # session, user, memberships, keys, names of datasets, members
        page = alice_client.get(KEYS)
    assert len(page.context["cards"]) == 50
    rest = alice_client.get(f"{KEYS}?after={page.context['page'].next_cursor}")
    assert len(rest.context["cards"]) == 10
    back = alice_client.get(f"{KEYS}?before={rest.context['page'].previous_cursor}")
    assert [card.key for card in back.context["cards"]] == [card.key for card in page.context["cards"]]


def test_a_broken_place_in_the_address_leads_to_the_newest_keys(alice_client: Client) -> None:
    assert alice_client.get(f"{KEYS}?after=%00").headers["Location"] == KEYS
