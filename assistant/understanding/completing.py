"""What goes with things that are there: in words, on photos, from the catalogue, or a look that was shown."""

import re

from assistant.profile import slots_of_size
from assistant.understanding import cues
from assistant.understanding.anchoring import anchors_of, from_before, others_named, proposal, things_named, with_photos
from assistant.understanding.choosing import WHICH
from assistant.understanding.references import speaks_of_it
from assistant.understanding.refining import filters_in, slots_of, wishes_of
from assistant.understanding.returning import quests
from assistant.understanding.told import Photos, Told
from assistant.understanding.understood import Understood
from catalog.taxonomy import vocabulary
from retrieval.filters import Filters

# Of these one is worn at a time: who asks for shoes and speaks of shoes wants others.
WORN_ALONE = frozenset(["bottoms", "all-body", "shoes", "bags", "hats", "sunglasses"])


def completion(told: Told) -> Understood | None:
    """What goes with a thing: "what shoes go with this coat?", with a photo, words, or what was there before."""
    reading, before = told.reading, told.before
    named = things_named(told)
    targets = reading.of_role("target")
    with_it = bool(targets) or reading.goes_with
    pointed: Photos = tuple(item.as_anchor() for item in told.pointed.items) if with_it else ()
    if pointed:  # "what bag goes with the black boots?": these are the ones that were shown
        named = [thing for thing in named if all(thing.slot != item.slot for item in pointed)]
    wanted = slots_of(targets) or (before.slots if before and not reading.goes_with else ())
    alone = set(wanted) & (WORN_ALONE if not (before and before.anchors) else {*WORN_ALONE, *before.slots})
    if cues.INSTEAD.search(told.text):
        alone = set(wanted)  # "which top instead?" is not for the top that there is
    anchors = tuple(
        thing
        for thing in (*_worn_with(pointed, told), *with_photos(told.photos, named, others_named(told)))
        if thing.slot not in alone
    )
    if before and before.anchors and not (anchors or targets) and _OVER_IT.search(told.text):
        return completing(told, before.anchors)  # "what could I throw over it?"
    if not anchors and not reading.goes_with and not cues.COMPLETE.search(told.text):
        return None
    if before and not pointed and not told.photos and _adds(told, anchors, before):
        return before.aside("complement", anchors=(*before.anchors, *anchors))
    if not pointed and not targets and not reading.goes_with and before and _known_all(anchors, before):
        return None  # "denim would be cuter with boots": still of the skirts for these boots
    unknown = unknown_want(told) if not targets else None
    if unknown:
        return told.aside(topic="unknown", unknown=unknown, anchors=anchors or (before.anchors if before else ()))
    if before and not told.photos and not pointed:
        anchors = tuple(thing for thing in from_before(anchors, things_there(told, before)) if thing.slot not in alone)
    anchors = anchors or (_it(told) if not _looks_by_itself(told) else ())
    if anchors:
        return completing(told, anchors)
    apart = len(slots_of(targets)) > 1 and not speaks_of_it(told.text) and not (before and before.shown)
    if (
        apart
        or not (reading.goes_with or targets)
        or (targets and not named and not (reading.goes_with and not reading.for_it))
    ):
        return None  # "I teach, and need flats for it": nothing of ours is meant
    filters = filters_in(reading, told.person())
    return told.anew("complement", task="complement", slots=slots_of(targets), filters=filters, topic="no anchor")


_OVER_IT = re.compile(r"\bwhat\b.*\b(?:over|under|underneath|on top of|beneath) (?:it|this|that|them|these)\b", re.I)
_IS_SO = re.compile(
    r"\W*(?:(?:and|but|oh|well|so|btw)\W+)*(?:my|his|her|their|our|the) (?:[\w-]+ ){1,4}?(?:is|are)\b[^?]*", re.I
)


def _adds(told: Told, anchors: Photos, before: Understood) -> bool:
    """Whether a message only tells of one more thing that is worn: "black or brown belt?" "My shoes are brown."."""
    asked = before.task == "complement" and before.slots and not before.proposed
    known = {thing.slot for thing in before.anchors} | {*before.slots}
    plain = not (told.reading.of_role("target") or told.reading.goes_with) and _IS_SO.fullmatch(told.text)
    return bool(asked and plain and anchors) and not {thing.slot for thing in anchors} & known


