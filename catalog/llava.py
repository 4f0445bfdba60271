"""Captions from LLaVA, as in the paper, or from any other image-text-to-text model of transformers."""

from collections.abc import Sequence
from functools import cached_property
from threading import Lock
from typing import Any

from PIL import Image

from catalog.answers import no_list, prompt, read_answer, read_several, several_prompt
from catalog.descriptions import AnswerError, Description
from catalog.items import CatalogueError
from catalog.precision import best_dtype, nf4

DEFAULT = "llava-hf/llava-1.5-7b-hf"
BATCH = 8  # pictures that the model sees at once
WRITTEN = {False: 40, True: 200}  # tokens at most, of a plain and of a structured answer
WRITTEN_OF_SEVERAL = 800
TRIES = 2  # an answer that is no description is asked for once more, in the other words


class LlavaCaptioner:
    """Describes pictures in the paper's words, or, `structured`, in fields. `bits=4` loads the weights in NF4 (needs bitsandbytes).

    The model is loaded when it is first asked, so that a run that has nothing to do costs nothing; CatalogueError is raised then
    where it cannot be.
    """

    def __init__(self, model: str = DEFAULT, structured: bool = False, bits: int | None = None, batch: int = BATCH) -> None:
        self._name, self._bits = model, bits
        self._structured, self._batch = structured, batch
        self._lock = Lock()  # one batch at a time: a GPU has no room for two
        self.source = f"{model}{'-structured' if structured else ''}{'-nf4' if bits == 4 else ''}"

    def load(self) -> None:
        """Load the model now, not with the first picture. Raises CatalogueError where it cannot be."""
        _ = self._loaded

    @cached_property
    def _loaded(self) -> tuple[Any, Any]:
        return _load(self._name, self._bits)

    def describe(self, pictures: Sequence[Image.Image]) -> list[Description | AnswerError]:
        """What each RGB picture shows, or why the model's answers are none."""
        found: dict[int, Description | AnswerError] = {}
        for attempt in range(TRIES):
            structured = self._structured ^ bool(attempt)
            asked = [place for place in range(len(pictures)) if not isinstance(found.get(place), Description)]
            for place, text in zip(asked, self.answers([pictures[place] for place in asked], structured), strict=True):
                try:
                    found[place] = read_answer(text, structured)
                except AnswerError as error:
                    found[place] = found.get(place, error)  # the first answer was to what was asked
        return [found[place] for place in range(len(pictures))]

    def describe_each(self, pictures: Sequence[Image.Image]) -> list[list[Description] | AnswerError]:
        """What each garment of each RGB picture is, with boxes where the model gives some; asked for one where it lists none."""
        found: list[list[Description] | AnswerError] = []
        for picture, text in zip(pictures, self._answers(pictures, several_prompt(), WRITTEN_OF_SEVERAL), strict=True):
            try:
                found.append(read_several(text))
            except AnswerError as listed:
                one = self.describe([picture])[0]
                found.append(no_list(listed, one) if isinstance(one, AnswerError) else [one])
        return found

    def answers(self, pictures: Sequence[Image.Image], structured: bool) -> list[str]:
        """What the model writes of each picture, in the paper's words or in fields."""
        return self._answers(pictures, prompt(structured), WRITTEN[structured])

    def _answers(self, pictures: Sequence[Image.Image], words: str, most: int) -> list[str]:
        """What is written of each picture; those of like length are read together, with as little padding as there is."""
        _, processor = self._loaded
        asked = self._asked(words)
        ready = [processor(images=picture, text=asked, return_tensors="pt") for picture in pictures]
        order = sorted(range(len(pictures)), key=lambda place: ready[place]["input_ids"].shape[1])
        written: dict[int, str] = {}
        for start in range(0, len(order), self._batch):
            places = order[start : start + self._batch]
            written |= dict(zip(places, self._written([pictures[place] for place in places], asked, most), strict=True))
        return [written[place] for place in range(len(pictures))]

    def _asked(self, words: str) -> str:
        """The prompt with the picture's place in it, by the model's own chat template where it has one."""
        _, processor = self._loaded
        if getattr(processor, "chat_template", None):
            content = [{"type": "image"}, {"type": "text", "text": words}]
            return str(processor.apply_chat_template([{"role": "user", "content": content}], add_generation_prompt=True))
        return f"USER: {processor.image_token}\n{words} ASSISTANT:"

    def _written(self, pictures: Sequence[Image.Image], asked: str, most: int) -> list[str]:
        import torch

        model, processor = self._loaded
        batch = processor(images=list(pictures), text=[asked] * len(pictures), padding=True, return_tensors="pt")
        batch = batch.to(model.device, model.dtype)
        with self._lock, torch.inference_mode():
            tokens = model.generate(**batch, do_sample=False, max_new_tokens=most)
        new = tokens[:, batch["input_ids"].shape[1] :]
        return [str(text) for text in processor.batch_decode(new, skip_special_tokens=True)]


def _load(name: str, bits: int | None) -> tuple[Any, Any]:
    """The model, in bf16 where there is a GPU, and its processor, which pads on the left: what is written goes on at the right."""
    import torch
    from transformers import AutoModelForImageTextToText, AutoProcessor
    from transformers.utils import logging

    logging.disable_progress_bar()
    gpu = torch.cuda.is_available()
    dtype = (
        torch.float16 if gpu and best_dtype() == torch.float32 else best_dtype() if gpu else torch.float32
    )  # a T4 has no bf16
    placed: dict[str, Any] = {"device_map": "cuda" if gpu else "cpu", "quantization_config": nf4(dtype)} if bits == 4 else {}
    try:
        processor = AutoProcessor.from_pretrained(name)
        model: Any = AutoModelForImageTextToText.from_pretrained(name, dtype=dtype, **placed)
        processor.tokenizer.padding_side = "left"
        if processor.tokenizer.pad_token is None:
            processor.tokenizer.pad_token = processor.tokenizer.eos_token
        model = (model if bits == 4 else model.to("cuda" if gpu else "cpu")).eval()
    except (OSError, ValueError, RuntimeError, ImportError, AttributeError, KeyError) as error:
        reason = next(iter(str(error).strip().splitlines()), type(error).__name__)
        raise CatalogueError(f"The captioning model {name} cannot be loaded: {reason}") from error
    return model, processor
