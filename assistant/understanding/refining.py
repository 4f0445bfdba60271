"""Filters over turns: what a message states, laid over what was stated before; later words override earlier ones."""

import re
from collections.abc import Sequence
from typing import Any

from assistant.profile import slots_of_size
from assistant.understanding import cues
from assistant.understanding.amounts import Budget
from assistant.understanding.narrowing import preferred, shared
from assistant.understanding.reading import Reading
from assistant.understanding.roles import Phrase
from assistant.understanding.understood import Offer, Task, Understood, Wish
from catalog.taxonomy import vocabulary
from retrieval.filters import Filters

OF_THE_THING = ("kinds", "colours", "exclude_kinds", "sizes", "brands")  # said of one thing, not of the next
LATER = ("exclude_colours", "exclude_kinds", "exclude_brands", "exclude_materials", "exclude_patterns")


_FUNERAL = re.compile(r"\b(?:to|for|at) (?:an?|the|my|his|her|our) (?:[\w']+ ){0,2}(?:funeral|memorial)\b", re.I)
LOUD = ("red", "orange", "yellow", "pink", "green", "gold")  # nobody brings these to a funeral unasked


def filters_in(reading: Reading, person: Filters | None = None) -> Filters:
    """The filters that a message states, over what holds of the person whom the talk is about."""
    targets, unwanted = reading.of_role("target"), reading.of_role("unwanted")
    stated: dict[str, Any] = {
        "max_price": reading.budget.highest,
        "min_price": reading.budget.lowest,
        "total_max": reading.budget.total,
        "currency": reading.budget.currency,
        "colours": reading.colours,
        "exclude_colours": reading.exclude_colours,
        "kinds": _kinds(reading, targets, unwanted),
        "exclude_kinds": tuple(dict.fromkeys([*(phrase.kind for phrase in unwanted), *narrower_unwanted(reading, targets)])),
        "brands": reading.brands,
        "exclude_brands": reading.exclude_brands,
        "exclude_materials": reading.exclude_materials,
        "exclude_patterns": reading.exclude_patterns,
        "sizes": reading.sizes,
        "gender": reading.gender,
        "seasons": reading.seasons,
        "occasions": reading.occasions,
    }
    if _FUNERAL.search(reading.text):
        stated["exclude_colours"] = (*reading.exclude_colours, *(name for name in LOUD if name not in reading.colours))
    new = revised(Filters(), **stated)
    return overlaid(person, new) if person else new


def narrower_unwanted(reading: Reading, targets: Sequence[Phrase]) -> list[str]:
    """Narrower types of the wanted that are ruled out: "jeans that aren't skinny"."""
    found = []
    for match in re.finditer(
        r"\b(?:not|no|aren't|isn't|never|without)\s+(?:too |so |any |the )?([a-z][\w-]+)", reading.text.lower()
    ):
        named = (vocabulary().lookup("garment", f"{match[1]} {phrase.kind}") for phrase in targets)
        found += [kind for kind in named if kind is not None and kind not in {phrase.kind for phrase in targets}]
    for match in re.finditer(r"\b([a-z][\w-]+) (?:ones?|pairs?)\b[^.!?]{0,30}\bnever again\b", reading.text.lower()):
        found += [kind for phrase in targets if (kind := vocabulary().lookup("garment", f"{match[1]} {phrase.kind}"))]
    return found


def _kinds(reading: Reading, targets: Sequence[Phrase], unwanted: Sequence[Phrase]) -> tuple[str, ...]:
    """The types wanted; of a slot whose own name is wanted too ("any shoes but boots") only those not ruled out."""
    never = {phrase.kind for phrase in unwanted}
    apart = [
        kind
        for phrase in targets
        for kind in (*preferred(reading.text, phrase.kind), *shared(reading.text, phrase.words, phrase.noun))
    ]
    named = dict.fromkeys([*(phrase.kind for phrase in targets if phrase.kind not in vocabulary().slots), *apart])
    either = {p.kind for p in targets if re.match(r"\s+or\b", reading.unpriced[p.end :])}  # "a necklace or a pendant"
    broader = {kind for kind in named for other in named if kind != other and vocabulary().covers(kind, other)} - either
    return tuple(kind for kind in named if kind not in never | broader)  # "earrings, hoops" are hoops


