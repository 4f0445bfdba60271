"""The tools that a conversation model may call, named as a customer would ask. Words for the model, items for the page."""

from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

from langchain.tools import ToolRuntime, tool
from langchain_core.tools import BaseTool
from pydantic import Field

from assistant.floor.looks import Asked
from assistant.floor.results import Look, Recommendation, Result, Why
from assistant.floor.shopfloor import ShopFloor
from assistant.floor.stopwatch import Stopwatch
from retrieval.filters import Filters

Slot = Literal[
    "tops", "bottoms", "all-body", "outerwear", "shoes", "bags", "jewellery", "hats", "scarves", "sunglasses", "accessories"
]
Things = Annotated[
    list[str],
    Field(description="What is worn already: each a catalogue id, or a short caption such as 'navy wool coat'", min_length=1),
]
Given = Annotated[
    list[str], Field(description="What the shopper wears or has already: each a catalogue id, or a short caption")
]
Stays = Annotated[list[str], Field(description="What stays of the outfit: each a catalogue id, or a short caption")]
Ids = Annotated[list[str], Field(description="Catalogue ids, as earlier results give them")]
Words = Annotated[str, Field(description="What is wanted, in a few words: 'chunky black boots'")]
Liked = Annotated[list[str], Field(description="What the shopper likes, in single words: 'green', 'linen', 'sneakers'")]
Slots = Annotated[list[Slot], Field(description="Slots of the look, where the shopper names them; else they are chosen")]
Kept = Annotated[
    list[str], Field(description="Catalogue ids of an earlier look that stay in it; the rest is chosen to go with them")
]
Without = Annotated[list[Slot], Field(description="Slots that the look shall not have")]
Cheapest = Annotated[bool, Field(description="Whether the cheapest come first, and not the nearest to the words")]
Count = Annotated[int, Field(ge=1, le=20)]
Looks = Annotated[int, Field(description="How many different looks", ge=1, le=3)]


@dataclass
class Turn:
    """What belongs to one turn and not to the conversation."""

    watch: Stopwatch = field(default_factory=Stopwatch)


def make_tools(floor: ShopFloor) -> list[BaseTool]:
    """The tools over one shop."""

    return [*_item_tools(floor), *_outfit_tools(floor)]


def _item_tools(floor: ShopFloor) -> list[BaseTool]:
    @tool(response_format="content_and_artifact")
    def find_complements(
        items: Things,
        slot: Slot,
        runtime: ToolRuntime[Turn],
        filters: Filters = Filters(),  # noqa: B008 - frozen
        words: Words = "",
        exclude: Ids = [],  # noqa: B006 - read only
        count: Count = 5,
        prefer: Liked = [],  # noqa: B006 - read only
    ) -> tuple[str, dict[str, Any]]:
        """Find items of one slot that go with what is worn already. Call once for each slot that is wanted."""
        outfit = [floor.thing(words) for words in items]
        return _answer(floor.complement(outfit, slot, filters, words, exclude, count, runtime.context.watch, prefer))

    @tool(response_format="content_and_artifact")
    def search_catalogue(
        runtime: ToolRuntime[Turn],
        words: Words = "",
        slot: Slot | None = None,
        filters: Filters = Filters(),  # noqa: B008 - frozen
        exclude: Ids = [],  # noqa: B006 - read only
        count: Count = 5,
        prefer: Liked = [],  # noqa: B006 - read only
        cheapest: Cheapest = False,
    ) -> tuple[str, dict[str, Any]]:
        """Search the shop for things by description, under filters."""
        slots = [slot] if slot else []
        return _answer(floor.search(words, slots, filters, exclude, count, runtime.context.watch, prefer, cheapest))

    @tool(response_format="content_and_artifact")
    def show_items(
        ids: Ids,
        runtime: ToolRuntime[Turn],
        worn: Given = [],  # noqa: B006 - read only
        filters: Filters = Filters(),  # noqa: B008 - frozen
    ) -> tuple[str, dict[str, Any]]:
        """Show catalogue items in full: price, sizes, stock. With what each was chosen to go with, also why each won."""
        return _answer(floor.show(ids, [floor.thing(words) for words in worn], runtime.context.watch, filters))

    return [find_complements, search_catalogue, show_items]


