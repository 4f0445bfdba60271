"""Advice on style in general: dress codes, rules of thumb, care. The answers are data (advice.yaml)."""

import re
from functools import lru_cache
from importlib.resources import files

import yaml
from pydantic import BaseModel, ConfigDict

from assistant.understanding.nearest import Embed, Nearest

NEAR = 0.62  # cosine from which a question is about a topic; of 60 questions those below it were about something else

_ASKING = re.compile(
    r"\b(?:what(?: even| exactly| actually| on earth| the heck)?(?:'s| is| are| does| do| counts| exactly)|whats|explain|define|definition|meaning|mean\b|difference between|how (?:do|does|should|can|to|would)|"
    r"(?:can|could|may|should|must) (?:i|you|we|one|my|a|it|his|her|men|women)|(?:is|are) (?:it|there|they|[\w ]{3,30}) (?:ok|okay|fine|allowed|a (?:no-no|rule|faux pas)|rules?)|"
    r"is (?:it|that)\b|do(?:es)? (?:i|you|my|it|they|a|the) (?:have|need)|rules?\b|advice|tips?\b|ever wear|allowed to)",
    re.I,
)


class Advice(BaseModel):
    """One topic: the words it is known by, questions that people ask about it, and what is answered."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    topic: str
    about: list[str] = []
    asked: list[str] = []
    answer: str


@lru_cache(maxsize=1)
def topics() -> dict[str, Advice]:
    """All topics by name."""
    rows = yaml.safe_load(files("assistant.understanding").joinpath("advice.yaml").read_text(encoding="utf-8"))
    return {row["topic"]: Advice.model_validate(row) for row in rows}


def topic_of(text: str) -> str | None:
    """The topic that a message asks about; the most words it is known by decide. None if it asks for none."""
    if not _ASKING.search(text) and not text.rstrip(" .!").endswith("?"):
        return None
    found = [
        (len(words), advice.topic)
        for advice in topics().values()
        for words in advice.about
        if re.search(rf"(?<!\w){re.escape(words)}(?!\w)", text, re.I)
    ]
    return max(found)[1] if found else None


class Adviser:
    """Knows by an embedder which topic a question is about, from the questions and words that topics are known by."""

    def __init__(self, embed: Embed) -> None:
        self._nearest = Nearest(
            embed, lambda: [(one.topic, words) for one in topics().values() for words in (*one.asked, *one.about)]
        )

    def __call__(self, question: str) -> str | None:
        """The topic of the nearest question; None where none is near."""
        topic, cosine = self._nearest(question)
        return topic if cosine >= NEAR else None
