from __future__ import annotations

from uuid import UUID

from ninja import Query, Router, Status

from project.api.keys import KeyRequest, log_for, record_for
from project.api.mistral.access import judge_for, judges_of
from project.api.mistral.auth import READ, WRITE
from project.api.mistral.errors import FAILURES
from project.api.mistral.paging import numbered_page
from project.api.mistral.schemas.errors import ErrorOut
from project.api.mistral.schemas.judges import (
    ConversationIn,
    JudgeDefinitionIn,
    JudgeIn,
    JudgeOut,
    JudgePageOut,
    JudgesIn,
    JudgesOut,
    VerdictOut,
)
from records.judged import conversation_of_record
from threads.asking import judge_now
from threads.judge_actions import create_judge, delete_judge, update_judge

router = Router(tags=["judges"])


@router.post("/judges", auth=WRITE, operation_id="create_judge", response={201: JudgeOut, FAILURES: ErrorOut})
def add_judge(request: KeyRequest, draft: JudgeIn) -> Status[JudgeOut]:
    judges_of(request.auth)
    judge = create_judge(request.auth.workspace, draft.to_draft(), owner=request.auth.user)
    return Status(201, JudgeOut.from_judge(judge))


@router.get("/judges", auth=READ, operation_id="list_judges", response={200: JudgesOut, FAILURES: ErrorOut})
def list_judges(request: KeyRequest, wanted: Query[JudgesIn]) -> JudgesOut:
    judges = judges_of(request.auth).named_like(wanted.q).of_kinds(wanted.kinds())
    judges = judges.asking(wanted.model_filter)
    page = numbered_page(
        JudgePageOut,
        request,
        wanted,
        count=judges.count(),
        rows=lambda offset, limit: [
            JudgeOut.from_judge(judge) for judge in judges.newest_first()[offset : offset + limit]
        ],
    )
    return JudgesOut(judges=page)


@router.get(
    "/judges/{judge_id}", auth=READ, operation_id="fetch_judge", response={200: JudgeOut, FAILURES: ErrorOut}
)
def fetch_judge(request: KeyRequest, judge_id: UUID) -> JudgeOut:
    return JudgeOut.from_judge(judge_for(request.auth, judge_id))


@router.put(
    "/judges/{judge_id}", auth=WRITE, operation_id="update_judge", response={204: None, FAILURES: ErrorOut}
)
def change_judge(request: KeyRequest, judge_id: UUID, draft: JudgeIn) -> Status[None]:
    update_judge(judge_for(request.auth, judge_id), draft.to_draft())
    return Status(204, None)


@router.delete(
    "/judges/{judge_id}", auth=WRITE, operation_id="delete_judge", response={204: None, FAILURES: ErrorOut}
)
def remove_judge(request: KeyRequest, judge_id: UUID) -> Status[None]:
    delete_judge(judge_for(request.auth, judge_id))
    return Status(204, None)


@router.post(
    "/judges/{judge_id}/live-judging",
    auth=WRITE,
    operation_id="judge_conversation",
    response={200: VerdictOut, FAILURES: ErrorOut},
)
def judge_conversation(request: KeyRequest, judge_id: UUID, wanted: ConversationIn) -> VerdictOut:
    judge = judge_for(request.auth, judge_id)
    return VerdictOut.from_verdict(judge_now(judge.draft, wanted.to_conversation()))


@router.post(
    "/chat-completion-events/{event_id}/live-judging",
    auth=WRITE,
    operation_id="judge_event",
    response={200: VerdictOut, FAILURES: ErrorOut},
)
def judge_event(request: KeyRequest, event_id: UUID, wanted: JudgeDefinitionIn) -> VerdictOut:
    log = log_for(request.auth, event_id)
    return VerdictOut.from_verdict(judge_now(wanted.judge_definition.to_draft(), log.conversation()))


@router.post(
    "/dataset-records/{dataset_record_id}/live-judging",
    auth=WRITE,
    operation_id="judge_record",
    response={200: VerdictOut, FAILURES: ErrorOut},
)
def judge_record(request: KeyRequest, dataset_record_id: UUID, wanted: JudgeDefinitionIn) -> VerdictOut:
    record = record_for(request.auth, dataset_record_id)
    return VerdictOut.from_verdict(
        judge_now(wanted.judge_definition.to_draft(), conversation_of_record(record))
    )
