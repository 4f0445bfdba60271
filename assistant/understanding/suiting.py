"""Whether a type of thing suits an occasion or a season in general: "are jeans ok for the office?". The verdicts are data (suiting.yaml)."""

import re
from functools import lru_cache
from importlib.resources import files
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict

from assistant.understanding.reading import Reading
from catalog.taxonomy import plural, vocabulary

SUITS = "suits"  # the topic of a turn that asks so
_BETWEEN = " | "  # the things in the shopper's word, their kind and the occasion, in what such a turn is about
COLOUR_COUNTS = ("wedding", "formal")  # white, or red at a funeral: advice.yaml knows
_OF_ITS_OWN = re.compile(r"\binterview\b", re.I)  # advice.yaml knows more of it

Verdict = Literal["good", "maybe", "poor"]


class Suiting(BaseModel):
    """What suits one occasion or season."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    at: str
    good: tuple[str, ...]
    maybe: tuple[str, ...]
    can: str
    poor: tuple[str, ...]
    are: str
    safe: str

    def told(self, kind: str, it: str, several: bool = False) -> str:
        """The verdict on a thing in words, to stand after `at`; `it`: the thing or things. Empty where there is none."""
        match self.verdict(kind):
            case "good":
                return f"{it} {'are' if several else 'is'} a good choice."
            case "maybe":
                return f"{it} can do, {self.can}. Always right: {self.safe}."
            case "poor":
                return f"{it} {'are' if several else 'is'} {self.are}. Better take {self.safe}."
            case None:
                return ""

    def verdict(self, kind: str) -> Verdict | None:
        """That of the nearest listed kind at or above this one; None where none is listed."""
        listed: dict[Verdict, tuple[str, ...]] = {"good": self.good, "maybe": self.maybe, "poor": self.poor}
        name: str | None = kind
        while name is not None:
            for verdict, kinds in listed.items():
                if name in kinds:
                    return verdict
            name = vocabulary().kinds[name].parent
        return None


@lru_cache(maxsize=1)
def suitings() -> dict[str, Suiting]:
    """All by the vocabulary's name of the occasion or season."""
    rows = yaml.safe_load(files("assistant.understanding").joinpath("suiting.yaml").read_text(encoding="utf-8"))
    return {name: Suiting.model_validate(row) for name, row in rows.items()}


def asked_of(reading: Reading) -> str | None:
    """What a question in general is about, for `verdict_on`: one type of thing, and one occasion, else one season."""
    named = {phrase.kind: phrase for phrase in reading.phrases}
    said = [name for name in (*reading.occasions, *reading.seasons) if name in suitings()]
    when = sorted(said, key=lambda name: name == "formal")[:1]  # "formal enough for work" is of work
    if len(named) != 1 or not when or reading.goes_with or _OF_ITS_OWN.search(reading.text):
        return None
    if reading.colours and when[0] in COLOUR_COUNTS:
        return None
    ((kind, phrase),) = named.items()
    return _BETWEEN.join((plural(phrase.noun), kind, *when)) if suitings()[when[0]].verdict(kind) else None


def verdict_on(about: str) -> str:
    """The answer in words. No yes or no: "are they too casual?" is asked as often as "are they ok?"."""
    things, kind, occasion = about.split(_BETWEEN)
    suiting = suitings()[occasion]
    more = f" Ask for {things}, and I show you mine." if suiting.verdict(kind) == "good" else ""
    return f"{suiting.at.capitalize()} {suiting.told(kind, things, several=True)}{more}"
