"""Records of one dataset by keyset, in both directions, and streamed in pieces of bounded size."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

from django.db.models import BooleanField, Q
from django.db.models.expressions import RawSQL

from datasets.models import Dataset
from project.api.chatbotkit.paging import STREAM_PAGE, Keyset
from records.models import Record

PIECE_BYTES = (
    4 << 20
)  # Of stored content, which is packed: about what is in memory at a time while streaming.
_FIRST, _LAST = UUID(int=0), UUID(int=2**128 - 1)
_SAID = ("form", "payload", "text", "source", "meta", "created_at", "updated_at")


class RecordKeyset(Keyset[Record]):
    def __init__(self, dataset: Dataset, query: Q, *, is_ascending: bool) -> None:
        super().__init__(Record.objects.live().filter(query), is_ascending=is_ascending)
        self.dataset = dataset

    def after(self, place: UUID | None, limit: int) -> list[Record]:
        ids = [record_id for record_id, _ in self._places(place, limit)]
        return self._read(ids)

    def stream(self, place: UUID | None) -> Iterator[Record]:
        places = self._places(place, STREAM_PAGE)
        while places:
            for ids in _pieces(places):
                yield from self._read(ids)
            places = self._places(places[-1][0], STREAM_PAGE)

    def _places(self, place: UUID | None, limit: int) -> list[tuple[UUID, int]]:
        """Ids and stored bytes of the records that follow. The pair of dataset and id is compared and ordered, not
        the id within one dataset: for that the planner may walk the primary key through all that other datasets
        hold between."""
        sign, edge, start = (">", "lte", _FIRST) if self.is_ascending else ("<", "gte", _LAST)
        behind = RawSQL(
            f"(records_record.dataset_id, records_record.id) {sign} (%s, %s)",
            (self.dataset.pk, place or start),
            output_field=BooleanField(),
        )
        rows = self.rows.filter(behind, **{f"dataset_id__{edge}": self.dataset.pk})
        order = ("dataset_id", "id") if self.is_ascending else ("-dataset_id", "-id")
        size = RawSQL("coalesce(pg_column_size(payload), 0) + pg_column_size(text)", ())
        return list(rows.order_by(*order).annotate(size=size).values_list("id", "size")[:limit])

    def _read(self, ids: list[UUID]) -> list[Record]:
        """In the order of the ids, without those that were erased meanwhile."""
        found = Record.objects.filter(id__in=ids).only(*_SAID).in_bulk()
        return [found[record_id] for record_id in ids if record_id in found]


def _pieces(places: list[tuple[UUID, int]]) -> Iterator[list[UUID]]:
    piece: list[UUID] = []
    total = 0
    for record_id, size in places:
        if piece and total + size > PIECE_BYTES:
            yield piece
            piece, total = [], 0
        piece.append(record_id)
        total += size
    if piece:
        yield piece
