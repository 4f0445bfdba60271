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
LONG = 2_000  # characters of a text that are read
MOST = 50  # different words of a text that are looked for; nobody names a product with more
SHORT = 4  # letters of the shortest word that may be misspelt: below, too many others are near
ALIKE = 0.65  # of 1, how alike a mended word must be to the stem of a known one, which lacks its ending
MENDS = 3  # words that one misspelt word may stand for


def by_words(ledger: Ledger, text: str, passes: Condition, most: int) -> list[int]:
    """The items that pass and share words with a text, best first by BM25."""
    words = dict.fromkeys(re.findall(r"\w+", text[:LONG].lower()))
    known = {word: ledger.knows(word) for word in list(words)[:MOST]}
    # a mended word is a stem, which the ledger would stem again: so everything that begins like it
    wanted = [f'"{word}"' for word in known if known[word]]
    wanted += [f'"{word}"*' for word in _mended(ledger, [word for word in known if not known[word]])]
    return ledger.matching(" OR ".join(wanted), passes, most) if wanted else []


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
        near = process.extract(word, terms, scorer=OSA.normalized_similarity, limit=MENDS, score_cutoff=ALIKE)
        found += [term for term, _, _ in near]
    return list(dict.fromkeys(found))


def fused(*rankings: Sequence[int]) -> list[int]:
    """One ranking of what stands in several, each best first, by the sum of reciprocal ranks."""
    worth: dict[int, float] = defaultdict(float)
    for ranking in rankings:
        for rank, number in enumerate(ranking):
            worth[number] += 1 / (RANKS + rank)
    return sorted(worth, key=lambda number: -worth[number])
