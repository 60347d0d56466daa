from project.lib.errors import ConflictError, InvalidError, LimitError, NotFoundError


class FileNotFoundInWorkspaceError(NotFoundError):
    """No such file, or it is another workspace's."""


class FileTooLargeError(LimitError):
    """Larger than the stated limit."""


class FileInvalidError(InvalidError):
    """A name, purpose or content that cannot be stored."""


class FileUnreadableError(InvalidError):
    """A document that gives no text; the message says why."""


class FileAliasTakenError(ConflictError):
    """Another file of the workspace has that alias."""


class FetchFailedError(InvalidError):
    """An address did not give what it was asked for."""


class FetchRefusedError(InvalidError):
    """An address that this server does not ask."""


class UploadTooLongError(LimitError):
    """More bytes than were announced."""


class UploadIncompleteError(InvalidError):
    """Fewer bytes than were announced."""
