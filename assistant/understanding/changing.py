"""A look that was shown, changed: "other shoes", "without a bag", "cheaper", "I have gold sandals already"."""

import re
from dataclasses import replace

from assistant.understanding import cues
from assistant.understanding.anchoring import anchor_of
from assistant.understanding.going_on import RULES_OUT, going_on, in_its_place, left_out_of, points_at
from assistant.understanding.narrowing import narrower
from assistant.understanding.outfits import leaning, once_more, rebuilt
from assistant.understanding.reading import read
from assistant.understanding.references import look_named
from assistant.understanding.refining import filters_in, overlaid, slots_of, wishes_of
from assistant.understanding.told import Told
from assistant.understanding.understood import Understood, Wish
from catalog.taxonomy import vocabulary


def changed_look(told: Told) -> Understood | None:
    """A look that was shown, changed: "other shoes", "without a bag", "cheaper", "under 200", "less formal"."""
    before, reading = told.before, told.reading
    if told.photos or not before or before.task != "build":
        return None
    if not before.pieces():  # none could be built yet
        return rebuilt(told, before, "build") if filters_in(reading).stated() and not reading.phrases else None
    named = look_named(told.text, before)
    if named and named != before.look:
        before = before.but(look=named)
        told = replace(told, before=before)
    if cues.MORE_LOOKS.search(told.text) and not (reading.phrases or told.pointed.items):
        return once_more(told, before)
    left_out = left_out_of(told, before)
    slot = _piece_meant(told, before)
    dropped = [piece.slot for piece in before.pieces() if piece.id in before.spoken_of]
    if (
        cues.DROP_IT.search(told.text) and dropped and not reading.phrases and not cues.SWAP_ONE.search(told.text)
    ):  # "remove it then", of the tie that was asked about
        return going_on(told, before, dropped)
    if owned := _owned_already(told, before):
        return owned
    has = [phrase.slot for phrase in reading.of_role("anchor") if phrase.kind == phrase.slot]
    if has and cues.LEAVE_OUT.search(told.text):  # "shoes I have already, take them away"
        return going_on(told, before, has)
    added = tuple(each for each in slots_of(reading.of_role("target")) if each not in {piece.slot for piece in before.pieces()})
    if left_out and (not slot or (slot in left_out and cues.LEAVE_OUT.search(told.text))):
        besides = [item.slot for item in told.pointed.items if item.slot not in left_out and cues.SWAP_ONE.search(told.text)]
        if not added or cues.THROW_IN.search(told.text) or _WITH_IT.search(told.text):
            return going_on(told, before, left_out, added, next(iter(besides), None))
    if instead := in_its_place(told, before):
        return instead
    changed = (
        cues.SWAP.search(told.text)
        or cues.REJECTED.search(told.text)
        or cues.SWAP_ONE.search(told.text)
        or _SUCH_ONES.search(told.text)
        or _otherwise(told)
    )
    if slot and (changed or told.likely == "swap" or _shall_be(told) or cues.SHALL_BE.search(told.text)):
        return _one_changed(told, before, slot)
    if added and (reading.budget.total is not None or cues.THROW_IN.search(told.text)):  # "add a sun hat, still 220 in total"
        return going_on(told, before, added=added)
    if added or reading.of_role("target") or reading.of_role("anchor") or told.pointed.items:
        return None
    other = cues.SWAP.search(told.text) or (cues.REJECTED.search(told.text) and not filters_in(reading).stated())
    if other:
        return _as_a_whole(told, before)
    if named and len(told.text.split()) <= 6:
        return before.aside("show", items=tuple(piece.id for piece in before.pieces()), topic="look")
    stated = set(filters_in(reading).stated())
    if stated and stated <= RULES_OUT:  # "he never wears ties"
        return going_on(told, before)
    return rebuilt(told, before, "build") if stated else None


_THAT_PIECE = re.compile(r"\b(?:replace|swap|change|exchange) (?:it|that|that one|that piece)\b", re.I)


def _owned_already(told: Told, before: Understood) -> Understood | None:
    """A piece that the shopper has: "I already have gold sandals"; the look is built around it. None where none is named."""
    mine = [
        anchor_of(phrase) for phrase in told.reading.of_role("anchor") if phrase.kind != phrase.slot and not phrase.pointing
    ]
    there = {piece.slot for piece in before.pieces()}
    if not mine or told.reading.of_role("target") or not {thing.slot for thing in mine} & there:
        return None
    if cues.SWAP.search(told.text) or cues.SWAP_ONE.search(told.text) or told.reading.goes_with or told.pointed.items:
        return None
    return rebuilt(told, before.but(anchors=tuple(dict.fromkeys([*before.anchors, *mine]))), "build")


def _shall_be(told: Told) -> bool:
    """Whether a piece that is pointed at shall be of a colour, type or price: "about the shoes, I want black ones"."""
    return bool(told.pointed.items and filters_in(told.reading).stated()) and not told.text.rstrip().endswith("?")


