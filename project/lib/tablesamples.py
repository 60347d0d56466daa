"""A share of a table's pages in place of the table.

It takes its place in the query's `alias_map`, which is not public: Django documents nothing that changes what a query
reads FROM. A sample in a subquery would be joined with the rows that it has just read."""

from __future__ import annotations

from typing import Any

from django.db.models.sql.datastructures import BaseTable


class SampledTable(BaseTable):
    """Random pages, `percent` of all; the same ones again as long as the table is the same."""

    def __init__(self, table_name: str, alias: str | None, percent: float) -> None:
        super().__init__(table_name, alias)
        self.percent = percent

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[str | int, ...]]:
        sql, params = super().as_sql(compiler, connection)
        return f"{sql} TABLESAMPLE SYSTEM ({self.percent:f}) REPEATABLE (0)", params

    def relabeled_clone(self, change_map: dict[str | None, str]) -> SampledTable:
        return SampledTable(self.table_name, change_map.get(self.table_alias, self.table_alias), self.percent)
