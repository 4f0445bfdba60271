"""`python -m finetune.distil --config RECIPE --data ROOT --into FOLDER`: teach complementary search what the stylist knows.

The stylist reads a handful of candidates a second with encoders of its own; a shop's index holds plain vectors of captions.
So a set encoder learns to put its query where the stylist's favourites lie among those: it never sees a right answer, but
for any outfit, slot and wish the teacher's odds of a thousand captions.
"""

import os
import random
import sys
import time
from collections.abc import Sequence
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # before torch: spinning threads are up to 38 times slower on busy cores

import torch
from torch import Tensor, nn
from torch.nn import functional
from transformers import Trainer, TrainingArguments, set_seed

from catalog.taxonomy import vocabulary
from finetune.blend import blend_fingerprint
from finetune.contexts import Asked, Contexts
from finetune.datasets import as_polyvore_t
from finetune.examples import Drawn, training_outfits
from finetune.fitting import Watched
from finetune.model import SHIPPED, ModelError, fingerprint_of
from finetune.prompts import Example
from finetune.provenance import shown
from finetune.recipe import ComplementRecipe
from finetune.record import Kept, finish
from finetune.teacher import Teacher, open_teacher
from finetune.training import arguments, parser, resumable, run, say
from retrieval.complement import WISH
from retrieval.embeddings import EMBEDDED, EmbedderError, SentenceEmbedder, embedded_folder
from retrieval.set_encoder import SETS, SetEncoder, save_sets


def main(given: Sequence[str] | None = None) -> int:
    """Train by the command line."""
    options = parser("distil", "the encoder of what complements an outfit").parse_args(given)
    return run(options, ComplementRecipe, rows, partial(fit, into=options.into))


def rows(recipe: ComplementRecipe, root: Path) -> Drawn:
    """The recipe's outfits of two pieces or more: captions, and each piece's slots as we name it and as Polyvore-T does."""
    outfits, report = training_outfits(recipe.data, root)
    outfits = [outfit for outfit in outfits if len(outfit.pieces) > 1]
    examples: list[Example] = [
        {
            "captions": [piece.words for piece in outfit.pieces],
            "slots": [
                [piece.slot, other.slot] for piece, other in zip(outfit.pieces, as_polyvore_t(outfit).pieces, strict=True)
            ],
        }
        for outfit in outfits
    ]
    return Drawn(examples, [outfit.id for outfit in outfits], report)


class Batches:
    """Questions as `Distilling` takes them, with the teacher's log-odds. `vectors`: of the contexts' texts, (n, size)."""

    def __init__(self, contexts: Contexts, vectors: Tensor, teacher: Teacher, slots: int, recipe: ComplementRecipe) -> None:
        self._contexts, self._vectors, self._teacher, self._recipe = contexts, vectors, teacher, recipe
        self._none, self._wish = torch.zeros_like(vectors[0]), slots - 1
        self._captions = [torch.tensor(group.captions) for group in contexts.groups]
        self._judged = [
            teacher.items(captions, group.slot) for captions, group in zip(self._captions, contexts.groups, strict=True)
        ]

    def __call__(self, asked: Sequence[Asked]) -> dict[str, Any]:
        """Tensors for `Distilling.forward`."""
        rng = random.Random(f"{self._recipe.data.seed} candidates {asked[0].number}")
        ordered = sorted(asked, key=lambda question: question.group)
        padded = partial(torch.nn.utils.rnn.pad_sequence, batch_first=True)
        items = padded([torch.tensor(self._items(question)) for question in ordered], padding_value=-1)
        slots = padded([torch.tensor(self._slots(question)) for question in ordered])
        wanted = torch.tensor([self._contexts.groups[question.group].slot for question in ordered])
        garments = (items >= 0) & (items < self._contexts.captions)
        queries = self._teacher.queries(items.where(garments, 0), slots, garments, wanted)
        wished = torch.stack([self._none if question.wish is None else self._vectors[question.wish] for question in ordered])
        offered, taught = [], []
        for place, questions in groupby(range(len(ordered)), key=lambda place: ordered[place].group):
            some, rows = self._some(place, rng), list(questions)
            candidates = self._vectors[self._captions[place][some]]
            odds = queries[rows] @ self._judged[place][some].T
            offered.append(candidates)
            taught.append(self._recipe.sharpness * (odds + self._recipe.wish_weight * wished[rows] @ candidates.T))
        return {
            "pieces": self._vectors[items],
            "slots": slots,
            "worn": items >= 0,
            "wanted": wanted,
            "offered": offered,
            "taught": taught,
        }

    def _items(self, question: Asked) -> list[int]:
        return question.items if question.wish is None else [*question.items, question.wish]

    def _slots(self, question: Asked) -> list[int]:
        return question.slots if question.wish is None else [*question.slots, self._wish]

    def _some(self, group: int, rng: random.Random) -> Tensor:
        count = len(self._captions[group])
        return torch.tensor(rng.sample(range(count), min(count, self._recipe.candidates)))


