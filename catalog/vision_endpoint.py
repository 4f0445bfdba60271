"""Captions from a vision model behind an OpenAI-compatible endpoint: vLLM serving LLaVA, or a hosted model."""

import base64
import io
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import Lock

import httpx
from openai import AuthenticationError, NotFoundError, OpenAI, OpenAIError, PermissionDeniedError
from PIL import Image

from catalog.answers import no_list, prompt, read_answer, read_several, several_prompt
from catalog.descriptions import AnswerError, Description, NoAnswer
from catalog.items import CatalogueError

SIDE = 672  # pixels of the longer side that is sent: twice what LLaVA sees
WRITTEN = {False: 40, True: 300}  # tokens at most, of a plain and of a structured answer
WRITTEN_OF_SEVERAL = 1_200
TRIES = 2  # an answer that is no description is asked for once more, in the other words
HOPELESS = (AuthenticationError, PermissionDeniedError, NotFoundError)  # the next picture would fare no better


@dataclass
class Spent:
    """What an endpoint says that it was asked and has written, and what that costs."""

    requests: int = 0
    tokens_in: int = 0
    tokens_out: int = 0
    per_million_in: float = 0.0
    per_million_out: float = 0.0

    @property
    def cost(self) -> float:
        """In the currency of the two prices."""
        return (self.tokens_in * self.per_million_in + self.tokens_out * self.per_million_out) / 1e6

    def as_json(self) -> dict[str, float]:
        """As plain data."""
        counted = {"requests": self.requests, "tokens_in": self.tokens_in, "tokens_out": self.tokens_out}
        return counted | {"cost": round(self.cost, 4)}


class EndpointCaptioner:
    """Describes pictures by a model at an address, `at_once` requests beside each other.

    The client waits as `retry-after` says, else ever longer, and asks `retries` times where the server is busy, stalls for
    `timeout` seconds or dies; then the picture is left out with the reason. Raises CatalogueError where the key or the
    model's name is refused: no picture would fare better. A `client` brings its own time-outs.
    """

    def __init__(
        self,
        address: str,
        model: str,
        key: str = "none",
        structured: bool = False,
        at_once: int = 4,
        timeout: float = 60.0,
        retries: int = 4,
        prices: tuple[float, float] = (0.0, 0.0),
        client: httpx.Client | None = None,
    ) -> None:
        wait = timeout if client is None else client.timeout
        # It takes httpx's clients too, though its types name the successor's alone.
        self._client = OpenAI(base_url=address, api_key=key, timeout=wait, max_retries=retries, http_client=client)  # type: ignore[arg-type]
        self._address, self._model, self._structured, self._at_once = address, model, structured, at_once
        self._lock = Lock()
        self.spent = Spent(per_million_in=prices[0], per_million_out=prices[1])
        self.source = f"{model}{'-structured' if structured else ''}"

    def describe(self, pictures: Sequence[Image.Image]) -> list[Description | AnswerError]:
        """What each RGB picture shows, or why there is no description of it."""
        with ThreadPoolExecutor(self._at_once) as pool:
            return list(pool.map(self._described, pictures))

    def describe_each(self, pictures: Sequence[Image.Image]) -> list[list[Description] | AnswerError]:
        """What each garment of each RGB picture is, with boxes where the model gives some; asked for one where it lists none."""
        with ThreadPoolExecutor(self._at_once) as pool:
            return list(pool.map(self._each_described, pictures))

    def _each_described(self, picture: Image.Image) -> list[Description] | AnswerError:
        try:
            return read_several(self._answer(_as_address(picture), several_prompt(), WRITTEN_OF_SEVERAL))
        except NoAnswer as error:
            return error
        except AnswerError as listed:
            one = self._described(picture)
            return no_list(listed, one) if isinstance(one, AnswerError) else [one]

    def _described(self, picture: Image.Image) -> Description | AnswerError:
        sent = _as_address(picture)
        trouble: AnswerError | None = None
        for attempt in range(TRIES):
            structured = self._structured ^ bool(attempt)
            try:
                return read_answer(self._answer(sent, prompt(structured), WRITTEN[structured]), structured)
            except AnswerError as error:
                if isinstance(error.__cause__, OpenAIError):
                    return error  # who waited in vain does not wait again
                trouble = trouble or error  # the first answer was to what was asked
        assert trouble is not None
        return trouble

    def _answer(self, picture: str, words: str, most: int) -> str:
        """What the model writes. Raises NoAnswer where nothing comes, CatalogueError where nothing ever will."""
        asked = [{"type": "text", "text": words}, {"type": "image_url", "image_url": {"url": picture}}]
        try:
            answer = self._client.chat.completions.create(
                model=self._model,
                messages=[{"role": "user", "content": asked}],  # type: ignore[list-item, misc]
                temperature=0,
                max_tokens=most,
            )
        except HOPELESS as error:
            raise CatalogueError(f"{self._address} refuses: {error}") from error
        except (OpenAIError, ValueError) as error:  # a body that is no JSON comes as the latter
            raise NoAnswer(f"no answer of the endpoint ({type(error).__name__})") from error
        self._count(answer)
        try:
            content = answer.choices[0].message.content or ""
        except (AttributeError, TypeError, LookupError):
            content = None
        if not isinstance(content, str):
            raise NoAnswer("an answer that is none of a chat model")
        return content

    def _count(self, answer: object) -> None:
        usage = getattr(answer, "usage", None)
        tokens = [getattr(usage, name, 0) for name in ("prompt_tokens", "completion_tokens")]
        with self._lock:
            self.spent.requests += 1
            self.spent.tokens_in += tokens[0] if isinstance(tokens[0], int) else 0
            self.spent.tokens_out += tokens[1] if isinstance(tokens[1], int) else 0


def _as_address(picture: Image.Image) -> str:
    """The picture as a data URL, no larger than a model looks at."""
    small = picture.copy()
    small.thumbnail((SIDE, SIDE))
    held = io.BytesIO()
    small.save(held, "JPEG", quality=90)
    return f"data:image/jpeg;base64,{base64.b64encode(held.getvalue()).decode()}"
