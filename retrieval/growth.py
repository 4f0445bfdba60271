"""How a filtered query's time, a shop's memory and its disk grow with its size; beside it the plain way, Chroma's `where`."""

import multiprocessing
import random
import re
import shutil
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np

from catalog.items import Item
from catalog.taxonomy import vocabulary
from retrieval.building import build_index
from retrieval.chroma import HNSW
from retrieval.complement import complement_query
from retrieval.embeddings import Embedder, SentenceEmbedder, Vectors
from retrieval.filters import Filters, condition
from retrieval.index import CaptionIndex, open_index
from retrieval.synthetic import BRANDS, SumOfWords, items

SHOWN = 50  # what complement search proposes
READERS = 8
TURNS = 3  # of one reader and of several, so that what else the machine does slows both
ADDED = 5000  # at a time, to the plain way's collection
Question = tuple[Vectors, Filters, str]


def measure(size: int, folder: Path, count: int, *, plain: bool) -> dict[str, Any]:
    """Build a synthetic shop, unless it is there, and ask `count` filtered complement queries; seconds are milliseconds."""
    embedder = SumOfWords(SentenceEmbedder())
    found: dict[str, Any] = _built(size, folder, embedder)
    index = open_index(folder / "ours", embedder)
    shop = index.items()
    asked = list(_questions(shop, embedder, count))
    exact = _exact(index, shop, asked)
    ways = {"ours": lambda question: _ours(index, question)}
    if plain:
        collection = _plain(shop, embedder, folder / "plain")
        ways["plain"] = lambda question: _where(collection, question)
    found |= _timed(ways, asked, exact)
    found["readers"] = _throughputs(index, asked)
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        found["reader_megabytes"] = pool.apply(_memory, (folder / "ours", embedder.name, asked[:50]))
    return found


def _built(size: int, folder: Path, embedder: Embedder) -> dict[str, Any]:
    shutil.rmtree(folder, ignore_errors=True)
    began = time.perf_counter()
    build_index(list(items(size)), folder / "ours", embedder, source="synthetic")
    seconds = time.perf_counter() - began
    held = sum(path.stat().st_size for path in (folder / "ours").rglob("*") if path.is_file())
    return {"items": size, "build_seconds": round(seconds, 1), "disk_megabytes": round(held / 1e6)}


def _questions(shop: Sequence[Item], embedder: Embedder, count: int) -> Iterator[Question]:
    """Outfits of three, a slot, and one to three filters that something fulfils."""
    dice = random.Random(0)
    for _ in range(count):
        like = dice.choice(shop)
        makers: dict[str, Any] = {
            "max_price": float(like.price or 0) * 1.05,
            "min_price": float(like.price or 0) * 0.7,
            "colours": (vocabulary().basic(like.colours[0]),),
            "brands": tuple({like.brand, *dice.sample(BRANDS, 9)}),
            "gender": like.gender,
            "kinds": (like.kind,),
        }
        stated = dice.sample(list(makers), dice.randint(1, 3))
        worn = [item.words for item in dice.sample(shop, 3)]
        yield complement_query(embedder, worn, like.slot), Filters(**{name: makers[name] for name in stated}), like.slot


def _exact(index: CaptionIndex, shop: Sequence[Item], asked: Sequence[Question]) -> list[set[str]]:
    """The ids of the nearest that pass, by comparing all that pass."""
    build = index.current()
    nearest = []
    for query, filters, slot in asked:
        numbers, captions = build.ledger.passing(condition(filters, [slot]))
        similarities = build.vectors.similarities(query, captions)
        nearest.append({shop[number].id for number in numbers[np.argsort(-similarities, kind="stable")[:SHOWN]]})
    return nearest


def _ours(index: CaptionIndex, question: Question) -> list[str]:
    query, filters, slot = question
    return [hit.item.id for hit in index.search(query, filters, [slot], SHOWN)]


