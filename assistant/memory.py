"""Conversations on disk: the newest state of each thread, one turn of a thread at a time, and old turns as words alone."""

import hashlib
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, RemoveMessage, ToolMessage
from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import ChannelVersions, Checkpoint, CheckpointMetadata
from langgraph.checkpoint.sqlite import SqliteSaver

from assistant.settings import SettingsError

KEPT = (
    20  # turns that keep their tool calls and results; of older ones the words stay, for whoever reads the conversation again
)
WAIT = 120.0  # seconds that a turn waits for another of its thread: longer than any takes
WORDS = ("said", "seen")  # what an old question keeps of its `additional_kwargs`


class Conversations(SqliteSaver):
    """LangGraph's memory in SQLite, of which each thread keeps the newest checkpoint alone: a file that grows by what is said."""

    def __init__(self, connection: sqlite3.Connection, locks: Path) -> None:
        super().__init__(connection)
        self._locks = locks

    @contextmanager
    def turn_of(self, thread: str) -> Iterator[None]:
        """Hold a thread for one turn, against other threads and processes. Raises TimeoutError after WAIT seconds."""
        name = hashlib.sha256(thread.encode("utf-8", "replace")).hexdigest()[:3]  # so that there are 4,096 files at most
        with FileLock(self._locks / f"{name}.lock", timeout=WAIT, thread_local=False):  # a generator may end in another thread
            yield

    def put(
        self, config: RunnableConfig, checkpoint: Checkpoint, metadata: CheckpointMetadata, new_versions: ChannelVersions
    ) -> RunnableConfig:
        """Save a checkpoint, and delete those of its thread that it replaces."""
        saved = super().put(config, checkpoint, metadata, new_versions)
        place = saved["configurable"]
        kept = (str(place["thread_id"]), place["checkpoint_ns"], place["checkpoint_id"])
        with self.cursor() as cursor:
            for table in ("checkpoints", "writes"):
                cursor.execute(f"DELETE FROM {table} WHERE thread_id = ? AND checkpoint_ns = ? AND checkpoint_id < ?", kept)
        return saved


def open_memory(folder: Path) -> Conversations:
    """The conversations kept in a folder, which is made. Raises SettingsError."""
    try:
        (folder / "turns").mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(folder / "conversations.sqlite", check_same_thread=False, timeout=30)
        memory = Conversations(connection, folder / "turns")
        memory.setup()
    except (OSError, sqlite3.Error) as error:
        raise SettingsError(
            f"Conversations cannot be kept in {folder}: {error}. Set ASSISTANT_DATA to a folder you may write to."
        ) from error
    return memory


def turns(messages: Sequence[BaseMessage]) -> list[list[BaseMessage]]:
    """The messages by turn: each begins with what the shopper said."""
    starts = [place for place, message in enumerate(messages) if isinstance(message, HumanMessage)]
    return [list(messages[start:end]) for start, end in zip(starts, [*starts[1:], len(messages)], strict=True)]


def tidied(messages: Sequence[BaseMessage]) -> list[BaseMessage]:
    """What is to change in a conversation when a new turn begins, as LangGraph's reducer takes it.

    A turn that was broken off loses the calls that nothing answered, old turns lose calls and results together, and what
    was understood, which each turn states anew and in full, stays with the last answer alone.
    """
    *past, _ = turns(messages)
    stating = next((m.id for turn in reversed(past) for m in reversed(turn) if "understood" in m.additional_kwargs), None)
    changes: list[BaseMessage] = []
    for age, turn in enumerate(reversed(past), 1):
        left = {message.id: message for message in (_worded(turn) if age > KEPT else _mended(turn))}
        for message in turn:
            now = left.get(message.id)
            if now is None:
                changes.append(RemoveMessage(id=str(message.id)))
            elif (light := now if now.id == stating else _but(now, "understood")) != message:
                changes.append(light)
    return changes


def _mended(turn: Sequence[BaseMessage]) -> list[BaseMessage]:
    """A turn without calls that nothing answered, and without answers to no call."""
    answered = {message.tool_call_id for message in turn if isinstance(message, ToolMessage)}
    called = {call["id"] for message in turn if isinstance(message, AIMessage) for call in message.tool_calls}
    left = [message for message in turn if not isinstance(message, ToolMessage) or message.tool_call_id in called]
    return [mended for message in left if (mended := _without_calls(message, answered)) is not None]


def _worded(turn: Sequence[BaseMessage]) -> list[BaseMessage]:
    """A turn's words: what was asked, and what was answered at last."""
    asked, *others = turn
    replies = [message for message in others if isinstance(message, AIMessage) and message.text]
    kept = {name: value for name, value in asked.additional_kwargs.items() if name in WORDS}
    words = [reply for message in replies[-1:] if (reply := _without_calls(message, set())) is not None]
    return [asked.model_copy(update={"additional_kwargs": kept}), *words]


def _without_calls(message: BaseMessage, answered: set[str]) -> BaseMessage | None:
    """An answer with those of its calls that were answered; None where nothing is left of it."""
    if not isinstance(message, AIMessage) or not (message.tool_calls or message.invalid_tool_calls):
        return message
    calls = [call for call in message.tool_calls if call["id"] in answered]
    if len(calls) == len(message.tool_calls) and not message.invalid_tool_calls:
        return message
    if not (calls or message.text):
        return None
    return message.model_copy(update={"tool_calls": calls, "invalid_tool_calls": []})


def _but(message: BaseMessage, name: str) -> BaseMessage:
    kept = {key: value for key, value in message.additional_kwargs.items() if key != name}
    return message if len(kept) == len(message.additional_kwargs) else message.model_copy(update={"additional_kwargs": kept})
