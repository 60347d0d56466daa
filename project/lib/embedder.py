"""Vectors of texts, by which they are found by meaning: made here, or by a remote address when one is set."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import httpx
import numpy as np
from django.conf import settings

from project.lib.errors import ConflictError

if TYPE_CHECKING:
    from wordllama.inference import WordLlamaInference

logger = logging.getLogger(__name__)

DIMENSIONS = 256
REMOTE_BATCH = 64
REMOTE_TIMEOUT = httpx.Timeout(20, connect=2)
PAUSE_SECONDS = 30  # How long a failing address is left alone, so that not every write waits for it.


class EmbedderError(ConflictError):
    """No vectors can be made now."""


class Embedder(Protocol):
    @property
    def name(self) -> str:
        """Of the model: only vectors of the same name can be compared."""

    @property
    def dimensions(self) -> int: ...

    def embed(self, texts: Sequence[str]) -> list[list[float]]:
        """A vector of length 1 for each text; of a text without a word it may be all zeros. Raises EmbedderError."""


def get_embedder() -> Embedder:
    """The one that the settings name; the same object each time."""
    return _embedder(settings.EMBEDDINGS_URL, settings.EMBEDDINGS_MODEL, settings.EMBEDDINGS_KEY)


def get_local_embedder() -> Embedder:
    """The one that asks nobody, for texts whose vectors are not kept."""
    return _embedder("", "", "")


@lru_cache(maxsize=8)
def _embedder(url: str, model: str, key: str) -> Embedder:
    return OpenAICompatibleEmbedder(url, model, key) if url else WordLlamaEmbedder()


class WordLlamaEmbedder:
    """Means of static vectors of tokens, from weights within the package: no download, no other process."""

    name = "wordllama l2_supercat"
    dimensions = DIMENSIONS

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._model: WordLlamaInference | None = None

    def load(self) -> WordLlamaInference:
        """Reads the weights once in a process: about half a second, and 110 MB of memory with its libraries."""
        with self._lock:
            if self._model is None:
                import wordllama  # noqa: PLC0415  (costs a second, which processes that embed nothing need not wait)

                folder = Path(wordllama.__file__).parent
                self._model = wordllama.WordLlama.load(
                    cache_dir=folder, disable_download=True, dim=DIMENSIONS
                )
                self._model.tokenizer.no_padding()  # Else a batch needs the memory of its longest text, many times.
        return self._model

    def embed(self, texts: Sequence[str]) -> list[list[float]]:
        model = self.load()
        encoded = model.tokenizer.encode_batch_fast(list(texts), add_special_tokens=False)
        means = [
            model.embedding.take(one.ids, axis=0).mean(axis=0)
            if one.ids
            else np.zeros(DIMENSIONS, np.float32)
            for one in encoded
        ]
        return [_unit(mean) for mean in means]


class OpenAICompatibleEmbedder:
    """Asks `/v1/embeddings` of a server that speaks OpenAI's API. The model must give 256 numbers when asked to."""

    dimensions = DIMENSIONS

    def __init__(self, url: str, model: str, key: str) -> None:
        self.name = model[:100]
        self._model = model
        self._url = (
            url.rstrip("/") if url.rstrip("/").endswith("/embeddings") else f"{url.rstrip('/')}/embeddings"
        )
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        self._client = httpx.Client(headers=headers, timeout=REMOTE_TIMEOUT)
        self._paused_until = 0.0

    def embed(self, texts: Sequence[str]) -> list[list[float]]:
        if time.monotonic() < self._paused_until:
            raise EmbedderError(_AWAY)
        try:
            batches = [texts[at : at + REMOTE_BATCH] for at in range(0, len(texts), REMOTE_BATCH)]
            return [vector for batch in batches for vector in self._ask(batch)]
        except EmbedderError as error:
            self._paused_until = time.monotonic() + PAUSE_SECONDS
            logger.warning("No vectors for the next %d seconds: %s", PAUSE_SECONDS, error)
            raise

    def _ask(self, texts: Sequence[str]) -> list[list[float]]:
        body = {
            "model": self._model,
            "input": list(texts),
            "dimensions": DIMENSIONS,
            "encoding_format": "float",
        }
        try:
            answer = self._client.post(self._url, json=body)
        except httpx.HTTPError as error:
            raise EmbedderError(_AWAY) from error
        if answer.status_code != httpx.codes.OK:
            raise EmbedderError(
                f"The embeddings address answers {answer.status_code}; look at EMBEDDINGS_URL, EMBEDDINGS_MODEL and"
                " EMBEDDINGS_KEY. Search by words works."
            )
        return _vectors_of(answer, len(texts))


_AWAY = "The embeddings address does not answer; try again later. Search by words works."


def _vectors_of(answer: httpx.Response, wanted: int) -> list[list[float]]:
    try:
        items = sorted(answer.json()["data"], key=lambda item: item["index"])
        vectors = [np.asarray(item["embedding"], dtype=np.float32) for item in items]
    except (ValueError, KeyError, TypeError) as error:
        raise EmbedderError("The embeddings address does not answer as OpenAI's API does.") from error
    if len(vectors) != wanted or any(vector.shape != (DIMENSIONS,) for vector in vectors):
        raise EmbedderError(
            f"EMBEDDINGS_MODEL does not give {DIMENSIONS} numbers for a text; choose one that takes `dimensions`."
        )
    return [_unit(vector) for vector in vectors]


def _unit(vector: np.ndarray[Any, np.dtype[np.float32]]) -> list[float]:
    length = float(np.linalg.norm(vector))
    if not np.isfinite(length):
        raise EmbedderError("The embeddings address gives numbers that are none.")
    numbers: list[float] = (vector / length if length else vector).tolist()
    return numbers
