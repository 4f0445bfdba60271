"""Questions about items that were shown: more about one, how two compare, which is cheapest, and why this one."""

import re

from assistant.understanding import cues
from assistant.understanding.advice import topic_of
from assistant.understanding.choosing import does_it
from assistant.understanding.exchanging import in_another_colour
from assistant.understanding.references import speaks_of_it
from assistant.understanding.told import Told
from assistant.understanding.understood import Understood

IN_SIZE = "size "  # what a question about a size is about begins with
FOR = "for "  # and one about an occasion or a season
_HAS_IT = re.compile(r"\b(?:do|does|have|has|is|are|got|come|comes|available)\b.*\b(?:in|size|an?)\b", re.I)
_WITHIN = re.compile(r"\bwithin\b", re.I)  # "is that within my 50?" asks, and wishes nothing
_OF_THEM = re.compile(r"\W*(?:and |so |ok )?(?:are|is) (?:they|these|those|it|that|this)\b", re.I)


def about_shown(told: Told) -> Understood | None:
    """ "tell me more about the second one", "compare 1 and 3", "why this?", "is it in stock?"."""
    before, reading = told.before, told.reading
    why = bool(cues.WHY.search(told.text))
    if cues.IN_GENERAL.search(told.text) and not (told.pointed.items or told.photos or topic_of(told.text)):
        return told.aside(topic="terms", about=_two_terms(told))
    if cues.GENERALLY.search(told.text) or (cues.WEAKEST.search(told.text) and not why):
        return None
    if reading.colours and cues.COMES_IN.search(told.text) and not told.pointed.items:
        return None  # "does it come in black?" looks for a black one
    if in_another_colour(told) and not why:
        return None
    of_them = bool(before and before.shown and reading.descriptive and _OF_THEM.match(told.text))
    asks = why or of_them or bool(cues.SHOW.search(told.text)) or bool(cues.ADVISE.search(told.text)) or told.likely == "show"
    if before and before.pieces() and cues.TOTAL.search(told.text) and (reading.budget.total or reading.budget.highest):
        return None  # "could the lot come to 250 instead?"
    if asked := _of_what_is_pointed_at(told, why):
        return asked
    several = len(told.pointed.items) > 1 and cues.WHICH_IS.search(told.text)
    of_these = bool(cues.OF_THESE.search(told.text))
    if (
        told.photos
        or (reading.goes_with and not (why and not reading.of_role("target")))
        or not (asks or told.pointed.missing or several or _bare(told))
    ):
        return None
    if before and before.pieces() and cues.TOTAL.search(told.text) and not (reading.budget.total or reading.budget.highest):
        return told.aside("show", items=tuple(piece.id for piece in before.pieces()), topic="look")
    if not before or not before.shown:
        asks_of_it = asks and (speaks_of_it(told.text) or cues.PLACED.search(told.text)) and not reading.phrases
        return told.aside("show") if asks_of_it else None
    if not told.pointed.items and told.pointed.missing:
        return told.aside("show", topic="no such place", about=str(max(item.place for item in before.shown)))
    if len(told.pointed.items) > 1 and cues.WHICH_IS.search(told.text):
        return told.aside("show", items=told.pointed.ids, spoken_of=told.pointed.ids, topic="compare")
    if (
        told.pointed.items
        and not asks
        and (cues.SWAP.search(told.text) or cues.REJECTED.search(told.text) or cues.SIMILAR.search(told.text))
    ):
        return None
    if asks and not told.pointed.items and (worn := _of_what_is_worn(told, before)):
        return told.aside("show", items=(worn,), spoken_of=(worn,), topic="why" if why else None)
    if not told.pointed.items and not of_these and _something_else(told):
        return None
    return _asked(told, before, why)


def _of_what_is_pointed_at(told: Told, why: bool) -> Understood | None:
    """What certain items come to, whether one comes in a size or suits a time: "3 and 4, how much together?", "is 1 there in 38?"."""
    reading, before, items = told.reading, told.before, told.pointed.items
    if not items or told.photos or before is None:
        return None
    limited = (reading.budget.total or reading.budget.highest) and not _WITHIN.search(told.text)
    if len(items) > 1 and cues.TOTAL.search(told.text) and not limited:
        return told.aside("show", items=told.pointed.ids, spoken_of=told.pointed.ids, topic="look")
    if reading.goes_with or reading.of_role("anchor") or cues.SWAP.search(told.text) or _something_else(told):
        return None  # "what goes with the first one? I'm an M"
    of_a_time = _asked_for(told) and (
        cues.PLACED.search(told.text) or not (told.likely == "chat" or cues.ETIQUETTE.search(told.text))
    )
    of_a_size = len(items) == 1 and reading.sizes and _HAS_IT.search(told.text) and not reading.colours
    return _asked(told, before, why) if of_a_time or of_a_size else None