class Distilling(nn.Module):
    """The student, and how far its odds are from the teacher's."""

    def __init__(self, sets: SetEncoder) -> None:
        super().__init__()
        self.sets = sets

    def forward(
        self, pieces: Tensor, slots: Tensor, worn: Tensor, wanted: Tensor, offered: list[Tensor], taught: list[Tensor]
    ) -> dict[str, Tensor]:
        """The mean of the divergences of the student's probabilities from the teacher's over n questions, in nats.

        pieces: (n, k, size), vectors of captions and wishes; slots, worn, wanted: as `SetEncoder.queries` takes them;
        offered: (candidates, size) for each slot that is asked about; taught: the log-odds of each of these slots' questions
        in turn, (questions, candidates).
        """
        queries = self.sets.queries(pieces, slots, worn, wanted).split([len(odds) for odds in taught])
        losses = [
            functional.kl_div(
                (self.sets.scale.exp() * query @ candidates.T).log_softmax(-1),
                odds.log_softmax(-1),
                reduction="sum",
                log_target=True,
            )
            for query, candidates, odds in zip(queries, offered, taught, strict=True)
        ]
        return {"loss": torch.stack(losses).sum() / len(pieces)}


class DistilTrainer(Watched, Trainer):
    """Transformers' own, watched."""


def fit(recipe: ComplementRecipe, drawn: Drawn, into: Path) -> None:
    """An encoder in `into`; an interrupted run goes on from its last checkpoint. Raises TrainingError or ModelError."""
    args = arguments(TrainingArguments, recipe, into)
    embedder, fingerprint = _embedder(recipe.base)
    folder = SHIPPED if recipe.teacher == "shipped" else Path(recipe.teacher)
    slots = (*vocabulary().slots, WISH)
    contexts = Contexts(drawn.examples, slots, recipe.data.rounds, recipe.data.seed, recipe.strange)
    captions = contexts.texts[: contexts.captions]
    say(f"Reading {len(captions)} captions, as the stylist and as the index does")
    teacher = open_teacher(folder, [" ".join(caption.lower().split()) for caption in captions], slots)
    vectors = torch.from_numpy(embedder.embed(contexts.texts))
    checkpoint = resumable(recipe, into)
    set_seed(args.seed)
    centre = vectors[: contexts.captions].mean(0)
    sets = SetEncoder(slots, centre, dropout=recipe.sets.dropout, maps_items=False, width=recipe.sets.width)
    trainer = DistilTrainer(
        model=Distilling(sets),
        args=args,
        train_dataset=contexts,
        data_collator=Batches(contexts, vectors, teacher, len(slots), recipe),
    )
    began = time.perf_counter()
    trainer.train(resume_from_checkpoint=str(checkpoint) if checkpoint else None)
    taught = {"teacher": shown(folder), "teacher_fingerprint": blend_fingerprint(folder)}
    kept = Kept(
        {"base": recipe.base, "fingerprint": fingerprint, **taught},
        _save,
        "What complements an outfit",
        f"A set encoder over captions' vectors from {recipe.base} (weights {fingerprint}), taught by the stylist {taught['teacher']}.",
        ("set-encoder", "distillation", "fashion"),
    )
    finish(trainer, checkpoint, kept, recipe, drawn, into, time.perf_counter() - began)


def _embedder(base: str) -> tuple[SentenceEmbedder, str]:
    try:
        return SentenceEmbedder(base), fingerprint_of(embedded_folder() if base == EMBEDDED else Path(base))
    except EmbedderError as error:
        raise ModelError(str(error)) from error


def _save(distilling: Distilling, folder: Path) -> Sequence[str]:
    folder.mkdir(parents=True, exist_ok=True)
    save_sets(distilling.sets, folder / SETS)
    return (SETS,)


if __name__ == "__main__":
    sys.exit(main())
