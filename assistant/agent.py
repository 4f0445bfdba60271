"""The only place of wiring: models, tools, memory and photos become one `Assistant` that answers a turn."""

import contextlib
import hashlib
import sqlite3
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from threading import Lock
from typing import Any

from filelock import FileLock
from langchain.agents import create_agent
from langchain.agents.middleware import (
    AgentMiddleware,
    ModelCallLimitMiddleware,
    ModelFallbackMiddleware,
    wrap_model_call,
    wrap_tool_call,
)
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage, HumanMessage, ToolMessage
from langgraph.checkpoint.sqlite import SqliteSaver

from assistant.answers import Answer, answer_of
from assistant.models import make_chat_models
from assistant.photos import Eyes, Photo
from assistant.replies import WHAT_I_DO, photo_notes
from assistant.settings import SAMPLE, Settings, SettingsError
from assistant.shopfloor import ShopFloor, Stopwatch
from assistant.tools import Turn, make_tools
from assistant.understood import Anchor, Understood
from catalog.items import read_catalogue
from finetune import model
from finetune.blend import open_stylist
from finetune.likelihood import LocalLikelihoods
from finetune.stylist import Stylist
from retrieval.building import build_index
from retrieval.complement import open_complement
from retrieval.embeddings import SentenceEmbedder
from retrieval.index import CaptionIndex, open_index
from retrieval.shop import ShopError

MAX_WORDS = 4_000  # characters of a message that are read; more is no question to a shop assistant
MODEL_CALLS = 6  # of one turn
Say = Callable[[str], None]


@dataclass(frozen=True)
class Token:
    """A piece of the reply, as it comes."""

    text: str


@dataclass(frozen=True)
class Status:
    """What is being done."""

    text: str


@dataclass
class Assistant:
    """A shop assistant for one shop. Threads of conversation are kept apart by id; one turn of each at a time."""

    graph: Any
    floor: ShopFloor
    eyes: Eyes = field(default_factory=Eyes)
    _locks: dict[str, Lock] = field(default_factory=lambda: defaultdict(Lock))

    @classmethod
    def open(cls, settings: Settings, say: Say = lambda _: None) -> "Assistant":
        """The assistant that the settings describe; `say` hears what takes its time.

        Raises ShopError, ModelError, EmbedderError, ComplementError or SettingsError with a sentence that says what to do.
        """
        say("Loading the embedding model")
        index = _open_shop(settings, say)
        say("Loading the stylist")
        floor = ShopFloor(index, _open_stylist(settings), open_complement(index.embedder, settings.complement))
        leading, *others = make_chat_models(settings, index)
        graph = create_agent(
            leading,
            make_tools(floor),
            system_prompt=files("assistant").joinpath("prompts/system.md").read_text(encoding="utf-8"),
            middleware=[*_middleware(), *([ModelFallbackMiddleware(*others)] if others else [])],
            context_schema=Turn,
            checkpointer=_memory(settings.data),
        )
        return cls(graph, floor)

    def ask(self, text: str, photos: Sequence[Photo] = (), thread: str = "default") -> Answer:
        """One turn."""
        *_, answer = self.stream(text, photos, thread)
        assert isinstance(answer, Answer)
        return answer

    def stream(self, text: str, photos: Sequence[Photo] = (), thread: str = "default") -> Iterator[Status | Token | Answer]:
        """One turn as it comes: what is being done, the reply in pieces, and at last the whole answer."""
        start, watch = time.perf_counter(), Stopwatch()
        with self._locks[thread]:
            yield from self._look_at(photos)
            seen, trouble = self.eyes.see(photos, watch)
            refusal = _refusal(text, seen, trouble)
            if refusal:
                yield Token(refusal)
                yield Answer(reply=refusal, understood=Understood(intent="chat").stated(), seconds=time.perf_counter() - start)
                return
            config = {"configurable": {"thread_id": thread}}
            yield from self._run(_message(text, seen, trouble), config, watch)
            messages = self.graph.get_state(config).values["messages"]
        yield answer_of(messages, thread, time.perf_counter() - start, watch)

    def history(self, thread: str) -> list[BaseMessage]:
        """The messages of a thread so far."""
        values = self.graph.get_state({"configurable": {"thread_id": thread}}).values
        return list(values.get("messages", ()))

    def _look_at(self, photos: Sequence[Photo]) -> Iterator[Status]:
        if photos:
            yield Status("Looking at your photo" if len(photos) == 1 else f"Looking at your {len(photos)} photos")

    def _run(self, message: HumanMessage, config: dict[str, Any], watch: Stopwatch) -> Iterator[Status | Token]:
        stream = self.graph.stream({"messages": [message]}, config, context=Turn(watch), stream_mode=["messages", "updates"])
        for mode, data in stream:
            if mode == "messages" and isinstance(data[0], AIMessageChunk) and data[0].text:
                yield Token(data[0].text)
            elif mode == "updates" and any(isinstance(m, AIMessage) and m.tool_calls for m in _updated(data)):
                yield Status("Looking through the shop")


