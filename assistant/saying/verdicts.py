"""What is said of things that are there: how they go together, one item in full, how items compare, and why one was chosen."""

import re
from collections.abc import Sequence

from assistant.floor.reasons import OCCASION_WORDS
from assistant.floor.results import Recommendation, Result, Why
from assistant.saying.choosing import suited, verdict_of
from assistant.saying.phrasing import in_pairs, listed, money, price_of, sentences, the
from assistant.understanding.showing import FOR, IN_SIZE
from assistant.understanding.understood import Understood

RARE = 0.4  # a calibrated score below this: such things are more often thrown together than worn together


def judgement(understood: Understood, results: Sequence[Result]) -> str:
    """How things go together: what their colours say, what the score is worth, which is weakest and what would be better."""
    result = results[0]
    pieces = listed([the(thing.caption) for thing in understood.judged or understood.anchors])
    rare = result.score_kind == "calibrated" and result.score is not None and result.score < RARE
    if result.warnings:
        said = f"{pieces[:1].upper()}{pieces[1:]}: daring. {sentences(result.warnings)}"
    elif not result.facts:
        said = f"I can't tell the colours of {pieces} from your words; name them and I can say more."
    else:
        said = f"{'By their colours' if rare else 'Yes'}, {pieces} can be worn together. {sentences(result.facts)}"
    if result.score is not None and result.score_kind == "calibrated":
        said += f"{' Outfits like it are rare, though:' if rare else ''} I rate the set {result.score:.0%}."
    things, filters = understood.judged or understood.anchors, understood.filters
    fitting = [suited(thing, filters) for thing in things if verdict_of(thing, filters) in ("maybe", "poor")]
    return "\n\n".join(part for part in (said, *fitting, weakest(result)) if part)


def weakest(result: Result) -> str:
    """The piece that adds least, and a better one for its place, if the shop has one."""
    better = next((item for item in result.items if item["id"] == result.better), None)
    if not result.weakest:
        return ""
    if not better:
        return f"The weakest piece is {the(result.weakest)}, but I have nothing that would do better."
    return f"The weakest piece is {the(result.weakest)}. This would suit {'the other' if len(result.contributions) == 2 else 'the others'} better:\n1. {better['title']}, {price_of(better)}{_because(better)}."


def _because(item: Recommendation) -> str:
    return f": {item['reason']}" if item.get("reason") else ""


def details(understood: Understood, results: Sequence[Result]) -> str:
    """Items in full, and how they differ where there are several; or why one was chosen."""
    result = results[0]
    if not result.items:
        return "I can't find that item any more."
    if understood.topic == "why":
        return "\n\n".join(why(item, next((w for w in result.whys if w.id == item["id"]), None)) for item in result.items)
    if understood.topic == "look":
        return the_look(result.items)
    said = [*_not_told(understood.about, result.items), *(detail(item) for item in result.items)]
    if understood.topic == "advice":
        said.insert(0, f"I would take {the(result.items[0]['title'])}: it comes nearest to what you asked for.")
    return "\n".join([*said, *comparison(result.items)])


def _not_told(asked: str, items: Sequence[Recommendation]) -> list[str]:
    """That no description says what was asked: "is it lined?"; whether they come in a size or are made for an occasion."""
    if asked.startswith(FOR):
        when = asked.removeprefix(FOR)
        named = OCCASION_WORDS.get(when, when)
        made = [when in (*item.get("occasions", ()), *item.get("seasons", ())) for item in items]
        verbs = ["are" if in_pairs(item.get("kind")) else "is" for item in items]
        return [
            f"{item['title']} {verb}{'' if so else ' not'} made for {named}."
            for item, verb, so in zip(items, verbs, made, strict=True)
        ]
    if asked.startswith(IN_SIZE):
        size = asked.removeprefix(IN_SIZE)
        return [f"{item['title']} {_coming(item, size)} in {size.upper()}." for item in items if item.get("sizes")]
    names = ("waterproof", "water-resistant") if asked == "water-resistant" else (asked,)
    told = [
        item for item in items for name in names if re.search(rf"\b{name}\b", str(item.get("caption") or item["title"]), re.I)
    ]
    one = "it is" if len(items) == 1 else "they are"
    return [f"The description doesn't say whether {one} {names[0]}. What I know:"] if asked and not told else []


