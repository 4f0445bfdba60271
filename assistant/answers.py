"""A turn answered, as data: read from the messages that the turn left behind, whichever model spoke."""

import contextlib
from collections.abc import Sequence
from typing import Any

from langchain_core.messages import AIMessage, BaseMessage, HumanMessage
from pydantic import BaseModel

from assistant.planner import artifacts, last_shown, last_understood
from assistant.shopfloor import Stopwatch
from assistant.understood import Anchor, Intent, Understood
from catalog.taxonomy import vocabulary
from retrieval.filters import Filters

ITEM_KEYS = (
    "id", "title", "slot", "kind", "colours", "price", "currency", "score", "score_kind", "reason", "caption", "caption_source",
    "brand", "image", "image_url", "url",
)  # fmt: skip
INTENT_OF_TOOL: dict[str, Intent] = {
    "find_complements": "complement", "search_catalogue": "search", "judge_outfit": "judge", "show_items": "show",
}  # fmt: skip


class Answer(BaseModel):
    """One turn answered: the JSON of `python -m assistant ask --json`. Times are in seconds."""

    reply: str
    items: list[dict[str, Any]] = []
    understood: dict[str, Any] = {}
    state: dict[str, Any] = {}
    tools: list[dict[str, Any]] = []
    seconds: float = 0.0
    stages: dict[str, float] = {}


def answer_of(messages: Sequence[BaseMessage], thread: str, seconds: float, watch: Stopwatch) -> Answer:
    """The answer to the last turn of a thread's messages; `seconds` is the time it took in all."""
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
