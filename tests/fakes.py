"""Small stand-ins: an embedder without a model, and a language model without training.

What takes seconds to import is imported where it is used: tests start processes that need the embedder alone.
"""

import hashlib
import json
import random
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np

from catalog.items import Garment
from catalog.taxonomy import vocabulary
from finetune.model import LanguageModel
from finetune.prompts import cp_prompt, fitb_prompt, outfit_text
from finetune.tasks import CpQuestion, FitbQuestion
from retrieval.embeddings import Vectors

CONTEXT = 256  # tokens that the tiny language model can read

Family = Literal["mistral", "smollm2", "qwen2"]
_CHATML = """{% for message in messages %}{% if loop.first and messages[0]['role'] != 'system' %}{{ '<|im_start|>system
SYSTEM<|im_end|>
' }}{% endif %}{{ '<|im_start|>' + message['role'] + '
' + message['content'] + '<|im_end|>' + '
' }}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant
' }}{% endif %}"""
TEMPLATES: dict[Family, str] = {  # in the form of those that come with Mistral-7B-Instruct, SmolLM2 and Qwen2
    "mistral": (
        "{{ bos_token }}{% for message in messages %}{% if message['role'] == 'user' %}"
        "{{ '[INST] ' + message['content'] + ' [/INST]' }}{% else %}{{ ' ' + message['content'] + eos_token }}"
        "{% endif %}{% endfor %}"
    ),
    "smollm2": _CHATML.replace("SYSTEM", "You are a helpful AI assistant named SmolLM, trained by Hugging Face"),
    "qwen2": _CHATML.replace("SYSTEM", "You are a helpful assistant."),
}


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


def tiny_language_model(seed: int = 0, context: int = CONTEXT) -> LanguageModel:
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
        max_position_embeddings=context,
        initializer_range=0.3,  # far from uniform, so that answers differ
        bos_token_id=0,
        eos_token_id=0,
    )
    model = LlamaForCausalLM(config).to(torch.float32).eval()
    return LanguageModel(model, tokenizer, f"tiny-{seed}", f"fingerprint-{seed}")


def tiny_tokenizer() -> Any:
    """Byte-level BPE, trained on the vocabulary's words."""
    from transformers import PreTrainedTokenizerFast

    tokenizer = _byte_pairs(_captions(), 600, ["<|endoftext|>"])
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer, eos_token="<|endoftext|>", bos_token="<|endoftext|>")


def _byte_pairs(texts: Iterable[str], size: int, special: list[str]) -> Any:
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=size,
        special_tokens=special,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    return tokenizer


def chat_tokenizer(family: Family) -> Any:
    """A tokenizer with a family's chat template and special tokens, in whose 1,000 tokens the paper's prompts are short."""
    from tokenizers.processors import TemplateProcessing
    from transformers import PreTrainedTokenizerFast

    instructions = [
        fitb_prompt(FitbQuestion(context=("",), options=("", " "), answer=0)),
        cp_prompt(CpQuestion(items=("", " "), label=1)),
    ]
    texts = [*_captions(), *instructions * 100]
    if family == "mistral":
        tokenizer = _byte_pairs(texts, 1000, ["<s>", "</s>"])
        # As Mistral's does, so that a prompt that its template begins with <s> already would begin with two.
        tokenizer.post_processor = TemplateProcessing(single="<s> $A", special_tokens=[("<s>", 0)])
        made = PreTrainedTokenizerFast(tokenizer_object=tokenizer, bos_token="<s>", eos_token="</s>")
    else:
        tokenizer = _byte_pairs(texts, 1000, ["<|im_start|>", "<|im_end|>"])
        bos = {"bos_token": "<|im_start|>"} if family == "smollm2" else {}
        made = PreTrainedTokenizerFast(tokenizer_object=tokenizer, eos_token="<|im_end|>", pad_token="<|im_end|>", **bos)
    made.chat_template = TEMPLATES[family]
    return made


