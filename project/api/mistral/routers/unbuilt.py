"""Calls of the contract that this version does not have: they say so, and nothing is pretended."""

from __future__ import annotations

from typing import NoReturn

from ninja import Router

from project.api.keys import KeyRequest
from project.api.mistral.auth import READ
from project.api.mistral.errors import FAILURES, NotBuiltError
from project.api.mistral.schemas.errors import ErrorOut

router = Router(tags=["unbuilt"])

_EVENTS = "Chat completion events"
_JUDGES = "Judges"
_CAMPAIGNS = "Campaigns"

UNBUILT: tuple[tuple[str, str, str, str], ...] = (
    ("POST", "/dataset-records/{subject_id}/live-judging", "judge_record", "Live judging of records"),
    ("POST", "/chat-completion-events/{subject_id}/live-judging", "judge_event", _EVENTS),
    ("POST", "/judges", "create_judge", _JUDGES),
    ("GET", "/judges", "list_judges", _JUDGES),
    ("GET", "/judges/{subject_id}", "fetch_judge", _JUDGES),
    ("PUT", "/judges/{subject_id}", "update_judge", _JUDGES),
    ("DELETE", "/judges/{subject_id}", "delete_judge", _JUDGES),
    ("POST", "/judges/{subject_id}/live-judging", "judge_conversation", _JUDGES),
    ("POST", "/campaigns", "create_campaign", _CAMPAIGNS),
    ("GET", "/campaigns", "list_campaigns", _CAMPAIGNS),
    ("GET", "/campaigns/{subject_id}", "fetch_campaign", _CAMPAIGNS),
    ("DELETE", "/campaigns/{subject_id}", "delete_campaign", _CAMPAIGNS),
    ("GET", "/campaigns/{subject_id}/status", "fetch_campaign_status", _CAMPAIGNS),
    ("GET", "/campaigns/{subject_id}/selected-events", "list_campaign_events", _CAMPAIGNS),
)


def _declare(method: str, path: str, operation_id: str, subject: str) -> None:
    def say_so(request: KeyRequest) -> NoReturn:
        raise NotBuiltError(f"{subject} are not available in this version yet.")

    def say_so_of(request: KeyRequest, subject_id: str) -> NoReturn:
        say_so(request)

    declare = router.api_operation(
        [method],
        path,
        auth=READ,
        operation_id=operation_id,
        response={FAILURES: ErrorOut},
        url_name=operation_id,
        include_in_schema=False,
    )
    if "{subject_id}" in path:
        declare(say_so_of)
    else:
        declare(say_so)


for _call in UNBUILT:
    _declare(*_call)
