"""The planner: a LangChain chat model of our own that turns a message into tool calls by rules, and results into a reply.

It needs no weights, no key and no network. It reads the conversation as any chat model does, from its messages; what it
understood travels with them in `additional_kwargs`, so that a restored conversation goes on where it stopped.
"""

import json
import re
import uuid
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage, HumanMessage, ToolCall, ToolCallChunk, ToolMessage
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from langchain_core.runnables import Runnable
from langchain_core.tools import BaseTool

from assistant.replies import as_results, reply
from assistant.shopfloor import Result
from assistant.understanding import understand
from assistant.understood import Anchor, Offer, Shown, Understood

SHOWN_FOR_ONE_SLOT, SHOWN_FOR_SEVERAL = 5, 3


class Planner(BaseChatModel):
    """Plans by rules. `brands` and `currency` say what the shop's are now: it changes while we talk."""

    brands: Callable[[], Sequence[str]] = tuple
    currency: Callable[[], str | None] = lambda: None

    @property
    def _llm_type(self) -> str:
        return "outfit-assistant-planner"

    def bind_tools(
        self,
        tools: Sequence[dict[str, Any] | type | Callable[..., Any] | BaseTool],
        *,
        tool_choice: str | None = None,
        **kwargs: Any,
    ) -> Runnable[Any, AIMessage]:
        """The planner knows the tools by name; there is nothing to bind."""
        return self

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        return ChatResult(generations=[ChatGeneration(message=self.answer(messages))])

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        message = self.answer(messages)
        calls = [
            ToolCallChunk(name=call["name"], args=json.dumps(call["args"]), id=call["id"], index=place, type="tool_call_chunk")
            for place, call in enumerate(message.tool_calls)
        ]
        head = AIMessageChunk(content="", additional_kwargs=message.additional_kwargs, tool_call_chunks=calls)
        for chunk in [head, *(AIMessageChunk(content=word) for word in re.findall(r"\s*\S+", message.text))]:
            if run_manager and chunk.text:
                run_manager.on_llm_new_token(chunk.text)
            yield ChatGenerationChunk(message=chunk)

    def answer(self, messages: Sequence[BaseMessage]) -> AIMessage:
        """Tool calls for a new message; the reply once their results are there."""
        last = max(place for place, message in enumerate(messages) if isinstance(message, HumanMessage))
        results = [message for message in messages[last:] if isinstance(message, ToolMessage)]
        if results:
            understood = last_understood(messages) or Understood(intent="chat")
            found = as_results(artifacts(results))
            return _say(
                understood.but(offer=_offer(found)),
                reply(understood, found, self.currency(), looked=bool(photos_of(messages[last]))),
                messages[last],
            )
        understood = understand(
            said(messages[last]),
            photos_of(messages[last]),
            last_understood(messages[:last]),
            last_shown(messages[:last]),
            tuple(self.brands()),
        )
        calls = tool_calls(understood)
        if calls:
            return AIMessage(content="", tool_calls=calls, additional_kwargs={"understood": understood.model_dump(mode="json")})
        return _say(understood, reply(understood, [], self.currency()), messages[last])


def _say(understood: Understood, text: str, asked: BaseMessage) -> AIMessage:
    trouble = "\n\n".join(asked.additional_kwargs.get("trouble", ()))
    content = "\n\n".join(part for part in (trouble, text) if part)
    return AIMessage(content=content, additional_kwargs={"understood": understood.model_dump(mode="json")})


def _offer(results: Sequence[Result]) -> Offer | None:
    """What the reply offers to relax, if it has nothing to show."""
    relaxation = next((result.relaxation for result in results if result.relaxation), None)
    if relaxation is None or any(result.items for result in results):
        return None
    return Offer(name=relaxation.name, value=relaxation.value if isinstance(relaxation.value, float) else None)


def tool_calls(understood: Understood) -> list[ToolCall]:
    """The tools that answer what was understood: one call for each wanted slot."""
    things = [anchor.id or anchor.caption for anchor in understood.anchors]
    if understood.intent == "judge":
        return [_call("judge_outfit", items=things)] if len(things) > 1 else []
    if understood.intent == "show":
        return [_call("show_items", ids=list(understood.items))] if understood.items else []
    if understood.intent in ("chat", "build") or understood.topic in ("no anchor", "no such place"):
        return []
    count = SHOWN_FOR_ONE_SLOT if len(understood.slots) <= 1 else SHOWN_FOR_SEVERAL
    searching = understood.intent == "search" or not things
    return [_slot_call(understood, slot, things, count, searching) for slot in understood.slots or (None,)]


def _slot_call(understood: Understood, slot: str | None, things: list[str], count: int, searching: bool) -> ToolCall:
    filters = understood.filters_of(slot) if slot else understood.filters
    args: dict[str, Any] = {
        "filters": filters.stated(),
        "words": understood.words_of(slot) if slot else understood.words,
        "count": count,
    }
    if understood.exclude:
        args["exclude"] = list(understood.exclude)
    if searching:
        return _call("search_catalogue", slot=slot, **args)
    return _call("find_complements", items=things, slot=slot, **args)


def _call(name: str, **args: Any) -> ToolCall:
    kept = {key: value for key, value in args.items() if value not in (None, {}, "")}
    return ToolCall(name=name, args=kept, id=f"call_{uuid.uuid4().hex[:12]}", type="tool_call")


def said(message: BaseMessage) -> str:
    """The shopper's own words, without the notes on photos that other models read."""
    return str(message.additional_kwargs.get("said", message.text))


def photos_of(message: BaseMessage) -> list[Anchor]:
    """What was seen on the photos of a message."""
    return [Anchor.model_validate(seen) for seen in message.additional_kwargs.get("seen", ())]


def last_understood(messages: Sequence[BaseMessage]) -> Understood | None:
    """What was understood last, if the planner spoke."""
    for message in reversed(messages):
        if isinstance(message, AIMessage) and "understood" in message.additional_kwargs:
            return Understood.model_validate(message.additional_kwargs["understood"])
    return None


def artifacts(messages: Sequence[BaseMessage]) -> list[dict[str, Any]]:
    """The results that tools returned, in order."""
    return [message.artifact for message in messages if isinstance(message, ToolMessage) and message.artifact]


def last_shown(messages: Sequence[BaseMessage]) -> list[Shown]:
    """The items shown by the latest turn that found any, numbered as the reply numbered them."""
    turn: list[BaseMessage] = []
    for message in reversed(messages):
        turn.insert(0, message)
        if isinstance(message, HumanMessage):
            items = [
                item for result in artifacts(turn) if result["tool"] in ("complement", "search") for item in result["items"]
            ]
            if items:
                return [
                    Shown(place=place, id=item["id"], title=item["title"], slot=item["slot"], price=item.get("price"))
                    for place, item in enumerate(items, 1)
                ]
            turn = []
    return []