def tiny_causal_model(family: Family, vocabulary_size: int) -> Any:
    """A random model of two layers in fp32: Mistral's, Llama's (which SmolLM2 is) or Qwen2's architecture."""
    import torch
    from transformers import AutoModelForCausalLM, LlamaConfig, MistralConfig, Qwen2Config

    kinds: dict[Family, Any] = {"mistral": MistralConfig, "smollm2": LlamaConfig, "qwen2": Qwen2Config}
    torch.manual_seed(0)
    config = kinds[family](
        vocab_size=vocabulary_size,
        hidden_size=64,
        intermediate_size=128,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=1024,
        initializer_range=0.1,
        bos_token_id=0,
        eos_token_id=1,
        pad_token_id=1,
    )
    return AutoModelForCausalLM.from_config(config, dtype=torch.float32)


def save_tiny_base(folder: Path, family: Family) -> str:
    """A tiny model and its tokenizer in a folder, for recipes to name as their base."""
    tokenizer = chat_tokenizer(family)
    tiny_causal_model(family, len(tokenizer)).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return str(folder)


def write_outfits(path: Path, numbers: Iterable[int]) -> Path:
    """Outfits of four things of one colour each, so that there is something to learn, as the JSONL of titled outfits."""
    rows = [{"outfit_id": f"look-{number:04}", "items": list(_titled(number))} for number in numbers]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def _titled(number: int) -> Iterator[dict[str, Any]]:
    words, rng = vocabulary(), random.Random(number)
    colour = rng.choice(sorted(words.basic_colours))
    for index, slot in enumerate(("tops", "bottoms", "shoes", "bags"), 1):
        kind = rng.choice([kind for kind in words.kinds.values() if kind.slot == slot])
        yield {"index": index, "title": f"{colour} {kind.one}", "category": slot, "price": 10.0 * index + number % 7}


def _captions() -> Iterator[str]:
    words = vocabulary()
    for colour in words.basic_colours:
        yield from (outfit_text([f"{colour} {kind.one}"]) for kind in words.kinds.values())


def word_tokenizer() -> Any:
    """A token a word, of colours and garments and what a captioner is asked: what a random model writes with it reads as a caption."""
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    words = dict.fromkeys(
        ["<pad>", "<unk>", "<image>", *vocabulary().basic_colours, *(kind.one for kind in vocabulary().kinds.values())]
    )
    known = {word: place for place, word in enumerate(words)}
    tokenizer = Tokenizer(models.WordLevel(known, unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer, pad_token="<pad>", unk_token="<unk>", eos_token="<pad>")


def save_tiny_llava(folder: Path, tokenizer: Any = None) -> str:
    """A random LLaVA of two layers (CLIP's eyes, Mistral's head) and its processor in a folder, without torchvision."""
    import torch
    from transformers import CLIPVisionConfig, LlavaConfig, LlavaForConditionalGeneration, LlavaProcessor, MistralConfig
    from transformers.models.clip.image_processing_pil_clip import CLIPImageProcessorPil

    tokenizer = tokenizer or tiny_tokenizer()
    tokenizer.add_special_tokens({"additional_special_tokens": ["<image>"]})
    tokenizer.pad_token = tokenizer.pad_token or tokenizer.eos_token
    eyes = CLIPImageProcessorPil(size={"shortest_edge": 32}, crop_size={"height": 32, "width": 32})
    processor = LlavaProcessor(
        image_processor=eyes,
        tokenizer=tokenizer,
        patch_size=8,
        vision_feature_select_strategy="default",
        image_token="<image>",
        num_additional_image_tokens=1,
    )
    sizes = {"hidden_size": 64, "intermediate_size": 128, "num_hidden_layers": 2, "num_attention_heads": 2}
    torch.manual_seed(0)
    config = LlavaConfig(
        vision_config=CLIPVisionConfig(image_size=32, patch_size=8, **sizes),
        text_config=MistralConfig(vocab_size=len(tokenizer), num_key_value_heads=2, initializer_range=0.3, **sizes),
        image_token_index=tokenizer.convert_tokens_to_ids("<image>"),
        vision_feature_layer=-2,
    )
    LlavaForConditionalGeneration(config).to(torch.float32).save_pretrained(folder)
    processor.save_pretrained(folder)
    return str(folder)
