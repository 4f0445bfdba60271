"""A language model as a stylist's part: it reads likelihoods of captions, never generated text.

How likely is the option as the outfit's next item? A lift is how much likelier something is than by itself, in nats a token:
a frequent caption is likely anywhere, and a long one nowhere.
"""

from collections.abc import Sequence

from finetune.likelihood import Likelihoods
from finetune.parts import Worn
from finetune.prompts import OUTFIT, item_text, outfit_text

REMEMBERED = 100_000  # captions whose likelihood by themselves is kept


class Lifts:
    """Lifts by one language model. Safe for one thread at a time. Raises LikelihoodError for texts longer than its context."""

    def __init__(self, likelihoods: Likelihoods) -> None:
        self._likelihoods = likelihoods
        self._alone: dict[str, float] = {}  # log-likelihood of an item by itself, by its text

    def completing(self, outfit: Sequence[Worn], options: Sequence[Worn]) -> list[float]:
        """How much likelier a token of each option is after this outfit than by itself, in nats.

        On Polyvore-T valid (1,150 questions) that found 34.7 %, the plain likelihood of a token 32.0 %.
        """
        texts = [item_text(option.words) for option in options]
        unique = list(dict.fromkeys(texts))
        start = outfit_text([item.words for item in outfit])
        found = dict(zip(unique, self._likelihoods([(start, text) for text in unique]), strict=True))
        self._learn_alone(set(unique))
        return [(found[text].total - self._alone[text]) / found[text].tokens for text in texts]

    def together(self, outfits: Sequence[Sequence[Worn]]) -> list[float]:
        """For each outfit, how much likelier a token of its items is together than each item alone, in nats."""
        parts = [[item_text(item.words) for item in outfit] for outfit in outfits]
        self._learn_alone({text for texts in parts for text in texts})
        wholes = ["".join(texts) for texts in parts]
        unique = list(dict.fromkeys(wholes))
        found = dict(zip(unique, self._likelihoods([(OUTFIT, text) for text in unique]), strict=True))
        alone = [sum(self._alone[text] for text in texts) for texts in parts]
        return [(found[whole].total - apart) / found[whole].tokens for whole, apart in zip(wholes, alone, strict=True)]

    def _learn_alone(self, texts: set[str]) -> None:
        """In a pass of its own: what is asked beside a text changes its last digits, and an outfit's must not vary."""
        if len(self._alone) > REMEMBERED:
            self._alone.clear()
        new = sorted(texts - self._alone.keys())
        found = self._likelihoods([(OUTFIT, text) for text in new])
        self._alone |= {text: total for text, (total, _) in zip(new, found, strict=True)}
