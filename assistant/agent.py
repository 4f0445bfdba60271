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
from pydantic import BaseModel

from assistant.models import make_chat_models
from assistant.planner import artifacts, last_shown, last_understood
from assistant.replies import WHAT_I_DO, photo_notes
from assistant.settings import SAMPLE, Settings, SettingsError
from assistant.shopfloor import ShopFloor, Stopwatch
from assistant.tools import Turn, make_tools
from assistant.understood import Anchor, Intent, Understood
from catalog.images import PictureError, open_picture
from catalog.items import read_catalogue
from catalog.taxonomy import vocabulary
from catalog.vision import EmbeddedCaptioner
from finetune import model
from finetune.stylist import Stylist
from retrieval.embeddings import SentenceEmbedder
from retrieval.filters import Filters
from retrieval.index import LAYOUT, CaptionIndex, build_index, open_index

MAX_WORDS = 4_000  # characters of a message that are read; more is no question to a shop assistant
MAX_PHOTOS = 8
MODEL_CALLS = 6  # of one turn
ITEM_KEYS = (
    "id", "title", "slot", "kind", "colours", "price", "currency", "score", "score_kind", "reason", "caption", "caption_source",
    "brand", "image", "image_url", "url",
)  # fmt: skip
INTENT_OF_TOOL: dict[str, Intent] = {
    "find_complements": "complement", "search_catalogue": "search", "judge_outfit": "judge", "show_items": "show",
}  # fmt: skip

Say = Callable[[str], None]


@dataclass(frozen=True)
class Photo:
    """A photo as it came: its name, and its bytes or where they lie."""

    name: str
    source: bytes | Path


@dataclass(frozen=True)
class Token:
    """A piece of the reply, as it comes."""

    text: str


@dataclass(frozen=True)
class Status:
    """What is being done."""

    text: str


class Answer(BaseModel):
    """One turn answered: the JSON of `python -m assistant ask --json`. Times are in seconds."""

    reply: str
    items: list[dict[str, Any]] = []
    understood: dict[str, Any] = {}
    state: dict[str, Any] = {}
    tools: list[dict[str, Any]] = []
    seconds: float = 0.0
    stages: dict[str, float] = {}


@dataclass
class Assistant:
    """A shop assistant for one shop. Threads of conversation are kept apart by id; one turn of each at a time."""

    graph: Any
    floor: ShopFloor
    _locks: dict[str, Lock] = field(default_factory=lambda: defaultdict(Lock))
    _captioner: EmbeddedCaptioner | None = None
    _captioner_lock: Lock = field(default_factory=Lock)

    @classmethod
    def open(cls, settings: Settings, say: Say = lambda _: None) -> "Assistant":
        """The assistant that the settings describe; `say` hears what takes its time.

        Raises ShopError, ModelError, EmbedderError or SettingsError with a sentence that says what to do.
        """
        say("Loading the embedding model")
        index = _open_shop(settings, say)
        say("Loading the stylist")
        stylist = Stylist(model.load(settings.base, settings.adapter))
        floor = ShopFloor(index, stylist)
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
            seen, trouble = self._see(photos, watch)
            refusal = _refusal(text, seen, trouble)
            if refusal:
                yield Token(refusal)
                yield Answer(reply=refusal, understood=Understood(intent="chat").stated(), seconds=time.perf_counter() - start)
                return
            config = {"configurable": {"thread_id": thread}}
            yield from self._run(_message(text, seen, trouble), config, watch)
            messages = self.graph.get_state(config).values["messages"]
        yield _answer(messages, thread, time.perf_counter() - start, watch)

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

    def _see(self, photos: Sequence[Photo], watch: Stopwatch) -> tuple[list[Anchor], list[str]]:
        """What the photos show, and a sentence for each that cannot be used."""
        pictures, trouble = [], []
        for photo in photos[:MAX_PHOTOS]:
            try:
                with watch.stage("open photos"):
                    pictures.append(open_picture(photo.source, photo.name))
            except PictureError as error:
                trouble.append(str(error))
        if len(photos) > MAX_PHOTOS:
            trouble.append(f"I look at {MAX_PHOTOS} photos at a time; the others I left out.")
        if not pictures:
            return [], trouble
        with self._captioner_lock:
            if self._captioner is None:
                with watch.stage("load captioner"):
                    self._captioner = EmbeddedCaptioner()
            with watch.stage("caption photos"):
                described = self._captioner.describe(pictures)
        return [_seen(description) for description in described], trouble


