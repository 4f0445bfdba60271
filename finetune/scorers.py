"""Three ways to let a language model answer a question: the columns of the benchmarks.

`generate` is the paper's: the model writes its answer, which is then matched or parsed. `likelihood` reads how likely each
answer is, the options standing in the prompt in one fixed shuffled order. `ours` is the stylist as the shop calls it, which
reads no list of options at all, so that their order cannot matter.
"""

import math
import re
from collections.abc import Callable, Sequence
from typing import Any, Protocol

import torch

from finetune.likelihood import LikelihoodError, Likelihoods
from finetune.model import LanguageModel
from finetune.prompts import answers, chat, question_text
from finetune.results import Scoring
from finetune.stylist import Stylist
from finetune.tasks import CpQuestion, FitbQuestion, plain

SCORINGS: tuple[Scoring, ...] = ("generate", "likelihood", "ours")
Write = Callable[[str, Sequence[str]], str]  # a question, and the answers that it allows -> what the model says


class Scorer(Protocol):
    """What answers the questions of a benchmark."""

    def fitb(self, question: FitbQuestion) -> Sequence[float]:
        """A score for each option, in the question's order; empty where there was no answer."""
        ...

    def cp(self, question: CpQuestion) -> float:
        """How well the outfit's items go together: higher is better. Of a language model's a probability or its log-odds."""
        ...


class Generated:
    """The paper's way. `write` says what the model answers, greedily."""

    def __init__(self, write: Write) -> None:
        self._write = write

    def fitb(self, question: FitbQuestion) -> Sequence[float]:
        """1 for the option that the answer names, 0 for the others; empty where it names none, or several."""
        allowed = answers(question)
        named = matched(self._write(question_text(question), allowed), allowed)
        return [] if named is None else [float(place == named) for place in range(len(allowed))]

    def cp(self, question: CpQuestion) -> float:
        """The first number of the answer, between 0 and 1; NaN where there is none."""
        return parsed(self._write(question_text(question), answers(question)))


SCALE = re.compile(r"\(?\b0(\.0)?\s*(-|–|to|and)\s*1(\.0)?\b\)?")  # "(0-1)", "between 0 and 1"
MARKS = " .\"'"
ROOM = 16  # tokens of a generated score: the prompt's own heading and two decimals


def matched(text: str, allowed: Sequence[str]) -> int | None:
    """Which answer a text gives: the one it equals, or else the only one that it holds.

    Case, blanks and quotation marks do not count; "red boots" is not held where "red boots with a zip" is.
    """
    said, *options = (plain(words).strip(MARKS) for words in (text, *allowed))
    if options.count(said) == 1:
        return options.index(said)
    held = [option for option in options if option in said]
    longest = [option for option in held if not any(option in other for other in held if other != option)]
    return options.index(longest[0]) if len(longest) == 1 else None


def parsed(text: str) -> float:
    """The first number of a text, if it lies between 0 and 1; else NaN. The scale that an answer repeats is no score."""
    found = re.search(r"-?\d*\.?\d+", SCALE.sub("", text))
    number = float(found.group()) if found else math.nan
    return number if 0 <= number <= 1 else math.nan


class Likely:
    """The likelihood of each answer to the paper's question, its end of turn included, as the chat template frames it."""

    def __init__(self, likelihoods: Likelihoods, tokenizer: Any) -> None:
        self._likelihoods, self._tokenizer = likelihoods, tokenizer

    def fitb(self, question: FitbQuestion) -> Sequence[float]:
        """The log-probability of each option as the whole answer, in nats."""
        return self._totals(question)

    def cp(self, question: CpQuestion) -> float:
        """The log-odds of "1" against "0", in nats."""
        no, yes = self._totals(question)
        return yes - no

    def _totals(self, question: FitbQuestion | CpQuestion) -> list[float]:
        asked = question_text(question)
        framed = [chat(self._tokenizer, asked, answer) for answer in answers(question)]
        found = self._likelihoods(framed, templated=True)
        return [likelihood.total for likelihood in found]


class Ours:
    """The stylist."""

    def __init__(self, stylist: Stylist) -> None:
        self._stylist = stylist

    def fitb(self, question: FitbQuestion) -> Sequence[float]:
        """Each option's log-odds, but for what all share."""
        return self._stylist.pick(*question.garments()).log_odds

    def cp(self, question: CpQuestion) -> float:
        """The log-odds of the stylist's score."""
        return self._stylist.log_odds([question.garments()])[0]


class LocalWriter:
    """Greedy answers of a model in this process, one question at a time, until the end of the turn.

    `most` tokens: by default as many as the longest allowed answer has, but not fewer than `ROOM`.
    """

    def __init__(self, language_model: LanguageModel, most: int | None = None) -> None:
        self._model, self._tokenizer, self._most = language_model.model, language_model.tokenizer, most

    @torch.inference_mode()
    def __call__(self, question: str, allowed: Sequence[str]) -> str:
        """What the model says."""
        start, _ = chat(self._tokenizer, question)
        asked = self._tokenizer(start, add_special_tokens=False, return_tensors="pt").to(self._model.device)
        length, context = asked["input_ids"].shape[1], self._model.config.max_position_embeddings
        if length > context:
            raise LikelihoodError(f"The question {question[-60:]!r} has {length} tokens, more than the {context} that fit.")
        room = max(ROOM, *(len(self._tokenizer(answer, add_special_tokens=False)["input_ids"]) + 1 for answer in allowed))
        end = self._tokenizer.eos_token_id
        said = self._model.generate(
            input_ids=asked["input_ids"],
            attention_mask=asked["attention_mask"],
            max_new_tokens=self._most or room,
            do_sample=False,
            eos_token_id=end,
            pad_token_id=end,
        )
        return str(self._tokenizer.decode(said[0, asked["input_ids"].shape[1] :], skip_special_tokens=True))
