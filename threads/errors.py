from project.lib.errors import InvalidError, LimitError, NotFoundError


class LogInvalidError(InvalidError):
    """A log that cannot be kept as it was sent."""


class LogTooLargeError(LogInvalidError, LimitError):
    """One log of more than MAX_LOG_BYTES."""


class BatchTooLargeError(LimitError):
    """More logs at once than are taken."""


class LogNotFoundError(NotFoundError):
    """No log of that id in this workspace and environment."""


class ThreadNotFoundError(NotFoundError):
    """No thread of that id in this workspace and environment."""
