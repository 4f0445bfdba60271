"""The control `type-aware`, Vasileva et al. 2018 in small: what goes together lies close, under a mask for each pair of slots.

One linear map and the masks are learned on frozen vectors; the cosine of two masked maps is the score of a pair.
"""

from collections.abc import Iterable, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from finetune.pairs import Features, Pairwise, Worn, slot_of, worn
from finetune.tasks import Outfit, Piece

# Chosen on Polyvore-T valid (five draws of FITB, two of CP), trained on polyvore_text/train. There the softmax found 43.2 %
# (AUC .724), Vasileva's triplets with a margin of 0.2 or 0.4 at best 43.0 % (.713): no difference that can be told.
EPOCHS = 8
NEGATIVES = 7  # pieces of the right one's slot that each pair is held against
BATCH = 256
LEARNING_RATE = 1e-3
DROPOUT = 0.3  # of the frozen vectors
SCALE = 2.0  # of cosines before the softmax: so soft that it goes on learning from pairs that it tells already; 10 found 41 %


class _Masked(nn.Module):
    """The cosine of two vectors of which each is centred, mapped, and masked for their pair of slots."""

    mean: Tensor

    def __init__(self, mean: Tensor, pairs: int) -> None:
        super().__init__()
        self.register_buffer("mean", mean)  # of the training pieces: without it all captions lie in one narrow cone
        self.map = nn.Linear(len(mean), len(mean), bias=False)
        self.masks = nn.Embedding(pairs + 1, len(mean))  # the last, for any other pair, is never trained: all ones
        self.dropout = nn.Dropout(DROPOUT)
        nn.init.eye_(self.map.weight)
        nn.init.ones_(self.masks.weight)

    def forward(self, left: Tensor, right: Tensor, pair: Tensor) -> Tensor:
        return functional.cosine_similarity(self.mapped(left, pair), self.mapped(right, pair), dim=-1)

    def mapped(self, vectors: Tensor, pair: Tensor) -> Tensor:
        """Vectors as a pair of slots sees them, shape (..., size)."""
        found: Tensor = self.map(self.dropout(vectors - self.mean)) * self.masks(pair)
        return found


class TypeAware:
    """The score of two pieces: the cosine under the mask of their slots."""

    def __init__(self, worn_pairs: Worn, features: Features) -> None:
        self._features = features
        slots = zip(worn_pairs.slots[worn_pairs.left], worn_pairs.slots[worn_pairs.right], strict=True)
        self._masks = {pair: number for number, pair in enumerate(sorted({_unordered(*pair) for pair in slots}))}
        self.model = _Masked(torch.from_numpy(worn_pairs.vectors.mean(axis=0)), len(self._masks))

    @torch.no_grad()
    def __call__(self, left: Sequence[Piece], right: Sequence[Piece]) -> NDArray[np.float64]:
        """Cosines, shape (len(left),). Pieces of slots that were never worn together are compared without a mask."""
        masks = self.masks([slot_of(piece) for piece in left], [slot_of(piece) for piece in right])
        vectors = [torch.from_numpy(self._features(pieces)) for pieces in (left, right)]
        return np.asarray(self.model.eval()(*vectors, masks), dtype=np.float64)

    @torch.no_grad()
    def seen(self, pieces: Sequence[Piece], slot: str) -> NDArray[np.float32]:
        """Unit vectors, shape (len(pieces), size), of pieces beside one of that slot: their products are what a call says."""
        masks = self.masks([slot_of(piece) for piece in pieces], [slot] * len(pieces))
        mapped = self.model.eval().mapped(torch.from_numpy(self._features(pieces)), masks)
        return np.asarray(functional.normalize(mapped, dim=-1))

    def masks(self, left: Iterable[str], right: Iterable[str]) -> Tensor:
        """The masks' places for pairs of slots, shape (pairs,)."""
        pairs = zip(left, right, strict=True)
        return torch.tensor([self._masks.get(_unordered(*pair), len(self._masks)) for pair in pairs])


def _unordered(one: str, other: str) -> tuple[str, str]:
    return (one, other) if one < other else (other, one)


def fit_type_aware(outfits: Sequence[Outfit], features: Features, seed: int = 0) -> Pairwise:
    """A scorer trained on outfits: of each two pieces worn together, one shall tell the other from others of its slot.

    The same seed gives the same scores. Raises TaskError where no two pieces were worn together.
    """
    return Pairwise(train_type_aware(outfits, features, seed))


def train_type_aware(outfits: Sequence[Outfit], features: Features, seed: int = 0) -> TypeAware:
    """What that scorer says of two pieces."""
    pairs = worn(outfits, features)
    rng = np.random.default_rng(seed)
    with torch.random.fork_rng(devices=[]):  # dropout draws from torch's own generator: leave it to others as it was
        torch.manual_seed(seed)
        score = TypeAware(pairs, features)
        optimizer = torch.optim.Adam(score.model.parameters(), LEARNING_RATE)
        for _ in range(EPOCHS):
            _epoch(score, pairs, optimizer, rng)
    return score


def _epoch(score: TypeAware, pairs: Worn, optimizer: torch.optim.Optimizer, rng: np.random.Generator) -> None:
    """Every pair once, each against new negatives; the right one comes first."""
    score.model.train()
    masks = score.masks(pairs.slots[pairs.left], pairs.slots[pairs.right])
    options = torch.from_numpy(np.column_stack([pairs.right, pairs.instead(rng, NEGATIVES)]))
    vectors, left = torch.from_numpy(pairs.vectors), torch.from_numpy(pairs.left)
    for batch in torch.from_numpy(rng.permutation(len(left))).split(BATCH):
        cosines = score.model(vectors[left[batch], None], vectors[options[batch]], masks[batch, None])
        loss = functional.cross_entropy(SCALE * cosines, torch.zeros(len(batch), dtype=torch.long))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
