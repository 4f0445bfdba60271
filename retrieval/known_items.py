"""Whether a shopper who has a certain product in mind finds it: by its name, by a misspelt name, by what it is like."""

import csv
import random
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from catalog.items import Item
from retrieval.building import build_index
from retrieval.embeddings import Embedder
from retrieval.filters import Filters, condition
from retrieval.index import CaptionIndex
from retrieval.lexical import by_words

HIT = 10  # places among which the product must stand
LONG = 5  # letters of a word that gets the typo
LETTERS = "abcdefghijklmnopqrstuvwxyz"


def measure(styles: Path, folder: Path, embedder: Embedder, count: int) -> dict[str, Any]:
    """Hit@10 over `count` products for three ways to ask, by vectors alone, by words alone (BM25), and fused."""
    rows = _rows(styles)
    index = build_index([item for item, _ in rows], folder, embedder, source=str(styles))
    dice = random.Random(0)
    chosen = dice.sample(rows, count)
    asked = {
        "name": [item.title for item, _ in chosen],
        "typo": [misspelt(item.title, dice) for item, _ in chosen],
        "description": [described(item.title, usage, dice) for item, usage in chosen],
    }
    titles = [item.title.casefold() for item, _ in chosen]
    found: dict[str, Any] = {"products": len(rows), "queries": count}
    for way, find in _ways(index).items():
        found[way] = {what: _hits(find, queries, titles) for what, queries in asked.items()}
    return found


def _rows(styles: Path) -> list[tuple[Item, str]]:
    """The products that are garments or what is worn with them, and what each is for."""
    found = []
    with styles.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            try:
                title = row["productDisplayName"] or ""
                found.append((Item.model_validate({"id": row["id"], "title": title}), row["usage"] or ""))
            except ValidationError:
                continue  # perfumes and the like
    return found


def misspelt(title: str, dice: random.Random) -> str:
    """A name with one mistake in a long word: two letters swapped, one left out, one doubled, or one that is another."""
    words = title.split()
    long = [place for place, word in enumerate(words) if len(word) >= LONG and word.isalpha()]
    if not long:
        return title
    place = dice.choice(long)
    word, at = words[place], dice.randrange(1, len(words[place]) - 1)
    words[place] = dice.choice(
        (
            word[:at] + word[at + 1] + word[at] + word[at + 2 :],
            word[:at] + word[at + 1 :],
            word[:at] + word[at] + word[at:],
            word[:at] + dice.choice(LETTERS) + word[at + 1 :],
        )
    )
    return " ".join(words)


def described(title: str, usage: str, dice: random.Random) -> str:
    """What it is like without its brand, which is a name's first word: its other words in any order, and what it is for."""
    words = re.findall(r"\w+", title.casefold())[1:]
    return " ".join([*dice.sample(words, len(words)), usage.casefold()])


def _ways(index: CaptionIndex) -> dict[str, Callable[[str], list[str]]]:
    def meant(text: str) -> list[str]:
        return [hit.item.title for hit in index.search(index.embedder.embed([text])[0], Filters(), k=HIT)]

    def said(text: str) -> list[str]:
        ledger = index.current().ledger
        numbers = by_words(ledger, text, condition(Filters()), HIT)
        items = ledger.items(numbers)
        return [Item.model_validate_json(items[number]).title for number in numbers]

    def fused(text: str) -> list[str]:
        return [hit.item.title for hit in index.search_words(text, Filters(), k=HIT)]

    return {"vectors": meant, "words": said, "fused": fused}


def _hits(find: Callable[[str], list[str]], queries: Sequence[str], titles: Sequence[str]) -> dict[str, float]:
    """The share of queries whose product, or one of the same name, is found, with its 95 % interval (Wilson)."""
    from scipy.stats import binomtest  # a second, only for whoever measures

    hits = sum(title in map(str.casefold, find(query)) for query, title in zip(queries, titles, strict=True))
    interval = binomtest(hits, len(titles)).proportion_ci(method="wilson")
    return {"rate": hits / len(titles), "low": float(interval.low), "high": float(interval.high), "n": len(titles)}
