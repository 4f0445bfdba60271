"""A turn answered, as data: read from the messages that the turn left behind, whichever model spoke."""

from collections.abc import Sequence
from typing import Any

from langchain_core.messages import AIMessage, BaseMessage
from pydantic import BaseModel

from assistant.floor.shopfloor import Stopwatch
from assistant.planner import artifacts, last_human, last_understood
from assistant.understanding.choosing import WHICH
from assistant.understanding.understood import Understood

ITEM_KEYS = (
    "id", "title", "slot", "kind", "colours", "price", "currency", "score", "score_kind", "reason", "caption", "caption_source",
    "brand", "image", "image_url", "url", "look",
)  # fmt: skip


class Answer(BaseModel):
    """One turn answered: the JSON of `python -m assistant ask --json`. Times are in seconds."""

    reply: str
    items: list[dict[str, Any]] = []
    understood: dict[str, Any] = {}
    looks: list[dict[str, Any]] = []
    whys: list[dict[str, Any]] = []  # asked why: rank, score, who lost, whose words and scores these are
    state: dict[str, Any] = {}
    profile: dict[str, Any] = {}
    grounding: dict[str, Any] = {}
    model: dict[str, Any] = {}
    tools: list[dict[str, Any]] = []
    seconds: float = 0.0
    stages: dict[str, float] = {}


def answer_of(messages: Sequence[BaseMessage], thread: str, seconds: float, watch: Stopwatch) -> Answer:
    """The answer to the last turn of a thread's messages; `seconds` is the time it took in all."""
    turn = messages[last_human(messages) :]
    spoken = [message for message in turn if isinstance(message, AIMessage)]
    calls = [call for message in spoken for call in message.tool_calls]
    found = artifacts(turn)
    understood = last_understood(turn) or Understood(intent="chat")
    shown = [] if understood.topic == WHICH else found  # which of two is asked; what would be better than either is not told
    kept = turn[-1].additional_kwargs
    return Answer(
        reply=next((message.text for message in reversed(spoken) if message.text), ""),
        items=[{key: item[key] for key in ITEM_KEYS if key in item} for result in shown for item in result["items"]],
        understood=understood.stated(),
        looks=[look for result in found for look in result.get("looks", ())],
        whys=[why for result in found for why in result.get("whys", ())],
        state=understood.state() | {"thread": thread},
        profile=understood.profile.stated(),
        grounding=kept.get("grounding", {}),
        model={key: kept[key] for key in ("repairs", "fallback") if key in kept},
        tools=[{"name": call["name"], "args": call["args"]} for call in calls],
        seconds=round(seconds, 3),
        stages={stage: round(spent, 3) for stage, spent in watch.stages.items()},
    )
