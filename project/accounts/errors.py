from project.lib.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError


class KeyRefusedError(ForbiddenError):
    """The key is known, but lacks the right that this call needs."""


class KeyUnknownError(NotFoundError):
    """No such key, or it was revoked or has expired."""


class AccountTakenError(ConflictError):
    """Somebody has that email address or workspace name already."""


class ShortcutInvalidError(InvalidError):
    """A key that cannot be pressed, or one key for two things."""


class AccountInvalidError(InvalidError):
    """An email address, a name or a scope that cannot be used."""