def refined(reading: Reading, before: Understood, person: Filters | None = None) -> Understood:
    """The earlier wish with the new slots and filters laid over it; what is known of the person holds as well."""
    targets = reading.of_role("target")
    slots = slots_of(targets) or before.slots
    same = set(slots) <= set(before.slots)
    of_the_thing: tuple[str, ...] = ("kinds", "exclude_kinds") if cues.SAME.search(reading.text) else OF_THE_THING
    if before.topic == "what thing":
        of_the_thing = ()  # these were said of the thing that is named now
    kept = before.filters.without(
        "currency", *(() if same else (*of_the_thing, "cheaper_than", *_limits_of_the_thing(reading, before)))
    )
    if same and any(phrase.kind == phrase.slot for phrase in targets) and cues.ANY_KIND.search(reading.text):
        kept = kept.without("kinds")
    kinds = vocabulary().kinds
    kept = kept.model_copy(
        update={"kinds": tuple(kind for kind in kept.kinds if kind not in kinds or kinds[kind].slot in slots)}
    )
    if cues.FOR_ME.search(reading.text):
        kept = kept.without("gender")
    if slots:  # "L" of trousers is no size of shoes
        fitting = tuple(size for size in kept.sizes if {*slots_of_size(size)} & {*slots})
        kept = kept.model_copy(update={"sizes": fitting})
    another_kind = targets and not any(
        kind in before.filters.kinds or not before.filters.kinds for kind in (p.kind for p in targets)
    )
    if reading.budget.highest is not None or another_kind:
        kept = kept.without("cheaper_than")
    filters = overlaid(overlaid(person, kept) if person else kept, filters_in(reading))
    wishes = {slot: wish for slot, wish in before.wishes.items() if slot in slots} | wishes_of(targets, reading.budget)
    if reading.colours and not targets:  # "in black": that goes for every wanted thing
        wishes = {
            slot: wish.model_copy(update={"colours": (), "words": uncoloured(wish.words)}) for slot, wish in wishes.items()
        }
    if reading.budget.highest is not None and not reading.budget.each:
        wishes = {slot: wish.model_copy(update={"max_price": None}) for slot, wish in wishes.items()}
    others = not {*slots} & {thing.slot for thing in before.anchors}  # "and what shoes?" after more like a dress: to go with it
    worn = before.anchors and (before.task != "search" or others)
    task: Task = "complement" if worn else "search"
    return before.aside(
        task,
        task=task,
        slots=slots,
        filters=filters,
        wishes=wishes,
        words=" ".join([*reading.descriptive, *reading.adjectives]) or (before.words if same else ""),
        proposed=before.proposed and not targets,
        taken=reading.taken,
        notes=reading.notes,
    )


def _limits_of_the_thing(reading: Reading, before: Understood) -> tuple[str, ...]:
    """Price limits that were said of the thing before and not of the next: "jeans under 65" leave the boots free."""
    if not before.slots or cues.SAME.search(reading.text):
        return ()
    return ("min_price",) if before.purse else ("min_price", "max_price")


def uncoloured(words: str) -> str:
    """Words without the colours among them."""
    for mention in reversed(vocabulary().mentions(words, "colour")):
        words = words[: mention.start] + words[mention.end :]
    return " ".join(words.split())


def overlaid(kept: Filters, new: Filters) -> Filters:
    """New filters over kept ones; what is ruled out adds up, and a wish for it takes it back."""
    changes = new.model_dump(exclude_defaults=True)
    for name in LATER:
        wanted = name.removeprefix("exclude_")
        no_longer = getattr(new, wanted, ())
        changes[name] = tuple(
            dict.fromkeys(word for word in (*getattr(kept, name), *getattr(new, name)) if word not in no_longer)
        )
        if hasattr(kept, wanted):
            stated = changes.get(wanted, getattr(kept, wanted))
            changes[wanted] = tuple(word for word in stated if word not in getattr(new, name))
    return revised(kept, **changes)


def revised(filters: Filters, **changes: Any) -> Filters:
    """Filters with changes; of a range whose ends cross, the end that was stated last holds, which is the changed one."""
    merged = filters.model_dump() | changes
    low, high = merged["min_price"], merged["max_price"]
    one = ("min_price" in changes and changes["min_price"] is not None) != (
        "max_price" in changes and changes["max_price"] is not None
    )
    if low is not None and high is not None and (low > high or (one and low == high)):
        merged |= {"min_price": None} if changes.get("max_price") is not None else {"max_price": None}
    return Filters(**merged)


def accepted(before: Understood, offer: Offer) -> Understood:
    """The earlier wish with the offered filter lifted or moved."""
    filters = (
        before.filters.without(offer.name) if offer.value is None else revised(before.filters, **{offer.name: offer.value})
    )
    wishes = before.wishes
    if offer.name == "colours":
        wishes = {slot: Wish(called=wish.called) for slot, wish in wishes.items()}
    if offer.name == "max_price":
        wishes = {slot: wish.model_copy(update={"max_price": None}) for slot, wish in wishes.items()}
    return before.aside(before.task or before.intent, filters=filters, wishes=wishes)


def slots_of(targets: Sequence[Phrase]) -> tuple[str, ...]:
    """The slots of the wanted things, in the order they were named."""
    return tuple(dict.fromkeys(phrase.slot for phrase in targets))


def wishes_of(targets: Sequence[Phrase], budget: Budget) -> dict[str, Wish]:
    """The wanted things by slot, in the shopper's words; each with its own price limit where several are named."""
    wishes: dict[str, Wish] = {}
    for phrase in targets:
        earlier = wishes.get(phrase.slot, Wish())
        wishes[phrase.slot] = Wish(
            words=" ".join(part for part in (earlier.words, phrase.words.lower()) if part),
            called="" if earlier.called else phrase.noun,
            colours=tuple(dict.fromkeys((*earlier.colours, *phrase.colours))),
            max_price=next((price for start, price in budget.each if start >= phrase.end), None),
        )
    return wishes
