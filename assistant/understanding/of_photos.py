"""What is asked of a photo itself: what it shows, what colours go with it, whether it does for an occasion, which is better."""

import re

from assistant.understanding.anchoring import proposal, things_named
from assistant.understanding.refining import filters_in
from assistant.understanding.told import Told
from assistant.understanding.understood import Understood
from catalog.taxonomy import vocabulary

SEEN = "seen"  # the topic of a turn that asks what a photo shows
FIT_FOR = "fit for"  # whether it does for an occasion
WHICH = "which"  # which of several

_WHAT = re.compile(
    r"\b(?:what(?:'s| is| are|s)? (?:this|that|these|those|it|on (?:this|the|my) (?:photo|picture))\b(?! (?:good|made|worth))|"
    r"what (?:do|can) you see|(?:what|which) (?:kind|type|sort|colou?r|style|pattern)s? (?:of \w+ )?(?:is|are|do|would)|"
    r"(?:describe|recogni[sz]e|identify) (?:this|these|it|the)|do you (?:see|know) what|what (?:would|do) you call)",
    re.I,
)
_COLOURS = re.compile(
    r"\b(?:what|which) (?:\w+ ){0,3}?colou?rs?\b.*\b(?:go|goes|match|matches|suits?|wear|works?|with|combine)\b", re.I
)
_DOES_IT = re.compile(r"^\W*(?:\w+\W+){0,3}?(?:is|are|would|can|could|may|should|will|does|do|am) (?!you\b(?! wear))", re.I)
_WHICH = re.compile(
    r"\b(?:which|what|the one|what of)\b.*\b(?:better|best|nicer|rather|prefer|pick|choose|go with|goes with|suits?|match)\b|"
    r"\b(?:which|should i) .*\bor\b|\bthis (?:one )?or (?:this|that)\b",
    re.I,
)


def what_it_shows(told: Told) -> Understood | None:
    """ "What is this?", "what colour is it?"."""
    asks = _WHAT.search(told.text) and not (told.reading.goes_with or told.reading.of_role("target"))
    if not told.photos or not asks or filters_in(told.reading).stated():
        return None
    slots = proposal(told.photos)
    return told.anew("chat", task="complement", anchors=told.photos, slots=slots, proposed=True, topic=SEEN)


def colours_with(told: Told) -> Understood | None:
    """ "What colour goes with this?"."""
    if not told.photos or not _COLOURS.search(told.text) or told.reading.of_role("target"):
        return None
    coloured = next((photo for photo in told.photos if vocabulary().mentions(photo.caption, "colour")), None)
    if coloured is None:
        return None
    slots = proposal(told.photos)
    return told.anew(
        "chat",
        task="complement",
        anchors=told.photos,
        slots=slots,
        proposed=True,
        topic="colours",
        about=coloured.caption,
    )


def fit_for(told: Told) -> Understood | None:
    """ "Is this formal enough for work?": the shop's own such things tell, and what else is made for it."""
    occasions = filters_in(told.reading).occasions
    if len(told.photos) != 1 or not occasions or not _DOES_IT.match(told.text):
        return None
    (thing,) = told.photos
    others = [phrase for phrase in told.reading.phrases if phrase.slot != thing.slot]
    if others or told.reading.goes_with or thing.slot is None:
        return None
    event = tuple(name for name in occasions if name != "formal") or occasions  # "formal enough for work" is of work
    filters = filters_in(told.reading, told.person()).without("kinds", "colours").model_copy(update={"occasions": event})
    return told.anew(
        "search",
        task="search",
        anchors=told.photos,
        slots=(thing.slot,),
        filters=filters,
        words=thing.caption,
        topic=FIT_FOR,
    )


def which_of(told: Told) -> Understood | None:
    """ "Which of these two is better with a navy suit?": photos of one sort of thing, each held against the rest."""
    slots = {photo.slot for photo in told.photos}
    if len(told.photos) < 2 or len(slots) != 1 or not _WHICH.search(told.text):
        return None
    if any(phrase.slot not in slots for phrase in told.reading.of_role("target")):
        return None  # "which bag goes with these?"
    named = tuple(thing for thing in things_named(told) if thing.slot not in slots)
    known = told.before.anchors if told.before else ()
    rest = named or tuple(thing for thing in known if thing.slot not in slots)
    return told.anew("judge", task="judge", anchors=(*told.photos, *rest), topic=WHICH, filters=told.person())
