"""A model at an endpoint, as it is to be taken: briefed, its calls mended and tightened, and given up where it is of no use."""

from collections.abc import Callable, Sequence
from typing import Any

from langchain.agents.middleware.types import ModelRequest
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage, HumanMessage, ToolCall, ToolMessage
from langgraph.constants import TAG_NOSTREAM

from assistant.endpoint.briefing import briefed
from assistant.endpoint.repairs import Mended, mended, opens_a_call
from assistant.endpoint.tightening import astray, idle, tightened
from assistant.memory import turns
from assistant.planner import Planner
from assistant.understanding.understood import Anchor, Intent, Understood
from assistant.voice import plain
from catalog.taxonomy import vocabulary

MODEL_CALLS = 5  # that a turn may take; with more it goes round in circles
TOOL_CALLS = 12  # of one turn: each of eleven slots, and a look at one
AWAY = 30.0  # seconds that an endpoint is not asked again after it failed
INTENTS: dict[str, Intent] = {
    "find_complements": "complement", "search_catalogue": "search", "judge_outfit": "judge", "build_outfit": "build",
    "swap_item": "swap", "show_items": "show",
}  # fmt: skip
_LOOKING = {"complement", "search", "swap"}  # which of the tools finds one thing is the model's affair


class TakeOver(Exception):
    """The endpoint's model is of no use in this turn; the message says why."""


class Endpoint:
    """The model at an endpoint. `planner` keeps the state, by its rules, as if it were itself that speaks."""

    def __init__(self, model: BaseChatModel, planner: Planner, clock: Callable[[], float]) -> None:
        self._model, self._planner, self._clock = model, planner, clock
        self._away_until = float("-inf")

    def message(
        self, request: ModelRequest[Any], talk: Any, hear: Callable[[str], None], take_back: Callable[[], None]
    ) -> AIMessage:
        """The next message of the turn; `hear` gets its text as it grows, `take_back` is called where it begins anew.

        Raises TakeOver.
        """
        if self._clock() < self._away_until:
            raise TakeOver("the endpoint did not serve a moment ago")
        turn = turns(request.messages)[-1]
        asked = [message for message in turn if isinstance(message, AIMessage)]
        if len(asked) >= MODEL_CALLS or sum(len(message.tool_calls) for message in asked) >= TOOL_CALLS:
            raise TakeOver("it goes on calling tools")
        understood = self._planner.understood(request.messages)
        prompt = briefed(request.system_message, request.messages, understood)
        said = self._said(request, prompt, hear)
        result = _understandable(said, request, understood)
        if result.broken and not talk.told:
            talk.told = True
            take_back()
            said = self._said(request, [*prompt, *_told(said, result.broken)], hear)
            result = _understandable(said, request, understood)
        if result.broken:
            raise TakeOver(f"its tool calls are broken: {' '.join(result.broken)[:300]}")
        if not result.calls and not plain(result.text).strip():
            raise TakeOver("it said nothing")
        talk.repairs += result.repairs
        state = _as_called(understood, result.calls).model_dump(mode="json")
        return AIMessage(plain(result.text), tool_calls=result.calls, additional_kwargs={"understood": state})

    def plans_to_search(self, messages: Sequence[BaseMessage]) -> bool:
        """Whether the rules would look through the shop for an answer."""
        return bool(self._planner.answer(messages).tool_calls)

    def _said(self, request: ModelRequest[Any], prompt: list[BaseMessage], hear: Callable[[str], None]) -> AIMessageChunk:
        try:
            said = self._streamed(request, prompt, hear)
        except Exception as error:  # a server may answer anything, and libraries fail on it in any way
            self._away_until = self._clock() + AWAY
            reason = " ".join(str(error).split())[:200]
            raise TakeOver(f"the endpoint does not serve: {type(error).__name__}: {reason}") from error
        if said.response_metadata["finish_reason"] == "length" and said.tool_call_chunks:
            raise TakeOver("its tool calls were cut off")
        return said

    def _streamed(self, request: ModelRequest[Any], prompt: list[BaseMessage], hear: Callable[[str], None]) -> AIMessageChunk:
        said = AIMessageChunk(content="")
        for chunk in self._model.bind_tools(request.tools).stream(prompt, {"tags": [TAG_NOSTREAM]}):
            said += chunk  # type: ignore[assignment]
            if not said.tool_call_chunks and not any(map(opens_a_call, said.text.splitlines())):
                hear(plain(said.text))
        if not said.response_metadata.get("finish_reason"):
            raise ConnectionError("the answer broke off")
        return said


def _understandable(said: AIMessageChunk, request: ModelRequest[Any], understood: Understood) -> Mended:
    """The calls as they are made: mended, and under all that the shopper stated."""
    tools = {tool.name: tool for tool in request.tools if not isinstance(tool, dict)}
    result = mended(said, list(tools.values()))
    lost = (
        astray([call["args"] for call in result.calls], understood),
        idle([call["name"] for call in result.calls], understood),
    )
    result.broken += [sentence for sentence in lost if sentence]
    for call in result.calls:
        schema: Any = tools[call["name"]].tool_call_schema
        call["args"] = tightened(call["args"], understood, tuple(schema.model_fields))
    return result


def _told(said: AIMessageChunk, broken: Sequence[str]) -> list[BaseMessage]:
    """The broken calls with what is wrong, in a form that every server takes."""
    wrong = f"Nothing was looked up. {' '.join(broken)} Call again, as the tools want it."
    calls = [*said.tool_calls, *(ToolCall(name=call["name"] or "", args={}, id=call["id"]) for call in said.invalid_tool_calls)]
    if not calls:
        return [AIMessage(said.text), HumanMessage(f"[Note of the shop's system] {wrong}")]
    ids = [call["id"] or f"call_{place}" for place, call in enumerate(calls)]
    called = AIMessage("", tool_calls=[ToolCall(name=c["name"], args=c["args"], id=i) for c, i in zip(calls, ids, strict=True)])
    return [called, *(ToolMessage(wrong, tool_call_id=id_) for id_ in ids)]


def _as_called(understood: Understood, calls: Sequence[ToolCall]) -> Understood:
    """What was understood, after what the model does about it where it understood something else than the rules."""
    intent = next((INTENTS[call["name"]] for call in calls if call["name"] in INTENTS), understood.intent)
    if intent == understood.intent or {intent, understood.intent} <= _LOOKING:
        return understood
    slots = dict.fromkeys(call["args"]["slot"] for call in calls if call["args"].get("slot"))
    things = calls[0]["args"].get("items", ()) if intent in ("complement", "judge") else ()
    anchors = tuple(Anchor(caption=thing, slot=vocabulary().slot_of(thing)) for thing in things)
    return understood.but(intent=intent, slots=tuple(slots) or understood.slots, anchors=understood.anchors or anchors)
