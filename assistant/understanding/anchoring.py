"""The things that are already there: from photos, words and the catalogue; put right when the shopper corrects them."""

import re
from collections.abc import Container, Sequence

from assistant.understanding import cues
from assistant.understanding.reading import Reading
from assistant.understanding.roles import Phrase
from assistant.understanding.told import Photos, Told
from assistant.understanding.understood import Anchor, Understood
from catalog.taxonomy import vocabulary

# What completes a thing, most telling first: proposed when the shopper names nothing in particular.
COMPLETED_BY: dict[str, tuple[str, ...]] = {
    "tops": ("bottoms", "shoes", "outerwear"),
    "bottoms": ("tops", "shoes", "outerwear"),
    "all-body": ("shoes", "outerwear", "bags"),
    "outerwear": ("tops", "bottoms", "shoes"),
    "shoes": ("bottoms", "tops", "bags"),
}
COMPLETES_ANYTHING = ("tops", "bottoms", "shoes")


def anchors_of(told: Told) -> Photos:
    """What the message says is there: items it points at, photos, and pieces in words."""
    named = things_named(told)
    return (*(item.as_anchor() for item in told.pointed.items), *with_photos(told.photos, named, others_named(told)))


def things_named(told: Told) -> list[Anchor]:
    """What the message says in words is there, each thing once: "I have a navy coat. Boots for this coat" has one coat."""
    named = [anchor_of(phrase) for phrase in told.reading.of_role("anchor")]
    return [thing for thing in named if not any(_spoken_of(other, thing) for other in named if other.caption != thing.caption)]


def anchor_of(phrase: Phrase) -> Anchor:
    """A garment in the shopper's words."""
    words = phrase.words.lower().removeprefix("same ")  # "for the same coat"
    said = {mention.name for mention in vocabulary().mentions(words, "colour")}
    colours = " and ".join(colour for colour in phrase.colours if colour not in said)  # "if the beret were black"
    return Anchor(caption=f"{colours} {words}".strip(), slot=phrase.slot, kind=phrase.kind)


def meant(photos: Sequence[Anchor], reading: Reading) -> Photos:
    """The things on photos that a message is about: of several on one photo those that it names ("this coat"), else all."""
    wanted = cues.SIMILAR.search(reading.text)
    named = {
        phrase.slot
        for phrase in reading.phrases
        if phrase.role == "anchor" or phrase.pointing or (wanted and phrase.role == "target")
    }
    if not any(photo.beside and photo.slot in named for photo in photos):
        return tuple(photos)
    return tuple(photo for photo in photos if not photo.beside or photo.slot in named)


def others_named(told: Told) -> frozenset[str]:
    """Captions of what a message names as something else than what is there: "do these go with a grey suit?"."""
    return frozenset(
        anchor_of(phrase).caption
        for phrase in told.reading.phrases
        if not phrase.pointing and _A.search(told.reading.unpriced[: phrase.start])
    )


_A = re.compile(r"\b(?:an?|some|any)\s+$", re.I)


def with_photos(photos: Photos, named: Sequence[Anchor], others: Container[str] = ()) -> Photos:
    """Photos, named as the shopper names them ("this coat"), and what is only in words beside them.

    others: captions of what is named, but as something else than what is on the photos, unless it is of a photo's slot.
    """
    if not photos:
        return tuple(named)
    merged, words, slots = list(photos), list(named), {thing.slot for thing in named}
    for thing in named:
        same = next((place for place, photo in enumerate(merged) if photo.slot == thing.slot and photo.source == "photo"), None)
        unnamed = [place for place, photo in enumerate(merged) if photo.source == "photo" and photo.slot not in slots]
        if same is None and len(unnamed) == 1 and len(named) == len(photos) and thing.caption not in others:
            same = unnamed[0]  # as many names as photos, and this one is left: the shopper knows best what it is
        if same is not None:
            merged[same] = _named_as(merged[same], thing)
            words.remove(thing)
    return (*merged, *words)


def _named_as(photo: Anchor, thing: Anchor) -> Anchor:
    """What was seen, under the shopper's own name for it; colours that the shopper states replace those seen."""
    if vocabulary().mentions(thing.caption, "colour"):
        return Anchor(caption=thing.caption, slot=thing.slot, kind=thing.kind, source="photo")
    if thing.kind and photo.kind and vocabulary().covers(thing.kind, photo.kind):
        return photo.model_copy(update={"unsure": False})
    colours = " and ".join(mention.name for mention in vocabulary().mentions(photo.caption, "colour"))
    return Anchor(caption=f"{colours} {thing.caption}".strip(), slot=thing.slot, kind=thing.kind, source="photo")


def from_before(anchors: Photos, known: Photos) -> Photos:
    """Which things a message means: "this coat" is the coat spoken of before, "it" whatever was; a new thing is itself."""
    if not anchors:
        return known
    return tuple(next((old for old in known if _spoken_of(old, anchor)), anchor) for anchor in anchors)


