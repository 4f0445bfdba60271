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

from assistant.floor.results import Recommendation, Result
from assistant.profile import Profile, merged
from assistant.saying.choosing import best_of
from assistant.saying.replies import as_results, reply
from assistant.understanding.choosing import WHICH, sides
from assistant.understanding.intents import Guess
from assistant.understanding.rules import Likelihood, understand
from assistant.understanding.stating import forgiven, stated
from assistant.understanding.understood import MOST_SEEN, Anchor, Offer, Shown, Understood, Wish
from assistant.understanding.unseen import ASKED_WHAT
from retrieval.filters import Filters

SHOWN_FOR_ONE_SLOT, SHOWN_FOR_SEVERAL = 5, 3


class Planner(BaseChatModel):
    """Plans by rules. `brands` and `currency` say what the shop's are now: it changes while we talk.

    `guess`: what a message may mean that no rule knows, by examples; `likely`: what it most likely asks;
    `advise`: the topic of style that a general question is about.
    """

    brands: Callable[[], Sequence[str]] = tuple
    currency: Callable[[], str | None] = lambda: None
    guess: Callable[[str], Guess | None] | None = None
    likely: Likelihood | None = None
    advise: Callable[[str], str | None] | None = None

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
        last = last_human(messages)
        understood, found = self.understood(messages), results_of(messages[last:])
        if not found and not any(isinstance(message, ToolMessage) for message in messages[last:]):
            calls = tool_calls(understood, understood.profile)
            if calls:
                return AIMessage(
                    content="", tool_calls=calls, additional_kwargs={"understood": understood.model_dump(mode="json")}
                )
        before = last_understood(messages[:last])
        asked = messages[last]
        text = reply(understood, found, self.currency(), seen=photos_of(asked), said=said(asked), before=before)
        return _say(understood, text, asked)

    def understood(self, messages: Sequence[BaseMessage]) -> Understood:
        """What the newest turn means, and once tools have answered it, what the shopper has seen by then."""
        last = last_human(messages)
        asked, turn = messages[last], messages[last:]
        understood = last_understood(turn)
        if understood is None:
            brands, profile = tuple(self.brands()), profile_of(asked)
            change = stated(said(asked), brands) or forgiven(said(asked), profile)
            understood = understand(
                said(asked),
                photos_of(asked),
                last_understood(messages[:last]),
                brands,
                self.guess or (lambda _: None),
                change.applied(profile) if change else profile,
                self.likely or (lambda _, __: None),
                self.advise or (lambda _: None),
                int(asked.additional_kwargs.get("empty", 0)),
            ).but(noted=change)
        found = results_of(turn)
        return seen_after(understood, found) if found and not understood.answered else understood


def seen_after(understood: Understood, results: Sequence[Result]) -> Understood:
    """What was understood, with what the shopper sees now: the list as it is numbered, the look, an offer."""
    if understood.topic == WHICH:
        return _chosen(understood, results)
    shown = _listed(understood, results)
    ids = [item["id"] for result in results for item in result.items if result.tool != "show"]
    seen = tuple(dict.fromkeys([*understood.seen, *ids]))[-MOST_SEEN:]
    fresh = shown != understood.shown
    return understood.but(
        shown=shown,
        seen=seen,
        spoken_of=_spoken_of(understood, results, fresh),
        look=_look(understood, shown),
        offer=_offer(results),
        answered=True,
    )


def _chosen(understood: Understood, results: Sequence[Result]) -> Understood:
    """The better one of several is what the talk is about from now on; what decided was not shown."""
    things, worn = sides(understood.anchors)
    best = best_of(understood, results)
    anchors = understood.anchors if best is None else (things[best], *worn)
    return understood.but(answered=True, anchors=anchors, judged=understood.anchors)


def _listed(understood: Understood, results: Sequence[Result]) -> tuple[Shown, ...]:
    """What is numbered now: a new list, a look with one piece exchanged, or what was numbered before."""
    swapped = next((result for result in results if result.tool == "swap" and result.items), None)
    if swapped and understood.swapped:
        new = {item["slot"]: item for item in swapped.items}
        return tuple(
            _shown(new[old.slot], old.place, old.look) if old.look == understood.look and old.slot in new else old
            for old in understood.shown
        )
    found = [item for result in results if result.tool in ("complement", "search", "build", "swap") for item in result.items]
    return tuple(_shown(item, place, item.get("look")) for place, item in enumerate(found, 1)) or understood.shown


def _shown(item: Recommendation, place: int, look: int | None) -> Shown:
    return Shown(
        place=place,
        id=item["id"],
        title=item["title"],
        slot=item["slot"],
        price=item.get("price"),
        kind=item.get("kind"),
        colours=tuple(item.get("colours", ())),
        brand=item.get("brand"),
        look=look,
    )


def _look(understood: Understood, shown: Sequence[Shown]) -> int | None:
    looks = {item.look for item in shown} - {None}
    return understood.look if understood.look in looks else min(looks, default=None)  # type: ignore[type-var]


def _spoken_of(understood: Understood, results: Sequence[Result], fresh: bool) -> tuple[str, ...]:
    """What "it" is from now on: what was asked about, or the only thing that was found."""
    if understood.intent == "show":
        return understood.items
    if understood.intent == "judge":
        weakest = {result.weakest for result in results}
        return tuple(item.id for item in understood.shown if item.title in weakest)
    found = [item["id"] for result in results for item in result.items if understood.swapped in (None, item["slot"])]
    return tuple(found) if len(found) == 1 else () if fresh else understood.spoken_of


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