def _coming(item: Recommendation, size: str) -> str:
    several, has_it = in_pairs(item.get("kind")), size.casefold() in map(str.casefold, item["sizes"])
    return ("come" if several else "comes") if has_it else ("do not come" if several else "does not come")


def the_look(items: Sequence[Recommendation]) -> str:
    """What a look comes to, piece by piece."""
    pieces = "\n".join(f"{item['title']}, {price_of(item)}." for item in items)
    if not all("price" in item for item in items):
        return pieces
    return f"{pieces}\nAll together {money(sum(item['price'] for item in items), items[0].get('currency'))}."


def comparison(items: Sequence[Recommendation]) -> list[str]:
    """What several items differ in: price, and what only one is made for."""
    if len(items) < 2:
        return []
    said = []
    if all("price" in item for item in items):
        cheapest, *_, dearest = sorted(items, key=lambda item: float(item["price"]))
        if cheapest["price"] == dearest["price"]:
            said.append("They cost the same." if len(items) > 2 else "Both cost the same.")
        elif len(items) == 2:
            saved = price_of(dearest | {"price": dearest["price"] - cheapest["price"]})
            said.append(f"{cheapest['title']} is {saved} cheaper.")
        else:
            said.append(f"{cheapest['title']} is the cheapest, {dearest['title']} the dearest.")
    for item in items if len(items) == 2 else ():
        other = items[1] if item is items[0] else items[0]
        alone = [OCCASION_WORDS.get(name, name) for name in item.get("occasions", ()) if name not in other.get("occasions", ())]
        if alone:
            said.append(f"{item['title']} is made for {listed(alone)}, too.")
    return said


def detail(item: Recommendation) -> str:
    """One item in full, from the catalogue."""
    facts = [f"{item['title']}, {price_of(item)}: {item.get('caption') or item['title']}"]
    if brand := item.get("brand"):
        facts.append(f"by {brand}")
    if sizes := item.get("sizes"):
        facts.append(f"sizes {', '.join(sizes)}" if sizes != ["one size"] else "one size")
    if occasions := item.get("occasions"):
        facts.append(f"made for {listed([OCCASION_WORDS.get(name, name) for name in occasions])}")
    if seasons := item.get("seasons"):
        facts.append("for all seasons" if len(seasons) == 4 else f"for {listed(seasons)}")
    if "stock" in item:
        facts.append(f"{item['stock']} in stock" if item["stock"] else "out of stock")
    return "; ".join(facts) + "."


def _less(difference: float) -> str:
    """How much less a rival scored, in points of a hundred."""
    points = round(max(0.0, difference) * 100)
    return "as good but for a hair" if points == 0 else "1 point less" if points == 1 else f"{points} points less"


def why(item: Recommendation, chosen: Why | None) -> str:
    """Why an item was chosen: its reason, its rank and score, what lost, and where the words about it come from."""
    said = [f"{item['title']}, {price_of(item)}" + (f": {item['reason']}." if item.get("reason") else ".")]
    if chosen is None:
        return f"{said[0]} It came nearest to your words; its caption reads “{item.get('caption') or item['title']}”."
    place = "first" if chosen.rank == 1 else f"number {chosen.rank}"
    rated = f", with a score of {chosen.score:.0%} beside your things" if chosen.score is not None else ""
    said.append(f"By fit it was {place} of {chosen.of} that I considered{rated}.")
    if chosen.rivals and chosen.score is not None:
        lost = [f"{rival.title} ({_less(chosen.score - rival.score)})" for rival in chosen.rivals]
        said.append(f"Behind it came {listed(lost)}.")
    source = "Its description reads" if chosen.caption_source in (None, "attributes") else "In its picture I see"
    said.append(f"{source} “{chosen.caption}”.")
    return " ".join(said)
