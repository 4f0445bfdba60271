"""A language model behind an OpenAI-compatible endpoint (vLLM, say), for the benchmarks: its answers and its likelihoods."""

from collections.abc import Sequence
from typing import Any

from openai import OpenAI, OpenAIError

from finetune.likelihood import Asked, Likelihood, LikelihoodError
from finetune.prompts import messages

BATCH = 64  # texts in one request
ROOM = 64  # tokens of an answer; an endpoint does not say how many an option has
TIMEOUT = 120.0  # seconds


class EndpointError(RuntimeError):
    """An endpoint that does not answer as it should; the message says what it lacks."""


class Endpoint:
    """One model behind one address."""

    def __init__(self, address: str, name: str, key: str = "none") -> None:
        self.name = name
        self._address = address
        self._client = OpenAI(base_url=address, api_key=key, timeout=TIMEOUT, max_retries=2)

    def write(self, question: str, allowed: Sequence[str]) -> str:
        """What the model answers, greedily. Raises EndpointError."""
        try:
            answer = self._client.chat.completions.create(
                model=self.name,
                messages=messages(question),  # type: ignore[arg-type]
                temperature=0,
                max_tokens=ROOM,
            )
        except OpenAIError as error:
            raise EndpointError(f"{self._address} gave no answer: {error}") from error
        return answer.choices[0].message.content or ""

    def __call__(self, asked: Sequence[Asked], templated: bool = False) -> list[Likelihood]:
        """The likelihood of each continuation, from the echoed prompt's log-probabilities.

        Raises EndpointError where it echoes none, LikelihoodError where a token reaches over a text's end.
        """
        found: list[Likelihood] = []
        for first in range(0, len(asked), BATCH):
            batch = asked[first : first + BATCH]
            choices = self._echoed([text + more for text, more in batch], templated)
            found += [_likelihood(choice, text, more) for (text, more), choice in zip(batch, choices, strict=True)]
        return found

    def _echoed(self, texts: list[str], templated: bool) -> list[Any]:
        bare = {"add_special_tokens": False} if templated else None  # vLLM's name for it; others ignore it
        try:
            answer = self._client.completions.create(
                model=self.name, prompt=texts, max_tokens=1, temperature=0, logprobs=1, echo=True, extra_body=bare
            )
        except OpenAIError as error:
            raise EndpointError(f"{self._address} gave no log-probabilities: {error}") from error
        choices = sorted(answer.choices, key=lambda choice: choice.index)
        if len(choices) != len(texts) or any(not choice.logprobs or not choice.logprobs.text_offset for choice in choices):
            raise EndpointError(
                f"{self._address} does not echo the prompt's log-probabilities (/completions with echo and logprobs, "
                "as vLLM has it): use --scoring generate with it."
            )
        return choices


def _likelihood(choice: Any, text: str, more: str) -> Likelihood:
    """What the tokens of the echoed text's continuation add up to."""
    offsets, values = choice.logprobs.text_offset, choice.logprobs.token_logprobs
    if len(text) not in offsets:
        raise LikelihoodError(f"The endpoint's tokenizer joins the prompt and {more!r}; they cannot be scored apart.")
    end = len(text) + len(more)
    inside = [value for offset, value in zip(offsets, values, strict=True) if len(text) <= offset < end]
    return Likelihood(float(sum(inside)), len(inside))
