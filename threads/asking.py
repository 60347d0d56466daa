"""Asking a judge's model: one question with its tries, at the pace that the settings allow."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from django.conf import settings

from project.lib.chatmodel import (
    MAX_WAIT_SECONDS,
    ChatModel,
    ChatModelBusyError,
    ChatModelError,
    get_chat_model,
)
from threads import templates
from threads.errors import JudgeAnswerError, JudgingOffError, TemplateFailedError
from threads.judging import context_of, prompt_of, verdict_of
from threads.messages import Message
from threads.types import Conversation, JudgeDraft, Scale, Verdict

MAX_TRIES = 5
LIVE_TRIES = 2  # Somebody waits, and holds a thread of the web server.
MAX_STRANGE_ANSWERS = 2
FIRST_WAIT_SECONDS = 0.5


class StoppedError(Exception):
    """Nobody waits for the answer any more."""


class Pace:
    """So many calls a minute at most, over all threads of one process; 0 is no limit."""

    def __init__(self, calls_per_minute: int) -> None:
        self._gap = 60 / calls_per_minute if calls_per_minute else 0.0
        self._lock = threading.Lock()
        self._next = time.monotonic()

    def seconds_to_wait(self) -> float:
        """Takes the next free moment."""
        with self._lock:
            now = time.monotonic()
            moment = max(now, self._next)
            self._next = moment + self._gap
            return moment - now


@dataclass(slots=True)
class Asked:
    """How a question went: the verdict, or why there is none, and what it cost."""

    verdict: Verdict | None = None
    error: ChatModelError | JudgeAnswerError | None = None
    calls: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    seconds: float = 0.0


@dataclass(slots=True)
class Asker:
    """Puts questions to a model. Safe to share between threads."""

    model: ChatModel
    pace: Pace
    tries: int = MAX_TRIES
    is_over: threading.Event = field(default_factory=threading.Event)

    def ask(self, model_name: str, messages: Sequence[Message], scale: Scale) -> Asked:
        """Tries again what may go better: a model that is busy, an answer that is none. Raises StoppedError."""
        asked, strange_answers = Asked(), 0
        for number in range(self.tries):
            self._wait(self.pace.seconds_to_wait())
            asked.calls += 1
            try:
                answer = self.model.complete(model_name, messages)
                asked.prompt_tokens += answer.prompt_tokens
                asked.completion_tokens += answer.completion_tokens
                asked.verdict, asked.error = verdict_of(scale, answer.text), None
                return asked
            except JudgeAnswerError as error:
                asked.error = error
                strange_answers += 1
                if strange_answers == MAX_STRANGE_ANSWERS:
                    return asked
            except ChatModelBusyError as error:
                asked.error = error
                if number + 1 < self.tries:
                    self._wait(_wait_seconds(number, error.wait_seconds))
            except ChatModelError as error:
                asked.error = error
                return asked
        return asked

    def _wait(self, seconds: float) -> None:
        if self.is_over.wait(seconds):
            raise StoppedError


def judge_now(judge: JudgeDraft, conversation: Conversation) -> Verdict:
    """One verdict while the caller waits; nothing is kept. Raises JudgingOffError, TemplateInvalidError,
    TemplateFailedError, ChatModelError, JudgeAnswerError."""
    asked = ask_now(judge, conversation)
    if asked.verdict is None:
        raise asked.error or JudgingOffError("The judge did not answer; try again.")
    return asked.verdict


def ask_now(judge: JudgeDraft, conversation: Conversation) -> Asked:
    """As `judge_now`, with what the question cost, also when there is no verdict. Raises JudgingOffError,
    TemplateInvalidError, TemplateFailedError."""
    variables = templates.variables_of(judge.instructions)
    model = get_chat_model()
    if model is None:
        raise JudgingOffError("Nothing can be judged here: no model is configured. Set JUDGE_URL.")
    [text] = templates.render(judge.instructions, [context_of(conversation, judge.scale)])
    if isinstance(text, TemplateFailedError):
        raise text
    prompt = prompt_of(text, variables, conversation, judge.scale)
    begun = time.monotonic()
    asked = Asker(model, Pace(0), LIVE_TRIES).ask(
        settings.JUDGE_MODEL or judge.model_name, prompt, judge.scale
    )
    asked.seconds = time.monotonic() - begun
    return asked


def _wait_seconds(number: int, asked_for: float | None) -> float:
    """What the address asks for, else twice as long as before; never the same for all who wait."""
    wait = asked_for if asked_for is not None else FIRST_WAIT_SECONDS * 2**number * random.uniform(0.5, 1.5)
    return min(wait, MAX_WAIT_SECONDS)
