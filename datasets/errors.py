from project.lib.errors import ConflictError, InvalidError, NotFoundError


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
