from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils import timezone

from datasets.actions import create_dataset
from datasets.jobs import cancel_job, create_job
from datasets.models import Dataset, Job
from project.accounts.models import User
from project.accounts.types import Author
from project.lib import filterwords
from project.lib.chatmodel import get_chat_model
from project.lib.filters import Condition, Group
from project.lib.timelimits import time_limit
from records.actions.log_imports import start_import_of
from threads.answers import AnswerChoice
from threads.errors import CampaignActiveError, CampaignEmptyError, CampaignOverError, JudgingOffError
from threads.judgequerysets import CampaignLogQuerySet
from threads.models import Campaign, CampaignLog, Judge, Log
from threads.reading import READ_MS
from threads.types import CampaignDraft

ALL_ANSWERS = AnswerChoice()


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
def resume_campaign(campaign: Campaign, *, author: Author) -> Job:
    """A job that goes on where the last one ended: it selects the rest and asks about each log that has no answer, also
    about those that could not be judged. Raises CampaignActiveError, CampaignOverError, JudgingOffError."""
    locked = Campaign.objects.select_for_update().get(pk=campaign.pk)
    last = Job.objects.get(pk=locked.job_id or locked.pk)
    if last.is_active:
        raise CampaignActiveError("The campaign runs already.")
    selected, result = CampaignLog.objects.of_campaign(locked), dict(last.result)
    if "selected" in result:
        _check_can_judge(locked, selected)
        again = selected.without_answer().update(failure="", asked_at=None)
        result |= {"failed": result.get("failed", 0) - again}
    job = create_job(locked.workspace, kind=Job.Kind.RUN_CAMPAIGN, author=author, options=last.settings)
    job.result, job.checkpoint, job.done = result, last.checkpoint, selected.count()
    job.save(update_fields=["result", "checkpoint", "done"])
    campaign.job_id = job.id
    campaign.save(update_fields=["job_id", "updated_at"])
    return job


def update_campaign(campaign: Campaign, *, name: str, description: str) -> None:
    """What it selects and who judges stay."""
    campaign.name, campaign.description = name, description
    campaign.save(update_fields=["name", "description", "updated_at"])


@transaction.atomic
def delete_campaign(campaign: Campaign) -> None:
    """It is in no list any more, and runs no longer. What its judge said of the logs stays with them."""
    campaign.deleted_at = timezone.now()
    campaign.save(update_fields=["deleted_at", "updated_at"])
    job = _active_job(campaign)
    if job is not None:
        cancel_job(job)


@transaction.atomic
def start_campaign_import(
    dataset: Dataset, campaign: Campaign, *, author: Author, choice: AnswerChoice = ALL_ANSWERS
) -> Job:
    """A job that makes a record of each selected log, or of those of an answer, with the judge's answer in its meta.
    Raises CampaignActiveError while the campaign still runs."""
    if _active_job(campaign) is not None:
        raise CampaignActiveError("The campaign still runs; import it when it has ended.")
    selected = CampaignLog.objects.of_campaign(campaign).chosen_by(choice).values_list("log_id", flat=True)
    options: dict[str, Any] = {
        "log_ids": [str(log_id) for log_id in selected],
        "environment": campaign.environment,
        "campaign_id": str(campaign.id),
    }
    told = f", {choice.words}" if choice.words else ""
    return start_import_of(
        dataset, Job.Kind.IMPORT_LOGS, options, author=author, note=f"from campaign {campaign.name}{told}"
    )


@transaction.atomic
def start_campaign_import_of_its_own(
    campaign: Campaign, *, name: str, owner: User, author: Author, choice: AnswerChoice = ALL_ANSWERS
) -> Job:
    """As `start_campaign_import`, into a new dataset. Raises DatasetInvalidError as well; then there is no dataset."""
    dataset = create_dataset(campaign.workspace, name=name, owner=owner, author=author)
    return start_campaign_import(dataset, campaign, author=author, choice=choice)


def _check_can_judge(campaign: Campaign, selected: CampaignLogQuerySet) -> None:
    if campaign.judge_id is None:
        raise CampaignOverError("This campaign has no judge, and all of its logs are selected.")
    if not (selected.unasked().exists() or selected.without_answer().exists()):
        raise CampaignOverError("Each log of the campaign has its answer; nothing is left to ask.")
    if get_chat_model() is None:
        raise JudgingOffError("Nothing can be judged here: no model is configured. Set JUDGE_URL.")


def _active_job(campaign: Campaign) -> Job | None:
    return Job.objects.active().filter(pk=campaign.job_id).first() if campaign.job_id else None


def _group(node: Condition | Group) -> Group:
    return node if isinstance(node, Group) else Group((node,))
