"""The third benchmark, complementary item retrieval (CIR): of all items of a slot, which one completes the outfit?

The protocol, written down because the field's own (the split of CSA-Net, Lin et al. 2020) was never released, so that no
figure here is comparable to published ones:

- One item of each outfit is hidden, drawn by seed among those that have a slot and whose text nothing else in the outfit
  has; the rest is the context. Outfits without such an item are passed over.
- The gallery is every item of the hidden one's slot in the split, each text once (case and blanks do not count), the hidden
  one's among them. Texts that the context holds are barred; a question that leaves no rival is passed over.
- The hidden item's rank is by score. Ties are broken in every order at once: recall is the share of orders that find it, and
  its rank the mean over them, so that whoever scores all alike is at chance.
- Recall@k is the share of questions whose item is among the first k. Where the gallery has no more than k, it is found.
- Intervals are bootstrapped over outfits with all their draws.
- Where a shop's items stand in many outfits (Mango), the second column asks only for items that no training outfit holds.
  Their rivals are the same, as in a shop: who prefers what it has seen pays for it.
"""

import hashlib
import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from finetune.metrics import intervals, mid_ranks, recall_hits
from finetune.pairs import slot_of
from finetune.results import Estimate, Gain
from finetune.tasks import Outfit, Piece, TaskError, plain

CUTOFFS = (1, 10, 30, 50)
CUTOFF = 10  # of the figure that a row is known by
BATCH = 128  # questions that a finder is asked at once, and that are noted together

Galleries = Mapping[str, tuple[Piece, ...]]  # by slot
Counts = NDArray[np.int64]


class CirQuestion(NamedTuple):
    """An outfit without one item. The finder sees the context and the slot, never keys or the hidden item."""

    outfit: str
    context: tuple[Piece, ...]
    hidden: Piece

    @property
    def slot(self) -> str:
        """The hidden item's."""
        return slot_of(self.hidden)


class Batch(NamedTuple):
    """Questions for one slot with their gallery. `barred`: (questions, gallery), the texts that each context holds."""

    asked: tuple[CirQuestion, ...]
    gallery: tuple[Piece, ...]
    barred: NDArray[np.bool_]


def draw_cir(outfits: Sequence[Outfit], seed: int) -> Iterator[CirQuestion]:
    """One question an outfit that has an item to hide. Raises TaskError where none has."""
    rng, asked = random.Random(seed), 0
    for outfit in sorted(outfits):
        usable = list(_hideable(outfit))
        if usable:
            asked += 1
            place = rng.choice(usable)
            yield CirQuestion(outfit.id, (*outfit.pieces[:place], *outfit.pieces[place + 1 :]), outfit.pieces[place])
    if not asked:
        raise TaskError("No question can be drawn: no outfit has two items, one of them of a known slot and a text of its own.")


def _hideable(outfit: Outfit) -> Iterator[int]:
    """The places of items that can be asked for: a slot is known, and the rest is not empty and does not show the text."""
    texts = [plain(piece.words) for piece in outfit.pieces]
    for place, piece in enumerate(outfit.pieces):
        if len(texts) > 1 and texts.count(texts[place]) == 1 and slot_of(piece):
            yield place


def galleries(outfits: Iterable[Outfit]) -> Galleries:
    """Every slot's items, each text once, in alphabetical order."""
    found: dict[str, dict[str, Piece]] = {}
    for piece in sorted({piece for outfit in outfits for piece in outfit.pieces}, key=lambda piece: (piece.words, piece.key)):
        found.setdefault(slot_of(piece), {}).setdefault(plain(piece.words), piece)
    return {slot: tuple(found[slot][text] for text in sorted(found[slot])) for slot in sorted(found)}


