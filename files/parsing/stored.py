from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import NamedTemporaryFile

from django.core.files.storage import default_storage

from files.errors import FileUnreadableError
from files.models import File
from files.parsing import Chunk, check_size, chunks_of

COPY_BYTES = 8 << 20


def chunks_of_file(
    file: File, *, max_tokens: int | None, separators: str, meanwhile: Callable[[], None]
) -> list[Chunk]:
    """The chunks of a file's present content, from whatever storage. Raises what `chunks_of` raises, and the same for
    a file without content."""
    if not file.storage_name:
        raise FileUnreadableError(f"{file.name or 'The file'} has no content yet; upload it first.")
    check_size(file.name, file.size_bytes)
    try:
        with _local(file, meanwhile) as path:
            return chunks_of(
                path,
                name=file.name,
                content_type=file.content_type,
                max_tokens=max_tokens,
                separators=separators,
                meanwhile=meanwhile,
            )
    except FileNotFoundError:
        raise FileUnreadableError(
            f"The content of {file.name} is gone from storage; upload it again."
        ) from None


@contextmanager
def _local(file: File, meanwhile: Callable[[], None]) -> Iterator[Path]:
    """The content under a path of this machine: where it lies, or as a copy that is removed afterwards."""
    try:
        path = Path(default_storage.path(file.storage_name))
    except NotImplementedError:
        with NamedTemporaryFile(prefix="document-") as copy, file.open() as content:
            while piece := content.read(COPY_BYTES):
                copy.write(piece)
                meanwhile()
            copy.flush()
            yield Path(copy.name)
    else:
        yield path
