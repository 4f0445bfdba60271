"""From an outfit and a slot to a query vector: where, among the captions, may the missing item lie?

For now the mean of the outfit's captions, with the wanted thing's own words beside them: the control `cosine-mean`
of the benchmarks, and the fall-back for embedders that a learned encoder was not trained for.
"""

from collections.abc import Sequence

import numpy as np

from retrieval.embeddings import Embedder, Vectors

WORDS_SHARE = 0.5  # how much the wanted slot's and the shopper's words weigh against the outfit


def complement_query(embedder: Embedder, outfit: Sequence[str], wanted: str) -> Vectors:
    """A unit vector, shape (size,), for what `wanted` ("shoes", "warm boots for winter") would go with the captions."""
    vectors = embedder.embed([wanted, *outfit])
    query = WORDS_SHARE * vectors[0] + (1 - WORDS_SHARE) * vectors[1:].mean(axis=0) if outfit else vectors[0]
    return np.asarray(query / np.linalg.norm(query), dtype=np.float32)
