"""Judges: made, changed and deleted. One that judged a campaign stays as it was, so that its answers mean the same."""

from __future__ import annotations

from django.db import IntegrityError, transaction
from django.utils import timezone

from project.accounts.models import User, Workspace
from threads.errors import JudgeInUseError, JudgeNameTakenError
from threads.models import Judge
from threads.templates import variables_of
from threads.types import JudgeDraft


def create_judge(workspace: Workspace, draft: JudgeDraft, *, owner: User) -> Judge:
    """Raises TemplateInvalidError, JudgeNameTakenError."""
    variables_of(draft.instructions)
    judge = Judge(workspace=workspace, owner=owner)
    _fill(judge, draft)
    _save(judge)
    return judge


def update_judge(judge: Judge, draft: JudgeDraft) -> Judge:
    """Raises TemplateInvalidError, JudgeNameTakenError, JudgeInUseError."""
    variables_of(draft.instructions)
    with transaction.atomic():
        locked = Judge.objects.select_for_update().get(pk=judge.pk)
        if locked.draft == draft:
            return locked
        if locked.campaigns.exists():
            raise JudgeInUseError(
                "Campaigns were judged by this judge, so it stays as it is; create another one."
            )
        _fill(locked, draft)
        _save(locked)
    return locked


def delete_judge(judge: Judge) -> None:
    """It is in no list any more; what it said stays."""
    judge.deleted_at = timezone.now()
    judge.save(update_fields=["deleted_at", "updated_at"])


def _fill(judge: Judge, draft: JudgeDraft) -> None:
    judge.name, judge.description, judge.model_name = draft.name, draft.description, draft.model_name
    judge.instructions, judge.tools = draft.instructions, list(draft.tools)
    judge.kind = Judge.Kind.CLASSIFICATION if draft.scale.options else Judge.Kind.REGRESSION
    judge.scale_values = draft.scale.as_json()


def _save(judge: Judge) -> None:
    try:
        with transaction.atomic():
            judge.save()
    except IntegrityError:
        raise JudgeNameTakenError(f"There is a judge {judge.name!r} already; choose another name.") from None
