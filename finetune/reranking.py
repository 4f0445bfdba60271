"""The second stage of complementary search: the stylist's opinion of a few proposals, and how near they were, in one number.

The benchmark and the shop rank by this same function.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from finetune.parts import Wearable
from finetune.stylist import Stylist

# Log-odds that a cosine of 1 is worth. Chosen on Polyvore-T valid (λ = 0/4/8/16: 9.87/10.29/10.01/9.84 % recall@10 with
# twins that never saw valid) and Mango valid.
NEARNESS = 6.0


def reranked(
    stylist: Stylist,
    outfit: Sequence[Wearable],
    options: Sequence[Wearable],
    cosines: NDArray[np.float64],
    nearness: float = NEARNESS,
) -> NDArray[np.float64]:
    """How well each option completes the outfit, in log-odds but for what all share, shape (options,).

    cosines: (options,), of the query that proposed them. Without an outfit they decide alone. Raises what `Stylist.pick` does.
    """
    picked = stylist.pick(outfit, options).log_odds if outfit else (0.0,) * len(options)
    return np.asarray(picked, dtype=np.float64) + nearness * np.asarray(cosines, dtype=np.float64)
