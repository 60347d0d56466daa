from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.safestring import SafeString
from django.views.decorators.http import require_GET

from datasets.models import Dataset, Job
from project.accounts.guards import workspace_required
from project.accounts.middleware import PageRequest
from project.lib.errors import DomainError, InvalidError
from project.lib.filters import FilterError
from project.lib.htmx import render_page
from project.lib.ids import parse_id
from records import search
from records.excerpts import excerpt
from records.fields import RECORD_FIELDS, STATUSES
from records.filterbar import ListFilter, clean_query, read_filter
from records.filterforms import FORM_KEYS, comparisons_in, offered_fields
from records.markdown import search_terms, term_pattern
from records.models import Record
from records.search import Found, Hit
from records.suggestions import suggest

FEW, MANY = 20, 100
MARKED_CHARACTERS = 4
MODES = (
    (search.BOTH, "Both", "Words and meaning, ranked together"),
    (search.MEANING, "Meaning", "What is said in other words, too"),
    (search.WORDS, "Words", "Every word must be there"),
)
_OWN_KEYS = {"q", "mode", "like", "top", *FORM_KEYS}


@dataclass(frozen=True, slots=True)
class Row:
    record: Record
    score: str
    percent: int
    excerpt: SafeString


@dataclass(frozen=True, slots=True)
class Question:
    """What the address asks for, beside the filter: a text, or the record that others shall be like."""

    text: str
    mode: str
    like: Record | None
    limit: int

    def query(self, **changes: object) -> str:
        """As a query string, with the defaults left out."""
        return urlencode(self.pairs(**changes))

    def pairs(self, **changes: object) -> list[tuple[str, object]]:
        given = {
            "q": self.text,
            "mode": "" if self.mode == search.BOTH else self.mode,
            "like": self.like.id if self.like else "",
            "top": "" if self.limit == FEW else self.limit,
            **changes,
        }
        return [(key, value) for key, value in given.items() if value]


@require_GET
@workspace_required
def record_search(request: PageRequest, dataset_id: UUID) -> HttpResponse:
    """The records of a dataset that are found by a text, or that are like one of them."""
    dataset = get_object_or_404(Dataset.objects.visible_to(request.workspace), pk=dataset_id)
    question = _read_question(request, dataset)
    given = [(key, values) for key, values in request.GET.lists() if key not in _OWN_KEYS]
    list_filter = read_filter(given)
    refusal = ""
    try:
        cleaned = clean_query(request.GET, list_filter)
    except FilterError as error:
        cleaned, refusal = None, str(error)
    if cleaned is not None:
        query = _joined(question.query(), cleaned)
        return redirect(f"{request.path}?{query}" if query else request.path)
    context = _context(dataset, question, list_filter)
    if refusal:
        context |= {"error": refusal, "is_refused": True}
    status = 422 if context.get("is_refused") else 200
    return render_page(
        request, "records/record_search.html", "records/_search_desk.html", context, status=status
    )


def _read_question(request: PageRequest, dataset: Dataset) -> Question:
    like_id = parse_id(request.GET.get("like", ""))
    like = Record.objects.in_dataset(dataset).filter(pk=like_id).first() if like_id else None
    if like is not None:
        like.dataset = dataset
    mode = request.GET.get("mode", search.BOTH)
    return Question(
        text=request.GET.get("q", "").replace("\x00", ""),
        mode=mode if mode in search.MODES else search.BOTH,
        like=like,
        limit=MANY if request.GET.get("top") == str(MANY) else FEW,
    )


def _context(dataset: Dataset, question: Question, list_filter: ListFilter) -> dict[str, Any]:
    suggestions = suggest(dataset)
    tags = tuple((tag, tag) for tag in dict.fromkeys([*list_filter.values("tag"), *suggestions.tags]))
    choices = {"status": STATUSES, "tag": tags}
    context = {
        "dataset": dataset,
        "question": question,
        "is_asked": bool(question.text.strip() or question.like),
        "filter": list_filter,
        "menus": [
            (
                name.capitalize(),
                name,
                [(value, label, value in list_filter.values(name)) for value, label in options],
            )
            for name, options in choices.items()
        ],
        "fields": offered_fields(RECORD_FIELDS, suggestions.keys),
        "comparisons": comparisons_in(RECORD_FIELDS),
        "place_hidden": list(question.pairs()),
        "chips": [(chip, _joined(question.query(), chip.query_without)) for chip in list_filter.chips],
        "modes": MODES,
        "question_query": question.query(),
        "more_query": _joined(question.query(top=MANY), list_filter.query),
        "many": MANY,
    }
    if not context["is_asked"]:
        return context
    try:
        found = _find(dataset, question, list_filter)
    except DomainError as error:
        return {**context, "error": str(error), "is_refused": isinstance(error, InvalidError)}
    return {
        **context,
        "rows": _rows(found.hits, question),
        "remark": found.remark or _remark(dataset, question),
        "has_more": len(found.hits) == question.limit == FEW,
    }


def _find(dataset: Dataset, question: Question, list_filter: ListFilter) -> Found:
    condition = list_filter.condition or None
    if question.like is not None:
        return Found(search.similar_to(question.like, question.limit, condition=condition))
    return search.search_records(
        dataset, question.text, mode=question.mode, condition=condition, limit=question.limit
    )


def _remark(dataset: Dataset, question: Question) -> str:
    """What cannot be found yet, in one sentence."""
    if question.mode == search.WORDS and not question.like:
        return ""
    if Job.objects.active().imports().filter(dataset=dataset, result__published=True).exists():
        return "The last import is still being embedded; some of its records are not found by meaning yet."
    gaps = search.count_gaps(dataset)
    if not gaps:
        return ""
    return (
        f"{gaps:,} record{'s are' if gaps > 1 else ' is'} not found by meaning yet; that follows by itself."
    )


def _rows(hits: list[Hit], question: Question) -> list[Row]:
    pattern = term_pattern(_marked_terms(question))
    return [
        Row(
            hit.record,
            f"{hit.score:.2f}",
            round(100 * min(1.0, hit.score)),
            excerpt(hit.record, pattern),
        )
        for hit in hits
    ]


def _marked_terms(question: Question) -> list[str]:
    """All of the words where all must be there; else only those that are likely to say something."""
    terms = search_terms("" if question.like else question.text)
    return [term for term in terms if question.mode == search.WORDS or len(term) >= MARKED_CHARACTERS]


def _joined(*queries: str) -> str:
    return "&".join(query for query in queries if query)
