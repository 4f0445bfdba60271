"""Small stand-ins: an embedder without a model, and a language model without training.

What takes seconds to import is imported where it is used: tests start processes that need the embedder alone.
"""

import hashlib
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from catalog.items import Garment
from catalog.taxonomy import vocabulary
from finetune.model import LanguageModel
from finetune.prompts import outfit_text
from retrieval.embeddings import Vectors

CONTEXT = 256  # tokens that the tiny language model can read


class HashingEmbedder:
    """A text is the sum of its words' random, but always the same, directions."""

    def __init__(self, name: str = "hashing", size: int = 32) -> None:
        self.name, self.size = name, size

    def embed(self, texts: Sequence[str]) -> Vectors:
        rows = np.array([sum(map(self._word, f"text {text}".lower().split())) for text in texts]).reshape(-1, self.size)
        return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), dtype=np.float32)

    def _word(self, word: str) -> np.ndarray:
        seed = int.from_bytes(hashlib.sha256(word.encode()).digest()[:8], "big")
        return np.random.default_rng(seed).normal(size=self.size)


def garments(*captions: str) -> list[Garment]:
    """Things with these captions, their slots left to the vocabulary."""
    return [Garment(caption=caption) for caption in captions]


def tiny_language_model(seed: int = 0) -> LanguageModel:
    """A random Llama of two layers in fp32, with a byte-level tokenizer of about 600 tokens."""
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    tokenizer = tiny_tokenizer()
    torch.manual_seed(seed)
    config = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=64,
        intermediate_size=128,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=CONTEXT,
        initializer_range=0.3,  # far from uniform, so that answers differ
        bos_token_id=0,
        eos_token_id=0,
    )
    model = LlamaForCausalLM(config).to(torch.float32).eval()
    return LanguageModel(model, tokenizer, f"tiny-{seed}", f"fingerprint-{seed}")


def tiny_tokenizer() -> Any:
    """Byte-level BPE, trained on the vocabulary's words."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=600,
        special_tokens=["<|endoftext|>"],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(_captions(), trainer)
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer, eos_token="<|endoftext|>", bos_token="<|endoftext|>")


def _captions() -> Iterator[str]:
    words = vocabulary()
    for colour in words.basic_colours:
        yield from (outfit_text([f"{colour} {kind.one}"]) for kind in words.kinds.values())
