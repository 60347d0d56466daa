from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field, StringConstraints, model_validator

from project.api.mistral.paging import PageIn, PageOut
from project.api.mistral.schemas.base import NO_NUL, In, Out, Text
from threads.judging import conversation_of
from threads.models import Judge
from threads.types import Conversation, JudgeDraft, Scale, Verdict

KINDS = {"CLASSIFICATION": Judge.Kind.CLASSIFICATION, "REGRESSION": Judge.Kind.REGRESSION}
MAX_NUMBER = 1_000_000_000
NO_JUDGE = UUID(int=0)
"""The vendor knows no campaign without a judge: its clients then read this id."""

Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=5, max_length=50), NO_NUL]
Long = Annotated[str, StringConstraints(max_length=500), NO_NUL]
Instructions = Annotated[str, StringConstraints(max_length=10_000), NO_NUL]
Messages = Annotated[Any, Field(json_schema_extra={"type": "array", "items": {"type": "object"}})]


class OptionIn(In):
    value: Annotated[str, StringConstraints(min_length=1), NO_NUL]
    description: Text


class ClassificationIn(In):
    type: Literal["CLASSIFICATION"]
    options: Annotated[list[OptionIn], Field(min_length=1, max_length=100)]

    def to_scale(self) -> Scale:
        return Scale(options=tuple((option.value, option.description) for option in self.options))


class RegressionIn(In):
    type: Literal["REGRESSION"]
    min: Annotated[float, Field(ge=0, lt=MAX_NUMBER)] = 0
    max: Annotated[float, Field(ge=0, lt=MAX_NUMBER)] = 1
    min_description: Text
    max_description: Text

    @model_validator(mode="after")
    def check_order(self) -> RegressionIn:
        if self.min >= self.max:
            raise ValueError("min must be less than max")
        return self

    def to_scale(self) -> Scale:
        return Scale(
            low=self.min, high=self.max, low_means=self.min_description, high_means=self.max_description
        )


OutputIn = Annotated[ClassificationIn | RegressionIn, Field(discriminator="type")]


class JudgeIn(In):
    name: Name
    description: Long
    model_name: Long
    output: OutputIn
    instructions: Instructions
    tools: list[Text]

    def to_draft(self) -> JudgeDraft:
        return JudgeDraft(
            name=self.name,
            description=self.description,
            model_name=self.model_name,
            instructions=self.instructions,
            scale=self.output.to_scale(),
            tools=tuple(self.tools),
        )


class JudgesIn(PageIn):
    type_filter: list[Literal["REGRESSION", "CLASSIFICATION"]] = Field([])
    model_filter: list[Text] = Field([])
    q: Text = ""

    def kinds(self) -> Sequence[str]:
        return [KINDS[name] for name in self.type_filter]


class ConversationIn(In):
    messages: Messages
    properties: Any = None

    def to_conversation(self) -> Conversation:
        """Raises ConversationInvalidError."""
        return conversation_of(self.messages, properties=self.properties)


class JudgeDefinitionIn(In):
    judge_definition: JudgeIn


class OptionOut(Out):
    value: str
    description: str


class ClassificationOut(Out):
    type: Literal["CLASSIFICATION"] = "CLASSIFICATION"
    options: list[OptionOut]


class RegressionOut(Out):
    type: Literal["REGRESSION"] = "REGRESSION"
    min: float
    max: float
    min_description: str
    max_description: str


class JudgeOut(Out):
    id: UUID
    created_at: datetime
    updated_at: datetime
    deleted_at: datetime | None
    owner_id: UUID
    workspace_id: UUID
    name: str
    description: str
    model_name: str
    output: ClassificationOut | RegressionOut
    instructions: str
    tools: list[str]
    up_revision: UUID | None = None
    down_revision: UUID | None = None
    base_revision: UUID | None = None

    @classmethod
    def from_judge(cls, judge: Judge) -> JudgeOut:
        return cls(
            id=judge.id,
            created_at=judge.created_at,
            updated_at=judge.updated_at,
            deleted_at=judge.deleted_at,
            owner_id=judge.owner_id,
            workspace_id=judge.workspace_id,
            name=judge.name,
            description=judge.description,
            model_name=judge.model_name,
            output=output_of(judge.scale),
            instructions=judge.instructions,
            tools=judge.tools,
        )


class JudgePageOut(PageOut):
    results: list[JudgeOut]


class JudgesOut(Out):
    judges: JudgePageOut


class VerdictOut(Out):
    analysis: str
    answer: str | float

    @classmethod
    def from_verdict(cls, verdict: Verdict) -> VerdictOut:
        return cls(analysis=verdict.analysis, answer=verdict.answer)


def output_of(scale: Scale) -> ClassificationOut | RegressionOut:
    if scale.options:
        return ClassificationOut(
            options=[OptionOut(value=value, description=meaning) for value, meaning in scale.options]
        )
    return RegressionOut(
        min=scale.low, max=scale.high, min_description=scale.low_means, max_description=scale.high_means
    )
