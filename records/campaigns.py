"""The run of a campaign: select the logs, then let the judge say something of each. Calls go out side by side, at the
pace of the settings; each answer is kept when it comes, with its cost. So after a kill only what was still under way
is asked again."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from uuid import UUID

from django.conf import settings
from django.db import connection
from django.utils import timezone

from datasets.jobs import JobRun
from project.lib import filterwords, jsontext
from project.lib.chatmodel import ChatModel, ChatModelBusyError, ChatModelError, get_chat_model
from project.lib.timelimits import time_limit
from threads import templates
from threads.asking import Asked, Asker, Pace
from threads.errors import CampaignNotFoundError, ConversationInvalidError
from threads.judging import context_of, prompt_of
from threads.models import Campaign, CampaignLog, Judge, Log
from threads.querysets import LogQuerySet
from threads.types import Conversation

SELECTING, JUDGING = "Selecting", "Judging"
STEP_LOGS = 1_000
SELECT_MS = 120_000
BATCH_LOGS = 16
BEAT_SECONDS = 2
MAX_SILENCE = 10  # Logs in a row for which the model was away; then it is for a person to look.
OFF = "not judged, because no model is configured (JUDGE_URL)"

Pending = dict[Future[Asked], CampaignLog]


class CampaignRun:
    """What the job `run_campaign` does."""

    def run(self, run: JobRun) -> None:
        campaign = _campaign_of(run)
        if "selected" not in run.job.result:
            _select(run, campaign)
        model = get_chat_model()
        if campaign.judge is None:
            run.job.message = _selected_words(run)
        elif model is None:
            run.job.message = f"{_selected_words(run)}, {OFF}"
        else:
            _Judging(run, campaign, campaign.judge, model).finish()
            run.job.message = _words(run)

    def take_back(self, run: JobRun) -> None:
        """Nothing: answers were paid for, so they stay."""
        run.job.message = f"Cancelled; what was done stays: {_words(run)}."


def _campaign_of(run: JobRun) -> Campaign:
    campaign = Campaign.objects.select_related("judge").filter(pk=run.job.settings["campaign_id"]).first()
    if campaign is None:
        raise CampaignNotFoundError("The campaign is not there any more.")
    return campaign


def _logs_of(campaign: Campaign) -> LogQuerySet:
    return Log.objects.filter(workspace_id=campaign.workspace_id).in_environment(campaign.environment)


def _select(run: JobRun, campaign: Campaign) -> None:
    """The newest that match, in steps from the newest to the oldest."""
    if run.job.phase != SELECTING:
        run.begin_phase(SELECTING, total=campaign.max_logs, unit="logs", done=run.job.done)
    logs = _logs_of(campaign).matching(filterwords.group_from_json(campaign.condition)).newest_first()
    while True:
        with run.beating(), run.step() as job, time_limit(SELECT_MS):
            after, size = job.checkpoint.get("after"), min(STEP_LOGS, campaign.max_logs - job.done)
            older = logs.filter(id__lt=UUID(after)) if after else logs
            found = list(older.values_list("id", flat=True)[:size])
            CampaignLog.objects.bulk_create(
                CampaignLog(campaign=campaign, place=place, log_id=log_id)
                for place, log_id in enumerate(found, job.done + 1)
            )
            job.done += len(found)
            is_over = len(found) < size or job.done >= campaign.max_logs
            if found:
                job.checkpoint = {"after": str(found[-1])}
            if is_over:
                Campaign.objects.filter(pk=campaign.pk).update(selected_count=job.done)
                job.result = {"selected": job.done}
        if is_over:
            return


class _Judging:
    """The judging of one campaign by this worker."""

    def __init__(self, run: JobRun, campaign: Campaign, judge: Judge, model: ChatModel) -> None:
        self._run, self._campaign, self._judge = run, campaign, judge
        self._variables = templates.variables_of(judge.instructions)
        self._model_name = settings.JUDGE_MODEL or judge.model_name
        self._asker = Asker(model, Pace(settings.JUDGE_CALLS_PER_MINUTE))
        self._silence = 0

    def finish(self) -> None:
        job = self._run.job
        if job.phase != JUDGING:
            asked = {"judged": 0, "failed": 0, "calls": 0, "prompt_tokens": 0, "completion_tokens": 0}
            job.result = {**asked, **job.result}
            done = job.result["judged"] + job.result["failed"]
            self._run.begin_phase(JUDGING, total=job.result["selected"], unit="logs", done=done)
        callers = ThreadPoolExecutor(max_workers=settings.JUDGE_CONCURRENCY)
        try:
            while batch := self._next_batch():
                self._judge_batch(callers, batch)
        finally:
            self._asker.is_over.set()
            callers.shutdown(wait=False, cancel_futures=True)

    def _next_batch(self) -> list[CampaignLog]:
        return list(CampaignLog.objects.of_campaign(self._campaign).unasked()[:BATCH_LOGS])

    def _judge_batch(self, callers: ThreadPoolExecutor, batch: Sequence[CampaignLog]) -> None:
        logs = _logs_of(self._campaign).in_bulk([one.log_id for one in batch])
        there = [one for one in batch if one.log_id in logs]
        gone = [(one, "The log was deleted.") for one in batch if one.log_id not in logs]
        conversations = {one.id: _conversation_of(logs[one.log_id]) for one in there}
        unreadable = [
            (one, str(found))
            for one in there
            if isinstance(found := conversations[one.id], ConversationInvalidError)
        ]
        contexts = {
            one: context_of(found, self._judge.scale)
            for one in there
            if isinstance(found := conversations[one.id], Conversation)
        }
        with self._run.beating():
            texts = templates.render(self._judge.instructions, list(contexts.values()))
        pending: Pending = {}
        for one, text in zip(contexts, texts, strict=True):
            found = conversations[one.id]
            if isinstance(text, str) and isinstance(found, Conversation):
                prompt = prompt_of(text, self._variables, found, self._judge.scale)
                pending[callers.submit(self._asker.ask, self._model_name, prompt, self._judge.scale)] = one
            else:
                unreadable.append((one, str(text)))
        self._keep_failures([*gone, *unreadable])
        self._collect(pending)

    def _collect(self, pending: Pending) -> None:
        """Keeps each answer when it comes, and says meanwhile that the worker lives."""
        while pending:
            done, _ = wait(pending, timeout=BEAT_SECONDS, return_when=FIRST_COMPLETED)
            if not done:
                self._run.beat()
                continue
            # Verdicts first: a refusal ends the run, and what was paid for is kept before.
            for future in sorted(done, key=lambda one: one.result().verdict is None):
                self._keep(pending.pop(future), future.result())

    def _keep(self, one: CampaignLog, asked: Asked) -> None:
        self._check(asked)
        verdict = asked.verdict
        with self._run.step() as job:
            if verdict is None:
                one.failure = str(asked.error)
            else:
                one.answer, one.analysis = verdict.answer, verdict.analysis
                self._annotate(one.log_id, verdict.answer)
            one.asked_at = timezone.now()
            one.save(update_fields=["answer", "analysis", "failure", "asked_at"])
            job.done += 1
            job.result = {
                **job.result,
                "judged": job.result["judged"] + (verdict is not None),
                "failed": job.result["failed"] + (verdict is None),
                "calls": job.result["calls"] + asked.calls,
                "prompt_tokens": job.result["prompt_tokens"] + asked.prompt_tokens,
                "completion_tokens": job.result["completion_tokens"] + asked.completion_tokens,
            }
            job.message = _words(self._run)

    def _check(self, asked: Asked) -> None:
        """Raises the model's refusal, which ends the run: the next call would end alike."""
        is_away = isinstance(asked.error, ChatModelBusyError)
        self._silence = self._silence + 1 if is_away else 0
        if isinstance(asked.error, ChatModelError) and (not is_away or self._silence >= MAX_SILENCE):
            raise asked.error

    def _keep_failures(self, failures: Sequence[tuple[CampaignLog, str]]) -> None:
        if not failures:
            return
        with self._run.step() as job:
            for one, failure in failures:
                one.failure, one.asked_at = failure, timezone.now()
            CampaignLog.objects.bulk_update([one for one, _ in failures], ["failure", "asked_at"])
            job.done += len(failures)
            job.result = {**job.result, "failed": job.result["failed"] + len(failures)}

    def _annotate(self, log_id: UUID, answer: str | float) -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE threads_log SET scores = scores || %s::jsonb WHERE id = %s",
                [jsontext.serialise({self._judge.id.hex: answer}), log_id],
            )


def _conversation_of(log: Log) -> Conversation | ConversationInvalidError:
    try:
        return log.conversation()
    except ConversationInvalidError as error:
        return error


def _selected_words(run: JobRun) -> str:
    return f"{run.job.result.get('selected', run.job.done):,} logs selected"


def _words(run: JobRun) -> str:
    """What was done so far and what it cost."""
    result = run.job.result
    if "calls" not in result:
        return _selected_words(run)
    failed = f", {result['failed']:,} could not be judged" if result["failed"] else ""
    return (
        f"{_selected_words(run)}, {result['judged']:,} judged{failed}: {result['calls']:,} calls,"
        f" {result['prompt_tokens']:,} tokens in and {result['completion_tokens']:,} out"
    )
