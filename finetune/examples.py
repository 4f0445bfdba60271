"""From outfits to the rows that a model trains on: questions, examples, tokens. All seeded; nothing is ever cut off."""

import hashlib
import json
import random
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from finetune.datasets import as_polyvore_t
from finetune.prompts import OUTFIT, Example, PromptError, chat, dpo_example, item_text, sft_example
from finetune.reading import outfit_ids, read_captions, read_dataset
from finetune.recipe import Data, StylistRecipe
from finetune.tasks import CpQuestion, FitbQuestion, Outfit, TaskError, draw_cp, draw_fitb, draw_steps, without


class RowError(ValueError):
    """A row that cannot be trained on; the message names it."""


class Drawn(NamedTuple):
    """The examples of a run, the outfits they come from, and one line on what was left out and why."""

    examples: list[Example]
    outfits: list[str]
    report: str


def draw(recipe: StylistRecipe, root: Path) -> Drawn:
    """The recipe's examples, of the outfits it samples: one question an outfit, or all its pieces. Raises TaskError or RowError."""
    outfits, report = training_outfits(recipe.data, root)
    if recipe.task == "outfit":
        rows = [row for number in range(recipe.data.rounds) for row in _pieces(recipe, outfits, recipe.data.seed + number)]
        return Drawn([example for example, _ in rows], [outfit for _, outfit in rows], report)
    questions = list(_questions(recipe, outfits))
    report += passed_over(outfits, questions)
    rng = random.Random(recipe.data.seed)
    examples = [_example(recipe, question, rng) for question in questions]
    return Drawn(examples, [question.outfit for question in questions], report)


def passed_over(outfits: Sequence[Outfit], questions: Sequence[Any], why: str = "whose slots have too few other items") -> str:
    """What a report says of outfits that no question could be drawn from; nothing where there are none."""
    rare = len(outfits) - len({question.outfit for question in questions})
    return f"; {rare} passed over, {why}" if rare else ""


def training_outfits(data: Data, root: Path) -> tuple[list[Outfit], str]:
    """The outfits that a recipe trains on, and what was left out. Raises TaskError or RowError."""
    captions = _captions(root / data.captions) if data.captions else None
    read = [read_dataset(root / path, data.split, captions) for path in data.train]
    evaluated = set().union(*(outfit_ids(root / path) for path in data.without))
    different = {outfit.id: outfit for dataset in read for outfit in dataset.outfits}
    outfits, dropped = without(list(different.values()), evaluated)
    outfits = sampled(outfits, data.outfits, data.seed)
    reports = "; ".join(dataset.report() for dataset in read)
    report = f"{reports}; {dropped} dropped because they are evaluated on; {len(outfits)} to train on"
    return outfits, report


def _captions(path: Path) -> dict[str, str]:
    if not path.is_file():
        raise RowError(
            f"{path} is missing: the recipe reads captions there, which `python -m catalog caption --json PICTURES` writes. "
            "To train on titles instead: --set data.captions=null"
        )
    return read_captions(path)


def sampled(outfits: list[Outfit], count: int | None, seed: int = 0) -> list[Outfit]:
    """`count` random outfits to train on; all where it is not given. Raises TaskError where there are fewer."""
    if not count:
        return outfits
    if count > len(outfits):
        raise TaskError(f"{count} outfits were asked for, but there are {len(outfits)} to train on.")
    return random.Random(seed).sample(outfits, count)


