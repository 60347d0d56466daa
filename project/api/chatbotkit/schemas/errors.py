from project.api.chatbotkit.schemas.base import Out


class ErrorOut(Out):
    message: str
    code: str
