"""What was found, as numbered lines under a head; or that nothing was, and which wish to relax."""

from collections.abc import Sequence

from assistant.floor.liking import named_looks
from assistant.floor.reasons import OCCASION_WORDS
from assistant.floor.results import Recommendation, Result
from assistant.saying.phrasing import SLOT_WORDS, listed, price_of, slots_in_words, the
from assistant.understanding.understood import Understood, Wish
from catalog.taxonomy import plural
from retrieval.relaxing import Relaxation

FILTER_WORDS = {
    "max_price": "the price limit", "cheaper_than": "the wish for something cheaper", "min_price": "the minimum price", "total_max": "the budget", "colours": "the colour",
    "exclude_colours": "the colour you ruled out", "kinds": "the type", "exclude_kinds": "the type you ruled out", "brands": "the brand",
    "exclude_brands": "the brand you ruled out", "exclude_materials": "the material you ruled out", "exclude_patterns": "the pattern you ruled out", "sizes": "the size", "gender": "who it is for", "seasons": "the season",
    "occasions": "the occasion",
}  # fmt: skip


def findings(understood: Understood, results: Sequence[Result]) -> str:
    """What was found, numbered through all slots; or which wish to relax."""
    blocks, place = [], 1
    if understood.proposed and any(result.items for result in results):
        results = [result for result in results if result.items]  # our own proposals need no apology
    for result in results:
        if result.items:
            blocks.append(found(understood, result, place))
            place += len(result.items)
        else:
            blocks.append(nothing(understood, result))
    return "\n\n".join(blocks)


def found(understood: Understood, result: Result, place: int) -> str:
    """One slot's items under a sentence of their own."""
    things = wanted_in_words(understood, result.slot)
    if "search" in (understood.intent, understood.task) or not understood.anchors:
        head = f"Here is what I found for {things}:" if things else "Here is what I found:"
    else:
        pieces = listed([the(anchor.caption) for anchor in understood.anchors])
        head = f"{things[:1].upper()}{things[1:]} to go with {pieces}:"
    if result.relaxed:
        names = listed(
            [OCCASION_WORDS.get(word, word) for name in result.relaxed for word in getattr(understood.filters, name)]
        )
        head = f"I have nothing made for {names}, but these come nearest. " + head
    elif result.lacking:
        names = listed(
            [OCCASION_WORDS.get(word, word) for word in (*understood.filters.occasions, *understood.filters.seasons)]
        )
        head = f"I have little made for {names}, so the last of these are not. " + head
    if result.described is not None and (
        looks := named_looks(understood.words_of(result.slot) if result.slot else understood.words)
    ):
        if not result.described:
            head = f"None of these is {listed(looks)}, I am afraid; they come nearest. {head}"
        elif result.described < len(result.items):
            head = f"{_count(result.described)} of these {'is' if result.described == 1 else 'are'} {listed(looks)}, the others come near. {head}"
    return "\n".join([head, *(line(item, number) for number, item in enumerate(result.items, place))])


def _count(number: int) -> str:
    return ("One", "Two", "Three", "Four", "Five")[number - 1] if number <= 5 else str(number)


def line(item: Recommendation, number: int) -> str:
    """An item as one line of an answer."""
    why = f": {item['reason']}" if item["reason"] else ""
    return f"{number}. {item['title']}, {price_of(item)}{why}."


def nothing(understood: Understood, result: Result) -> str:
    """That nothing is left, and which wish to relax, by how much."""
    things = wanted_in_words(understood, result.slot) or "anything"
    if understood.cheaper:
        return f"I have no cheaper {things} that fit your other wishes."
    if result.seen:
        return f"I have shown you all the {things} that fit. Loosen one of your wishes, and there may be more."
    if result.relaxation is None:
        return f"I have no {things} that fit all your wishes, and dropping just one of them would not help. Try asking for less at once."
    return f"I have no {things} that fit all your wishes. {relaxation_in_words(result.relaxation, understood, result.slot)}"


def no_look(understood: Understood, result: Result) -> str:
    """That no look can be put together, or no other piece found for it; and what to relax."""
    less = "cheaper look that fits" if understood.cheaper else "look that fits"
    what = f"other {slots_in_words([understood.swapped])} that fit" if understood.swapped else less
    if result.relaxation:
        return f"I have no {what} all your wishes. {relaxation_in_words(result.relaxation, understood, understood.swapped)}"
    seen = understood.exclude or understood.cheaper
    return f"I have no {what} all your wishes. {'Loosen one of them, and there may be more.' if seen else 'Try asking for less at once.'}"


def relaxation_in_words(relaxation: Relaxation, understood: Understood, slot: str | None) -> str:
    """Which filter to relax and by how much."""
    filters = understood.filters_of(slot) if slot else understood.filters
    if isinstance(relaxation.value, float):
        limit = getattr(filters, relaxation.name)
        if relaxation.name == "cheaper_than":
            return f"None costs less than {limit:g}; from {relaxation.value:.2f} there is something to see. Shall I?"
        toward = "Lower" if relaxation.name == "min_price" else "Raise"
        return f"{toward} {FILTER_WORDS[relaxation.name]} from {limit:g} to {relaxation.value:.2f} and there is something to see. Shall I?"
    if relaxation.name in ("max_price", "min_price", "total_max"):
        return f"None of my {relaxation.count} states a price, so I can't keep to {FILTER_WORDS[relaxation.name]}. Shall I show you them?"
    stated = getattr(filters, relaxation.name)
    named = listed(list(stated), "or") if isinstance(stated, (tuple, list)) else str(stated)
    most = f", most often {relaxation.value}" if relaxation.value and relaxation.count > 1 else ""
    if relaxation.name == "kinds" and slot:
        return f"Of other {SLOT_WORDS.get(slot, slot)} I have {relaxation.count}{most}. Shall I show you?"
    return f"Without {FILTER_WORDS[relaxation.name]} ({named}) I have {relaxation.count}{most}. Shall I show you?"


def wanted_in_words(understood: Understood, slot: str | None) -> str:
    """What was looked for, in the shopper's own word for it: "black boots", "navy trousers"."""
    if slot is None:
        return ""
    filters = understood.filters_of(slot)
    called = understood.wishes.get(slot, Wish()).called
    own = plural(called) if called and len(filters.kinds) == 1 else ""
    kinds = own or listed(filters.kinds, "or") or SLOT_WORDS.get(slot, slot)
    return " ".join([listed(filters.colours, "or"), kinds]).strip()