def _worn_with(pointed: Photos, told: Told) -> Photos:
    """Shown things that are pointed at, after what they were chosen to go with: "number 3, and a bag for it" is for the dress too."""
    before = told.before
    if not pointed or not before or before.task != "complement" or told.photos:
        return pointed
    slots = {thing.slot for thing in pointed}
    return (*(thing for thing in before.anchors if thing.slot not in slots), *pointed)


def _known_all(anchors: Photos, before: Understood) -> bool:
    """Whether all things named are there already, and something was asked for them."""
    known = {anchor.slot for anchor in before.anchors}
    return bool(before.slots and not before.proposed and anchors) and all(
        a.slot in known and a.source == "text" for a in anchors
    )


def _it(told: Told) -> Photos:
    """What "it" is where nothing is worn yet: the item that was spoken of last, else the first that was shown."""
    before = told.before
    if not before or not before.shown:
        return ()
    found = [item for item in before.shown if item.id in before.spoken_of] or before.shown[:1]
    wanted = slots_of(told.reading.of_role("target"))
    return tuple(item.as_anchor() for item in found[:1] if item.slot not in WORN_ALONE.intersection(wanted))


def _looks_by_itself(told: Told) -> bool:
    """Whether a message names no thing to go with at all: "complete the sentence"."""
    return not (told.reading.goes_with or speaks_of_it(told.text))


def things_there(told: Told, before: Understood) -> Photos:
    """What is there by now: the shopper's things; and with a look its pieces, but for what is asked for."""
    wanted = set(slots_of(told.reading.of_role("target")))
    judged = before.judged if before.topic != WHICH else ()  # of two that were held against each other the better one stays
    known = judged if before.intent == "judge" and judged else before.anchors
    return (
        *known,
        *(
            piece.as_anchor()
            for piece in before.pieces()
            if piece.slot not in wanted and piece.id not in {thing.id for thing in known}
        ),
    )


_OF_THE_REST = re.compile(r"\b(?:left|remain\w*|budget|still|rest of|within)\b", re.I)


def completing(told: Told, anchors: Photos) -> Understood:
    """What goes with these things."""
    reading, before = told.reading, told.before
    targets = reading.of_role("target")
    filters = sized(told, filters_in(reading, told.person()), slots_of(targets))
    of_the_rest = bool(_OF_THE_REST.search(told.text))
    if of_the_rest and before and before.pieces() and before.filters.total_max is not None and filters.max_price is None:
        stays = (piece for piece in before.pieces() if piece.slot not in slots_of(targets))
        left = before.filters.total_max - sum(piece.price or 0.0 for piece in stays)
        filters = filters.model_copy(update={"max_price": max(0.0, round(left, 2))})
    return told.anew(
        "complement",
        task="complement",
        anchors=anchors,
        slots=slots_of(targets) or _layered(told) or proposal(anchors),
        proposed=not targets,
        count=reading.count,
        filters=filters,
        wishes=wishes_of(targets, reading.budget),
        words=" ".join(dict.fromkeys([*reading.descriptive, *reading.adjectives])),
    )


def sized(told: Told, filters: Filters, slots: tuple[str, ...]) -> Filters:
    """The filters, with the size that was stated of such a thing before: shoes stay size 40."""
    before = told.before
    if filters.sizes or before is None or len(slots) != 1 or told.reading.gender not in (None, before.filters.gender):
        return filters
    stated = [before.filters.sizes, *(quest.filters.sizes for quest in reversed(quests(before).values()))]
    bearing = (tuple(size for size in sizes if slots[0] in slots_of_size(size)) for sizes in stated)
    return filters.model_copy(update={"sizes": next(filter(None, bearing), ())})


def _layered(told: Told) -> tuple[str, ...]:
    """What is worn over or under a thing: "something warm over a grey hoodie"."""
    if re.search(r"\b(?:over|on top of)\b(?! \d)", told.text, re.I):
        return ("outerwear",)
    return ("tops",) if re.search(r"\b(?:under|underneath|beneath)\b(?!\W*\d)", told.reading.unpriced, re.I) else ()


def photo_alone(told: Told) -> Understood | None:
    """A photo without a question asks what goes with it."""
    return completing(told, anchors_of(told)) if told.photos else None


def unknown_want(told: Told) -> str | None:
    """The wanted thing that is no garment we know: "what spaceship goes with it?"."""
    match = cues.UNKNOWN_WANT.search(told.text)
    word = match[1].lower() if match else None
    return word if word and word not in cues.NOT_THINGS and not vocabulary().mentions(word) else None