def _plain(shop: Sequence[Item], embedder: Embedder, folder: Path) -> Any:
    """All items in one collection, with what is filtered on as metadata."""
    import chromadb
    from chromadb.config import Settings

    client = chromadb.PersistentClient(str(folder), settings=Settings(anonymized_telemetry=False))
    collection = client.create_collection("items", embedding_function=None, configuration={"hnsw": HNSW})
    for start in range(0, len(shop), ADDED):
        batch = shop[start : start + ADDED]
        collection.add(
            ids=[item.id for item in batch],
            embeddings=list(embedder.embed([item.words for item in batch])),
            metadatas=[_metadata(item) for item in batch],
        )
    return collection


def _metadata(item: Item) -> dict[str, Any]:
    return {
        "slot": item.slot,
        "price": item.price,
        "colour": vocabulary().basic(item.colours[0]),
        "brand": item.brand,
        "gender": item.gender,
        "kinds": [name for name in vocabulary().kinds if vocabulary().covers(name, item.kind)],
        "in_stock": int(item.stock != 0),
        "item": item.model_dump_json(exclude_defaults=True),
    }


def _where(collection: Any, question: Question) -> list[str]:
    query, filters, slot = question
    clauses: list[dict[str, Any]] = [{"in_stock": 1}, {"slot": slot}]
    clauses += [{"price": {"$lte": filters.max_price}}] if filters.max_price is not None else []
    clauses += [{"price": {"$gte": filters.min_price}}] if filters.min_price is not None else []
    clauses += [{"colour": {"$in": list(filters.colours)}}] if filters.colours else []
    clauses += [{"brand": {"$in": list(filters.brands)}}] if filters.brands else []
    clauses += [{"gender": filters.gender}] if filters.gender else []
    clauses += [{"kinds": {"$contains": kind}} for kind in filters.kinds]
    found = collection.query(
        query_embeddings=[query], n_results=SHOWN, where={"$and": clauses}, include=["metadatas", "distances"]
    )
    for metadata in found["metadatas"][0]:
        Item.model_validate_json(metadata["item"])  # what a shop needs of a hit, as ours gives it
    return list(found["ids"][0])


def _timed(ways: dict[str, Any], asked: Sequence[Question], exact: Sequence[set[str]]) -> dict[str, Any]:
    """Each way's median and p95 in milliseconds and its recall of the exact answer; all ways answer in turns."""
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    recalls: dict[str, list[float]] = {name: [] for name in ways}
    for way in ways.values():
        way(asked[0])  # opens files
    for question, right in zip(asked, exact, strict=True):
        for name, way in ways.items():
            began = time.perf_counter()
            given = way(question)
            seconds[name].append(time.perf_counter() - began)
            if right:
                recalls[name].append(len(right.intersection(given)) / len(right))
    return {
        name: {
            "median_ms": round(float(np.median(seconds[name])) * 1000, 2),
            "p95_ms": round(float(np.percentile(seconds[name], 95)) * 1000, 2),
            "recall": round(float(np.mean(recalls[name])), 4),
        }
        for name in ways
    }


def _throughputs(index: CaptionIndex, asked: Sequence[Question]) -> dict[str, float]:
    """Queries a second of one thread, and of several together, in turns."""
    seconds = dict.fromkeys((1, READERS), 0.0)
    for _ in range(TURNS):
        for readers in seconds:
            began = time.perf_counter()
            with ThreadPoolExecutor(readers) as pool:
                list(pool.map(lambda question: _ours(index, question), asked))
            seconds[readers] += time.perf_counter() - began
    return {str(readers): round(TURNS * len(asked) / spent, 1) for readers, spent in seconds.items()}


class _Named:
    """An embedder by name only, for a process that embeds nothing."""

    def __init__(self, name: str, size: int) -> None:
        self.name, self.size = name, size

    def embed(self, texts: Sequence[str]) -> Vectors:
        raise AssertionError(f"nothing is embedded here: {texts}")


def _memory(folder: Path, embedder: str, asked: Sequence[Question]) -> int:
    """The most memory that a process has held which opened the shop and asked, in MB; without any model."""
    index = open_index(folder, _Named(embedder, len(asked[0][0])))
    for question in asked:
        _ours(index, question)
    held = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())  # ru_maxrss counts the parent's too
    assert held
    return round(int(held[1]) / 1000)
