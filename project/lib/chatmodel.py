"""Questions to a language model: any address that speaks OpenAI's `/v1/chat/completions`, when one is set."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Protocol

import httpx
from django.conf import settings

from project.lib.errors import ConflictError

_BUSY = frozenset({408, 409, 425, 429, 500, 502, 503, 504, 529})
MAX_WAIT_SECONDS = 60


class ChatModelError(ConflictError):
    """The model's address refuses, and would again."""


class ChatModelBusyError(ChatModelError):
    """It does not answer now; another try may help, `wait_seconds` from now if it says so."""

    def __init__(self, sentence: str, *, wait_seconds: float | None = None) -> None:
        super().__init__(sentence)
        self.wait_seconds = wait_seconds


class ChatModelTimeoutError(ChatModelBusyError):
    """It takes longer than JUDGE_TIMEOUT_SECONDS."""


@dataclass(frozen=True, slots=True)
class ChatAnswer:
    """What the model said, and what that cost, as far as it tells."""

    text: str
    prompt_tokens: int
    completion_tokens: int


class ChatModel(Protocol):
    def complete(self, model: str, messages: Sequence[dict[str, Any]]) -> ChatAnswer:
        """One answer that is a JSON object. Raises ChatModelError."""


def get_chat_model() -> ChatModel | None:
    """The one that the settings name, if they name one."""
    if not settings.JUDGE_URL:
        return None
    return _chat_model(settings.JUDGE_URL, settings.JUDGE_KEY, settings.JUDGE_TIMEOUT_SECONDS)


@lru_cache(maxsize=8)
def _chat_model(url: str, key: str, timeout_seconds: int) -> ChatModel:
    return OpenAICompatibleChatModel(url, key, timeout_seconds)


class OpenAICompatibleChatModel:
    def __init__(self, url: str, key: str, timeout_seconds: int) -> None:
        base = url.rstrip("/")
        self._url = base if base.endswith("/chat/completions") else f"{base}/chat/completions"
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        self._client = httpx.Client(headers=headers, timeout=httpx.Timeout(timeout_seconds, connect=5))

    def complete(self, model: str, messages: Sequence[dict[str, Any]]) -> ChatAnswer:
        body = {
            "model": model,
            "messages": list(messages),
            "temperature": 0,
            "response_format": {"type": "json_object"},
        }
        try:
            answer = self._client.post(self._url, json=body)
        except httpx.TimeoutException as error:
            raise ChatModelTimeoutError(
                "The judge's model takes too long to answer; raise JUDGE_TIMEOUT_SECONDS or ask a faster one."
            ) from error
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise ChatModelBusyError(
                "The judge's address does not answer; look whether JUDGE_URL is right and its server runs."
            ) from error
        if answer.status_code in _BUSY:
            raise ChatModelBusyError(
                f"The judge's address is busy and answers {answer.status_code}; try again later, or lower"
                " JUDGE_CALLS_PER_MINUTE and JUDGE_CONCURRENCY.",
                wait_seconds=_wait_of(answer),
            )
        if answer.status_code != httpx.codes.OK:
            raise ChatModelError(
                f"The judge's address refuses with {answer.status_code}; look at JUDGE_URL, JUDGE_KEY and the judge's"
                " model name."
            )
        return _answer_of(answer)


def _wait_of(answer: httpx.Response) -> float | None:
    """What `Retry-After` asks for in seconds; a date is left to the caller's own pace."""
    text = answer.headers.get("Retry-After", "")
    return min(float(text), MAX_WAIT_SECONDS) if text.isdecimal() else None


def _answer_of(answer: httpx.Response) -> ChatAnswer:
    try:
        body = answer.json()
        text = body["choices"][0]["message"]["content"]
        usage = body.get("usage") or {}
        counts = [int(usage.get(name) or 0) for name in ("prompt_tokens", "completion_tokens")]
    except (ValueError, KeyError, IndexError, TypeError, AttributeError) as error:
        raise ChatModelError(
            "The judge's address does not answer as OpenAI's API does; look at JUDGE_URL."
        ) from error
    return ChatAnswer(text if isinstance(text, str) else "", *counts)
