"""From captions to vectors: a sentence encoder, and beside it a vector of its own for each word of the training outfits.

A sentence encoder knows what words mean; which brands and words are worn together, a table of words learns faster.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from finetune.model import ModelError
from retrieval.embeddings import EMBEDDED, EmbedderError, embedded_folder

TOKENS = 32  # of a caption; what is longer is cut, for its beginning says what it is
BUCKET = 48  # captions of about one length that are encoded together


class WordTable(nn.Module):
    """A vector for each known word; a caption's is the sum of its words'. Training leaves words out, so that none is relied on."""

    def __init__(self, words: Sequence[str], size: int, dropout: float = 0.0) -> None:
        super().__init__()
        self.words, self.dropout = tuple(words), dropout
        self._places = {word: place for place, word in enumerate(words, 1)}  # 0: no word
        self.table = nn.EmbeddingBag(len(words) + 1, size, mode="sum", padding_idx=0)
        nn.init.normal_(self.table.weight, std=0.02)

    def places(self, captions: Sequence[str]) -> Tensor:
        """The known words' places, shape (captions, most words of one); 0 where there is none."""
        rows = [[self._places[word] for word in words_of(caption) if word in self._places] or [0] for caption in captions]
        return nn.utils.rnn.pad_sequence([torch.tensor(row) for row in rows], batch_first=True)

    def forward(self, places: Tensor) -> Tensor:
        """Sums of vectors, shape (captions, size)."""
        if self.training:
            places = places.masked_fill(torch.rand(places.shape, device=places.device) < self.dropout, 0)
        sums: Tensor = self.table(places)
        return sums


def words_of(caption: str) -> list[str]:
    """A caption's words in lower case."""
    return re.findall(r"[\w']+", caption.lower())


def frequent_words(captions: Iterable[str], least: int) -> list[str]:
    """The words that stand in as many captions or more, by alphabet."""
    found = Counter(word for caption in captions for word in set(words_of(caption)))
    return sorted(word for word, count in found.items() if count >= least)


class Encoder(nn.Module):
    """Captions as vectors: the mean of a transformer's last hidden states at length 1, and what a table of words adds."""

    def __init__(self, transformer: Any, tokenizer: Any, words: WordTable | None = None) -> None:
        super().__init__()
        self.transformer, self.words, self._tokenizer = transformer, words, tokenizer

    def read(self, captions: Sequence[str]) -> dict[str, Tensor]:
        """Captions as `forward` takes them."""
        return self._sentences(captions) | ({"words": self.words.places(captions)} if self.words else {})

    def forward(self, words: Tensor | None = None, **sentences: Tensor) -> Tensor:
        """Vectors, shape (captions, size)."""
        vectors = self._meanings(**sentences)
        return vectors + self.words(words) if self.words else vectors

    def _sentences(self, captions: Sequence[str]) -> dict[str, Tensor]:
        read = self._tokenizer(list(captions), padding=True, truncation=True, max_length=TOKENS, return_tensors="pt")
        return {name: read[name] for name in ("input_ids", "attention_mask")}

    def _meanings(self, **sentences: Tensor) -> Tensor:
        """Unit vectors of captions padded on the right; short ones do not wait for long ones."""
        input_ids, attention_mask = sentences["input_ids"], sentences["attention_mask"]
        order = attention_mask.sum(1).argsort()
        parts = [self._encoded(input_ids[part], attention_mask[part]) for part in order.split(BUCKET)]
        return torch.cat(parts)[order.argsort()]

    def _encoded(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        width = int(attention_mask.sum(1).max())
        mask = attention_mask[:, :width]
        hidden = self.transformer(input_ids=input_ids[:, :width], attention_mask=mask).last_hidden_state
        return functional.normalize((hidden * mask[..., None]).sum(1), dim=-1)  # the mean's length is lost anyway


class Frozen(Encoder):
    """An encoder whose transformer is not trained: each caption to train on goes through it once, and no other can be read."""

    def __init__(self, transformer: Any, tokenizer: Any, words: WordTable | None, captions: Sequence[str]) -> None:
        super().__init__(transformer.requires_grad_(False).eval(), tokenizer, words)
        self._places = {caption: place for place, caption in enumerate(captions)}
        with torch.no_grad():
            self._vectors = super()._meanings(**super()._sentences(captions))

    def _sentences(self, captions: Sequence[str]) -> dict[str, Tensor]:
        return {"vectors": self._vectors[[self._places[caption] for caption in captions]]}

    def _meanings(self, **sentences: Tensor) -> Tensor:
        return sentences["vectors"]


def load_encoder(base: str) -> tuple[Any, Any, Path]:
    """A sentence encoder's transformer in fp32, its tokenizer and its folder: the embedded MiniLM's, or a local folder.

    Raises ModelError.
    """
    from transformers import AutoModel, AutoTokenizer
    from transformers.utils import logging

    logging.disable_progress_bar()
    try:
        folder = embedded_folder() if base == EMBEDDED else Path(base)
        transformer, tokenizer = AutoModel.from_pretrained(folder, dtype=torch.float32), AutoTokenizer.from_pretrained(folder)
    except (EmbedderError, OSError, ValueError) as error:
        raise ModelError(f"The matcher's sentence encoder {base} cannot be loaded: {error}") from error
    transformer.name_or_path = base  # an adapter's file tells it: not where this machine keeps it
    return transformer, tokenizer, folder
