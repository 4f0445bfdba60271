"""Filters over turns: what a message states, laid over what was stated before; later words override earlier ones."""

import re
from collections.abc import Sequence
from typing import Any

from assistant import cues
from assistant.reading import Phrase, Reading
from assistant.understood import Offer, Understood, Wish
from catalog.taxonomy import vocabulary
from retrieval.filters import Filters

OF_THE_THING = ("kinds", "colours", "exclude_colours", "exclude_kinds", "sizes", "brands")  # said of one thing, not of the next
LATER = ("exclude_colours", "exclude_kinds", "exclude_brands", "exclude_materials", "exclude_patterns")


def filters_in(reading: Reading, person: Filters | None = None) -> Filters:
    """The filters that a message states; whom the talk is about, as said before, still holds."""
    targets, unwanted = reading.of_role("target"), reading.of_role("unwanted")
    stated: dict[str, Any] = {
        "max_price": reading.budget.highest,
        "min_price": reading.budget.lowest,
        "total_max": reading.budget.total,
        "currency": reading.budget.currency,
        "colours": reading.colours,
        "exclude_colours": reading.exclude_colours,
        "kinds": tuple(dict.fromkeys(phrase.kind for phrase in targets if phrase.kind not in vocabulary().slots)),
        "exclude_kinds": tuple(dict.fromkeys(phrase.kind for phrase in unwanted)),
        "brands": reading.brands,
        "exclude_brands": reading.exclude_brands,
        "exclude_materials": reading.exclude_materials,
        "exclude_patterns": reading.exclude_patterns,
        "sizes": reading.sizes,
        "gender": reading.gender or (person.gender if person else None),
        "seasons": reading.seasons,
        "occasions": reading.occasions,
    }
    return revised(Filters(), **stated)


def refined(reading: Reading, before: Understood) -> Understood:
    """The earlier wish with the new slots and filters laid over it."""
    targets = reading.of_role("target")
    slots = slots_of(targets) or before.slots
    same = set(slots) <= set(before.slots)
    kept = before.filters.without(
        "currency", *(() if same else OF_THE_THING), *(("max_price",) if before.cheaper and not same else ())
    )
    filters = _overlaid(kept, filters_in(reading))
    wishes = {slot: wish for slot, wish in before.wishes.items() if slot in slots} | wishes_of(targets)
    if reading.colours and not targets:  # "in black": that goes for every wanted thing
        wishes = {slot: wish.model_copy(update={"colours": ()}) for slot, wish in wishes.items()}
    worn = before.anchors and before.intent != "search"
    return Understood(
        intent="complement" if worn else "search",
        anchors=before.anchors,
        slots=slots,
        filters=filters,
        wishes=wishes,
        words=" ".join(reading.descriptive) or (before.words if same else ""),
        proposed=before.proposed and not targets,
        taken=reading.taken,
    )


def _overlaid(kept: Filters, new: Filters) -> Filters:
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
    if low is not None and high is not None and low > high:
        merged |= {"min_price": None} if changes.get("max_price") is not None else {"max_price": None}
    return Filters(**merged)


def lifted(text: str, filters: Filters) -> Filters | None:
    """The filters without those that the message takes back: "any colour is fine", "forget the budget"; None if it takes none."""
    if not cues.LIFT.search(text):
        return None
    names = [name for pattern, fields in cues.LIFTED.items() if re.search(rf"\b(?:{pattern})\b", text, re.I) for name in fields]
    return filters.without(*names) if names else None


def accepted(before: Understood, offer: Offer) -> Understood:
    """The earlier wish with the offered filter lifted or moved."""
    filters = (
        before.filters.without(offer.name) if offer.value is None else revised(before.filters, **{offer.name: offer.value})
    )
    wishes = before.wishes
    if offer.name == "colours":
        wishes = {slot: Wish(called=wish.called) for slot, wish in wishes.items()}
    return before.but(filters=filters, wishes=wishes, offer=None, topic=None, exclude=())


def slots_of(targets: Sequence[Phrase]) -> tuple[str, ...]:
    """The slots of the wanted things, in the order they were named."""
    return tuple(dict.fromkeys(phrase.slot for phrase in targets))


def wishes_of(targets: Sequence[Phrase]) -> dict[str, Wish]:
    """The wanted things by slot, in the shopper's words."""
    wishes: dict[str, Wish] = {}
    for phrase in targets:
        earlier = wishes.get(phrase.slot, Wish())
        wishes[phrase.slot] = Wish(
            words=" ".join(part for part in (earlier.words, phrase.words.lower()) if part),
            called="" if earlier.called else phrase.noun,
            colours=tuple(dict.fromkeys((*earlier.colours, *phrase.colours))),
        )
    return wishes
