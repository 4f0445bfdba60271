"""Misspelt words put right: those that are no English and lie near a word we know."""

import re
from functools import lru_cache

from rapidfuzz import process
from rapidfuzz.distance import OSA

from catalog.taxonomy import vocabulary
from retrieval.embeddings import embedded_folder

ALIKE = 0.74  # of 1, by letters to change, swap, add or drop: "jaket" and "jacket", "cheeper" and "cheaper"
SHORTEST = 4
_NO_MISTAKES = frozenset(
    "howdy laters shes hes theyre hoodie mens womens ladys kinda gonna wanna gotta lemme dunno bestie sweats sweaty dressier comfier warmer smarter nicer".split()
)
# Words that our rules go by, beside garments and colours.
_OURS = (
    "cheaper cheapest different others another compare second first third fourth outfit instead wedding budget something anything "
    "looking expensive size under without match matches suit forget price similar together please thanks winter summer casual formal "
    "black white brown leather between which other"
).split()


def spelt(text: str) -> tuple[str, tuple[tuple[str, str], ...]]:
    """The text with misspelt words put right; and which garments and colours were taken for what, to be said."""
    taken = []
    for word in dict.fromkeys(re.findall(rf"(?<![\w'-])[A-Za-z]{{{SHORTEST},}}(?![\w'-])", text)):
        meant = _meant(word.lower())
        if meant is None:
            continue
        text = re.sub(rf"\b{word}\b", meant, text)
        if meant not in _OURS:
            taken.append((word.lower(), meant))
    return text, tuple(taken)


@lru_cache(maxsize=4096)
def _meant(word: str) -> str | None:
    """The word that a misspelt one stands for; None for words that are English, and for those near nothing."""
    if word in _NO_MISTAKES or word in _english() or vocabulary().mentions(word):
        return None
    near = process.extractOne(word, _lexicon(), scorer=OSA.normalized_similarity, score_cutoff=ALIKE)
    return near[0] if near and near[0] != word and near[0][0] == word[0] and _sounds_like(word, near[0]) else None


def _sounds_like(word: str, other: str) -> bool:
    """Whether one of two short words has all the consonants of the other: "jeens" and "jeans", but not "skint" and "skirt"."""
    consonants, others = set(word) - set("aeiou"), set(other) - set("aeiou")
    return len(word) > 5 or consonants <= others or others <= consonants


@lru_cache(maxsize=1)
def _lexicon() -> list[str]:
    """What a misspelt word may stand for: the vocabulary's single words, and ours."""
    words = vocabulary()
    named: list[str] = [*words.spellings("garment"), *words.spellings("colour"), *_OURS]
    named = [*named, *(part for name in named if " " in name for part in name.split() if len(part) > 4)]
    return sorted({name for name in named if re.fullmatch(rf"[a-z]{{{SHORTEST},}}", name)})


@lru_cache(maxsize=1)
def _english() -> frozenset[str]:
    """Some 20,000 frequent words: those that MiniLM's tokenizer keeps whole."""
    tokens = (embedded_folder() / "vocab.txt").read_text(encoding="utf-8").split()
    return frozenset(token for token in tokens if token.isalpha() and len(token) >= SHORTEST)
