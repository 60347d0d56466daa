from __future__ import annotations

from django.test import Client
from django.urls import reverse

from project.accounts.models import Workspace
from threads.models import Log, Thread


def test_the_logs_of_a_thread_are_found_and_shown(admin_client: Client, workspace: Workspace) -> None:
    thread = Thread.objects.create(workspace=workspace, environment="prod", identifier="support-17")
    mine = Log.objects.create(
        workspace=workspace, environment="prod", thread=thread, input=[{"content": "Hello"}]
    )
    other = Log.objects.create(workspace=workspace, environment="prod")
    page = admin_client.get("/admin/threads/log/", {"thread__id__exact": str(thread.pk)}).content.decode()
    assert str(mine.pk) in page
    assert str(other.pk) not in page
    detail = admin_client.get(reverse("admin:threads_log_change", args=[mine.pk])).content.decode()
    assert "&quot;content&quot;: &quot;Hello&quot;" in detail


def test_logs_are_not_made_here(admin_client: Client, db: None) -> None:
    assert admin_client.get("/admin/threads/log/add/").status_code == 403
