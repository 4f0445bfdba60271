"""What a message that no rule knows may mean: the nearest of some examples, by meaning, and how sure that is."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.resources import files

import numpy as np
import yaml
from pydantic import BaseModel, ConfigDict

from catalog.taxonomy import vocabulary
from retrieval.embeddings import Vectors

SURE, HARDLY = 0.62, 0.45  # cosines from which a message is taken as its nearest example means, or asked about
Embed = Callable[[Sequence[str]], Vectors]


class Meaning(BaseModel):
    """One thing that people say in many ways. `plainly` is how the rules understand it; "" where it is no request."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    label: str
    plainly: str
    examples: list[str]


@dataclass(frozen=True)
class Guess:
    """The nearest meaning, and whether it is near enough to act on without asking."""

    label: str
    plainly: str
    sure: bool


@lru_cache(maxsize=1)
def meanings() -> tuple[Meaning, ...]:
    """The shipped examples."""
    rows = yaml.safe_load(files("assistant.understanding").joinpath("intents.yaml").read_text(encoding="utf-8"))
    return tuple(Meaning.model_validate(row) for row in rows)


@dataclass
class Guesser:
    """Guesses by an embedder. The examples are embedded with the first guess."""

    embed: Embed
    _known: tuple[list[Meaning], Vectors] | None = field(default=None, repr=False)

    def __call__(self, text: str) -> Guess | None:
        """The meaning nearest to a message; None where nothing is near."""
        if self._known is None:
            rows = [(meaning, example) for meaning in meanings() for example in meaning.examples]
            self._known = [meaning for meaning, _ in rows], self.embed([masked(example) for _, example in rows])
        known, vectors = self._known
        cosines = vectors @ self.embed([masked(text)])[0]
        nearest = int(np.argmax(cosines))
        meaning, cosine = known[nearest], float(cosines[nearest])
        if cosine < HARDLY or not meaning.plainly:
            return None
        return Guess(meaning.label, meaning.plainly, sure=cosine >= SURE)


def masked(text: str) -> str:
    """A message with its garments and colours made one, so that "not those boots" is near "not those shoes"."""
    for mention in reversed(vocabulary().mentions(text, "garment", "colour")):
        text = f"{text[: mention.start]}{'shoes' if mention.field == 'garment' else 'black'}{text[mention.end :]}"
    return text
