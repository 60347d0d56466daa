"""What the logs of a campaign got: how many which answer, and a page of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from datasets.models import Job
from project.accounts.models import Workspace
from threads.answers import FAILED, WAITING, AnswerChoice, AnswerCount, counts_of
from threads.models import Campaign, CampaignLog, Log

PAGE_SIZE = 100
REASONS_SHOWN = 5
STATE_LABELS = {FAILED: "could not be judged", WAITING: "not asked yet"}


@dataclass(frozen=True, slots=True)
class Bar:
    """`percent` is of the longest bar, `share` of all logs."""

    label: str
    number: int
    percent: int
    share: str
    query: str
    is_chosen: bool
    meaning: str


@dataclass(frozen=True, slots=True)
class Tally:
    bars: tuple[Bar, ...]
    failures: tuple[tuple[str, int], ...]
    answered: int
    left: int  # Without an answer: not asked, or not judged.


@dataclass(frozen=True, slots=True)
class AnswerRow:
    """`log` is None when it was deleted since."""

    row: CampaignLog
    log: Log | None


@dataclass(frozen=True, slots=True)
class AnswerPage:
    rows: list[AnswerRow]
    next_place: int | None


def tally_of(campaign: Campaign, choice: AnswerChoice) -> Tally:
    """Without a judge there is nothing to count."""
    if campaign.judge is None:
        return Tally((), (), 0, 0)
    selected = CampaignLog.objects.of_campaign(campaign)
    counts = counts_of(campaign.judge.scale, selected.count_answers())
    answered = sum(one.number for one in counts)
    waiting, failures = selected.unasked().count(), selected.count_failures(REASONS_SHOWN)
    failed = selected.without_answer().count() if failures else 0
    without = [
        AnswerCount(AnswerChoice(state=state), number)
        for state, number in ((FAILED, failed), (WAITING, waiting))
        if number
    ]
    return Tally(
        _bars([*counts, *without], choice, answered + failed + waiting),
        tuple(failures),
        answered,
        failed + waiting,
    )


def read_answers(workspace: Workspace, campaign: Campaign, choice: AnswerChoice, *, after: int) -> AnswerPage:
    """In the order of the campaign, those behind the place `after`."""
    rows = CampaignLog.objects.of_campaign(campaign).chosen_by(choice).filter(place__gt=after)
    found = list(rows[: PAGE_SIZE + 1])
    shown = found[:PAGE_SIZE]
    logs = (
        Log.objects.visible_to(workspace)
        .in_environment(campaign.environment)
        .without_content()
        .in_bulk([row.log_id for row in shown])
    )
    return AnswerPage(
        [AnswerRow(row, logs.get(row.log_id)) for row in shown],
        shown[-1].place if len(found) > PAGE_SIZE else None,
    )


def neighbors_of(row: CampaignLog, choice: AnswerChoice) -> tuple[int | None, int | None]:
    """The places before and behind it among those of the choice."""
    rows = CampaignLog.objects.of_campaign(row.campaign).chosen_by(choice).values_list("place", flat=True)
    return rows.filter(place__lt=row.place).last(), rows.filter(place__gt=row.place).first()


def can_resume(campaign: Campaign, job: Job | None, tally: Tally) -> bool:
    """Whether something is left to do and nobody does it."""
    if job is None or job.is_active:
        return False
    return "selected" not in job.result or tally.left > 0


def _bars(counts: Sequence[AnswerCount], chosen: AnswerChoice, total: int) -> tuple[Bar, ...]:
    most = max((one.number for one in counts), default=0) or 1
    return tuple(
        Bar(
            label=STATE_LABELS.get(one.choice.state) or one.choice.words,
            number=one.number,
            percent=round(100 * one.number / most),
            share=f"{100 * one.number / total:.0f} %" if total else "",
            query=one.choice.query,
            is_chosen=one.choice == chosen,
            meaning=one.meaning,
        )
        for one in counts
    )
