from project.api.mistral.schemas.base import Out


class ErrorDetail(Out):
    message: str
    error_code: str | None


class ErrorOut(Out):
    detail: ErrorDetail
