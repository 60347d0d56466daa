from pydantic import ConfigDict

from project.api.keywordsai.schemas.base import Out


class ErrorOut(Out):
    """`detail`, or the names of wrong fields, each with a list of sentences."""

    model_config = ConfigDict(extra="allow")

    detail: str | None = None
