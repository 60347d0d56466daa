from __future__ import annotations

from typing import Any

import pytest
from pytest_django import Settings

from project.accounts.models import User, Workspace
from project.lib.chatmodel import (
    ChatModelBusyError,
    ChatModelError,
    ChatModelTimeoutError,
    get_chat_model,
)
from tests.factories.judges import GOOD_OR_BAD, JudgeDraftFactory
from tests.judge_server import JudgeServer, running_judge
from threads import asking, templates
from threads.asking import Asker, Pace, judge_now
from threads.errors import (
    ConversationInvalidError,
    JudgeAnswerError,
    JudgeNameTakenError,
    JudgingOffError,
    TemplateFailedError,
    TemplateInvalidError,
)
from threads.judge_actions import create_judge, delete_judge, update_judge
from threads.judging import context_of, conversation_of, prompt_of, verdict_of
from threads.models import Judge
from threads.types import Scale

TALK = conversation_of(
    [
        {"role": "system", "content": "Be kind."},
        {"role": "user", "content": "Where is my parcel?"},
        {"role": "assistant", "content": None, "tool_calls": [{"function": {"name": "find"}}]},
        {"role": "assistant", "content": "At your door."},
    ],
    tools=[{"function": {"name": "find"}}],
    properties={"plan": {"name": "pro"}},
)
ZERO_TO_TEN = Scale(low=0, high=10, low_means="rude", high_means="kind")