def _piece_meant(told: Told, before: Understood) -> str | None:
    """The slot of the look's piece that is to be exchanged."""
    match = cues.SWAP_ONE.search(told.text)
    garments = read(match[1]).phrases if match else ()
    turned_down = [
        phrase
        for phrase in told.reading.of_role("unwanted")
        if points_at(told.text, phrase.noun) or cues.SWAP.search(told.text)
    ]
    phrases = (
        garments
        or told.reading.of_role("target")
        or turned_down
        or (*told.reading.of_role("detail"), *told.reading.of_role("anchor"))
    )
    slots = {piece.slot for piece in before.pieces()}
    named = [phrase.slot for phrase in phrases if phrase.slot in slots]
    at_place = [item.slot for item in told.pointed.items if item.look == before.look]
    again = cues.ANOTHER_ONE.search(told.text) or _SUCH_ONES.search(told.text)
    last = [before.swapped] if before.swapped in slots and not phrases and again else []
    another = _THAT_PIECE.search(told.text) or cues.ANOTHER_ONE.search(told.text)
    it = [piece.slot for piece in before.pieces() if another and (piece.id,) == before.spoken_of]
    return next(iter([*named, *at_place, *last, *it]), None)


# "they are too high", of shoes; a price may be too high as well.
_TOO_HIGH = re.compile(
    r"^(?!.*\b(?:price|cost|budget|expensive)).*?\b(?:(?:too|so) high|lower heels?|flatter|lower ones?)\b", re.I
)
_WITH_IT = re.compile(r"\bbut (?:with|add)\b|\b(?:with|add|put)\b(?=[^.!?]*\b(?:instead|in its place)\b)", re.I)
_SUCH_ONES = re.compile(r"(?<!have )(?<!got )\b(?:any|some|other|got|the) (?:[\w-]+ ){0,3}ones\b|\bones? (?:in|with)\b", re.I)


def _otherwise(told: Told) -> bool:
    """Whether a thing of the look is named as it should be: "black shoes", "make the shoes black", "boots"."""
    return bool(told.reading.of_role("target")) and not cues.LOOKS_FOR.search(told.text)


def _one_changed(told: Told, before: Understood, slot: str) -> Understood:
    reading = told.reading
    match = cues.SWAP_ONE.search(told.text)
    named = read(match[2] or "").of_role("target") if match else reading.of_role("target")
    wanted = [phrase for phrase in named if phrase.slot == slot]
    wanted = wanted or [phrase for phrase in reading.of_role("target") if phrase.slot == slot and phrase.kind != slot]
    piece = next(piece for piece in before.pieces() if piece.slot == slot)
    turned_down = bool(cues.REJECTED.search(told.text))
    changes = filters_in(reading)
    pointed = told.pointed.items or any(points_at(told.text, phrase.noun) for phrase in reading.phrases)
    if turned_down and pointed:  # "I don't like the black boots" is about that piece, not about black boots
        changes = changes.without("colours", "kinds", "exclude_kinds", "exclude_colours")
    filters = overlaid(before.filters.without("kinds", "colours", "max_price"), changes)
    cheaper = bool(cues.CHEAPER.search(told.text)) and changes.max_price is None
    kinds = tuple(phrase.kind for phrase in wanted if phrase.kind not in vocabulary().slots)
    kinds = kinds or tuple(dict.fromkeys(narrower(told.text, [slot])[0]))
    if cues.ANOTHER_ONE.search(told.text):  # of the same type still
        words = " ".join([match[1] if match else "", *told.pointed.spans])
        given_up = [phrase.kind for phrase in read(words).phrases if phrase.slot == slot != phrase.kind]
        kinds = kinds or tuple(given_up) or (before.filters.for_slot(slot).kinds if before.swapped == slot else ())
    seen = tuple(item.id for item in before.shown if item.slot == slot)
    return before.aside(
        "swap",
        slots=(slot,),
        swapped=slot,
        filters=filters.model_copy(
            update={
                "kinds": kinds,
                "max_price": changes.max_price,
                "cheaper_than": piece.price if cheaper else None,
                "min_price": changes.min_price,
                # "instead of those shoes" does not rule out shoes; "they are too high" rules out heels
                "exclude_kinds": (
                    *(kind for kind in filters.exclude_kinds if kind != slot),
                    *(["heels"] if slot == "shoes" and _TOO_HIGH.search(told.text) else ()),
                ),
            }
        ),
        wishes=before.wishes | _wish_of(slot, wishes_of(wanted, reading.budget).get(slot), told),
        exclude=tuple(dict.fromkeys([*seen, *before.seen, *before.rejected])),
        rejected=(*before.rejected, piece.id) if turned_down else before.rejected,
        taken=reading.taken,
    )


def _wish_of(slot: str, wish: Wish | None, told: Told) -> dict[str, Wish]:
    """What the new piece shall be, in words."""
    low = "flat low" if slot == "shoes" and _TOO_HIGH.search(told.text) else ""
    words = (wish.words if wish else "", leaning(told.text), low, *told.reading.descriptive)
    return {slot: (wish or Wish()).model_copy(update={"words": " ".join(word for word in words if word)})}


def _as_a_whole(told: Told, before: Understood) -> Understood:
    """Another look altogether; cheaper than the one shown, or of another kind."""
    total = round(sum(piece.price or 0.0 for piece in before.pieces()), 2)
    if cues.CHEAPER.search(told.text) and told.reading.budget.highest is None:
        cheaper = before.filters.model_copy(update={"total_max": max(0.0, round(total - 0.01, 2))})
        return rebuilt(told, before.but(filters=cheaper), "swap", cheaper=True)
    turned_down = tuple(piece.id for piece in before.pieces())
    return rebuilt(told, before, "swap", exclude=tuple(dict.fromkeys([*before.seen, *turned_down])))
