"""A shop of any size to measure with: invented captions, prices and brands, and vectors that cost nothing to make."""

import random
from collections.abc import Iterator, Sequence

import numpy as np

from catalog.items import Item
from catalog.taxonomy import vocabulary
from retrieval.embeddings import Embedder, Vectors

STYLES = (
    "relaxed", "slim", "oversized", "cropped", "long", "short", "classic", "vintage", "elegant", "sporty", "chunky", "soft",
    "structured", "quilted", "pleated", "ribbed", "embroidered", "hooded", "belted", "lined", "lightweight", "padded", "sheer",
    "glossy", "matte", "washed", "distressed", "tailored", "flared", "straight", "wide", "asymmetric", "layered", "reversible",
)  # fmt: skip
BRANDS = tuple(f"Brand {number}" for number in range(200))
LINES = 500  # product lines whose number a caption bears, so that a million captions differ


def items(count: int, seed: int = 0) -> Iterator[Item]:
    """Items of every kind, colour, brand and price; nearly all captions differ."""
    words, dice = vocabulary(), random.Random(seed)
    kinds, colours = [kind for kind in words.kinds.values() if kind.slot in words.slots], sorted(words.colours)
    for number in range(count):
        kind, colour = dice.choice(kinds), dice.choice(colours)
        caption = f"{' '.join(dice.sample(STYLES, 2))} {colour} {kind.name} line{dice.randrange(LINES)}"
        yield Item.model_construct(  # checking a million of them takes minutes, and they are right by construction
            id=str(number),
            title=caption,
            slot=kind.slot,
            kind=kind.name,
            colours=(colour,),
            price=round(dice.lognormvariate(3.7, 0.8), 2),
            currency="EUR",
            brand=dice.choice(BRANDS),
            gender=dice.choice(("women", "women", "men")),
            stock=dice.choice((0, 1, 5, 20, 100)),
        )


class SumOfWords:
    """An embedder whose captions are the sums of their words' own vectors: as crowded as real ones, and quick to make."""

    def __init__(self, embedder: Embedder) -> None:
        self.name, self.size = f"sum of words by {embedder.name}", embedder.size
        self._embedder = embedder
        self._known: dict[str, Vectors] = {}

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors, shape (len(texts), size), float32."""
        split = [text.split() for text in texts]
        new = sorted({word for words in split for word in words} - self._known.keys())
        if new:
            self._known.update(zip(new, self._embedder.embed(new), strict=True))
        sums = np.stack([np.sum([self._known[word] for word in words], axis=0) for words in split])
        return np.asarray(sums / np.linalg.norm(sums, axis=1, keepdims=True), dtype=np.float32)
