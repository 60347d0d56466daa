from __future__ import annotations

from django.test import Client
from django.urls import reverse

from project.accounts.models import Workspace
from tests.factories.threads import keep_logs


def test_a_log_is_found_by_its_id_and_shown(admin_client: Client, workspace: Workspace) -> None:
    mine, other = keep_logs(workspace, input=[{"content": "Hello"}])[0], keep_logs(workspace)[0]
    page = admin_client.get("/admin/threads/log/", {"q": str(mine.pk)}).content.decode()
    assert str(mine.pk) in page
    assert str(other.pk) not in page
    detail = admin_client.get(reverse("admin:threads_log_change", args=[mine.pk])).content.decode()
    assert "&quot;content&quot;: &quot;Hello&quot;" in detail


def test_logs_are_not_made_here(admin_client: Client, db: None) -> None:
    assert admin_client.get("/admin/threads/log/add/").status_code == 403
