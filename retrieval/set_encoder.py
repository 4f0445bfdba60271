"""From what is worn to what is missing: a set encoder over vectors of captions.

One transformer layer lets the pieces of an outfit, each with its slot and the wanted one, look at each other; their mean is
the query that items of the wanted slot are compared with. Everything starts as the identity, so that an untrained encoder
answers with the outfit's mean, which finds more than chance; from random weights, training stayed below that.
"""

import math
from collections.abc import Sequence
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional

from retrieval.weights import read_weights, write_weights

SETS = "sets.safetensors"
HEADS = 6
WIDTH = 768  # of the layer's feed-forward part, where nobody says otherwise
ROWS = 64  # outfits that are encoded together
SCALE = 10.0  # of cosines before the softmax, at the start of training


class SetEncoder(nn.Module):
    """Queries and items in one space of unit vectors. `slots`: the names it knows; any other is one more, `unknown`.

    `centre`, shape (size,), is taken from every caption's vector: captions lie in one narrow cone, and what they all share
    says nothing of what goes together. `maps_items`: whether items are mapped too, or stay as they are but for the centre.
    """

    centre: Tensor

    def __init__(
        self, slots: Sequence[str], centre: Tensor, *, dropout: float = 0.2, maps_items: bool = True, width: int = WIDTH
    ) -> None:
        super().__init__()
        size = len(centre)
        self.slots, self.width = tuple(slots), width
        self.register_buffer("centre", centre)
        self.scale = nn.Parameter(torch.tensor(math.log(SCALE)))
        self.drop = nn.Dropout(dropout)
        self.enter, self.leave = _identity(size), _identity(size)
        self.slot = nn.Embedding(len(slots) + 1, size)  # of a piece
        self.wanted = nn.Embedding(len(slots) + 1, size)
        self.layer = nn.TransformerEncoderLayer(size, HEADS, width, dropout, functional.gelu, batch_first=True, norm_first=True)
        nn.init.normal_(self.slot.weight, std=0.02)
        nn.init.normal_(self.wanted.weight, std=0.02)
        nn.init.zeros_(self.layer.linear2.weight)
        nn.init.zeros_(self.layer.self_attn.out_proj.weight)
        self.maps_items = maps_items
        if maps_items:
            self.item = _identity(size)
            self.mask = nn.Embedding(len(slots) + 1, size)  # what counts in a slot, of items and of queries for it
            nn.init.ones_(self.mask.weight)

    def places(self, slots: Sequence[str | None]) -> Tensor:
        """The numbers of slots by name, shape (len(slots),); unknown ones have the last."""
        known = {name: place for place, name in enumerate(self.slots)}
        return torch.tensor([known.get(slot or "", len(known)) for slot in slots], dtype=torch.long)

    def queries(self, vectors: Tensor, slots: Tensor, worn: Tensor, wanted: Tensor) -> Tensor:
        """Unit vectors, shape (n, size), for what is missing.

        vectors: (n, k, size), of the pieces of n outfits; slots: (n, k), their numbers; worn: (n, k), true where there is
        a piece, at least one in a row; wanted: (n,), the numbers of the missing items' slots.
        """
        order = worn.sum(1).argsort()  # rows of about one size together: most of a large batch would be padding
        parts = [self._queries(vectors[rows], slots[rows], worn[rows], wanted[rows]) for rows in order.split(ROWS)]
        return torch.cat(parts)[order.argsort()]

    def _queries(self, vectors: Tensor, slots: Tensor, worn: Tensor, wanted: Tensor) -> Tensor:
        width = int(worn.any(0).nonzero().max()) + 1
        vectors, slots, worn = vectors[:, :width], slots[:, :width], worn[:, :width]
        pieces = self.enter(self._prepared(vectors)) + self.slot(slots) + self.wanted(wanted)[:, None]
        seen = self.layer(pieces, src_key_padding_mask=~worn)
        mean = seen.masked_fill(~worn[..., None], 0).sum(1) / worn.sum(1, keepdim=True)
        return functional.normalize(self._masked(self.leave(mean), wanted), dim=-1)

    def items(self, vectors: Tensor, slots: Tensor) -> Tensor:
        """Unit vectors of shape (n, size) that queries are compared with, for vectors of captions and their slots' numbers."""
        prepared = self._prepared(vectors)
        return functional.normalize(self._masked(self.item(prepared) if self.maps_items else prepared, slots), dim=-1)

    def _prepared(self, vectors: Tensor) -> Tensor:
        centred: Tensor = self.drop(functional.normalize(vectors - self.centre, dim=-1))
        return centred

    def _masked(self, vectors: Tensor, slots: Tensor) -> Tensor:
        masked: Tensor = vectors * self.mask(slots) if self.maps_items else vectors
        return masked


def save_sets(sets: SetEncoder, path: Path) -> None:
    """Write a set encoder into a file, in fp16."""
    write_weights(sets, path, slots=sets.slots, maps_items=sets.maps_items, width=sets.width)


def load_sets(path: Path) -> SetEncoder:
    """What `save_sets` wrote. Raises OSError, ValueError, KeyError, TypeError, AttributeError, RuntimeError or SafetensorError."""
    weights, about = read_weights(path)
    width = about.get("width", WIDTH)  # the first ones do not tell
    sets = SetEncoder(about["slots"], torch.zeros_like(weights["centre"]), maps_items=about["maps_items"], width=width)
    sets.load_state_dict(weights)
    return sets


def _identity(size: int) -> nn.Linear:
    layer = nn.Linear(size, size)
    nn.init.eye_(layer.weight)
    nn.init.zeros_(layer.bias)
    return layer
