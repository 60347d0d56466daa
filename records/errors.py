from project.lib.errors import ConflictError, InvalidError, NotFoundError


class RecordNotFoundError(NotFoundError):
    """No such record in this workspace."""


class RecordInvalidError(InvalidError):
    """The content of a record cannot be kept as it is."""


class ImportRefusedError(InvalidError):
    """The file cannot be imported; the sentence names the line."""


class SyncRefusedError(InvalidError):
    """The file cannot be synced now; the sentence says why."""


class PlanOutdatedError(ConflictError):
    """A plan of a sync was made of another version of the file."""


class ConflictResolvedError(ConflictError):
    """Somebody has decided about the conflict already."""


class UndoRefusedError(ConflictError):
    """There is nothing of this revision that could be taken back."""


class SelectionOutdatedError(ConflictError):
    """What a selection meant when it was made can no longer be told."""


class ChangeInvalidError(InvalidError):
    """What a bulk change would write cannot be written."""


class NothingToChangeError(ConflictError):
    """No record of the selection would become another."""


class RecordChangedError(ConflictError):
    """Somebody changed what is being edited since it was read."""


class EditInvalidError(InvalidError):
    """An edit cannot be made of the record as it is."""


class LeaseBusyError(ConflictError):
    """The same person took another record of the queue in the same moment."""


class LeaseLostError(ConflictError):
    """The record is somebody else's to decide now, or was decided."""


class DecisionInvalidError(InvalidError):
    """A decision that cannot be made so."""


class DecisionRefusedError(ConflictError):
    """A decision that cannot be taken back any more."""
