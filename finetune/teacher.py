"""The stylist as a teacher: what its matchers say of any outfit and thousands of captions, in a few products of matrices."""

from collections.abc import Sequence
from pathlib import Path

import torch
from torch import Tensor

from finetune.blend import open_parts, read_blend
from finetune.matcher import Matcher
from finetune.model import ModelError

BLOCK = 4096  # captions that are mapped together


class Teacher:
    """A stylist's log-odds of picks, as the product of a query with a vector of each item: its parts', side by side.

    `parts`: matchers and what one unit of each adds to the log-odds; `captions`: all that it will be asked about, in lower
    case, each encoded once; `slots`: the names that go by their number here.
    """

    def __init__(self, parts: Sequence[tuple[Matcher, float]], captions: Sequence[str], slots: Sequence[str]) -> None:
        self._sets = [matcher.sets for matcher, _ in parts]
        self._weights = [weight for _, weight in parts]
        self._vectors = [matcher.vectors(captions) for matcher, _ in parts]
        self._places = [sets.places([*slots, None]) for sets in self._sets]

    @torch.no_grad()  # no inference mode: what it makes is trained by
    def queries(self, items: Tensor, slots: Tensor, worn: Tensor, wanted: Tensor) -> Tensor:
        """Shape (n, size). items: (n, k), captions by number; slots: (n, k); worn: (n, k), true where there is a piece; wanted: (n,)."""
        return torch.cat(
            [
                weight * sets.queries(vectors[items], places[slots], worn, places[wanted])
                for sets, weight, vectors, places in zip(self._sets, self._weights, self._vectors, self._places, strict=True)
            ],
            -1,
        )

    @torch.no_grad()
    def items(self, captions: Tensor, slot: int) -> Tensor:
        """Shape (len(captions), size), of captions by number, as things of a slot."""
        return torch.cat([self._block(part, slot) for part in captions.split(BLOCK)])

    def _block(self, captions: Tensor, slot: int) -> Tensor:
        parts = zip(self._sets, self._vectors, self._places, strict=True)
        return torch.cat(
            [sets.items(vectors[captions], places[slot].expand(len(captions))) for sets, vectors, places in parts], -1
        )


def open_teacher(folder: Path, captions: Sequence[str], slots: Sequence[str]) -> Teacher:
    """The stylist in a folder. Raises ModelError where there is none, or where a part of it is no matcher."""
    members = [member for member in read_blend(folder).members if member.picking]
    other = [member.folder for member in members if member.kind != "matcher"]
    if other:
        raise ModelError(
            f"The stylist in {folder} cannot teach: {', '.join(other)} is a language model, which reads one by one."
        )
    matchers = [part for part in open_parts(members, folder) if isinstance(part, Matcher)]
    return Teacher([(matcher, member.picking) for matcher, member in zip(matchers, members, strict=True)], captions, slots)
