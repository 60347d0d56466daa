import redis
from django.conf import settings
from django.db import connection
from django.test import Client

from datasets.models import Dataset
from project.accounts.models import User, Workspace
from records.models import Record


def test_tests_run_on_the_same_postgresql_as_the_product(db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version_num")
        assert int(cursor.fetchone()[0]) >= 180000


def test_tests_have_a_broker_of_their_own() -> None:
    with redis.Redis(unix_socket_path=settings.CELERY_BROKER_URL.removeprefix("redis+socket://")) as broker:
        assert broker.ping()


def test_the_cast_lives_in_two_workspaces(
    workspace: Workspace, alice: User, bob: User, charlie: User, records: list[Record]
) -> None:
    members = set(User.objects.filter(memberships__workspace=workspace))
    assert members == {alice, bob}
    assert Dataset.objects.get(workspace=workspace).record_count == 3
    assert not Dataset.objects.filter(workspace__memberships__user=charlie).exists()


def test_signed_in_clients_are_who_they_say(alice_client: Client, alice: User) -> None:
    assert alice_client.session["_auth_user_id"] == str(alice.pk)
