"""Texts that begin alike as one row of tokens, so that what they share goes through a model once.

Every token sees its own text's tokens before it and no other's, at its own position: a tree's attention mask.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import takewhile

import torch
from torch import Tensor


@dataclass(frozen=True)
class Tree:
    """Rows of tokens in one row of L nodes.

    input_ids, position_ids: (1, L); attention_mask: (1, 1, L, L), true where a node sees a node; `paths`: for each row of
    the batch the nodes that hold its tokens, in order.
    """

    input_ids: Tensor
    position_ids: Tensor
    attention_mask: Tensor
    paths: list[list[int]]


def lay_out(rows: Sequence[Sequence[int]]) -> Tree:
    """A tree of the rows. Each shares the longest beginning that it can with one row before it."""
    tokens: list[int] = []
    positions: list[int] = []
    paths: list[list[int]] = []
    for number, row in enumerate(rows):
        shared, other = max(((common(row, rows[other]), other) for other in range(number)), default=(0, 0))
        new = range(len(tokens), len(tokens) + len(row) - shared)
        paths.append([*(paths[other][:shared] if shared else ()), *new])
        tokens += row[shared:]
        positions += range(shared, len(row))
    mask = torch.zeros(len(tokens), len(tokens), dtype=torch.bool)
    for path in paths:
        nodes = torch.tensor(path)
        mask[nodes[:, None], nodes] = torch.ones(len(path), len(path), dtype=torch.bool).tril()
    return Tree(torch.tensor([tokens]), torch.tensor([positions]), mask[None, None], paths)


def common(tokens: Sequence[int], others: Sequence[int]) -> int:
    """How many tokens two texts have in common at their beginning."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(tokens, others, strict=False)))
