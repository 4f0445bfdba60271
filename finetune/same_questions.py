"""Fill in the blank on Mango by source of captions: the very same questions, once in the shop's attributes, once in captions.

The questions, their negatives among them, are drawn from the attributes, so that what differs between two sources is the
words alone. What is fitted on outfits is fitted on them in the words of the source that it then answers in.
"""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from finetune.mango import SPLITS, read_mango
from finetune.metrics import bootstrap, fitb_hits
from finetune.results import Gain, Result
from finetune.scorers import Scorer
from finetune.scoring import answer, measured
from finetune.tasks import FitbQuestion, Outfit, draw_fitb, plain

ATTRIBUTES = "attributes"
SEEDS = 5

Words = Mapping[str, str]  # by product id


class Asked(NamedTuple):
    """Questions about the outfits of Mango's test split, and the outfits that controls are fitted on."""

    questions: list[FitbQuestion]
    train: tuple[Outfit, ...]


class Contestant(NamedTuple):
    """Who answers: made from training outfits, with what its rows say of it."""

    make: Callable[[Sequence[Outfit]], Scorer]
    about: Mapping[str, Any]


def drawn(outfits: Path, seeds: int = SEEDS) -> Asked:
    """Questions from the attributes; no negative was worn with the context in any outfit of the shop. Raises TaskError."""
    read = {split: read_mango(outfits, split).outfits for split in SPLITS}
    known = [outfit for split in read.values() for outfit in split]
    asked = [question for seed in range(seeds) for question in draw_fitb(read["test"], seed, known=known)]
    return Asked(asked, read["train"])


def reworded(question: FitbQuestion, words: Words) -> FitbQuestion:
    """The question with each item in other words."""
    context, options = (tuple(words[key] for key in keys) for keys in (question.context_keys, question.option_keys))
    return question.model_copy(update={"context": context, "options": options})


def measure(
    asked: Asked, sources: Mapping[str, tuple[Words, dict[str, Any]]], contestants: Sequence[Contestant]
) -> dict[str, list[Result]]:
    """Rows by source, one for each contestant; beside the first source's all others' say how much more they reach.

    `sources`: the words of each, by product id, and what its rows say besides. The interval of a gain is of pairs of answers
    to the same question, over outfits with all their draws.
    """
    rows: dict[str, list[Result]] = {source: [] for source in sources}
    groups = [question.outfit for question in asked.questions]
    right = [question.answer for question in asked.questions]
    for contestant in contestants:
        first: tuple[str, Any] | None = None
        for source, (words, about) in sources.items():
            questions = [reworded(question, words) for question in asked.questions]
            answered = answer(contestant.make([_reworded(outfit, words) for outfit in asked.train]), questions)
            hits = fitb_hits(answered.scores, right)
            gain = _gain(groups, hits, *first) if first else None
            rows[source].append(_row(contestant, about, questions, answered.scores, answered.seconds, gain))
            first = first or (source, hits)
    return rows


def _reworded(outfit: Outfit, words: Words) -> Outfit:
    return outfit._replace(pieces=tuple(piece._replace(words=words[piece.key]) for piece in outfit.pieces))


def _gain(groups: Sequence[str], hits: Any, over: str, theirs: Any) -> Gain:
    more = hits - theirs
    low, high = bootstrap(groups, lambda places: float(more[places].mean()))
    return Gain(over=over, value=round(float(more.mean()), 4), ci95=(round(low, 4), round(high, 4)))


def _row(
    contestant: Contestant,
    about: Mapping[str, Any],
    questions: Sequence[FitbQuestion],
    scores: Sequence[Any],
    seconds: float,
    gain: Gain | None,
) -> Result:
    said: dict[str, Any] = {
        "task": "fitb",
        "data": "mango",
        "split": "test",
        "seeds": SEEDS,
        "seconds": round(seconds, 1),
        "gain": gain,
    }
    return Result(**said | measured(questions, scores, None) | dict(contestant.about) | dict(about))


def alike(questions: Sequence[FitbQuestion], words: Words) -> float:
    """The share of questions in which a wrong option has the right one's very words: captions that tell too little apart."""
    asked = [[plain(option) for option in reworded(question, words).options] for question in questions]
    return sum(row.count(row[question.answer]) > 1 for row, question in zip(asked, questions, strict=True)) / len(questions)
