from __future__ import annotations

import math
from collections.abc import Iterator

import pytest
from pytest_django import Settings

from project.checks import check_embeddings
from project.lib.embedder import (
    DIMENSIONS,
    REMOTE_BATCH,
    EmbedderError,
    OpenAICompatibleEmbedder,
    WordLlamaEmbedder,
    get_embedder,
)
from tests.embeddings_server import EmbeddingsServer, running_server


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[EmbeddingsServer]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with running_server() as running:
        yield running


@pytest.fixture
def remote(server: EmbeddingsServer) -> OpenAICompatibleEmbedder:
    return OpenAICompatibleEmbedder(server.url, "small", "secret")


def similarity(one: list[float], other: list[float]) -> float:
    return sum(a * b for a, b in zip(one, other, strict=True))


def test_texts_of_one_meaning_are_nearer_than_others() -> None:
    refund, money_back, weather = WordLlamaEmbedder().embed(
        ["I want a refund for my order", "Please give me my money back", "It will rain tomorrow in Berlin"]
    )
    assert len(refund) == DIMENSIONS
    assert similarity(refund, money_back) > similarity(refund, weather) + 0.1


def test_vectors_have_length_one_and_an_empty_text_has_none() -> None:
    word, nothing = WordLlamaEmbedder().embed(["word " * 3_000, ""])
    assert math.isclose(similarity(word, word), 1.0, rel_tol=1e-4)
    assert not any(nothing)


def test_a_text_has_the_same_vector_alone_and_among_longer_ones() -> None:
    embedder = WordLlamaEmbedder()
    assert embedder.embed(["hello"])[0] == embedder.embed(["hello", "a much longer text " * 50])[0]


def test_no_texts_have_no_vectors(remote: OpenAICompatibleEmbedder, server: EmbeddingsServer) -> None:
    assert WordLlamaEmbedder().embed([]) == []
    assert remote.embed([]) == []
    assert not server.requests


def test_the_remote_address_is_asked_as_openai_is(
    remote: OpenAICompatibleEmbedder, server: EmbeddingsServer
) -> None:
    refund, weather = remote.embed(["a refund", "the weather"])
    assert server.requests == [
        {
            "path": "/v1/embeddings",
            "model": "small",
            "input": ["a refund", "the weather"],
            "dimensions": 256,
            "encoding_format": "float",
        }
    ]
    assert server.keys == ["Bearer secret"]
    assert (refund[0], refund[3], weather[0], weather[3]) == (1.0, 0.0, 0.0, 1.0)


def test_many_texts_are_sent_in_batches_and_stay_in_order(
    remote: OpenAICompatibleEmbedder, server: EmbeddingsServer
) -> None:
    texts = ["refund" if number % 2 else "weather" for number in range(REMOTE_BATCH * 2 + 1)]
    vectors = remote.embed(texts)
    assert [len(request["input"]) for request in server.requests] == [REMOTE_BATCH, REMOTE_BATCH, 1]
    assert [bool(vector[0]) for vector in vectors] == [text == "refund" for text in texts]


@pytest.mark.parametrize(
    ("status", "body", "numbers", "sentence"),
    [
        (500, b"", 256, "answers 500"),
        (401, b"", 256, "EMBEDDINGS_KEY"),
        (200, b"<html>", 256, "as OpenAI's API does"),
        (200, b"[]", 256, "as OpenAI's API does"),
        (200, b'{"data": [{"index": 0}]}', 256, "as OpenAI's API does"),
        (200, b'{"data": []}', 256, "256 numbers"),
        (200, None, 1536, "256 numbers"),
    ],
)
def test_an_answer_that_is_no_vector_is_one_named_error(
    remote: OpenAICompatibleEmbedder,
    server: EmbeddingsServer,
    status: int,
    body: bytes | None,
    numbers: int,
    sentence: str,
) -> None:
    server.status, server.body, server.numbers = status, body, numbers
    with pytest.raises(EmbedderError, match=sentence):
        remote.embed(["text"])


def test_numbers_that_are_none_are_refused(
    remote: OpenAICompatibleEmbedder, server: EmbeddingsServer
) -> None:
    server.body = b'{"data": [{"index": 0, "embedding": [%s]}]}' % b",".join([b"NaN"] * 256)
    with pytest.raises(EmbedderError, match="none"):
        remote.embed(["text"])


def test_an_address_that_is_away_is_left_alone_for_a_while(
    remote: OpenAICompatibleEmbedder, server: EmbeddingsServer
) -> None:
    server.status = 503
    for _ in range(3):
        with pytest.raises(EmbedderError):
            remote.embed(["text"])
    assert len(server.requests) == 1


def test_nobody_at_the_address_is_the_same_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with running_server() as gone:
        url = gone.url
    with pytest.raises(EmbedderError, match="does not answer"):
        OpenAICompatibleEmbedder(url, "small", "").embed(["text"])


def test_the_settings_choose_the_embedder(settings: Settings) -> None:
    assert isinstance(get_embedder(), WordLlamaEmbedder)
    settings.EMBEDDINGS_URL, settings.EMBEDDINGS_MODEL = "http://127.0.0.1:9/v1/embeddings/", "small"
    assert isinstance(get_embedder(), OpenAICompatibleEmbedder)
    assert get_embedder() is get_embedder()
    assert get_embedder().name == "small"


def test_an_address_without_a_model_is_found_by_the_checks(settings: Settings) -> None:
    settings.EMBEDDINGS_URL = "https://embeddings.example.org/v1"
    assert [found.id for found in check_embeddings(None)] == ["winnow.E007"]
    settings.EMBEDDINGS_MODEL = "small"
    assert not check_embeddings(None)
