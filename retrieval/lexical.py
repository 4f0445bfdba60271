"""Search by the words themselves: what names, rare words and numbers need ("levi's 501"), which vectors blur.

BM25 is SQLite's (FTS5); a word that no item has is mended by those that are written alike. Rankings by words and by
vectors become one by reciprocal ranks (Cormack, Clarke, Büttcher 2009).
"""

import re
from collections import defaultdict
from collections.abc import Sequence

from retrieval.filters import Condition
from retrieval.ledger import Ledger

RANKS = 60  # how slowly a rank's worth falls where rankings are fused: the constant of Cormack et al.
SHORT = 4  # letters of the shortest word that may be misspelt: below, too many others are near
ALIKE = 75.0  # of 100, how alike a mended word must be
MENDS = 3  # words that one misspelt word may stand for


def by_words(ledger: Ledger, text: str, passes: Condition, most: int) -> list[int]:
    """The items that pass and share words with a text, best first by BM25."""
    words = list(dict.fromkeys(re.findall(r"\w+", text.casefold())))
    unknown = [word for word in words if not ledger.knows(word)]
    wanted = [word for word in words if word not in unknown] + _mended(ledger, unknown)
    return ledger.matching(" OR ".join(f'"{word}"' for word in wanted), passes, most) if wanted else []


def _mended(ledger: Ledger, words: Sequence[str]) -> list[str]:
    """For words that no item has, the known ones that are written most alike."""
    words = [word for word in words if len(word) >= SHORT]
    if not words:
        return []
    from rapidfuzz import process
    from rapidfuzz.distance import OSA

    terms = ledger.terms()
    found: list[str] = []
    for word in words:
        # swapped letters are one mistake; the ledger keeps stems, so that a lost ending is none
        near = process.extract(word, terms, scorer=OSA.normalized_similarity, limit=MENDS, score_cutoff=ALIKE / 100)
        found += [term for term, _, _ in near]
    return list(dict.fromkeys(found))


def fused(*rankings: Sequence[int]) -> list[int]:
    """One ranking of what stands in several, each best first, by the sum of reciprocal ranks."""
    worth: dict[int, float] = defaultdict(float)
    for ranking in rankings:
        for rank, number in enumerate(ranking):
            worth[number] += 1 / (RANKS + rank)
    return sorted(worth, key=lambda number: -worth[number])
