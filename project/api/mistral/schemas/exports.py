from project.api.mistral.schemas.base import Out


class ExportOut(Out):
    file_url: str
