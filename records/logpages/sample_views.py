from __future__ import annotations

from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from datasets.models import Dataset, Door, Job
from project.accounts.guards import editor_required
from project.accounts.middleware import PageRequest
from project.accounts.types import Author
from project.lib.errors import DomainError
from project.lib.filters import FilterError
from project.lib.htmx import render_page
from project.lib.ids import new_id, parse_id
from records import actions
from records.logpages.previews import preview_of
from records.logpages.sample_forms import DrawForm, TargetForm
from records.logpages.scope import Scope, joined, read_scope
from records.logsamples import LogSample
from threads.fields import LOG_FIELDS

SEED_CHARACTERS = 8


@require_http_methods(["GET", "POST"])
@editor_required
def sample_create(request: PageRequest) -> HttpResponse:
    """Makes a dataset of the logs that the address shows. Its time is fixed and its seed stands in it, so that the
    preview, the job and a later look mean the same logs."""
    try:
        scope = _scope(request)
    except FilterError:
        return redirect(f"{reverse('threads:log_list')}?{request.GET.urlencode()}")
    if request.method == "GET" and (scope.window or not request.GET.get("seed")):
        seed = request.GET.get("seed") or new_id().hex[-SEED_CHARACTERS:]
        return redirect(f"{request.path}?{joined(scope.fixed.query, urlencode({'seed': seed}))}")
    draw_form = DrawForm(request.POST or None, initial={"seed": request.GET.get("seed", "")})
    target_form = TargetForm(request.POST or None, workspace=request.workspace)
    if "repeat" in request.POST and draw_form.is_valid():
        return redirect(f"{reverse('threads:rule_create')}?{_repeated(scope, request)}")
    if request.method == "POST" and draw_form.is_valid() & target_form.is_valid():
        try:
            job = _start(request, _sample(scope, draw_form), target_form)
        except DomainError as error:
            draw_form.add_error(None, str(error))
        else:
            return redirect("datasets:job_detail", job.id)
    context = {
        **_about(scope),
        "form": draw_form,
        "target_form": target_form,
        "preview_url": f"{reverse('threads:sample_preview')}?{scope.fixed.query}",
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "threads/sample_create.html", context, status=status)


@require_GET
@editor_required
def sample_preview(request: PageRequest) -> HttpResponse:
    """What the sample would take, for the fields as they stand in the form."""
    form = DrawForm(request.GET)
    context: dict[str, object] = {"form": form}
    try:
        scope = _scope(request)
        context |= _about(scope)
        if form.is_valid():
            dataset = dataset_of(request)
            context["dataset"] = dataset
            context["preview"] = preview_of(request.workspace, _sample(scope, form), dataset=dataset)
    except DomainError as error:
        context["error"] = str(error)
    return render_page(request, "threads/sample_preview.html", "threads/_sample_preview.html", context)


def _repeated(scope: Scope, request: PageRequest) -> str:
    """The address of a rule that samples so again and again: what the form says, and the logs it is about."""
    names = (*DrawForm.base_fields, *TargetForm.base_fields)
    given = [(name, value) for name in names if (value := request.POST.get(name))]
    return joined(scope.fixed.query, urlencode(given))


def _scope(request: PageRequest) -> Scope:
    own_keys = (*DrawForm.base_fields, *TargetForm.base_fields)
    return read_scope(request.GET, now=timezone.now(), registry=LOG_FIELDS, other_keys=own_keys)


def _sample(scope: Scope, form: DrawForm) -> LogSample:
    return LogSample(
        scope.environment,
        scope.start,
        scope.end,
        form.rule,
        condition=scope.filter.condition,
        skips_equal=form.cleaned_data["skips_equal"],
    )


def _start(request: PageRequest, sample: LogSample, target: TargetForm) -> Job:
    author = Author(user_id=request.user.id, door=Door.PAGE)
    dataset = target.cleaned_data["dataset"]
    if dataset is not None:
        return actions.start_sample(dataset, sample, author=author)
    return actions.start_sample_of_its_own(
        request.workspace, sample, name=target.cleaned_data["name"], owner=request.user, author=author
    )


def dataset_of(request: PageRequest) -> Dataset | None:
    dataset_id = parse_id(request.GET.get("dataset", ""))
    if dataset_id is None:
        return None
    return Dataset.objects.visible_to(request.workspace).filter(pk=dataset_id).first()


def _about(scope: Scope) -> dict[str, object]:
    return {
        "scope": scope,
        "chips": scope.filter.chips,
        "list_url": f"{reverse('threads:log_list')}?{scope.fixed.query}",
    }
