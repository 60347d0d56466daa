from project.lib.errors import ConflictError, InvalidError, LimitError, NotFoundError


class LogInvalidError(InvalidError):
    """A log that cannot be kept as it was sent."""


class LogTooLargeError(LimitError, LogInvalidError):
    """One log of more than MAX_LOG_BYTES."""


class BatchTooLargeError(LimitError):
    """More logs at once than are taken."""


class LogNotFoundError(NotFoundError):
    """No log of that id in this workspace and environment."""


class ThreadNotFoundError(NotFoundError):
    """No thread of that id in this workspace and environment."""


class TemplateInvalidError(InvalidError):
    """The instructions of a judge are no template."""


class TemplateFailedError(InvalidError):
    """The instructions of a judge cannot be filled in with this conversation."""


class ConversationInvalidError(InvalidError):
    """What is to be judged is no conversation."""


class JudgeNotFoundError(NotFoundError):
    """No such judge in this workspace."""


class JudgeNameTakenError(ConflictError):
    """Another judge of the workspace has the name."""


class JudgeInUseError(ConflictError):
    """A campaign was judged by it, so that it must stay as it was."""


class JudgeAnswerError(ConflictError):
    """The model answered something that the judge cannot say."""


class JudgingOffError(ConflictError):
    """No address of a model is set."""


class CampaignNotFoundError(NotFoundError):
    """No such campaign in this workspace and environment."""


class CampaignEmptyError(InvalidError):
    """No log matches."""


class CampaignActiveError(ConflictError):
    """The campaign has not ended yet."""


class CampaignOverError(ConflictError):
    """Nothing of the campaign is left to do."""


class RuleInvalidError(InvalidError):
    """A sampling rule that cannot be kept."""


class RuleNotFoundError(NotFoundError):
    """No such sampling rule in this workspace."""


class RuleNothingNewError(ConflictError):
    """No log can have come in since the last window of the rule."""


class RunNotRepeatableError(ConflictError):
    """The window of a sampling rule was sampled, or is being sampled."""
