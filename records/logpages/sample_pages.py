"""The two pages of a sample, of logs or of threads: what it takes is previewed, then a job makes records of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar
from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from datasets.authors import page_author
from datasets.models import Dataset, Job
from project.accounts.middleware import PageRequest
from project.lib.errors import DomainError
from project.lib.filters import FieldRegistry
from project.lib.htmx import render_page
from project.lib.ids import new_id, parse_id
from records.logpages.sample_forms import ShareForm, TargetForm
from records.logpages.scope import Scope, joined, read_scope

SEED_CHARACTERS = 8

Form = TypeVar("Form", bound=ShareForm)
Sample = TypeVar("Sample")


@dataclass(frozen=True, slots=True)
class SampleKind(Generic[Form, Sample]):
    """What is sampled. `name` is that of its page and template, `noun` what the page calls it; `starts` are the
    actions that begin the job, into a dataset that is there and into a new one."""

    name: str
    noun: str
    list_name: str
    registry: FieldRegistry
    form: type[Form]
    sample_of: Callable[[Scope, Form], Sample]
    preview_of: Callable[..., object]
    starts: tuple[Callable[..., Job], Callable[..., Job]]
    other_keys: tuple[str, ...] = ()

    def scope_of(self, request: PageRequest) -> Scope:
        """Raises FilterError."""
        own_keys = (*self.form.base_fields, *TargetForm.base_fields, *self.other_keys)
        return read_scope(request.GET, now=timezone.now(), registry=self.registry, other_keys=own_keys)

    def url_of_list(self, query: str) -> str:
        return f"{reverse(f'threads:{self.list_name}')}?{query}"

    def start(self, request: PageRequest, sample: Sample, target: TargetForm) -> Job:
        author, dataset = page_author(request), target.cleaned_data["dataset"]
        into_one, into_a_new_one = self.starts
        if dataset is not None:
            return into_one(dataset, sample, author=author)
        name = target.cleaned_data["name"]
        return into_a_new_one(request.workspace, sample, name=name, owner=request.user, author=author)


def show_create(request: PageRequest, kind: SampleKind[Form, Sample], scope: Scope) -> HttpResponse:
    """The time is fixed and the seed stands in the address, so that the preview, the job and a later look mean the
    same."""
    if request.method == "GET" and (scope.window or not request.GET.get("seed")):
        seed = request.GET.get("seed") or new_id().hex[-SEED_CHARACTERS:]
        return redirect(f"{request.path}?{joined(scope.fixed.query, urlencode({'seed': seed}))}")
    form = kind.form(request.POST or None, initial={"seed": request.GET.get("seed", "")})
    target_form = TargetForm(request.POST or None, workspace=request.workspace)
    if request.method == "POST" and form.is_valid() & target_form.is_valid():
        try:
            job = kind.start(request, kind.sample_of(scope, form), target_form)
        except DomainError as error:
            form.add_error(None, str(error))
        else:
            return redirect("datasets:job_detail", job.id)
    context = {
        **_about(kind, scope),
        "form": form,
        "target_form": target_form,
        "preview_url": f"{reverse(f'threads:{kind.name}_preview')}?{scope.fixed.query}",
    }
    status = 422 if request.method == "POST" else 200
    return render(request, f"threads/{kind.name}_create.html", context, status=status)


def show_preview(request: PageRequest, kind: SampleKind[Form, Sample]) -> HttpResponse:
    """What the sample would take, for the fields as they stand in the form."""
    form = kind.form(request.GET)
    context: dict[str, object] = {"form": form}
    try:
        scope = kind.scope_of(request)
        context |= _about(kind, scope)
        if form.is_valid():
            dataset = _dataset_of(request)
            context["dataset"] = dataset
            sample = kind.sample_of(scope, form)
            context["preview"] = kind.preview_of(request.workspace, sample, dataset=dataset)
    except DomainError as error:
        context["error"] = str(error)
    page, partial = f"threads/{kind.name}_preview.html", f"threads/_{kind.name}_preview.html"
    return render_page(request, page, partial, context)


def _dataset_of(request: PageRequest) -> Dataset | None:
    dataset_id = parse_id(request.GET.get("dataset", ""))
    if dataset_id is None:
        return None
    return Dataset.objects.visible_to(request.workspace).filter(pk=dataset_id).first()


def _about(kind: SampleKind[Form, Sample], scope: Scope) -> dict[str, object]:
    return {
        "noun": kind.noun,
        "scope": scope,
        "chips": scope.filter.chips,
        "list_url": kind.url_of_list(scope.fixed.query),
    }
