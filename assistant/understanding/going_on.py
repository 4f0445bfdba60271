"""A look that goes on: a piece is left out, one comes to it, one gives way to another slot, and the rest stays as it is."""

import re
from collections.abc import Sequence

from assistant.understanding import cues
from assistant.understanding.outfits import clothed, rebuilt, slots_left_out
from assistant.understanding.refining import filters_in, slots_of, wishes_of
from assistant.understanding.told import Told
from assistant.understanding.understood import Understood
from catalog.taxonomy import vocabulary
from retrieval.filters import Filters

RULES_OUT = frozenset(name for name in Filters.model_fields if name.startswith("exclude_"))
# Said of the whole look: what stays might not have it.
_OF_ALL = frozenset(["sizes", "gender", "brands", "seasons", "occasions", "min_price"])
_REPLACED_BY = {"all-body": frozenset(["tops", "bottoms"]), "tops": frozenset(["all-body"]), "bottoms": frozenset(["all-body"])}


def going_on(
    told: Told, before: Understood, left_out: Sequence[str] = (), added: Sequence[str] = (), exchanged: str | None = None
) -> Understood:
    """The look that was shown, of which all stays but what is left out, exchanged or ruled out.

    It is built anew where several looks were shown, and where the message wishes something of all its pieces.
    """
    pieces = before.pieces()
    there = [piece.slot for piece in pieces if piece.slot not in left_out]
    several = len({item.look for item in before.shown}) > 1
    stays = () if several or _wished_of_all(told) else tuple(piece.id for piece in pieces if piece.slot != exchanged)
    without = [*(slot for slot in before.without if slot not in added), *left_out]
    if added or exchanged:
        before = before.but(slots=tuple(dict.fromkeys([*there, *added])))
    gone = [piece.id for piece in pieces if piece.slot == exchanged]
    return rebuilt(
        told,
        before,
        "build",
        without=tuple(dict.fromkeys(without)),
        stays=stays,
        exclude=tuple(dict.fromkeys([*before.rejected, *gone])),
    )


def _wished_of_all(told: Told) -> bool:
    """Whether a message wishes something of all pieces, which those that stay may not have: "and all in size M"."""
    return bool(set(filters_in(told.reading).stated()) & _OF_ALL or cues.CHEAPER.search(told.text))


def left_out_of(told: Told, before: Understood) -> tuple[str, ...]:
    """The slots of pieces that shall go with nothing in their place: "without a bag", "lose the tie"."""
    reading = told.reading
    named = [phrase for phrase in reading.of_role("unwanted") if points_at(told.text, phrase.noun)]
    plainly = cues.LEAVE_OUT.search(told.text) and not reading.of_role("target")
    pieces = [
        piece.slot for piece in before.pieces() if any(vocabulary().covers(phrase.kind, piece.kind or "") for phrase in named)
    ]
    return tuple(dict.fromkeys([*slots_left_out(reading), *(pieces if plainly else ())]))


def in_its_place(told: Told, before: Understood) -> Understood | None:
    """A piece given up for one of another slot: "no dress, do it with a skirt instead"; None where nothing is."""
    there = {piece.slot for piece in before.pieces()}
    given_up = {phrase.slot for phrase in told.reading.of_role("unwanted")} & there
    wanted = [phrase for phrase in told.reading.of_role("target") if phrase.slot not in given_up]
    if re.search(r"\b(?:instead of|rather than)\b", told.text, re.I):
        given_up |= {item.slot for item in told.pointed.items if item.look == before.look}
    if re.search(r"\b(?:instead|rather)\b", told.text, re.I):
        for phrase in wanted:
            given_up |= _REPLACED_BY.get(phrase.slot, frozenset()) & there
    if not given_up or not wanted or {phrase.slot for phrase in wanted} <= there:
        return None
    wishes = {slot: wish for slot, wish in before.wishes.items() if slot not in given_up}
    kept = [piece for piece in before.pieces() if piece.slot not in given_up]
    return rebuilt(
        told,
        before.but(
            slots=clothed((*slots_of(wanted), *(piece.slot for piece in kept)), before.filters.gender),
            filters=before.filters.without("kinds", "colours"),
            wishes=wishes | wishes_of(wanted, told.reading.budget),
        ),
        "swap",
        without=tuple(dict.fromkeys([*(slot for slot in before.without if slot not in slots_of(wanted)), *given_up])),
        stays=() if _wished_of_all(told) else tuple(piece.id for piece in kept),
    )


def points_at(text: str, noun: str) -> bool:
    """Whether a thing turned down is the one that was shown ("I don't like those shoes"), and no sort of things ("no skirts")."""
    return bool(re.search(rf"\b(?:the|that|those|this|these)\s+(?:[\w-]+\s+){{0,2}}?{re.escape(noun)}\b", text, re.I))