@pytest.fixture
def server(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A model behind the settings, for which nobody waits long."""
    monkeypatch.setattr(asking, "FIRST_WAIT_SECONDS", 0.001)
    with running_judge() as running:
        settings.JUDGE_URL, settings.JUDGE_KEY = running.url, "secret"
        yield running


def rendered(template: str, **context: Any) -> str | TemplateFailedError:
    [outcome] = templates.render(template, [{**context_of(TALK, GOOD_OR_BAD), **context}])
    return outcome


def test_instructions_may_name_what_belongs_to_the_conversation() -> None:
    template = (
        "{{ system_prompt }}|{{ user_message }}|{{ assistant_message }}|{{ properties.plan.name }}"
        "|{{ properties.none.at.all }}|{% for n in range(3) %}{{ n }}{% endfor %}|{{ available_tools }}"
    )
    assert (
        rendered(template)
        == 'Be kind.|Where is my parcel?|At your door.|pro||012|[{"function":{"name":"find"}}]'
    )
    history = rendered("{{ conversation_history }}")
    assert isinstance(history, str)
    assert history.splitlines()[1] == "user: Where is my parcel?"
    assert '"find"' in history
    definition = rendered("{{ answer_type_definition }}")
    assert isinstance(definition, str)
    assert '"good": The user is content.' in definition


@pytest.mark.parametrize("template", ["{{ x", "{% for %}", "{% if a %}", "{{ 'a' | nosuchfilter(" + "(" * 50])
def test_what_is_no_template_is_refused(template: str) -> None:
    with pytest.raises(TemplateInvalidError, match="The instructions are no template: line 1"):
        templates.variables_of(template)


@pytest.mark.parametrize(
    "template",
    [
        "{{ cycler.__init__.__globals__.os.popen('id').read() }}",
        "{% include '/etc/passwd' %}",
        "{{ 'x' * 10**9 }}",
        "{{ 'x' * 1000000 }}",
        "{{ 'x'.ljust(10**10) }}",
        "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}",
        "{% macro m() %}{{ m() }}{{ m() }}{% endmacro %}{{ m() }}",
        "{{ range(10**9) }}",
        "{{ 1 / 0 }}",
        "{% set x = 'ab' %}" + "{% set x = x ~ x %}" * 40 + "{{ x }}",
    ],
)
def test_a_template_that_wants_what_it_may_not_have_fails_alone(template: str) -> None:
    outcomes = templates.render(template, [{}])
    assert [type(outcome) for outcome in outcomes] == [TemplateFailedError]
    assert templates.render("{{ a }}", [{"a": 1}, {"a": "b"}]) == ["1", "b"]


def test_the_insides_of_values_are_not_there() -> None:
    assert rendered("<{{ ''.__class__.__mro__ }}{{ properties.__class__ }}>") == "<>"


def test_instructions_that_show_nothing_get_the_conversation_as_a_whole() -> None:
    system, user = prompt_of("Judge.", set(), TALK, ZERO_TO_TEN)
    assert "from 0 (rude) to 10 (kind)" in system["content"]
    assert "user: Where is my parcel?" in user["content"]
    _, user = prompt_of("Judge: Hi", {"user_message"}, TALK, ZERO_TO_TEN)
    assert "parcel" not in user["content"]


@pytest.mark.parametrize(
    ("scale", "text", "expected"),
    [
        (GOOD_OR_BAD, '{"analysis": "a", "answer": "good"}', ("a", "good")),
        (GOOD_OR_BAD, '```json\n{"answer": " BAD "}\n```', ("", "bad")),
        (GOOD_OR_BAD, '{"analysis": {"x": 1}, "answer": "good"}', ('{"x":1}', "good")),
        (ZERO_TO_TEN, '{"analysis": "a", "answer": 7.5}', ("a", 7.5)),
        (ZERO_TO_TEN, '{"analysis": "a\\u0000", "answer": "7"}', ("a\ufffd", 7.0)),
    ],
)
def test_an_answer_of_the_scale_is_read(scale: Scale, text: str, expected: tuple[str, Any]) -> None:
    verdict = verdict_of(scale, text)
    assert (verdict.analysis, verdict.answer) == expected


@pytest.mark.parametrize(
    ("scale", "text"),
    [
        (GOOD_OR_BAD, "good"),
        (GOOD_OR_BAD, '{"answer": "fine"}'),
        (GOOD_OR_BAD, '{"verdict": "good"}'),
        (GOOD_OR_BAD, '["good"]'),
        (GOOD_OR_BAD, ""),
        (ZERO_TO_TEN, '{"answer": 11}'),
        (ZERO_TO_TEN, '{"answer": NaN}'),
        (ZERO_TO_TEN, '{"answer": "much"}'),
        (ZERO_TO_TEN, '{"answer": true}'),
        (ZERO_TO_TEN, '{"answer": null}'),
    ],
)
def test_any_other_answer_is_none(scale: Scale, text: str) -> None:
    with pytest.raises(JudgeAnswerError):
        verdict_of(scale, text)


@pytest.mark.parametrize("messages", [None, "text", [], ["text"], {"role": "user"}])
def test_what_is_no_conversation_is_not_judged(messages: Any) -> None:
    with pytest.raises(ConversationInvalidError):
        conversation_of(messages)


def test_a_judge_asks_the_model_that_it_names(server: JudgeServer) -> None:
    draft = JudgeDraftFactory.create(instructions="Is {{ user_message }} a question? Thanks")
    assert judge_now(draft, TALK).answer == "good"
    [asked] = server.requests
    assert (asked["path"], asked["model"]) == ("/v1/chat/completions", "small-judge")
    assert asked["messages"][0]["content"].startswith("Is Where is my parcel? a question?")
    assert server.keys == ["Bearer secret"]


def test_the_settings_may_name_another_model_for_all(server: JudgeServer, settings: Settings) -> None:
    settings.JUDGE_MODEL = "house-model"
    judge_now(JudgeDraftFactory.create(), TALK)
    assert server.requests[0]["model"] == "house-model"


def test_without_an_address_nothing_is_judged(settings: Settings) -> None:
    settings.JUDGE_URL = ""
    with pytest.raises(JudgingOffError, match="Set JUDGE_URL"):
        judge_now(JudgeDraftFactory.create(), TALK)


def test_a_busy_model_is_asked_again(server: JudgeServer) -> None:
    server.troubles = [429]
    assert judge_now(JudgeDraftFactory.create(), TALK).answer == "bad"
    assert len(server.requests) == 2
    model = get_chat_model()
    assert model is not None
    server.troubles = [429, 503, 503, "no JSON"]
    asked = Asker(model, Pace(0)).ask("m", [{"role": "user", "content": "Hi"}], GOOD_OR_BAD)
    assert (asked.calls, asked.prompt_tokens, asked.completion_tokens) == (5, 200, 20)
    assert asked.verdict is not None


@pytest.mark.parametrize(
    ("status", "error", "calls"),
    [(503, ChatModelBusyError, asking.LIVE_TRIES), (401, ChatModelError, 1), (404, ChatModelError, 1)],
)
def test_a_model_that_never_answers_is_told(
    server: JudgeServer, status: int, error: type[Exception], calls: int
) -> None:
    server.always = status
    with pytest.raises(error, match=str(status)):
        judge_now(JudgeDraftFactory.create(), TALK)
    assert len(server.requests) == calls


def test_a_model_that_takes_too_long_is_told(
    server: JudgeServer, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asking, "LIVE_TRIES", 1)
    settings.JUDGE_TIMEOUT_SECONDS = 1
    server.hold.clear()
    with pytest.raises(ChatModelTimeoutError, match="too long"):
        judge_now(JudgeDraftFactory.create(), TALK)


def test_calls_keep_their_pace() -> None:
    pace = Pace(60)
    waits = [pace.seconds_to_wait() for _ in range(3)]
    assert waits == pytest.approx([0, 1, 2], abs=0.2)
    assert [Pace(0).seconds_to_wait() for _ in range(2)] == [0, 0]


def test_a_judge_s_name_is_taken_once_in_a_workspace(
    workspace: Workspace, stranger_workspace: Workspace, alice: User
) -> None:
    draft = JudgeDraftFactory.create(name="Tone of voice")
    judge = create_judge(workspace, draft, owner=alice)
    assert judge.draft == draft
    create_judge(stranger_workspace, draft, owner=alice)
    with pytest.raises(JudgeNameTakenError, match="Tone of voice"):
        create_judge(workspace, draft, owner=alice)
    delete_judge(judge)
    create_judge(workspace, draft, owner=alice)
    assert Judge.objects.visible_to(workspace).count() == 1


def test_a_judge_whose_instructions_are_no_template_is_not_made(workspace: Workspace, alice: User) -> None:
    with pytest.raises(TemplateInvalidError):
        create_judge(workspace, JudgeDraftFactory.create(instructions="{{ x"), owner=alice)
    judge = create_judge(workspace, JudgeDraftFactory.create(), owner=alice)
    with pytest.raises(TemplateInvalidError):
        update_judge(judge, JudgeDraftFactory.create(instructions="{% if %}"))