def tool_calls(understood: Understood, profile: Profile) -> list[ToolCall]:
    """The tools that answer what was understood: one call for each wanted slot."""
    things = [anchor.id or anchor.caption for anchor in understood.anchors]
    if understood.intent == "chat" or understood.topic in (
        "no anchor",
        ASKED_WHAT,
        "no such place",
        "contradiction",
        "below zero",
    ):
        return []
    if understood.intent == "show":
        worn = things if understood.topic == "why" else []
        under = understood.filters.without("total_max", "cheaper_than").stated() if understood.topic == "why" else {}
        return (
            [_call("show_items", ids=list(understood.items), worn=_others(understood, worn), filters=under)]
            if understood.items
            else []
        )
    if understood.intent == "judge":
        if understood.topic == WHICH:
            return _which_calls(understood)
        things = [thing.id or thing.caption for thing in understood.judged] or things
        said = understood.filters
        filters = Filters(gender=said.gender or profile.gender, occasions=said.occasions, seasons=said.seasons)
        return [_call("judge_outfit", items=things, filters=filters.stated())] if len(things) > 1 else []
    if understood.swapped:
        return [_swap_call(understood, things, profile)]
    if understood.task == "build":
        return [_build_call(understood, things, profile)]
    count = understood.count or (SHOWN_FOR_ONE_SLOT if len(understood.slots) <= 1 else SHOWN_FOR_SEVERAL)
    searching = understood.task == "search" or not things
    return [_slot_call(understood, slot, things, count, searching, profile) for slot in understood.slots or (None,)]


def _which_calls(understood: Understood) -> list[ToolCall]:
    """A judgement of each thing with what it is worn with, or what the shop has for the occasion; none where nothing decides."""
    things, rest = sides(understood.anchors)
    filters = understood.filters
    if rest:
        worn, person = [thing.id or thing.caption for thing in rest], filters.without("occasions", "seasons").stated()
        return [_call("judge_outfit", items=[thing.caption, *worn], filters=person) for thing in things]
    if not filters.occasions and not filters.seasons:
        return []
    asked = {"filters": filters.stated(), "count": SHOWN_FOR_ONE_SLOT}
    return [_call("search_catalogue", slot=thing.slot, words=thing.caption, **asked) for thing in things]


def _others(understood: Understood, worn: list[str]) -> list[str]:
    """What an item was chosen to go with: what the shopper has, and in a look its other pieces."""
    return (
        [*worn, *(piece.id for piece in understood.pieces() if piece.id not in understood.items)]
        if understood.topic == "why"
        else []
    )


def _slot_call(
    understood: Understood, slot: str | None, things: list[str], count: int, searching: bool, profile: Profile
) -> ToolCall:
    filters = understood.filters_of(slot) if slot else understood.filters
    words = understood.words_of(slot) if slot else understood.words
    args: dict[str, Any] = {
        "filters": merged(filters, profile, slot, words).stated(),
        "words": words,
        "count": count,
        "exclude": list(understood.exclude),
        "prefer": profile.prefer(),
    }
    if searching:
        return _call("search_catalogue", slot=slot, cheapest=understood.cheapest, **args)
    return _call("find_complements", items=things, slot=slot, **args)


def _build_call(understood: Understood, things: list[str], profile: Profile) -> ToolCall:
    return _call(
        "build_outfit",
        items=things,
        filters=merged(understood.filters, profile, None, understood.words).stated(),
        words=understood.words,
        slots=list(understood.slots),
        without=list(understood.without),
        stays=list(understood.stays),
        looks=understood.looks_wanted,
        exclude=list(understood.exclude),
        prefer=profile.prefer(),
    )


def _swap_call(understood: Understood, things: list[str], profile: Profile) -> ToolCall:
    slot = understood.swapped or ""
    stays = [piece.id for piece in understood.pieces() if piece.slot != slot]
    words = understood.wishes.get(slot, Wish()).words
    return _call(
        "swap_item",
        items=[*things, *stays],
        slot=slot,
        filters=merged(understood.filters_of(slot), profile, slot, words).stated(),
        words=words,
        exclude=list(understood.exclude),
        prefer=profile.prefer(),
    )


def _call(name: str, **args: Any) -> ToolCall:
    kept = {key: value for key, value in args.items() if value not in (None, {}, "", [], False)}
    return ToolCall(name=name, args=kept, id=f"call_{uuid.uuid4().hex[:12]}", type="tool_call")


def last_human(messages: Sequence[BaseMessage]) -> int:
    """The place of the newest message of the shopper's."""
    return max(place for place, message in enumerate(messages) if isinstance(message, HumanMessage))


def results_of(messages: Sequence[BaseMessage]) -> list[Result]:
    """What tools found, as results."""
    return as_results(artifacts(messages))


def profile_of(message: BaseMessage) -> Profile:
    """What was known of the shopper when the message came."""
    return Profile.model_validate(message.additional_kwargs.get("profile") or {})


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
    """The items of the last list that was shown, numbered as the reply numbered them."""
    understood = last_understood(messages)
    return list(understood.shown) if understood else []
