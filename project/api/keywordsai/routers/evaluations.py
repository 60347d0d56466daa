"""Evaluations of datasets: this version does not have them, and says so."""

from __future__ import annotations

from typing import NoReturn

from ninja import Router

from project.api.keys import KeyRequest
from project.api.keywordsai.access import dataset_of
from project.api.keywordsai.auth import READ, WRITE
from project.api.keywordsai.errors import FAILURES, NotBuiltError
from project.api.keywordsai.schemas.errors import ErrorOut

router = Router(tags=["evaluations"])

_SENTENCE = "Evaluations of datasets are not available in this version yet."


@router.post(
    "/datasets/{dataset_id}/eval-reports/create",
    auth=WRITE,
    operation_id="run_evaluation",
    response={FAILURES: ErrorOut},
)
def run_evaluation(request: KeyRequest, dataset_id: str) -> NoReturn:
    dataset_of(request.auth, dataset_id)
    raise NotBuiltError(_SENTENCE)


@router.get(
    "/datasets/{dataset_id}/eval-reports/list",
    auth=READ,
    operation_id="list_evaluations",
    response={FAILURES: ErrorOut},
)
def list_evaluations(request: KeyRequest, dataset_id: str) -> NoReturn:
    dataset_of(request.auth, dataset_id)
    raise NotBuiltError(_SENTENCE)


@router.get(
    "/datasets/{dataset_id}/eval-reports/{report_id}",
    auth=READ,
    operation_id="retrieve_evaluation",
    response={FAILURES: ErrorOut},
)
def retrieve_evaluation(request: KeyRequest, dataset_id: str, report_id: str) -> NoReturn:
    dataset_of(request.auth, dataset_id)
    raise NotBuiltError(_SENTENCE)
