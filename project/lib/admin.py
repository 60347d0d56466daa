"""Admin pages that stay fast on tables of any size: counts stop early, pages end, columns without an index are neither
sorted, searched nor filtered by, and nothing collects the rows below a row."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from django.contrib import admin
from django.contrib.admin import ShowFacets
from django.contrib.admin.views.main import ChangeList
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.db.models import ForeignObjectRel, Model, Q, QuerySet, TextField
from django.db.models.functions import Cast, Left
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.templatetags.static import static
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.html import format_html
from django.utils.safestring import SafeString

from project.lib import jsontext
from project.lib.ids import parse_id

M = TypeVar("M", bound=Model)

if TYPE_CHECKING:
    from django.contrib.admin import ModelAdmin

    _Paginator = Paginator[Any]

    class ThemedAdmin(ModelAdmin[M]):
        """unfold's, which has no types."""
else:
    from unfold.admin import ModelAdmin

    _Paginator = Paginator

    class ThemedAdmin(ModelAdmin):
        def __class_getitem__(cls, model: type[Model]) -> type:
            return cls


COUNT_CAP = 10_000
RELATED_CAP = 100
ACTION_CAP = 1_000
EXCERPT_CHARACTERS = 20_000


class CappedPaginator(_Paginator):
    """Counts no further than COUNT_CAP, and so has no page that lies deeper."""

    template_name = "admin/_capped_pagination.html"

    @cached_property
    def _counted(self) -> int:
        return capped_count(self.object_list, COUNT_CAP)  # type: ignore[arg-type]

    @cached_property
    def count(self) -> int:
        return min(self._counted, COUNT_CAP)

    @property
    def is_capped(self) -> bool:
        return self._counted > COUNT_CAP


class CappedChangeList(ChangeList):
    """Sorts as the admin class says and not as the address asks, and leaves the large columns where they are."""

    def get_results(self, request: HttpRequest) -> None:
        """The theme's head says a number of results unless both numbers are the same; the foot says it better."""
        super().get_results(request)
        self.full_result_count = self.result_count

    def get_ordering(self, request: HttpRequest, queryset: QuerySet[Any]) -> list[Any]:
        return list(self.model_admin.get_ordering(request))

    def get_queryset(self, request: HttpRequest, exclude_parameters: Any = None) -> QuerySet[Any]:
        return super().get_queryset(request, exclude_parameters).defer(*self.model_admin.list_defer)  # type: ignore[attr-defined]


class BigTableAdmin(ThemedAdmin[M]):
    """`search_ids` names indexed UUID columns, `search_names` text columns of tables that stay small.
    `link_lookups` names the lookups, all on an index, by which other pages link here.
    `list_defer` names what the list does not read; `excerpts` the columns of which the page of a row reads a beginning.
    `deleted_along` names the models whose rows may go with a row; rows of any other model keep it from going."""

    paginator = CappedPaginator
    show_full_result_count = False
    show_facets = ShowFacets.NEVER
    list_per_page = 50
    list_max_show_all = 50
    list_disable_select_all = True
    list_filter_submit = True
    sortable_by = ()
    ordering = ("-pk",)
    search_fields: ClassVar[list[str] | tuple[str, ...]] = ("pk",)
    search_ids: ClassVar[Sequence[str]] = ("pk",)
    search_names: ClassVar[Sequence[str]] = ()
    link_lookups: ClassVar[Sequence[str]] = ()
    list_defer: ClassVar[Sequence[str]] = ()
    excerpts: ClassVar[Sequence[str]] = ()
    deleted_along: ClassVar[Sequence[type[Model]]] = ()

    @property
    def search_help_text(self) -> str:  # type: ignore[override]
        return "A part of the name, or a whole id." if self.search_names else "A whole id."

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> M | None:
        """With a beginning of each large column in the same query, and nothing more of it."""
        beginnings = {
            f"{name}_excerpt": Left(Cast(name, TextField()), EXCERPT_CHARACTERS + 1) for name in self.excerpts
        }
        rows = self.get_queryset(request).defer(*self.excerpts).annotate(**beginnings)
        try:
            key = self.opts.pk.to_python(object_id)
        except ValidationError:
            return None
        row: M | None = rows.filter(pk=key).first()
        return row

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return CappedChangeList

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[M], search_term: str
    ) -> tuple[QuerySet[M], bool]:
        term = search_term.strip()
        wanted = parse_id(term)
        if wanted is not None:
            return queryset.filter(_any_of(self.search_ids, "exact", wanted)), False
        if term and self.search_names:
            return queryset.filter(_any_of(self.search_names, "icontains", term)), False
        return (queryset.none() if term else queryset), False

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest | None = None) -> bool:
        """Nothing but the filters that are offered: any other column has no index."""
        offered = (
            (name for one in self.get_list_filter(request) for name in _parameters_of(one)) if request else ()
        )
        return lookup in self.link_lookups or lookup in offered

    def get_deleted_objects(
        self, objs: Iterable[M], request: HttpRequest
    ) -> tuple[list[str], dict[str, int], set[str], list[str]]:
        rows = list(objs)
        counts = {str(self.opts.verbose_name_plural): len(rows)}
        kept_by = [sentence for row in rows for sentence in self.reasons_to_keep(row)]
        return [f"{self.opts.verbose_name}: {row}" for row in rows], counts, set(), kept_by

    def reasons_to_keep(self, row: M) -> list[str]:
        """Why the row cannot be deleted here, one sentence each: what refers to it, counted up to RELATED_CAP."""
        reasons = []
        for relation in relations_to(self.model):
            if relation.related_model in self.deleted_along or relation.related_model._meta.auto_created:
                continue
            rows = relation.related_model._base_manager.filter(**{relation.field.name: row})
            number = capped_count(rows, RELATED_CAP)
            if number:
                said = f"more than {RELATED_CAP}" if number > RELATED_CAP else str(number)
                reasons.append(f"{row}: {said} {relation.related_model._meta.verbose_name_plural}")
        return reasons


