from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils import timezone

from datasets.jobs import cancel_job, create_job
from datasets.models import Dataset, Job
from project.accounts.models import User
from project.accounts.types import Author
from project.lib import filterwords
from project.lib.filters import Condition, Group
from project.lib.timelimits import time_limit
from records.actions.log_imports import start_import_of
from threads.errors import CampaignActiveError, CampaignEmptyError
from threads.models import Campaign, CampaignLog, Judge, Log
from threads.reading import READ_MS
from threads.types import CampaignDraft


@transaction.atomic
def start_campaign(draft: CampaignDraft, *, judge: Judge | None, owner: User, author: Author) -> Campaign:
    """Saves the selection and starts the job that makes it and lets the judge say something of each log. Raises
    CampaignEmptyError when no log matches, FilterError, TimeLimitError."""
    logs = Log.objects.visible_to(draft.workspace).in_environment(draft.environment)
    with time_limit(READ_MS):
        if not logs.matching(draft.condition).exists():
            raise CampaignEmptyError("No log matches the filter, so there is nothing to select; widen it.")
    campaign = Campaign.objects.create(
        workspace=draft.workspace,
        environment=draft.environment,
        judge=judge,
        owner=owner,
        name=draft.name,
        description=draft.description,
        condition=filterwords.as_json(_group(draft.condition)),
        sent_condition=draft.sent_condition,
        max_logs=draft.max_logs,
    )
    options = {"campaign_id": str(campaign.id), "name": campaign.name}
    job = create_job(draft.workspace, kind=Job.Kind.RUN_CAMPAIGN, author=author, options=options)
    campaign.job_id = job.id
    campaign.save(update_fields=["job_id"])
    return campaign


@transaction.atomic
def delete_campaign(campaign: Campaign) -> None:
    """It is in no list any more, and runs no longer. What its judge said of the logs stays with them."""
    campaign.deleted_at = timezone.now()
    campaign.save(update_fields=["deleted_at", "updated_at"])
    job = _active_job(campaign)
    if job is not None:
        cancel_job(job)


@transaction.atomic
def start_campaign_import(dataset: Dataset, campaign: Campaign, *, author: Author) -> Job:
    """A job that makes a record of each selected log, with the judge's answer in its meta. Raises
    CampaignActiveError while the campaign still runs."""
    if _active_job(campaign) is not None:
        raise CampaignActiveError("The campaign still runs; import it when it has ended.")
    selected = CampaignLog.objects.of_campaign(campaign).values_list("log_id", flat=True)
    options: dict[str, Any] = {
        "log_ids": [str(log_id) for log_id in selected],
        "environment": campaign.environment,
        "campaign_id": str(campaign.id),
    }
    return start_import_of(
        dataset, Job.Kind.IMPORT_LOGS, options, author=author, note=f"from campaign {campaign.name}"
    )


def _active_job(campaign: Campaign) -> Job | None:
    return Job.objects.active().filter(pk=campaign.job_id).first() if campaign.job_id else None


def _group(node: Condition | Group) -> Group:
    return node if isinstance(node, Group) else Group((node,))