def _seen(description: Any) -> Anchor:
    kinds = tuple(kind for kind, _ in description.alternatives if kind != description.kind)
    return Anchor(
        caption=description.caption,
        slot=description.slot,
        kind=description.kind,
        source="photo",
        unsure=description.unsure,
        alternatives=kinds[:2],
    )


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


def _answer(messages: Sequence[BaseMessage], thread: str, seconds: float, watch: Stopwatch) -> Answer:
    first = max(place for place, message in enumerate(messages) if isinstance(message, HumanMessage))
    turn = messages[first:]
    calls = [call for message in turn if isinstance(message, AIMessage) for call in message.tool_calls]
    understood = last_understood(turn) or _understood_from_calls(calls)
    items = [{key: item[key] for key in ITEM_KEYS if key in item} for result in artifacts(turn) for item in result["items"]]
    state = understood.stated() | {"thread": thread, "shown": [item.id for item in last_shown(messages)]}
    del state["intent"]
    return Answer(
        reply=next((message.text for message in reversed(turn) if isinstance(message, AIMessage) and message.text), ""),
        items=items,
        understood=understood.stated(),
        state=state,
        tools=[{"name": call["name"], "args": call["args"]} for call in calls],
        seconds=round(seconds, 3),
        stages={stage: round(spent, 3) for stage, spent in watch.stages.items()},
    )


def _understood_from_calls(calls: Sequence[Any]) -> Understood:
    """What a model at an endpoint understood, read from the tools it called."""
    if not calls:
        return Understood(intent="chat")
    known = [call for call in calls if call["name"] in INTENT_OF_TOOL]
    first = known[0]["args"] if known else {}
    things = [Anchor(caption=words, slot=vocabulary().slot_of(words)) for words in first.get("items", ())]
    slots = tuple(dict.fromkeys(call["args"]["slot"] for call in known if call["args"].get("slot")))
    with contextlib.suppress(ValueError):  # the tool has answered a malformed filter already
        filters = Filters.model_validate(first.get("filters", {}))
        return Understood(
            intent=INTENT_OF_TOOL[known[0]["name"]] if known else "chat", anchors=tuple(things), slots=slots, filters=filters
        )
    return Understood(intent="chat", anchors=tuple(things), slots=slots)


def _open_shop(settings: Settings, say: Say) -> CaptionIndex:
    embedder = SentenceEmbedder(settings.embedder)
    if settings.shop == SAMPLE:
        try:
            return _open_sample(settings.shop_folder(), embedder, say)
        except OSError as error:
            raise SettingsError(
                f"The sample shop cannot be kept in {settings.cache}: {error.strerror}. Set ASSISTANT_CACHE to a folder you may write to."
            ) from error
    return open_index(settings.shop_folder(), embedder)


def _open_sample(folder: Path, embedder: SentenceEmbedder, say: Say) -> CaptionIndex:
    """The sample shop, built if it is not there yet or was built by another version."""
    catalogue = Path(str(files("catalog.sample").joinpath("items.jsonl")))
    source = f"sample {LAYOUT} {hashlib.sha256(catalogue.read_bytes()).hexdigest()[:12]} {embedder.name}"
    folder.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(folder.with_suffix(".lock")):  # whoever starts beside us waits, and finds it built
        if not _is_current(folder, source):
            say("Building the sample shop's index")
            return build_index(read_catalogue(catalogue).items, folder, embedder, source=source)
    return open_index(folder, embedder)


def _is_current(folder: Path, source: str) -> bool:
    """Whether the sample shop was indexed from the items and with the embedder of this version."""
    manifest = folder / "shop.json"
    return manifest.is_file() and source in manifest.read_text(encoding="utf-8")


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
