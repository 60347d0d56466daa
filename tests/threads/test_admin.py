from __future__ import annotations

from django.test import Client
from django.urls import reverse

from project.accounts.models import User, Workspace
from tests.factories.judges import JudgeDraftFactory
from tests.factories.threads import keep_logs
from threads.judge_actions import create_judge
from threads.models import Campaign, CampaignLog


def test_a_log_is_found_by_its_id_and_shown(admin_client: Client, workspace: Workspace) -> None:
    mine, other = keep_logs(workspace, input=[{"content": "Hello"}])[0], keep_logs(workspace)[0]
    page = admin_client.get("/admin/threads/log/", {"q": str(mine.pk)}).content.decode()
    assert str(mine.pk) in page
    assert str(other.pk) not in page
    detail = admin_client.get(reverse("admin:threads_log_change", args=[mine.pk])).content.decode()
    assert "&quot;content&quot;: &quot;Hello&quot;" in detail


def test_logs_are_not_made_here(admin_client: Client, db: None) -> None:
    assert admin_client.get("/admin/threads/log/add/").status_code == 403


def test_judges_campaigns_and_their_logs_are_shown(
    admin_client: Client, workspace: Workspace, alice: User
) -> None:
    judge = create_judge(workspace, JudgeDraftFactory.create(name="Tone of voice"), owner=alice)
    campaign = Campaign.objects.create(
        workspace=workspace, judge=judge, owner=alice, name="Is it kind?", condition={"all": []}, max_logs=1
    )
    row = CampaignLog.objects.create(campaign=campaign, place=1, log_id=campaign.id, answer="kind")
    for shown in (judge, campaign, row):
        name = shown._meta.model_name
        assert str(shown.pk) in admin_client.get(f"/admin/threads/{name}/").content.decode()
        detail = admin_client.get(reverse(f"admin:threads_{name}_change", args=[shown.pk]))
        assert detail.status_code == 200
