from project.lib.errors import ConflictError, ForbiddenError, InvalidError, LimitError, NotFoundError


class DatasetNotFoundError(NotFoundError):
    """No such dataset, or it was deleted, or it is another workspace's."""


class DatasetInvalidError(InvalidError):
    """A name or description that cannot be used."""


class DatasetAliasTakenError(ConflictError):
    """Another dataset of the workspace has that alias."""


class JobNotFoundError(NotFoundError):
    """No such job in this workspace."""


class JobEndedError(ConflictError):
    """The job has ended already."""


class AttachmentNotFoundError(NotFoundError):
    """The file is not attached to the dataset."""


class SnapshotInvalidError(InvalidError):
    """A snapshot that cannot be made."""


class SnapshotTakenError(ConflictError):
    """Another snapshot of the dataset has that name."""


class ViewInvalidError(InvalidError):
    """A view that cannot be saved so."""


class ViewTakenError(ConflictError):
    """Another view has that name."""


class ViewLimitError(LimitError):
    """More views than anybody finds again."""


class ViewForbiddenError(ForbiddenError):
    """The view is somebody else's, or the role does not allow it."""


class ViewNotFoundError(NotFoundError):
    """The view was deleted, or is not shared any more."""
