"""The two tasks, fill in the blank (FITB) and compatibility prediction (CP): their questions and how they are drawn.

A question holds captions and slots. The keys of a data set's items stand beside them for what needs pictures; they are
never shown to a model, because in Polyvore they give the answer away.
"""

import hashlib
import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Literal, NamedTuple, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from catalog.items import Garment

OPTIONS = 4  # the right one and three negatives, as in Han et al. 2017

Negatives = Literal["slot", "random"]


class TaskError(ValueError):
    """Questions or outfits that cannot be read or asked; the message names the file and line."""


class Piece(NamedTuple):
    """An item of a data set's outfit: its key there (never shown to a model), its words, and its slot if it is known.

    Its category and price, where the data set says them, are for training alone (`lessons.py`): no question holds them.
    """

    key: str
    words: str
    slot: str | None = None
    category: str | None = None
    price: float | None = None  # above 0, in the data set's currency


class Outfit(NamedTuple):
    """Pieces that somebody put together."""

    id: str
    pieces: tuple[Piece, ...]


class FitbQuestion(BaseModel):
    """An outfit without one item, and the options for it, by caption. `answer` is the right option's index."""

    model_config = ConfigDict(frozen=True)

    context: tuple[str, ...] = Field(min_length=1)
    options: tuple[str, ...] = Field(min_length=2)
    answer: int = Field(ge=0)
    context_slots: tuple[str | None, ...] = ()
    slot: str | None = None
    outfit: str = ""  # which outfit it was drawn from, for the bootstrap; never shown to a model
    context_keys: tuple[str, ...] = ()
    option_keys: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _answer_among_options(self) -> "FitbQuestion":
        if self.answer >= len(self.options):
            raise ValueError(f"the answer {self.answer} is not among the {len(self.options)} options")
        _one_each("context", self.context, self.context_slots, self.context_keys)
        _one_each("options", self.options, self.option_keys)
        return self

    def garments(self) -> tuple[list[Garment], list[Garment]]:
        """The context and the options as the stylist reads them."""
        slots = self.context_slots or (None,) * len(self.context)
        context = [Garment(caption=words, slot=slot) for words, slot in zip(self.context, slots, strict=True)]
        return context, [Garment(caption=words, slot=self.slot) for words in self.options]


class CpQuestion(BaseModel):
    """An outfit by its captions, and whether somebody put it together (1) or chance did (0)."""

    model_config = ConfigDict(frozen=True)

    items: tuple[str, ...] = Field(min_length=2)
    label: int = Field(ge=0, le=1)
    slots: tuple[str | None, ...] = ()
    outfit: str = ""
    keys: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _as_many_as_items(self) -> "CpQuestion":
        _one_each("items", self.items, self.slots, self.keys)
        return self

    def garments(self) -> list[Garment]:
        """The items as the stylist reads them."""
        slots = self.slots or (None,) * len(self.items)
        return [Garment(caption=words, slot=slot) for words, slot in zip(self.items, slots, strict=True)]


def _one_each(what: str, texts: Sequence[str], *beside: Sequence[object]) -> None:
    """Slots and keys that stand beside texts are as many, or none."""
    for values in beside:
        if values and len(values) != len(texts):
            raise ValueError(f"{len(values)} slots or keys stand beside {len(texts)} {what}")


Question = TypeVar("Question", FitbQuestion, CpQuestion)


def read_questions(path: Path, question: type[Question]) -> list[Question]:
    """Questions from a JSONL file, one a line. Raises TaskError with the line that is none."""
    read: list[Question] = []
    number = 0
    try:
        for number, line in enumerate(path.read_text(encoding="utf-8").split("\n"), 1):  # noqa: B007 - the message needs it
            if line.strip():
                read.append(question.model_validate_json(line))
    except ValidationError as error:
        first = error.errors()[0]
        place = "".join(f"{name}: " for name in first["loc"])
        raise TaskError(f"{path}, line {number}: not a question: {place}{first['msg']}.") from error
    except OSError as error:
        raise TaskError(f"{path} cannot be read: {error.strerror}.") from error
    if not read:
        raise TaskError(f"{path} holds no question.")
    return read


def write_questions(questions: Iterable[FitbQuestion | CpQuestion], path: Path) -> str:
    """Write questions as JSONL, and return the file's sha256: what is kept where the data must not be."""
    text = question_lines(questions)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return hashlib.sha256(text.encode()).hexdigest()


def question_lines(questions: Iterable[FitbQuestion | CpQuestion]) -> str:
    """Questions as the lines of their file."""
    return "".join(question.model_dump_json(exclude_defaults=True) + "\n" for question in questions)


class _Wardrobe:
    """All pieces of some outfits by slot, and who was worn with whom."""

    def __init__(self, outfits: Sequence[Outfit], negatives: Negatives, known: Sequence[Outfit] = ()) -> None:
        self._anywhere = negatives == "random"
        self._pools: dict[str | None, list[Piece]] = {}
        self._together: dict[str, set[str]] = {}
        for piece in sorted(
            {piece for outfit in outfits for piece in outfit.pieces}, key=lambda piece: (piece.words, piece.key)
        ):
            self._pools.setdefault(None if self._anywhere else piece.slot, []).append(piece)
        for outfit in (*outfits, *known):
            keys = {piece.key for piece in outfit.pieces}
            for key in keys:
                self._together.setdefault(key, set()).update(keys)

    def others(self, rng: random.Random, right: Piece, context: Iterable[Piece], count: int) -> list[Piece]:
        """`count` random pieces instead of `right`: all different in words, none ever worn with a piece of the context."""
        worn = set().union(*(self._together[piece.key] for piece in context)) if context else set()
        pool = self._pools[None if self._anywhere else right.slot]
        found: list[Piece] = []
        words = {plain(right.words)}
        for piece in rng.sample(pool, len(pool)) if len(pool) < 50 * count else _endless(rng, pool):
            if plain(piece.words) not in words and piece.key not in worn:
                found.append(piece)
                words.add(plain(piece.words))
            if len(found) == count:
                return found
        raise _Rare

    def question(
        self, rng: random.Random, outfit: str, context: Sequence[Piece], right: Piece, options: int
    ) -> FitbQuestion | None:
        """The question for `right` among random others; None where its slot has too few."""
        if options < 2:
            raise TaskError("A question needs two options at least.")
        try:
            shown = [right, *self.others(rng, right, context, options - 1)]
        except _Rare:
            return None
        rng.shuffle(shown)
        return fitb_question(outfit, context, shown, right)


