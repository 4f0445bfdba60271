"""A build's captions in Chroma: a collection for each slot, filled once, asked for what lies nearest to a query.

Slots apart, because whoever looks for shoes shall not wade through coats; filled once, because Chroma's files go to ruin
where one process writes and another reads (chroma #7032): what changes after a build is compared one by one instead.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import Any
from urllib.parse import urlsplit

import numpy as np
from numpy.typing import NDArray

from retrieval.embeddings import Vectors
from retrieval.shop import ShopError

HNSW: Any = {"space": "cosine", "ef_construction": 100, "max_neighbors": 16, "ef_search": 100}
BATCH = 2000  # vectors added at a time; Chroma takes some five thousand at most
DEADLINE = 30.0  # seconds that a server may take for one request: adding a batch to a large collection takes a few
AWAY = 30.0  # seconds that a server is not asked again after it failed


class Proposals:
    """The collections of one build, in its folder or at a server ("http://host:8000"). Opened when first needed."""

    def __init__(self, build: str, folder: Path, server: str | None = None) -> None:
        self._build, self._folder, self._server = build, folder, server
        self._client: Any = None
        self._collections: dict[str, Any] = {}
        self._lock = Lock()
        self._away_until = 0.0

    def check(self) -> None:
        """Raise ShopError where a server does not answer, before work is done that needs it."""
        if self._server:
            with self._failures():
                self._opened()

    def fill(self, slot: str, captions: Sequence[tuple[int, str]], vectors: Callable[[NDArray[np.int64]], Vectors]) -> None:
        """Make a slot's collection of captions, numbers and words; `vectors` gives those of numbers. Raises ShopError."""
        with self._failures():
            collection = self._opened().create_collection(
                self._name(slot), embedding_function=None, configuration={"hnsw": HNSW}
            )
            for start in range(0, len(captions), BATCH):
                numbers, words = zip(*captions[start : start + BATCH], strict=True)
                collection.add(
                    ids=[str(number) for number in numbers],
                    embeddings=list(vectors(np.array(numbers, dtype=np.int64))),
                    documents=list(words),
                )

    def nearest(self, query: Vectors, slot: str, count: int) -> list[int]:
        """The numbers of the captions of a slot nearest to a query, nearest first. Raises ShopError."""
        if self._server and time.monotonic() < self._away_until:
            raise ShopError(f"Chroma at {self._server} did not serve a moment ago.")
        with self._failures():
            collection = self._collection(slot)
            found = collection.query(query_embeddings=[query], n_results=count, include=[])
            return [int(number) for number in found["ids"][0]]

    def drop(self, builds: Sequence[str]) -> None:
        """Delete other builds' collections at a server; in folders they went with those. Raises ShopError."""
        if not self._server:
            return
        with self._failures():
            for collection in self._opened().list_collections():
                if any(collection.name.startswith(f"{build}-") for build in builds):
                    self._opened().delete_collection(collection.name)

    def close(self) -> None:
        """Let go of files and connections."""
        with self._lock:
            if self._client:
                self._client.close()
            self._client, self._collections = None, {}

    def _name(self, slot: str) -> str:
        return f"{self._build}-{slot}"

    def _collection(self, slot: str) -> Any:
        if not (self._server or self._folder.is_dir()):  # Chroma would make it, empty
            raise FileNotFoundError("its folder is gone")
        if slot not in self._collections:
            self._collections[slot] = self._opened().get_collection(self._name(slot), embedding_function=None)
        return self._collections[slot]

    def _opened(self) -> Any:
        with self._lock:
            if self._client is None:
                self._client = _client(self._folder, self._server)
        return self._client

    @contextmanager
    def _failures(self) -> Iterator[None]:
        """Chroma's own errors, and those of the way to a server, as one that people can act on."""
        from chromadb.errors import ChromaError
        from httpx import HTTPError, InvalidURL

        try:
            yield
        except ShopError:
            raise
        except BaseException as error:
            # the Rust core's panics are no Exception at all; a server that answers something else is a ValueError
            known = isinstance(error, (ChromaError, HTTPError, InvalidURL, OSError, ValueError, RuntimeError))
            if not known and type(error).__name__ != "PanicException":
                raise
            self._away_until = time.monotonic() + AWAY
            where = self._server or self._folder
            raise ShopError(f"Chroma at {where} does not serve: {' '.join(str(error).split())[:200]}.") from error


def _client(folder: Path, server: str | None) -> Any:
    import chromadb  # half a second, only for whoever needs it
    import httpx
    from chromadb.config import Settings

    settings = Settings(anonymized_telemetry=False)
    if server is None:
        return chromadb.PersistentClient(str(folder), settings=settings)
    address = urlsplit(server)
    if address.scheme not in ("http", "https") or not address.hostname:
        raise ShopError(f"{server!r} is no address of a Chroma server: write it as http://localhost:8000.")
    secure = address.scheme == "https"
    port = address.port or (443 if secure else 8000)
    httpx.get(f"{address.scheme}://{address.hostname}:{port}/api/v2/heartbeat", timeout=DEADLINE).raise_for_status()
    client = chromadb.HttpClient(host=address.hostname, port=port, ssl=secure, settings=settings)
    client._server._session.timeout = httpx.Timeout(DEADLINE)  # type: ignore[attr-defined]  # Chroma waits for ever, and has no setting
    return client
