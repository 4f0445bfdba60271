"""The only place of wiring: models, tools, memory and photos become one `Assistant` that answers a turn."""

import contextlib
import hashlib
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

from filelock import FileLock
from langchain.agents import create_agent
from langchain.agents.middleware import ModelCallLimitMiddleware
from langchain_core.messages import BaseMessage, HumanMessage

from assistant.answers import Answer, answer_of
from assistant.endpoint.model import MODEL_CALLS
from assistant.floor.shopfloor import ShopFloor, Stopwatch
from assistant.floor.tools import make_tools
from assistant.grounding.check import Facts
from assistant.memory import Conversations, open_memory, turns
from assistant.middleware import Conversation, Talk
from assistant.models import make_endpoint, make_planner, make_vision
from assistant.photos import Eyes, Photo, Sight
from assistant.planner import artifacts, last_understood, photos_of, said
from assistant.profile import Profile
from assistant.profiles import Profiles
from assistant.saying.photographed import photo_notes
from assistant.saying.small_talk import WHAT_I_DO
from assistant.settings import EMBEDDED_VISION, SAMPLE, Settings, SettingsError
from assistant.understanding.understood import Understood
from assistant.voice import Status as Status
from assistant.voice import Token as Token
from catalog.items import read_catalogue
from finetune import model
from finetune.blend import blend_fingerprint, open_stylist
from finetune.likelihood import LocalLikelihoods
from finetune.stylist import Stylist
from retrieval.building import build_index
from retrieval.complement import open_complement
from retrieval.embeddings import SentenceEmbedder
from retrieval.index import CaptionIndex, open_index
from retrieval.shop import ShopError

MAX_WORDS = 4_000  # characters of a message that are read; more is no question to a shop assistant
Say = Callable[[str], None]


@dataclass
class Assistant:
    """A shop assistant for one shop. Threads of conversation are kept apart by id; one turn of each at a time."""

    graph: Any
    floor: ShopFloor
    memory: Conversations
    profiles: Profiles
    eyes: Eyes

    @classmethod
    def open(cls, settings: Settings, say: Say = lambda _: None, clock: Callable[[], float] = time.monotonic) -> "Assistant":
        """The assistant that the settings describe; `say` hears what takes its time, `clock` times an endpoint that failed.

        Raises ShopError, ModelError, EmbedderError, ComplementError or SettingsError with a sentence that says what to do.
        """
        say("Loading the embedding model")
        index = _open_shop(settings, say)
        say("Loading the stylist")
        stylist, stylist_name = _open_stylist(settings)
        floor = ShopFloor(index, stylist, open_complement(index.embedder, settings.complement), stylist_name)
        memory, planner = open_memory(settings.data), make_planner(index)
        conversation = Conversation(lambda messages: _facts(messages, index), planner, make_endpoint(settings), clock)
        graph = create_agent(
            planner,
            make_tools(floor),
            system_prompt=files("assistant").joinpath("prompts/system.md").read_text(encoding="utf-8"),
            middleware=[conversation, ModelCallLimitMiddleware(run_limit=3 * MODEL_CALLS, exit_behavior="end")],
            context_schema=Talk,
            checkpointer=memory,
        )
        if settings.vision != EMBEDDED_VISION:
            say("Loading the vision model")
        return cls(graph, floor, memory, Profiles(settings.data), Eyes(make_vision(settings), clock))

    def ask(self, text: str, photos: Sequence[Photo] = (), thread: str = "default", user: str = "me") -> Answer:
        """One turn."""
        *_, answer = self.stream(text, photos, thread, user)
        assert isinstance(answer, Answer)
        return answer

    def stream(
        self, text: str, photos: Sequence[Photo] = (), thread: str = "default", user: str = "me"
    ) -> Iterator[Status | Token | Answer]:
        """One turn as it comes: what is being done, the reply in pieces, and at last the whole answer.

        A token may begin the reply anew (`Token.anew`); the tokens from the last such on make up the answer's reply.
        """
        start, watch = time.perf_counter(), Stopwatch()
        with self.memory.turn_of(thread):
            yield from self._look_at(photos)
            sight = self.eyes.see(photos, watch)
            refusal = _refusal(text, sight)
            if refusal:
                yield Token(refusal)
                yield Answer(reply=refusal, understood=Understood(intent="chat").stated(), seconds=time.perf_counter() - start)
                return
            message = _message(text, sight, self.profiles.get(user))
            messages = yield from self._run(message, thread, watch)
            self._note(user, turns(messages)[-1])
        yield answer_of(messages, thread, time.perf_counter() - start, watch)

    def history(self, thread: str) -> list[BaseMessage]:
        """The messages of a thread so far."""
        values = self.graph.get_state({"configurable": {"thread_id": thread}}).values
        return list(values.get("messages", ()))

    def _note(self, user: str, turn: Sequence[BaseMessage]) -> None:
        """Keep what the shopper said of themselves for good."""
        understood = last_understood(turn)
        if understood and understood.noted:
            self.profiles.change(user, understood.noted)

    def _look_at(self, photos: Sequence[Photo]) -> Iterator[Status]:
        if photos:
            yield Status("Looking at your photo" if len(photos) == 1 else f"Looking at your {len(photos)} photos")

    def _run(self, message: HumanMessage, thread: str, watch: Stopwatch) -> Generator[Status | Token, None, list[BaseMessage]]:
        """Have a message answered; the conversation's messages after it. What is cut off leaves nothing half-written."""
        messages: list[BaseMessage] = []
        events = self.graph.stream(
            {"messages": [message]},
            {"configurable": {"thread_id": thread}},
            context=Talk(watch),
            stream_mode=["custom", "values"],
            durability="exit",
        )
        with contextlib.closing(events):
            for mode, data in events:
                if mode == "custom":
                    yield data
                else:
                    messages = data["messages"]
        return messages


