"""The nearest of some known sentences, by meaning."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

import numpy as np

from retrieval.embeddings import Vectors

Label = TypeVar("Label")
Embed = Callable[[Sequence[str]], Vectors]


@dataclass
class Nearest(Generic[Label]):
    """Finds the label of the nearest known sentence. These are embedded with the first question."""

    embed: Embed
    known: Callable[[], Sequence[tuple[Label, str]]]
    _embedded: tuple[list[Label], Vectors] | None = field(default=None, repr=False)

    def __call__(self, text: str) -> tuple[Label, float]:
        """The label of the sentence that is nearest to a text, and their cosine."""
        if self._embedded is None:
            rows = self.known()
            self._embedded = [label for label, _ in rows], self.embed([sentence for _, sentence in rows])
        labels, vectors = self._embedded
        cosines = vectors @ self.embed([text])[0]
        nearest = int(np.argmax(cosines))
        return labels[nearest], float(cosines[nearest])