def _questions(recipe: StylistRecipe, outfits: Sequence[Outfit]) -> Iterator[FitbQuestion | CpQuestion]:
    """One question an outfit; for CP the outfit itself or its broken twin, in turns, so that half are right."""
    if recipe.task == "fitb":
        yield from draw_fitb(outfits, recipe.data.seed, recipe.data.negatives)
    else:
        twins = list(draw_cp(outfits, recipe.data.seed, recipe.data.negatives))
        yield from (twins[2 * place + place % 2] for place in range(len(twins) // 2))


def _pieces(recipe: StylistRecipe, outfits: Sequence[Outfit], seed: int) -> Iterator[tuple[Example, str]]:
    """Rows and their outfits, each in random order: whole for SFT; for DPO each piece against others, an outfit's in a row."""
    if recipe.stage == "sft":
        rng = random.Random(seed)
        for outfit in rng.sample(outfits, len(outfits)):
            pieces = rng.sample(outfit.pieces, len(outfit.pieces))
            yield {"prompt": OUTFIT, "completion": "".join(item_text(piece.words) for piece in pieces)}, outfit.id
    else:
        # rivals by Polyvore-T's five slots, which hold ours: a coat against a T-shirt as well as against a coat
        named = [as_polyvore_t(outfit) for outfit in outfits]
        for question in draw_steps(named, seed, recipe.data.negatives, recipe.data.rivals + 1):
            for wrong in set(range(recipe.data.rivals + 1)) - {question.answer}:
                yield dpo_example(question, wrong, recipe.wording), question.outfit


def _example(recipe: StylistRecipe, question: FitbQuestion | CpQuestion, rng: random.Random) -> Example:
    if recipe.stage == "sft":
        return sft_example(question, recipe.wording)
    right = question.answer if isinstance(question, FitbQuestion) else question.label
    count = len(question.options) if isinstance(question, FitbQuestion) else 2
    return dpo_example(question, rng.choice([place for place in range(count) if place != right]), recipe.wording)


def export(examples: Sequence[Example], path: Path) -> str:
    """Write examples as the JSONL that TRL reads, and return its sha256."""
    text = _lines(examples)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return digest(examples)


def digest(examples: Sequence[Example]) -> str:
    """The sha256 of examples as `export` writes them."""
    return hashlib.sha256(_lines(examples).encode()).hexdigest()


def _lines(examples: Sequence[Example]) -> str:
    return "".join(json.dumps(example, ensure_ascii=False) + "\n" for example in examples)


def encode(tokenizer: Any, prompt: Any, completion: Any) -> tuple[list[int], list[int]]:
    """The tokens of a prompt and of its completion: of messages by the chat template, of strings as they stand.

    Raises RowError where the tokenizer joins the two, so that the prompt's tokens are no beginning of the whole, and for
    a template that cannot be learned.
    """
    templated = not isinstance(prompt, str)
    if templated:
        try:
            prompt, completion = chat(tokenizer, prompt[0]["content"], completion[0]["content"])
        except PromptError as error:
            raise RowError(f"This base's chat template cannot be trained on. {error}") from error
    start = tokenizer(prompt, add_special_tokens=not templated)["input_ids"]
    whole = tokenizer(prompt + completion, add_special_tokens=not templated)["input_ids"]
    if whole[: len(start)] != start:
        raise RowError(f"The tokenizer joins the end of the prompt with {completion[:40]!r}; they cannot be told apart.")
    return start, whole[len(start) :]


def tokenized(drawn: Drawn, tokenizer: Any, longest: int) -> list[dict[str, list[int]]]:
    """Rows of token ids, as TRL's collators take them: {"input_ids", "labels"} or {"prompt_ids", "chosen_ids", "rejected_ids"}.

    Raises RowError for a row of more than `longest` tokens: cutting it would cut its answer off.
    """
    rows = []
    for number, (example, outfit) in enumerate(zip(drawn.examples, drawn.outfits, strict=True), 1):
        row = _sft_row(tokenizer, example) if "completion" in example else _dpo_row(tokenizer, example)
        length = max(len(row["input_ids"]) if "input_ids" in row else 0, *_pair_lengths(row))
        if length > longest:
            raise RowError(
                f"Row {number} (outfit {outfit}) has {length} tokens, more than the {longest} that fit. Raise "
                "training.max_length if the model's context allows it, or leave that outfit out."
            )
        rows.append(row)
    return rows


def _pair_lengths(row: dict[str, list[int]]) -> list[int]:
    prompt = len(row.get("prompt_ids", ()))
    return [prompt + len(row.get(name, ())) for name in ("chosen_ids", "rejected_ids")]


def _sft_row(tokenizer: Any, example: Example) -> dict[str, list[int]]:
    prompt, completion = encode(tokenizer, example["prompt"], example["completion"])
    return {"input_ids": prompt + completion, "labels": [-100] * len(prompt) + completion}


def _dpo_row(tokenizer: Any, example: Example) -> dict[str, list[int]]:
    prompt, chosen = encode(tokenizer, example["prompt"], example["chosen"])
    _, rejected = encode(tokenizer, example["prompt"], example["rejected"])
    return {"prompt_ids": prompt, "chosen_ids": chosen, "rejected_ids": rejected}