class ReadOnlyAdmin(BigTableAdmin[M]):
    """Rows that the product makes and nobody edits. All of `fields` is shown."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: M | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: M | None = None) -> bool:
        return False

    def get_readonly_fields(self, request: HttpRequest, obj: M | None = None) -> list[str]:
        return [str(name) for name in self.fields or ()]


def admin_sign_in(request: HttpRequest) -> HttpResponse:
    """The admin has no sign-in of its own: there is one, and so one throttle."""
    if admin.site.has_permission(request):
        return redirect("admin:index")
    if request.user.is_authenticated:
        raise PermissionDenied("Your account may not open the admin; ask an administrator for it.")
    return redirect_to_login(request.GET.get(REDIRECT_FIELD_NAME) or reverse("admin:index"))


def stylesheet(request: HttpRequest) -> str:
    return static("css/admin.css")


def favicon(request: HttpRequest) -> str:
    return static("img/favicon.svg")


def signed_in(request: HttpRequest) -> Any:
    """The user of an admin page, of the model that this layer does not know. Nobody else gets there."""
    return request.user


def capped_count(rows: QuerySet[Any], cap: int) -> int:
    """The number of rows, but no more than `cap` + 1, and never slower than reading that many."""
    return rows.order_by().values("pk")[: cap + 1].count()


def relations_to(model: type[Model]) -> Iterator[ForeignObjectRel]:
    """Every foreign key that points to the model, also those without a name on its side."""
    for field in model._meta.get_fields(include_hidden=True):
        if isinstance(field, ForeignObjectRel) and not field.many_to_many:
            yield field


def excerpt_field(column: str, label: str) -> Callable[[Any, Model], SafeString]:
    """A method for an admin class that names `column` among its `excerpts`; JSON that fits is laid out."""

    def show(admin: Any, row: Model) -> SafeString:
        text: str | None = getattr(row, f"{column}_excerpt")
        if not text:
            return SafeString("-")
        if len(text) <= EXCERPT_CHARACTERS:
            return _preformatted(_laid_out(text))
        return _preformatted(f"{text[:EXCERPT_CHARACTERS]}\n… and more, which is left out here")

    show.short_description = label  # type: ignore[attr-defined]
    return show


def _laid_out(text: str) -> str:
    try:
        value = jsontext.parse(text.encode())
    except jsontext.JsonTextError:
        return text
    if not isinstance(value, dict | list):
        return text
    return json.dumps(value, ensure_ascii=False, indent=2).encode(errors="backslashreplace").decode()


def _preformatted(text: str) -> SafeString:
    return format_html('<pre class="excerpt">{}</pre>', text)


def _any_of(columns: Iterable[str], lookup: str, value: object) -> Q:
    query = Q()
    for column in columns:
        query |= Q(**{f"{column}__{lookup}": value})
    return query


def _parameters_of(list_filter: Any) -> tuple[str, ...]:
    """How a filter is written in the address."""
    if isinstance(list_filter, str | tuple):
        name = list_filter if isinstance(list_filter, str) else str(list_filter[0])
        return (f"{name}__exact", f"{name}__id__exact")
    return (str(list_filter.parameter_name),)
