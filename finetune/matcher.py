"""The matcher: which captions go together, by a sentence encoder and a set encoder over its vectors.

It scores whole catalogues where a language model scores a handful: a caption is encoded once, whatever it is asked about.
"""

import json
import warnings
from collections.abc import Sequence
from pathlib import Path
from statistics import fmean
from typing import Any

import torch
from peft import PeftModel
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor, nn
from torch.nn import functional

from finetune.model import ModelError, fingerprint_of
from finetune.parts import Worn
from retrieval.embeddings import EMBEDDED, EmbedderError, embedded_folder
from retrieval.set_encoder import SetEncoder

SETS = "sets.safetensors"
TOKENS = 32  # of a caption; what is longer is cut, for its beginning says what it is
BUCKET = 48  # captions of about one length that are encoded together
REMEMBERED = 100_000  # captions whose vectors are kept
CONTEXT_DROPOUT = 0.2  # share of an outfit's other pieces that a training question leaves out


class Encoder(nn.Module):
    """A sentence encoder: the mean of a transformer's last hidden states, at length 1."""

    def __init__(self, transformer: Any) -> None:
        super().__init__()
        self.transformer = transformer

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        """Unit vectors, shape (n, size), of n captions padded on the right; short ones do not wait for long ones."""
        order = attention_mask.sum(1).argsort()
        parts = [self._encoded(input_ids[part], attention_mask[part]) for part in order.split(BUCKET)]
        return torch.cat(parts)[order.argsort()]

    def _encoded(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        width = int(attention_mask.sum(1).max())
        mask = attention_mask[:, :width]
        hidden = self.transformer(input_ids=input_ids[:, :width], attention_mask=mask).last_hidden_state
        return functional.normalize((hidden * mask[..., None]).sum(1), dim=-1)  # the mean's length is lost anyway


class Matching(nn.Module):
    """Both encoders, and the contrastive loss that trains them: an outfit shall tell its own piece from others of its slot."""

    def __init__(self, encoder: Encoder, sets: SetEncoder) -> None:
        super().__init__()
        self.encoder, self.sets = encoder, sets

    def forward(self, input_ids: Tensor, attention_mask: Tensor, items: Tensor, slots: Tensor) -> dict[str, Tensor]:
        """The loss over a batch of n outfits, each piece of each hidden once, against all others of its slot.

        input_ids, attention_mask: (captions, width), of different captions; items: (n, k), the pieces' captions, -1 where
        there is none; slots: (n, k, ways), the pieces' slots under several ways to name them, of which one is drawn an outfit.
        """
        vectors = self.encoder(input_ids, attention_mask)
        there = items >= 0
        ways = torch.randint(slots.shape[-1], (len(items),), device=items.device)
        named = slots.gather(-1, ways[:, None, None].expand(-1, items.shape[1], 1))[..., 0]
        outfit, place = there.nonzero(as_tuple=True)
        wanted, right = named[outfit, place], items[outfit, place]
        worn = self._some_of(there[outfit] & (torch.arange(items.shape[1], device=items.device) != place[:, None]))
        queries = self.sets.queries(vectors[items[outfit].clamp(min=0)], named[outfit], worn, wanted)
        scores = self.sets.scale.exp() * queries @ self.sets.items(vectors[right], wanted).T
        # nothing is held against a piece of another slot, one that it is worn with, or one of the same words
        barred = (wanted[:, None] != wanted) | (outfit[:, None] == outfit) | (right[:, None] == right)
        numbers = torch.arange(len(right), device=items.device)
        barred[numbers, numbers] = False
        return {"loss": functional.cross_entropy(scores.masked_fill(barred, -torch.inf), numbers)}

    def _some_of(self, worn: Tensor) -> Tensor:
        """Without a few of the pieces, as outfits are when somebody asks; never without all."""
        kept = worn & (torch.rand(worn.shape, device=worn.device) >= CONTEXT_DROPOUT)
        return torch.where(kept.any(1, keepdim=True), kept, worn) if self.training else worn


class Matcher:
    """Trained encoders as a stylist's part. Safe for one thread at a time."""

    def __init__(self, matching: Matching, tokenizer: Any) -> None:
        self._matching, self._tokenizer = matching.eval(), tokenizer
        self._known: dict[str, Tensor] = {}

    @torch.inference_mode()
    def completing(self, outfit: Sequence[Worn], options: Sequence[Worn]) -> list[float]:
        """How well each option completes the outfit: the cosine of its vector and the query for its slot, in [-1, 1].

        0 where there is nothing to complete.
        """
        if not outfit:
            return [0.0] * len(options)
        vectors = self._vectors([*outfit, *options])
        context, offered = vectors[: len(outfit)], vectors[len(outfit) :]
        sets = self._matching.sets
        slots, wanted = sets.places([item.slot for item in outfit]), sets.places([option.slot for option in options])
        kinds, which = wanted.unique(return_inverse=True)
        all_worn = torch.ones(len(kinds), len(outfit), dtype=torch.bool)
        queries = sets.queries(context.expand(len(kinds), -1, -1), slots.expand(len(kinds), -1), all_worn, kinds)
        found: list[float] = (queries[which] * sets.items(offered, wanted)).sum(-1).tolist()
        return found

    def together(self, outfits: Sequence[Sequence[Worn]]) -> list[float]:
        """The mean over each outfit's items of how well each completes the others, in [-1, 1]."""
        return [
            fmean(self.completing([*outfit[:place], *outfit[place + 1 :]], [item])[0] for place, item in enumerate(outfit))
            for outfit in outfits
        ]

    def _vectors(self, items: Sequence[Worn]) -> Tensor:
        if len(self._known) > REMEMBERED:
            self._known.clear()
        new = sorted({item.words for item in items} - self._known.keys())
        if new:
            self._known.update(zip(new, self._matching.encoder(**tokens(self._tokenizer, new)), strict=True))
        return torch.stack([self._known[item.words] for item in items])


def tokens(tokenizer: Any, captions: Sequence[str]) -> dict[str, Tensor]:
    """Captions as the encoder reads them."""
    read = tokenizer(list(captions), padding=True, truncation=True, max_length=TOKENS, return_tensors="pt")
    return {name: read[name] for name in ("input_ids", "attention_mask")}


def load_encoder(base: str) -> tuple[Any, Any, Path]:
    """A sentence encoder's transformer in fp32, its tokenizer and its folder: the embedded MiniLM's, or a local folder.

    Raises ModelError.
    """
    from transformers import AutoModel, AutoTokenizer
    from transformers.utils import logging

    logging.disable_progress_bar()
    try:
        folder = embedded_folder() if base == EMBEDDED else Path(base)
        return AutoModel.from_pretrained(folder, dtype=torch.float32), AutoTokenizer.from_pretrained(folder), folder
    except (EmbedderError, OSError, ValueError) as error:
        raise ModelError(f"The matcher's sentence encoder {base} cannot be loaded: {error}") from error


def save(matching: Matching, folder: Path) -> tuple[str, ...]:
    """Write what was trained into a folder; the names of the files, the set encoder's weights last."""
    names: tuple[str, ...] = ()
    transformer, sets = matching.encoder.transformer, matching.sets
    if isinstance(transformer, PeftModel):
        transformer.peft_config["default"].base_model_name_or_path = None  # not where this machine keeps it
        transformer.save_pretrained(str(folder))
        names = ("adapter_config.json", "adapter_model.safetensors")
    folder.mkdir(parents=True, exist_ok=True)
    about = {"slots": json.dumps(sets.slots), "maps_items": json.dumps(sets.maps_items)}
    save_file({name: weight.half().contiguous() for name, weight in sets.state_dict().items()}, folder / SETS, about)
    return (*names, SETS)


def load_matcher(folder: Path) -> Matcher:
    """What `python -m finetune.match` left in a folder. Raises ModelError."""
    try:
        base = json.loads((folder / "base.json").read_text(encoding="utf-8"))
        with safe_open(folder / SETS, "pt") as file:
            about, weights = file.metadata(), {name: file.get_tensor(name).float() for name in file.keys()}  # noqa: SIM118
        transformer, tokenizer, encoder_folder = load_encoder(str(base["base"]))
        sets = SetEncoder(
            json.loads(about["slots"]), torch.zeros_like(weights["centre"]), maps_items=json.loads(about["maps_items"])
        )
        sets.load_state_dict(weights)
        if (folder / "adapter_config.json").is_file():
            transformer = PeftModel.from_pretrained(transformer, str(folder)).merge_and_unload()
    except (OSError, ValueError, KeyError, TypeError, RuntimeError, SafetensorError) as error:
        raise ModelError(f"The matcher in {folder} cannot be loaded: {error}") from error
    if fingerprint_of(encoder_folder) != base["fingerprint"]:
        warnings.warn(
            f"The matcher {folder} was trained on weights {base['fingerprint']}, not on those of {base['base']} here: its figures do not hold.",
            stacklevel=2,
        )
    return Matcher(Matching(Encoder(transformer), sets), tokenizer)