def batches(asked: Iterable[CirQuestion], shown: Galleries) -> list[Batch]:
    """The questions by slot, `BATCH` at a time, without those that have no rival. Raises TaskError where none is left."""
    found: list[Batch] = []
    for slot, questions in groupby(sorted(asked, key=lambda question: question.slot), key=lambda question: question.slot):
        gallery = shown.get(slot, ())
        rows = {plain(piece.words): row for row, piece in enumerate(gallery)}
        told = [(question, _barred(question, rows)) for question in questions]
        told = [(question, barred) for question, barred in told if len(gallery) - barred.sum() > 1]
        for start in range(0, len(told), BATCH):
            some, barred = zip(*told[start : start + BATCH], strict=True)
            found.append(Batch(some, gallery, np.stack(barred)))
    if not found:
        raise TaskError("No item can be looked for: every slot that is asked for has one text only.")
    return found


def _barred(question: CirQuestion, rows: Mapping[str, int]) -> NDArray[np.bool_]:
    if plain(question.hidden.words) not in rows:
        raise TaskError(f"The outfit {question.outfit}: the gallery of {question.slot} does not hold the hidden item.")
    barred = np.zeros(len(rows), dtype=bool)
    barred[[rows[text] for piece in question.context if (text := plain(piece.words)) in rows]] = True
    return barred


def places(scores: NDArray[np.float64], batch: Batch) -> Counts:
    """For each question how many items score better than the hidden one, and how many as it does, itself too: (questions, 2).

    scores: (questions, gallery). Raises TaskError for a score that is no number.
    """
    if np.isnan(scores).any():
        raise TaskError("A score is no number (NaN): no rank can be measured.")
    rows = {plain(piece.words): row for row, piece in enumerate(batch.gallery)}
    right = np.array([rows[plain(question.hidden.words)] for question in batch.asked])
    own = scores[np.arange(len(right)), right][:, None]
    allowed = ~batch.barred
    return np.column_stack([((scores > own) & allowed).sum(1), ((scores == own) & allowed).sum(1)])


def measured(asked: Sequence[Batch], ranked: Counts, over: tuple[str, Counts] | None = None) -> dict[str, Any]:
    """Recalls, the median rank and their intervals, for a result row.

    ranked: what `places` says of all questions, (questions, 2). `over`: the name and the places of another finder's answers
    to the same questions, for the gain over it, question by question.
    """
    outfits = [question.outfit for batch in asked for question in batch.asked]
    sizes = np.concatenate([(~batch.barred).sum(1) for batch in asked])
    better, tied = ranked.T
    columns = [recall_hits(better, tied, cutoff) for cutoff in CUTOFFS]
    if over:
        columns.append(columns[CUTOFFS.index(CUTOFF)] - recall_hits(over[1][:, 0], over[1][:, 1], CUTOFF))
    hits, ranks = np.column_stack(columns), mid_ranks(better, tied)

    def figures(chosen: NDArray[np.int64]) -> NDArray[np.float64]:
        return np.append(hits[chosen].mean(0), np.median(ranks[chosen]))

    values, ends = figures(np.arange(len(outfits))).round(4), intervals(outfits, figures).round(4)
    found = [Estimate(value=value, ci95=(low, high)) for value, low, high in zip(values, *ends, strict=True)]
    recalls = dict(zip(CUTOFFS, found, strict=False))
    return {
        "metric": f"recall@{CUTOFF}",
        "value": recalls[CUTOFF].value,
        "ci95": recalls[CUTOFF].ci95,
        "n": len(outfits),
        "recalls": recalls,
        "median_rank": found[-1],
        "gallery": round(float(sizes.mean()), 1),
        "chance": round(float(np.minimum(CUTOFF / sizes, 1).mean()), 4),
        "gain": Gain(over=over[0], value=found[-2].value, ci95=found[-2].ci95) if over else None,
    }


def fingerprint(asked: Sequence[Batch]) -> str:
    """The sha256 of what is asked, by which notes of an interrupted run are known again."""
    return hashlib.sha256(repr([(batch.asked, batch.gallery) for batch in asked]).encode()).hexdigest()
