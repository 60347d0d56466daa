"""Calls of the contract that this version does not have: they say so, and nothing is pretended."""

from __future__ import annotations

from typing import NoReturn

from ninja import Router

from project.api.chatbotkit.auth import WRITE
from project.api.chatbotkit.errors import FAILURES, NotBuiltError
from project.api.chatbotkit.schemas.errors import ErrorOut
from project.api.keys import KeyRequest

router = Router(tags=["unbuilt"])

UNBUILT: tuple[tuple[str, str, str], ...] = (
    ("/file/{subject_id}/sync", "sync_file", "Syncs of files"),
    ("/dataset/{dataset_id}/file/{subject_id}/attach", "attach_file", "Attachments of files"),
    ("/dataset/{dataset_id}/file/{subject_id}/detach", "detach_file", "Attachments of files"),
    ("/dataset/{dataset_id}/file/{subject_id}/sync", "sync_dataset_file", "Syncs of files"),
)


def _declare(path: str, operation_id: str, subject: str) -> None:
    def say_so(request: KeyRequest) -> NoReturn:
        raise NotBuiltError(f"{subject} are not available in this version yet.")

    def say_so_of(request: KeyRequest, subject_id: str) -> NoReturn:
        say_so(request)

    def say_so_within(request: KeyRequest, dataset_id: str, subject_id: str) -> NoReturn:
        say_so(request)

    declare = router.api_operation(
        ["POST"],
        path,
        auth=WRITE,
        operation_id=operation_id,
        response={FAILURES: ErrorOut},
        url_name=operation_id,
        include_in_schema=False,
    )
    if "{dataset_id}" in path:
        declare(say_so_within)
    elif "{subject_id}" in path:
        declare(say_so_of)
    else:
        declare(say_so)


for _call in UNBUILT:
    _declare(*_call)
