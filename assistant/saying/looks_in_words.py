"""What is said of looks: the pieces with their sum, and a piece exchanged."""

from collections.abc import Sequence

from assistant.floor.reasons import OCCASION_WORDS
from assistant.floor.results import Look, Recommendation, Result
from assistant.saying.phrasing import listed, money, price_of, sentences, the
from assistant.understanding.understood import Shown, Understood


def looks(understood: Understood, results: Sequence[Result]) -> str:
    """The looks that were built, each under a heading with its sum."""
    result, place, blocks = results[0], 1, []
    for number, look in enumerate(result.looks, 1):
        pieces = [item for item in result.items if item.get("look", 1) == number]
        name = f"Look {number}" if len(result.looks) > 1 else _opening(understood, result)
        lines = [f"{place + index}. {item['title']}, {price_of(item)}{_why(item)}." for index, item in enumerate(pieces)]
        blocks.append("\n".join([f"{name}{_sum(look)}:", *lines, *_facts(look)]))
        place += len(pieces)
    if len(result.looks) > 1:
        wanted = understood.looks_wanted
        few = f"I could put together only {len(result.looks)} that differ enough. " if len(result.looks) < wanted else ""
        blocks.insert(0, f"{few}Here are {len(result.looks)} looks{_for(understood, result)}.")
    elif understood.looks_wanted > 1:
        blocks.append("I could not put together another that differs enough and keeps to your wishes.")
    return "\n\n".join([*blocks, "To change a piece say so, for example “other shoes” or “without the bag”."])


def _opening(understood: Understood, result: Result) -> str:
    around = f" with {listed([the(anchor.caption) for anchor in understood.anchors])}" if understood.anchors else ""
    return f"{_called(understood, result)}{around}{_for(understood, result)}"


def _called(understood: Understood, result: Result) -> str:
    """What a look is to the one before it."""
    if understood.stays:
        kept = {item["id"] for item in result.items}.intersection(understood.stays)
        return "The look now" if kept else "The rest could not stay with that. A new look"
    if understood.cheaper:
        return "A cheaper look"
    return "Another look" if understood.intent == "swap" else "Here is a look"


def _for(understood: Understood, result: Result) -> str:
    """For what occasion, where the looks are made for it."""
    filters = understood.filters
    held = [] if "occasions" in result.relaxed else [OCCASION_WORDS.get(name, name) for name in filters.occasions]
    held += [] if "seasons" in result.relaxed else list(filters.seasons)
    missed = [OCCASION_WORDS.get(name, name) for name in result.relaxed for name in getattr(filters, name)]
    said = f" for {listed(held)}" if held else ""
    return f"{said} (I have too little made for {listed(missed)})" if missed else said


def _sum(look: Look) -> str:
    if look.total is None:
        return ""
    return f", {money(look.total, look.currency)} in all"


def _facts(look: Look) -> list[str]:
    return [sentences(look.facts)] if look.facts else []


def _why(item: Recommendation) -> str:
    return f": {item['reason']}" if item.get("reason") else ""


def exchanged(understood: Understood, results: Sequence[Result]) -> str:
    """The piece that came instead of another, under its number, and the new sum."""
    result = results[0]
    old = next(piece for piece in understood.pieces() if piece.slot == understood.swapped)
    if not result.items:
        return ""
    look = next(iter(result.looks), None)
    new = {item["slot"]: item for item in result.items}
    said = [_in_its_place(old, new[old.slot])]
    if more := [piece for piece in understood.pieces() if piece.slot in new and piece is not old]:
        said += ["To stay within your budget another piece changes too.", *(_in_its_place(one, new[one.slot]) for one in more)]
    rest = "The rest stays." if len(understood.pieces()) > len(new) else ""
    return "\n".join([*said, f"{rest}{_now(understood, look)}".strip()])


def _in_its_place(old: Shown, new: Recommendation) -> str:
    return f"Instead of {the(old.title)}:\n{old.place}. {new['title']}, {price_of(new)}{_why(new)}."


def _now(understood: Understood, look: Look | None) -> str:
    if look is None or look.total is None:
        return ""
    limit = understood.filters.total_max
    left = f", {money(limit - look.total, look.currency)} below your budget" if limit is not None and limit > look.total else ""
    return f" The look now comes to {money(look.total, look.currency)}{left}."