def _two_terms(told: Told) -> str:
    """The words whose difference is asked: "silk and satin"."""
    match = re.search(r"\bbetween (?:an? |the words? )?([\w-]+(?: [\w-]+)?) and (?:an? )?([\w-]+)", told.text, re.I)
    return " and ".join(match.groups()) if match else " and ".join(phrase.noun for phrase in told.reading.phrases)


def _of_what_is_worn(told: Told, before: Understood) -> str | None:
    """The item of the shop's that was chosen before and is asked about now: "remind me what the jacket costs"."""
    slots = {phrase.slot for phrase in told.reading.phrases} - {item.slot for item in before.shown}
    return next((thing.id for thing in before.anchors if thing.id and thing.slot in slots), None)


def _bare(told: Told) -> bool:
    """Whether a message is little more than a place: "the second one?", "3", "and the last"."""
    if any(phrase.slot not in {item.slot for item in told.pointed.items} for phrase in told.reading.of_role("target")):
        return False
    return bool(told.pointed.items) and len(told.text.split()) <= 5 and not told.reading.budget.highest and not _changes(told)


def _changes(told: Told) -> bool:
    return bool(
        cues.SWAP.search(told.text)
        or cues.REJECTED.search(told.text)
        or cues.JUDGE.search(told.text)
        or cues.SWAP_ONE.search(told.text)
    )


def _something_else(told: Told) -> bool:
    """Whether the things that a message names are not among those shown: then it looks for them."""
    assert told.before
    targets = told.reading.of_role("target")
    slots = {item.slot for item in told.before.shown}
    again = bool(re.search(r"\bagain\b", told.text, re.I)) and all(phrase.pointing for phrase in targets)
    return any(phrase.slot not in slots for phrase in targets) or (
        bool(targets) and not again and not (cues.WHY.search(told.text) or cues.COMPARE.search(told.text))
    )


def _asked(told: Told, before: Understood, why: bool) -> Understood:
    shown = before.shown
    ids = told.pointed.ids
    if why:
        ids = ids or _of_slot(told) or before.spoken_of[:1] or (shown[0].id,)
        return told.aside("show", items=ids, spoken_of=ids, topic="why")
    if cues.ADVISE.search(told.text):
        ids = ids or tuple(item.id for item in shown)
        return told.aside("show", items=ids[:1], spoken_of=ids[:1], topic="advice")
    if not ids and cues.COMPARE.search(told.text) and len(shown) > 1:
        ids = (
            before.spoken_of
            if len(before.spoken_of) > 1
            else tuple(item.id for item in shown[: 2 if "two" in told.text else 3])
        )
    if not ids and not before.spoken_of and _OF_THEM.match(told.text):
        ids = tuple(item.id for item in shown)
    ids = ids or (before.spoken_of if speaks_of_it(told.text) else ()) or (shown[0].id,)
    if len(ids) == 1 and cues.COMPARE.search(told.text) and before.spoken_of and before.spoken_of != ids:
        ids = (*before.spoken_of[:1], *ids)
    asked = cues.PROPERTY.search(told.text)
    when = _asked_for(told) if told.pointed.items else ""
    about = (
        f"{FOR}{when}"
        if when
        else f"{IN_SIZE}{told.reading.sizes[0]}"
        if told.reading.sizes
        else asked[0].lower()
        if asked
        else ""
    )
    return told.aside("show", items=ids, spoken_of=ids, topic="compare" if len(ids) > 1 else None, about=about)


def _asked_for(told: Told) -> str:
    """The occasion or season that a shown thing is asked about: "is the first one too hot for September?"."""
    named = (*told.reading.occasions, *told.reading.seasons)
    return named[0] if named and does_it(told.text) else ""


def _of_slot(told: Told) -> tuple[str, ...]:
    """ "why the boots?": the first of the shown things of that slot."""
    assert told.before
    slots = [phrase.slot for phrase in told.reading.phrases]
    return tuple(item.id for item in told.before.shown if item.slot in slots)[:1]
