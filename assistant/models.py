"""The only maker of the conversation's models: the embedded planner, a chat model at an endpoint, and a model that sees."""

import time
from collections.abc import Iterator

import httpx
from langchain_core.language_models import BaseChatModel
from pydantic import SecretStr

from assistant.photos import MAX_PHOTOS
from assistant.planner import Planner
from assistant.settings import EMBEDDED_VISION, Settings, SettingsError
from assistant.understanding.advice import Adviser
from assistant.understanding.intents import Guesser
from assistant.understanding.likely import Likely
from catalog.captions import Captioner
from catalog.items import CatalogueError
from retrieval.embeddings import EMBEDDED
from retrieval.index import CaptionIndex

LLAVA = "llava"  # short for the paper's
SENT = ("host", "accept", "accept-encoding", "connection", "content-type", "content-length", "user-agent", "transfer-encoding")
CONNECT = 5.0  # seconds to reach the endpoint at all


def make_planner(index: CaptionIndex) -> Planner:
    """The planner over a shop's index."""
    embed = index.embedder.embed
    likely = Likely(embed) if index.embedder.name == EMBEDDED else None  # it was taught by that embedder's meanings
    return Planner(
        brands=lambda: index.brands,
        currency=lambda: index.manifest.currency,
        guess=Guesser(embed),
        likely=likely,
        advise=Adviser(embed) if likely else None,
    )


def make_endpoint(settings: Settings) -> BaseChatModel | None:
    """The model that the settings name, if it is not the planner. It is asked once: whoever waits gets the planner's answer."""
    if settings.model == "planner":
        return None
    from langchain_openai import ChatOpenAI

    return ChatOpenAI(
        model=settings.model,
        base_url=settings.base_url,
        api_key=settings.api_key,
        temperature=0,
        timeout=_limit(settings),
        max_retries=0,
        http_client=_client(settings, settings.api_key),
        use_responses_api=False,  # what vLLM and Ollama serve
    )


def make_vision(settings: Settings) -> Captioner | None:
    """The vision model that the settings name, if it is not the embedded captioner. Raises SettingsError where it cannot be had."""
    if settings.vision == EMBEDDED_VISION:
        return None
    if settings.vision_url:
        from catalog.vision_endpoint import EndpointCaptioner

        client, at_once = _client(settings, settings.vision_key), MAX_PHOTOS
        return EndpointCaptioner(settings.vision_url, settings.vision, at_once=at_once, retries=0, client=client)
    from catalog.llava import DEFAULT, LlavaCaptioner

    seeing = LlavaCaptioner(DEFAULT if settings.vision == LLAVA else settings.vision)
    try:
        seeing.load()
    except CatalogueError as error:
        raise SettingsError(
            f"ASSISTANT_VISION: {error} For a model at an endpoint, set ASSISTANT_VISION_URL as well."
        ) from error
    return seeing


def _limit(settings: Settings) -> httpx.Timeout:
    return httpx.Timeout(settings.timeout, connect=min(CONNECT, settings.timeout))


def _client(settings: Settings, key: SecretStr) -> httpx.Client:
    """A client that gives up in time, and tells an endpoint its own key and nothing that the environment holds for another."""

    def ours_alone(request: httpx.Request) -> None:
        for name in [name for name in request.headers if name not in SENT]:
            del request.headers[name]
        request.headers["authorization"] = f"Bearer {key.get_secret_value()}"

    transport, hooks = Punctual(settings.timeout), {"request": [ours_alone]}
    return httpx.Client(transport=transport, timeout=_limit(settings), event_hooks=hooks)


class Punctual(httpx.HTTPTransport):
    """Gives an answer up when it has not come in full after `seconds`: a time-out for each piece lets it drip for ever."""

    def __init__(self, seconds: float) -> None:
        super().__init__()
        self._seconds = seconds

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request. Raises ReadTimeout, also while the answer is read."""
        until = time.monotonic() + self._seconds
        response = super().handle_request(request)
        assert isinstance(response.stream, httpx.SyncByteStream)
        response.stream = _Until(response.stream, until)
        return response


class _Until(httpx.SyncByteStream):
    def __init__(self, stream: httpx.SyncByteStream, until: float) -> None:
        self._stream, self._until = stream, until

    def __iter__(self) -> Iterator[bytes]:
        for piece in self._stream:
            if time.monotonic() > self._until:
                raise httpx.ReadTimeout("The answer did not come in full in time.")
            yield piece

    def close(self) -> None:
        self._stream.close()