def _spoken_of(old: Anchor, named: Anchor) -> bool:
    """Whether words name a thing that is known already: "the coat", "my sage dress" for a sage green midi dress."""
    if old.slot != named.slot:
        return False
    if " " not in named.caption:
        return True
    colours = [{m.name for m in vocabulary().mentions(thing.caption, "colour")} for thing in (old, named)]
    return bool(colours[0] & colours[1]) and len(named.caption.split()) < len(old.caption.split())


def proposal(anchors: Sequence[Anchor]) -> tuple[str, ...]:
    """The slots that would complete what is there."""
    taken = {anchor.slot for anchor in anchors}
    if "all-body" in taken:
        taken |= {"tops", "bottoms"}
    if taken & {"tops", "bottoms"}:
        taken |= {"all-body"}
    wished = [slot for anchor in anchors for slot in COMPLETED_BY.get(anchor.slot or "", COMPLETES_ANYTHING)]
    return tuple(dict.fromkeys(slot for slot in [*wished, "shoes", "bags"] if slot not in taken))[:3]


def correction(told: Told) -> Understood | None:
    """What was seen or taken for granted was wrong: "no, it is dark green"; mend it and answer again."""
    reading, before = told.reading, told.before
    if told.photos or not before or not before.anchors or told.pointed.items:
        return None
    put_right = cues.IT_IS.search(reading.text)
    if (
        re.search(r"\b(?:after all|(?:show|see) [\w ]{2,20} again|show me|instead|changed my mind)\b", reading.text, re.I)
        and not put_right
    ):
        return None
    if (reading.goes_with or ("?" in reading.text and not reading.exclude_colours)) and not put_right:
        return None
    named = [phrase for phrase in reading.phrases if phrase.role != "unwanted"]
    garment = next((phrase for phrase in named if put_right and phrase.start >= put_right.start()), next(iter(named), None))
    unsure = before.anchors[-1].unsure and garment is not None and len(reading.text) < 60
    if not (unsure or cues.CORRECTION.match(reading.text)) or not (reading.colours or reading.descriptive or garment):
        return None
    if not unsure and (reading.budget.highest or cues.NOT_A_CORRECTION.match(reading.text) or cues.SWAP.search(reading.text)):
        return None  # "no heels" wishes something of the answer, and corrects nothing
    if reading.colours and before.filters.colours and not garment and not put_right:
        return None  # "actually no, silver": of what is looked for
    place = _meant(before.anchors, garment)
    wrong = before.anchors[place]
    ruled_out = reading.exclude_colours or reading.exclude_materials or reading.exclude_patterns
    known = {m.name for thing in before.anchors for m in vocabulary().mentions(thing.caption, "colour")}
    if {*reading.exclude_colours} <= known and reading.colours and not (reading.exclude_materials or reading.exclude_patterns):
        ruled_out = ()  # "it isn't plum, it's camel"
    if ruled_out and (not garment or re.match(r"\W*(?:no|not)\b", reading.text, re.I)):
        return None
    if garment and not unsure and garment.slot in before.slots and garment.slot != wrong.slot:
        return None
    if garment and not unsure and garment.slot != wrong.slot and before.task == "build":
        return None
    if (
        garment
        and garment.role == "target"
        and garment.slot != wrong.slot
        and not (unsure or put_right)
        and cues.AS_WELL.search(reading.text)
    ):
        return None  # "hm, then shoes for the coat as well"
    right = _mended(wrong, reading, garment)
    anchors = (*before.anchors[:place], right, *before.anchors[place + 1 :])
    slots = proposal(anchors) if before.proposed or not before.slots else before.slots
    task = before.task or "complement"
    when = {name: said for name in ("occasions", "seasons") if (said := getattr(reading, name))}
    return before.aside(
        task,
        anchors=anchors,
        task=task,
        filters=before.filters.model_copy(update=when),  # "it's a skirt, and I meant for the office"
        slots=() if task in ("judge", "build") else slots,
        topic="corrected",
        mended=right.caption,
    )


def _meant(anchors: Photos, garment: Phrase | None) -> int:
    """Which of the things a correction is about: the one of the same slot, else the last."""
    same = [place for place, anchor in enumerate(anchors) if garment and anchor.slot == garment.slot]
    return same[-1] if same else len(anchors) - 1


def _mended(anchor: Anchor, reading: Reading, garment: Phrase | None) -> Anchor:
    """The anchor with the colour, material or garment type that the shopper says it has."""
    kind = garment.kind if garment else anchor.kind or vocabulary().lookup("garment", anchor.caption.split()[-1])
    one = vocabulary().kinds[kind].one.removeprefix("pair of ") if kind else anchor.caption.split()[-1]
    of_others = {colour for phrase in reading.phrases if phrase is not garment for colour in phrase.colours}
    own = tuple(colour for colour in reading.colours if colour not in of_others)  # "it's a suit. so brown or black shoes?"
    colours = own or (garment.colours if garment else ())
    if not colours:
        colours = tuple(mention.name for mention in vocabulary().mentions(anchor.caption, "colour"))
    words = (" and ".join(dict.fromkeys(colours)), *reading.descriptive, one)
    slot = vocabulary().kinds[kind].slot if kind else anchor.slot
    return Anchor(caption=" ".join(word for word in words if word), slot=slot, kind=kind, source=anchor.source)
