"""What a message that no rule knows may mean: the nearest of some examples, by meaning, and how sure that is."""

from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

import yaml
from pydantic import BaseModel, ConfigDict

from assistant.understanding.nearest import Embed, Nearest
from catalog.taxonomy import vocabulary

SURE, HARDLY = 0.62, 0.45  # cosines from which a message is taken as its nearest example means, or asked about


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


class Guesser:
    """Guesses by an embedder."""

    def __init__(self, embed: Embed) -> None:
        self._nearest = Nearest(embed, lambda: [(one, masked(example)) for one in meanings() for example in one.examples])

    def __call__(self, text: str) -> Guess | None:
        """The meaning nearest to a message; None where nothing is near."""
        meaning, cosine = self._nearest(masked(text))
        if cosine < HARDLY or not meaning.plainly:
            return None
        return Guess(meaning.label, meaning.plainly, sure=cosine >= SURE)


def masked(text: str) -> str:
    """A message with its garments and colours made one, so that "not those boots" is near "not those shoes"."""
    for mention in reversed(vocabulary().mentions(text, "garment", "colour")):
        text = f"{text[: mention.start]}{'shoes' if mention.field == 'garment' else 'black'}{text[mention.end :]}"
    return text
