"""What must hold for every operation of a dialect, also for those that are added later."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from ninja import NinjaAPI
from ninja.constants import NOT_SET
from ninja.operation import Operation


def operations_of(dialect: NinjaAPI) -> Iterator[Operation]:
    for router in dialect._get_bound_routers():
        for view in router.path_operations.values():
            yield from view.operations


def assert_whole(dialect: NinjaAPI, failures: Collection[int]) -> None:
    """Each operation has an id of its own and says what it answers, also when it refuses."""
    operations = list(operations_of(dialect))
    ids = [operation.operation_id for operation in operations]
    assert len(ids) == len(set(ids))
    for operation in operations:
        assert operation.operation_id, operation.path
        assert NOT_SET not in operation.response_models.values(), operation.path
        assert operation.response_models.keys() >= set(failures), operation.path


def assert_guarded(dialect: NinjaAPI, *, by: type | tuple[type, ...], reading_posts: Collection[str]) -> None:
    """Each operation asks for a key; what is no GET needs the right to write, but for those that read by a body."""
    for operation in operations_of(dialect):
        assert isinstance(operation.auth_param, by), operation.path
        is_reading = operation.methods == ["GET"] or operation.operation_id in reading_posts
        assert (getattr(operation.auth_param, "scope", "") == "write") != is_reading, operation.operation_id
