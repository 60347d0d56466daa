from project.lib.errors import InvalidError, NotFoundError


class RecordNotFoundError(NotFoundError):
    """No such record in this workspace."""


class RecordInvalidError(InvalidError):
    """The content of a record cannot be kept as it is."""


class ImportRefusedError(InvalidError):
    """The file cannot be imported; the sentence names the line."""
