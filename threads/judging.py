"""What a judge is asked and what it may answer. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from project.lib import jsontext
from project.lib.texts import message_text, storable
from threads.errors import ConversationInvalidError, JudgeAnswerError
from threads.messages import Message
from threads.types import Conversation, Scale, Verdict

MAX_ANALYSIS_CHARACTERS = 10_000
_SHOWING = frozenset({"conversation_history", "user_message", "assistant_message"})
_OBJECT = re.compile(r"\{.*\}", re.DOTALL)
_INSTRUCTING = ("system", "developer")


def conversation_of(messages: Any, *, tools: Sequence[Any] = (), properties: Any = None) -> Conversation:
    """Raises ConversationInvalidError for what is no list of messages."""
    if not isinstance(messages, list) or not all(isinstance(message, dict) for message in messages):
        raise ConversationInvalidError("A conversation is a list of message objects.")
    if not messages:
        raise ConversationInvalidError("A conversation needs at least one message to be judged.")
    return Conversation(messages, tuple(tools), properties if isinstance(properties, dict) else {})


def context_of(conversation: Conversation, scale: Scale) -> dict[str, Any]:
    """The values that instructions may name."""
    messages = conversation.messages
    return {
        "conversation_history": _transcript(messages),
        "user_message": _last_text(messages, "user"),
        "assistant_message": _last_text(messages, "assistant"),
        "system_prompt": "\n".join(message_text(one) for one in messages if one.get("role") in _INSTRUCTING),
        "available_tools": jsontext.serialise(list(conversation.tools)),
        "answer_type_definition": definition_of(scale),
        "properties": conversation.properties,
    }


def prompt_of(
    instructions: str, variables: set[str], conversation: Conversation, scale: Scale
) -> list[Message]:
    """The messages for the model. Instructions that show nothing of the conversation get it as a whole."""
    system = f"{instructions}\n\n{definition_of(scale)}"
    shown = "Judge the conversation as you were told."
    if not variables & _SHOWING:
        shown = f"The conversation:\n\n{_transcript(conversation.messages)}"
    return [
        {"role": "system", "content": storable(system)},
        {"role": "user", "content": storable(shown)},
    ]


def definition_of(scale: Scale) -> str:
    """Which answers there are, for the model."""
    form = 'Answer with one JSON object: {"analysis": <your reasons, in short>, "answer": <your answer>}.'
    if scale.options:
        options = "\n".join(f"- {jsontext.serialise(value)}: {meaning}" for value, meaning in scale.options)
        return f"{form} The answer is one of these texts:\n{options}"
    return (
        f"{form} The answer is a number from {scale.low:g} ({scale.low_means}) to {scale.high:g}"
        f" ({scale.high_means})."
    )


def verdict_of(scale: Scale, text: str) -> Verdict:
    """What the model said, if it is one of the answers. Raises JudgeAnswerError."""
    found = _OBJECT.search(text)
    try:
        said = jsontext.parse(found[0].encode(errors="replace")) if found else None
    except (jsontext.JsonTextError, RecursionError):
        said = None
    if not isinstance(said, dict) or "answer" not in said:
        raise JudgeAnswerError(
            "The model did not answer with a JSON object that has an answer; ask one that follows instructions."
        )
    analysis = said.get("analysis")
    reasons = analysis if isinstance(analysis, str) else jsontext.serialise(analysis) if analysis else ""
    return Verdict(storable(reasons[:MAX_ANALYSIS_CHARACTERS]), _answer(scale, said["answer"]))


def _answer(scale: Scale, answer: Any) -> str | float:
    if scale.options:
        values = {value.strip().casefold(): value for value, _ in scale.options}
        found = values.get(str(answer).strip().casefold())
        if found is None:
            raise JudgeAnswerError(
                "The model's answer is none of the judge's options; say in the instructions when each is right."
            )
        return found
    try:
        number = float("nan") if isinstance(answer, bool) else float(answer)
    except (TypeError, ValueError):
        number = float("nan")
    if not scale.low <= number <= scale.high:
        raise JudgeAnswerError(
            f"The model's answer is no number from {scale.low:g} to {scale.high:g}; say so in the instructions."
        )
    return number


def _transcript(messages: Sequence[Message]) -> str:
    return "\n".join(_line(message) for message in messages)


def _line(message: Message) -> str:
    calls = message.get("tool_calls")
    told = (
        message_text(message) if not calls else f"{message_text(message)} {jsontext.serialise(calls)}".strip()
    )
    return f"{message.get('role', 'unknown')}: {told}"


def _last_text(messages: Sequence[Message], role: str) -> str:
    return next((message_text(one) for one in reversed(messages) if one.get("role") == role), "")
