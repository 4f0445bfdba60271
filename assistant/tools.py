"""The tools that a conversation model may call, named as a customer would ask. Words for the model, items for the page."""

from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

from langchain.tools import ToolRuntime, tool
from langchain_core.tools import BaseTool
from pydantic import Field

from assistant.shopfloor import Recommendation, Result, ShopFloor, Stopwatch
from retrieval.filters import Filters

Slot = Literal[
    "tops", "bottoms", "all-body", "outerwear", "shoes", "bags", "jewellery", "hats", "scarves", "sunglasses", "accessories"
]
Things = Annotated[
    list[str],
    Field(description="What is worn already: each a catalogue id, or a short caption such as 'navy wool coat'", min_length=1),
]
Ids = Annotated[list[str], Field(description="Catalogue ids, as earlier results give them")]
Words = Annotated[str, Field(description="What is wanted, in a few words: 'chunky black boots'")]
Count = Annotated[int, Field(ge=1, le=20)]


@dataclass
class Turn:
    """What belongs to one turn and not to the conversation."""

    watch: Stopwatch = field(default_factory=Stopwatch)


def make_tools(floor: ShopFloor) -> list[BaseTool]:
    """The tools over one shop."""

    @tool(response_format="content_and_artifact")
    def find_complements(
        items: Things,
        slot: Slot,
        runtime: ToolRuntime[Turn],
        filters: Filters = Filters(),  # noqa: B008 - frozen
        words: Words = "",
        exclude: Ids = [],  # noqa: B006 - read only
        count: Count = 5,
    ) -> tuple[str, dict[str, Any]]:
        """Find items of one slot that go with what is worn already. Call once for each slot that is wanted."""
        outfit = [floor.thing(words) for words in items]
        return _answer(floor.complement(outfit, slot, filters, words, exclude, count, runtime.context.watch))

    @tool(response_format="content_and_artifact")
    def search_catalogue(
        runtime: ToolRuntime[Turn],
        words: Words = "",
        slot: Slot | None = None,
        filters: Filters = Filters(),  # noqa: B008 - frozen
        exclude: Ids = [],  # noqa: B006 - read only
        count: Count = 5,
    ) -> tuple[str, dict[str, Any]]:
        """Search the shop for things by description, under filters."""
        return _answer(floor.search(words, [slot] if slot else [], filters, exclude, count, runtime.context.watch))

    @tool(response_format="content_and_artifact")
    def judge_outfit(items: Things, runtime: ToolRuntime[Turn]) -> tuple[str, dict[str, Any]]:
        """Judge how well two or more things go together."""
        return _answer(floor.judge([floor.thing(words) for words in items], runtime.context.watch))

    @tool(response_format="content_and_artifact")
    def show_items(ids: Ids) -> tuple[str, dict[str, Any]]:
        """Show catalogue items in full: price, sizes, stock, material."""
        return _answer(floor.show(ids))

    return [find_complements, search_catalogue, judge_outfit, show_items]


def _answer(result: Result) -> tuple[str, dict[str, Any]]:
    lines = [_line(place, item) for place, item in enumerate(result.items, 1)]
    if result.relaxation:
        where = "" if result.relaxation.value is None else f" to {result.relaxation.value}"
        lines.append(
            f"Nothing passes the filters. Relaxing {result.relaxation.name}{where} leaves {result.relaxation.count} items."
        )
    elif not lines and result.tool != "judge":
        lines.append("Nothing in the shop passes.")
    if result.relaxed:
        lines.append(f"Nothing was left with {', '.join(result.relaxed)}; these are without.")
    if result.score is not None:
        lines.append(f"Score {result.score:.2f} ({result.score_kind}). " + ". ".join([*result.facts, *result.warnings]))
    return "\n".join(lines), result.model_dump(mode="json")


def _line(place: int, item: Recommendation) -> str:
    price = f"{item['price']:.2f} {item.get('currency', '')}".strip() if "price" in item else "price unknown"
    return f"{place}. [{item['id']}] {item['title']}, {price}: {item['reason']}"
