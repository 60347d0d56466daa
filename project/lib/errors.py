"""The kinds of refusal. Apps subclass a kind, each dialect maps the kinds once. Messages say what to do next."""


class DomainError(Exception):
    """Base of everything that the domain refuses on purpose; `str(error)` is fit to be shown."""


class InvalidError(DomainError):
    """What was sent cannot be accepted as it is."""


class NotFoundError(DomainError):
    """The object is not there, or not there for this workspace."""


class ConflictError(DomainError):
    """The object is in a state that does not allow this now."""


class ForbiddenError(DomainError):
    """Known, but without the right."""


class LimitError(DomainError):
    """Larger than a stated limit."""
