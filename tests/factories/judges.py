import factory

from threads.types import JudgeDraft, Scale

GOOD_OR_BAD = Scale(options=(("good", "The user is content."), ("bad", "The user is not.")))


class JudgeDraftFactory(factory.Factory[JudgeDraft]):
    """Says whether a conversation was good or bad, and shows it to the model as a whole."""

    class Meta:
        model = JudgeDraft

    name = factory.Sequence(lambda n: f"Judge {n}")
    description = ""
    model_name = "small-judge"
    instructions = "Was the user content?"
    scale = GOOD_OR_BAD