class _Rare(Exception):
    """A slot has too few other pieces for a question."""


def _endless(rng: random.Random, pool: list[Piece]) -> Iterator[Piece]:
    for _ in range(50 * len(pool)):  # drawing is much quicker than shuffling a large pool, and may not go on for ever
        yield rng.choice(pool)


def plain(words: str) -> str:
    """Words by which texts are compared: options that differ in case or blanks only are the same option."""
    return " ".join(words.lower().split())


def draw_fitb(
    outfits: Sequence[Outfit],
    seed: int,
    negatives: Negatives = "slot",
    options: int = OPTIONS,
    known: Sequence[Outfit] = (),
) -> Iterator[FitbQuestion]:
    """One question an outfit: a random item hidden, among `options` - 1 from other outfits that differ in text.

    No negative was ever worn with an item of the context, in these outfits or in the `known` ones. An outfit whose hidden
    item has too few rivals in its slot is passed over. Raises TaskError for an outfit of one item, which leaves nothing to
    go by, and where no outfit has rivals enough.
    """
    rng, wardrobe, asked = random.Random(seed), _Wardrobe(outfits, negatives, known), 0
    for outfit in sorted(outfits):
        _at_least_two(outfit)
        right = rng.choice(outfit.pieces)
        context = [piece for piece in outfit.pieces if piece is not right]
        if question := wardrobe.question(rng, outfit.id, context, right, options):
            asked += 1
            yield question
    _some(asked, f"{options - 1} other items that differ in text")


def draw_steps(
    outfits: Sequence[Outfit], seed: int, negatives: Negatives = "slot", options: int = OPTIONS
) -> Iterator[FitbQuestion]:
    """Outfits in random order, each put together in random order: a question for each piece but the first.

    A question's context is the pieces before it, in that order, so that an outfit's questions share their beginnings.
    Passed over and raised as in `draw_fitb`.
    """
    rng, wardrobe, asked = random.Random(seed), _Wardrobe(outfits, negatives), 0
    for outfit in rng.sample(sorted(outfits), len(outfits)):
        _at_least_two(outfit)
        pieces = rng.sample(outfit.pieces, len(outfit.pieces))
        for place, right in enumerate(pieces[1:], 1):
            if question := wardrobe.question(rng, outfit.id, pieces[:place], right, options):
                asked += 1
                yield question
    _some(asked, f"{options - 1} other items that differ in text")


def draw_cp(
    outfits: Sequence[Outfit], seed: int, negatives: Negatives = "slot", known: Sequence[Outfit] = ()
) -> Iterator[CpQuestion]:
    """Each outfit, and after it one whose every item is replaced by a random one of its slot, never worn together.

    Passed over and raised as in `draw_fitb`.
    """
    rng, wardrobe, asked = random.Random(seed), _Wardrobe(outfits, negatives, known), 0
    for outfit in sorted(outfits):
        _at_least_two(outfit)
        drawn: list[Piece] = []
        try:
            for piece in outfit.pieces:
                drawn += wardrobe.others(rng, piece, drawn, 1)
        except _Rare:
            continue
        asked += 1
        yield cp_question(outfit.id, outfit.pieces, 1)
        yield cp_question(outfit.id, drawn, 0)
    _some(asked, "another item that differs in text and was never worn with the rest")


def _some(asked: int, what: str) -> None:
    if not asked:
        raise TaskError(f"No question can be drawn: no outfit's slots have {what}.")


def _at_least_two(outfit: Outfit) -> None:
    if len(outfit.pieces) < 2:
        raise TaskError(f"The outfit {outfit.id} has one item only: there is nothing that it could go with.")


def fitb_question(outfit: str, context: Sequence[Piece], options: Sequence[Piece], right: Piece) -> FitbQuestion:
    """A question of these pieces; the options keep their order. Raises TaskError where the right one is not among them."""
    if right not in options:
        raise TaskError(f"The outfit {outfit}: the right answer is not among the options.")
    return FitbQuestion(
        context=tuple(piece.words for piece in context),
        context_slots=tuple(piece.slot for piece in context),
        context_keys=tuple(piece.key for piece in context),
        options=tuple(piece.words for piece in options),
        option_keys=tuple(piece.key for piece in options),
        answer=list(options).index(right),
        slot=right.slot,
        outfit=outfit,
    )


def cp_question(outfit: str, pieces: Sequence[Piece], label: int) -> CpQuestion:
    """A question of these pieces."""
    return CpQuestion(
        items=tuple(piece.words for piece in pieces),
        slots=tuple(piece.slot for piece in pieces),
        keys=tuple(piece.key for piece in pieces),
        label=label,
        outfit=outfit,
    )


def without(outfits: Sequence[Outfit], ids: Mapping[str, object] | set[str]) -> tuple[list[Outfit], int]:
    """The outfits whose id is not among `ids`, and how many were dropped: no training on what is evaluated."""
    kept = [outfit for outfit in outfits if outfit.id not in ids]
    return kept, len(outfits) - len(kept)