def _outfit_tools(floor: ShopFloor) -> list[BaseTool]:
    @tool(response_format="content_and_artifact")
    def judge_outfit(
        items: Things,
        runtime: ToolRuntime[Turn],
        filters: Filters = Filters(),  # noqa: B008 - frozen
    ) -> tuple[str, dict[str, Any]]:
        """Judge how well two or more things go together, which is the weakest, and what would be better in its place."""
        return _answer(floor.judge([floor.thing(words) for words in items], filters, runtime.context.watch))

    @tool(response_format="content_and_artifact")
    def build_outfit(
        runtime: ToolRuntime[Turn],
        items: Given = [],  # noqa: B006 - read only
        filters: Filters = Filters(),  # noqa: B008 - frozen
        words: Words = "",
        slots: Slots = [],  # noqa: B006 - read only
        without: Without = [],  # noqa: B006 - read only
        looks: Looks = 1,
        stays: Kept = [],  # noqa: B006 - read only
        exclude: Ids = [],  # noqa: B006 - read only
        prefer: Liked = [],  # noqa: B006 - read only
    ) -> tuple[str, dict[str, Any]]:
        """Put together whole looks, from nothing or around what is worn. `filters.total_max` is the budget of each look."""
        asked = Asked(tuple(map(floor.thing, items)), filters, words, tuple(exclude), tuple(prefer))
        return _answer(floor.build(asked, slots, without, looks, runtime.context.watch, stays))

    @tool(response_format="content_and_artifact")
    def swap_item(
        items: Stays,
        slot: Slot,
        runtime: ToolRuntime[Turn],
        filters: Filters = Filters(),  # noqa: B008 - frozen
        words: Words = "",
        exclude: Ids = [],  # noqa: B006 - read only
        prefer: Liked = [],  # noqa: B006 - read only
    ) -> tuple[str, dict[str, Any]]:
        """Exchange one piece of an outfit: another item of that slot beside what stays."""
        asked = Asked(tuple(map(floor.thing, items)), filters, words, tuple(exclude), tuple(prefer))
        return _answer(floor.swap(asked, slot, runtime.context.watch))

    return [judge_outfit, build_outfit, swap_item]


def _answer(result: Result) -> tuple[str, dict[str, Any]]:
    lines = [_line(place, item) for place, item in enumerate(result.items, 1)]
    lines += [_look_line(number, look) for number, look in enumerate(result.looks, 1)]
    lines += [_why_line(why) for why in result.whys]
    if result.relaxation and result.relaxation.name == "total_max":
        lines.append(f"Nothing fits the budget. The least that it takes is {result.relaxation.value}.")
    elif result.relaxation:
        where = "" if result.relaxation.value is None else f" to {result.relaxation.value}"
        lines.append(
            f"Nothing passes the filters. Relaxing {result.relaxation.name}{where} leaves {result.relaxation.count} items."
        )
    elif not lines and result.tool != "judge":
        lines.append("Nothing in the shop passes.")
    if result.relaxed:
        lines.append(f"Nothing was left with {', '.join(result.relaxed)}; these are without.")
    return "\n".join([*lines, *_judgement_lines(result)]), result.model_dump(mode="json")


def _line(place: int, item: Recommendation) -> str:
    price = f"{item['price']:.2f} {item.get('currency', '')}".strip() if "price" in item else "price unknown"
    look = f" (look {item['look']})" if "look" in item else ""
    return f"{place}. [{item['id']}] {item['title']}, {price}: {item['reason']}{look}"


def _look_line(number: int, look: Look) -> str:
    total = "" if look.total is None else f", {look.total:.2f} {look.currency or ''}".rstrip() + " in all"
    return f"Look {number}: {', '.join(look.items)}{total}. Score {look.score:.2f}. {'. '.join(look.facts)}"


def _why_line(why: Why) -> str:
    behind = ", ".join(f"{rival.title} {rival.score:.2f}" for rival in why.rivals)
    score = "" if why.score is None else f" with a score of {why.score:.2f}"
    return (
        f"{why.id}: number {why.rank} of {why.of} considered{score}; behind it: {behind or 'nothing'}. Scored by {why.model}."
    )


def _judgement_lines(result: Result) -> list[str]:
    if result.score is None:
        return []
    lines = [f"Score {result.score:.2f} ({result.score_kind}). " + ". ".join([*result.facts, *result.warnings])]
    lines += [f"{one.caption} adds {one.share:+.2f}." for one in result.contributions]
    lines += [f"The weakest is {result.weakest}."] if result.weakest else []
    return lines + ([f"Better in its place: [{result.better}]."] if result.better else [])