def _open_stylist(settings: Settings) -> tuple[Stylist, str]:
    """The stylist, and by what name and version it is told from others."""
    if settings.base or settings.adapter:
        base = settings.base or model.EMBEDDED
        name = f"{base} with {settings.adapter.name}" if settings.adapter else base
        return Stylist.of(LocalLikelihoods(model.load(base, settings.adapter))), name
    return open_stylist(settings.stylist), f"blend {blend_fingerprint(settings.stylist)}"


def _refusal(text: str, sight: Sight) -> str | None:
    """The answer to a message that is no question: empty, endless, or nothing but unreadable photos."""
    if len(text) > MAX_WORDS:
        return f"That message has {len(text):,} characters; I read up to {MAX_WORDS:,}. Tell me in a few sentences what you are looking for."
    if not text.strip() and not sight.seen and not sight.empty:
        return "\n\n".join(sight.trouble) or f"You sent an empty message. {WHAT_I_DO}"
    return None


def _message(text: str, sight: Sight, profile: Profile) -> HumanMessage:
    content = "\n".join(part for part in (text.strip(), photo_notes(sight.seen, sight.empty), *sight.trouble) if part)
    kept: dict[str, Any] = {
        "said": text.strip(),
        "seen": [anchor.model_dump(mode="json") for anchor in sight.seen],
        "empty": sight.empty,
        "trouble": list(sight.trouble),
        "profile": profile.model_dump(mode="json", exclude_defaults=True),
    }
    return HumanMessage(content=content, additional_kwargs=kept)


def _facts(messages: Sequence[BaseMessage], index: CaptionIndex) -> Facts:
    """What may be said by now: `messages` are the conversation, the one that is to be checked included."""
    understood = last_understood(messages) or Understood(intent="chat")
    asked = [message for message in messages if isinstance(message, HumanMessage)]
    seen = [anchor.caption for message in asked for anchor in photos_of(message)]
    known = [words for about in understood.profile.in_words().values() for words in about]
    limits = [understood.filters.max_price, understood.filters.min_price, understood.filters.total_max]
    return Facts.of(
        artifacts(messages),
        turn=artifacts(turns(messages)[-1]),
        said=[*map(said, asked), *seen, *known],
        brands=index.brands,
        limits=[limit for limit in limits if limit is not None],
    )


def _open_shop(settings: Settings, say: Say) -> CaptionIndex:
    embedder = SentenceEmbedder(settings.embedder)
    if settings.shop == SAMPLE:
        try:
            return _open_sample(settings.shop_folder(), embedder, say)
        except OSError as error:
            raise SettingsError(
                f"The sample shop cannot be kept in {settings.cache}: {error.strerror}. Set ASSISTANT_CACHE to a folder you may write to."
            ) from error
    return open_index(settings.shop_folder(), embedder, settings.chroma)


def _open_sample(folder: Path, embedder: SentenceEmbedder, say: Say) -> CaptionIndex:
    """The sample shop; built where it is missing, damaged, or of other items, another embedder or another version."""
    catalogue = Path(str(files("catalog.sample").joinpath("items.jsonl")))
    words = Path(str(files("catalog").joinpath("vocabulary.yaml")))  # the index keeps what items are called by it
    source = f"sample {hashlib.sha256(catalogue.read_bytes() + words.read_bytes()).hexdigest()[:12]}"
    folder.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(folder.with_suffix(".lock")):  # whoever starts beside us waits, and finds it built
        with contextlib.suppress(ShopError):
            index = open_index(folder, embedder)
            if index.manifest.source == source:
                return index
        say("Building the sample shop's index")
        return build_index(read_catalogue(catalogue).items, folder, embedder, source=source)
