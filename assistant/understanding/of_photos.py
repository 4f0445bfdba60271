"""What is asked of a photo itself: what it shows, and what colours go with it."""

import re

from assistant.understanding.anchoring import proposal
from assistant.understanding.refining import filters_in
from assistant.understanding.told import Told
from assistant.understanding.understood import Understood
from catalog.taxonomy import vocabulary

SEEN = "seen"  # the topic of a turn that asks what a photo shows

_WHAT = re.compile(
    r"\b(?:what(?:'s| is| are|s)? (?:this|that|these|those|it|on (?:this|the|my) (?:photo|picture))\b(?! (?:good|made|worth))|"
    r"what (?:do|can) you see|(?:what|which) (?:kind|type|sort|colou?r|style|pattern)s? (?:of \w+ )?(?:is|are|do|would)|"
    r"(?:describe|recogni[sz]e|identify) (?:this|these|it|the)|do you (?:see|know) what|what (?:would|do) you call)",
    re.I,
)
_COLOURS = re.compile(
    r"\b(?:what|which) (?:\w+ ){0,3}?colou?rs?\b.*\b(?:go|goes|match|matches|suits?|wear|works?|with|combine)\b", re.I
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