def _open_stylist(settings: Settings) -> Stylist:
    if settings.base or settings.adapter:
        return Stylist.of(LocalLikelihoods(model.load(settings.base or model.EMBEDDED, settings.adapter)))
    return open_stylist(settings.stylist)


def _refusal(text: str, seen: Sequence[Anchor], trouble: Sequence[str]) -> str | None:
    """The answer to a message that is no question: empty, endless, or nothing but unreadable photos."""
    if len(text) > MAX_WORDS:
        return f"That message has {len(text):,} characters; I read up to {MAX_WORDS:,}. Tell me in a few sentences what you are looking for."
    if not text.strip() and not seen:
        return "\n\n".join(trouble) or f"You sent an empty message. {WHAT_I_DO}"
    return None


def _message(text: str, seen: Sequence[Anchor], trouble: Sequence[str]) -> HumanMessage:
    content = "\n".join(part for part in (text.strip(), photo_notes(seen), *trouble) if part)
    kept: dict[str, Any] = {
        "said": text.strip(),
        "seen": [anchor.model_dump(mode="json") for anchor in seen],
        "trouble": list(trouble),
    }
    return HumanMessage(content=content, additional_kwargs=kept)


def _updated(data: dict[str, Any]) -> list[BaseMessage]:
    return [message for update in data.values() if update for message in update.get("messages", ())]


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
    source = f"sample {hashlib.sha256(catalogue.read_bytes()).hexdigest()[:12]}"
    folder.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(folder.with_suffix(".lock")):  # whoever starts beside us waits, and finds it built
        with contextlib.suppress(ShopError):
            index = open_index(folder, embedder)
            if index.manifest.source == source:
                return index
        say("Building the sample shop's index")
        return build_index(read_catalogue(catalogue).items, folder, embedder, source=source)


def _memory(folder: Path) -> SqliteSaver:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        saver = SqliteSaver(sqlite3.connect(folder / "conversations.sqlite", check_same_thread=False, timeout=30))
        saver.setup()
    except (OSError, sqlite3.Error) as error:
        raise SettingsError(
            f"Conversations cannot be kept in {folder}: {error}. Set ASSISTANT_DATA to a folder you may write to."
        ) from error
    return saver


def _middleware() -> list[AgentMiddleware[Any, Any]]:
    @wrap_model_call
    def time_the_model(request: Any, handler: Any) -> Any:
        with request.runtime.context.watch.stage("conversation"):
            return handler(request)

    @wrap_tool_call
    def answer_failures(request: Any, handler: Any) -> Any:
        try:
            return handler(request)
        except Exception as error:  # noqa: BLE001 - the outermost edge of a tool: the conversation goes on
            text = f"The tool failed: {error}"
            return ToolMessage(text, tool_call_id=request.tool_call["id"], name=request.tool_call["name"], status="error")

    return [time_the_model, answer_failures, ModelCallLimitMiddleware(run_limit=MODEL_CALLS, exit_behavior="end")]
