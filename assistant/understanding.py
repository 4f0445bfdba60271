"""What the shopper wants, over turns: a message is read, then understood against what was understood before.

Rules, tried in order; the first that answers wins. The turns of phrase they go by stand in cues.py.
"""

from collections.abc import Callable, Sequence

from assistant import cues
from assistant.reading import Phrase, Reading, read
from assistant.refining import accepted, filters_in, lifted, refined, revised, slots_of, wishes_of
from assistant.understood import Anchor, Intent, Shown, Understood
from catalog.taxonomy import vocabulary
from retrieval.filters import Filters

# What completes a thing, most telling first: proposed when the shopper names nothing in particular.
COMPLETED_BY: dict[str, tuple[str, ...]] = {
    "tops": ("bottoms", "shoes", "outerwear"),
    "bottoms": ("tops", "shoes", "outerwear"),
    "all-body": ("shoes", "outerwear", "bags"),
    "outerwear": ("tops", "bottoms", "shoes"),
    "shoes": ("bottoms", "tops", "bags"),
}
COMPLETES_ANYTHING = ("tops", "bottoms", "shoes")

Photos = tuple[Anchor, ...]
Before = Understood | None
Showns = tuple[Shown, ...]
Rule = Callable[[Reading, Photos, Before, Showns], Before]


def understand(
    message: str,
    photos: Sequence[Anchor] = (),
    before: Understood | None = None,
    shown: Sequence[Shown] = (),
    brands: Sequence[str] = (),
) -> Understood:
    """What the shopper wants with this message, given the photos that came with it and the conversation so far."""
    reading = read(message, brands)
    for rule in RULES:
        if understood := rule(reading, tuple(photos), before, tuple(shown)):
            return understood
    return _fallback(reading, tuple(photos), before)


def _settling(reading: Reading, photos: Photos, before: Before, shown: Showns) -> Before:
    """Yes to an offer, a filter taken back, a new start, a range that cannot be."""
    budget = reading.budget
    if budget.lowest is not None and budget.highest is not None and budget.lowest > budget.highest:
        return _keeping(before, "chat", topic="contradiction")
    if photos or not before:
        return None
    if cues.START_OVER.search(reading.text):
        return Understood(intent="chat", topic="fresh")
    if before.offer and cues.YES.match(reading.text) and not reading.phrases:
        return accepted(before, before.offer)
    filters = lifted(reading.text, before.filters)
    if filters is not None and filters != before.filters and before.slots and not reading.of_role("target"):
        return before.but(
            intent="complement" if before.anchors else "search", filters=filters, exclude=(), offer=None, topic=None
        )
    return None


def _small_talk(reading: Reading, photos: Photos, before: Before, shown: Showns) -> Before:
    if photos:
        return None
    if cues.COLOUR_ADVICE.search(reading.text) and reading.colours:
        return _keeping(before, "chat", topic="colours", words=" ".join(reading.colours))
    if cues.ABOUT_US.search(reading.text):
        return _keeping(before, "chat", topic="about us")
    if cues.ORDERING.search(reading.text) and not reading.of_role("target"):
        return _keeping(before, "chat", topic="ordering")
    if reading.phrases:
        return None
    if cues.GREETING.match(reading.text):
        return _keeping(before, "chat", topic="greeting")
    if cues.THANKS.search(reading.text) and len(reading.text) < 60:
        return _keeping(before, "chat", topic="thanks")
    return None


def _about_shown(reading: Reading, photos: Photos, before: Before, shown: Showns) -> Before:
    """Something on an item that was shown: "tell me more about the second one", "compare 1 and 3", "why this?"."""
    named = cues.PLACE.search(reading.text)
    if photos or not shown or reading.goes_with or not (named or cues.SHOW.search(reading.text)):
        return None
    wanted, missing = _places(reading.text, shown)
    if {phrase.slot for phrase in reading.of_role("target")} - {item.slot for item in shown}:
        return None
    if not wanted and missing:
        return _keeping(before, "show", topic="no such place", words=str(max(item.place for item in shown)))
    if not wanted and reading.of_role("target"):
        return None
    if not wanted and cues.CHEAPEST.search(reading.text):
        wanted = (min(shown, key=lambda item: item.price if item.price is not None else float("inf")).id,)
    if not wanted and cues.ADVISE.search(reading.text):
        return _keeping(before, "show", items=(shown[0].id,), topic="advice")
    spoken_of = before.items if before and before.intent == "show" else ()
    return _keeping(before, "show", items=wanted or spoken_of or (shown[0].id,))


def _places(text: str, shown: Showns) -> tuple[tuple[str, ...], list[int]]:
    """The ids of the places that a message names, and the places that nothing was shown at."""
    by_place = {item.place: item.id for item in shown}
    wanted: list[int] = []
    for match in cues.PLACE.finditer(text):
        word = match["word"].lower() if match["word"] else None
        wanted.append(max(by_place) if word == "last" else cues.ORDINALS[word] if word else int(match["number"]))
    wanted = wanted or [int(number) for number in cues.BARE_PLACES.findall(text)]
    return tuple(dict.fromkeys(by_place[place] for place in wanted if place in by_place)), [
        p for p in wanted if p not in by_place
    ]


def _shown_anchors(text: str, shown: Showns) -> Photos:
    """The shown items that a message points at by their place, as things to go with."""
    if not shown or not cues.PLACE.search(text):
        return ()
    ids, _ = _places(text, shown)
    return tuple(Anchor(caption=item.title, slot=item.slot, source="catalogue", id=item.id) for item in shown if item.id in ids)


def _correction(reading: Reading, photos: Photos, before: Before, shown: Showns) -> Before:
    """What was seen or taken for granted was wrong: "no, it is dark green"; mend it and answer again."""
    if photos or not before or not before.anchors or reading.goes_with:
        return None
    garment = next((phrase for phrase in reading.phrases if phrase.role != "unwanted"), None)
    unsure = before.anchors[-1].unsure and garment is not None and len(reading.text) < 60
    if not (unsure or cues.CORRECTION.match(reading.text)) or not (reading.colours or reading.descriptive or garment):
        return None
    if not unsure and (reading.budget.highest or cues.NOT_A_CORRECTION.match(reading.text)):
        return None  # "no heels" wishes something of the answer, and corrects nothing
    place = _meant(before.anchors, garment)
    wrong = before.anchors[place]
    if garment and not unsure and garment.slot in before.slots and garment.slot != wrong.slot:
        return None
    right = _mended(wrong, reading, garment)
    anchors = (*before.anchors[:place], right, *before.anchors[place + 1 :])
    slots = _proposal(anchors) if before.proposed or not before.slots else before.slots
    intent: Intent = (
        "judge" if before.intent == "judge" else "complement" if before.intent in ("chat", "show") else before.intent
    )
    return before.but(
        anchors=anchors,
        slots=() if intent == "judge" else slots,
        exclude=(),
        offer=None,
        topic="corrected",
        mended=right.caption,
        intent=intent,
    )


def _meant(anchors: Photos, garment: Phrase | None) -> int:
    """Which of the things a correction is about: the one of the same slot, else the last."""
    same = [place for place, anchor in enumerate(anchors) if garment and anchor.slot == garment.slot]
    return same[-1] if same else len(anchors) - 1


def _mended(anchor: Anchor, reading: Reading, garment: Phrase | None) -> Anchor:
    """The anchor with the colour, material or garment type that the shopper says it has."""
    kind = garment.kind if garment else anchor.kind or vocabulary().lookup("garment", anchor.caption.split()[-1])
    one = vocabulary().kinds[kind].one.removeprefix("pair of ") if kind else anchor.caption.split()[-1]
    colours = reading.colours or (garment.colours if garment else ())
    if not colours:
        colours = tuple(mention.name for mention in vocabulary().mentions(anchor.caption, "colour"))
    words = (" and ".join(dict.fromkeys(colours)), *reading.descriptive, one)
    slot = vocabulary().kinds[kind].slot if kind else anchor.slot
    return Anchor(caption=" ".join(word for word in words if word), slot=slot, kind=kind, source=anchor.source)


def _judgement(reading: Reading, photos: Photos, before: Before, shown: Showns) -> Before:
    """Whether things go together: "does this coat go with brown boots?", "do these work together?"."""
    if not cues.JUDGE.search(reading.text) or cues.ASKS_WHICH.search(reading.text):
        return None
    named = [phrase for phrase in reading.phrases if phrase.role != "unwanted"]
    things = (*_shown_anchors(reading.text, shown), *_merge_photos(photos, [_anchor(phrase) for phrase in named]))
    if len(things) < 2 and before and before.anchors and not photos:
        new = [thing for thing in things if thing.slot not in {old.slot for old in before.anchors} or " " in thing.caption]
        things = tuple(dict.fromkeys([*before.anchors, *new]))
    return Understood(intent="judge", anchors=things, filters=_person(before), taken=reading.taken)


def _whole_look(reading: Reading, photos: Photos, before: Before, shown: Showns) -> Before:
    if not cues.BUILD.search(reading.text) or reading.of_role("target"):
        return None
    anchors = _merge_photos(photos, [_anchor(phrase) for phrase in reading.of_role("anchor")])
    if anchors:  # an outfit around something that is there: what completes it
        return _completing(reading, anchors)
    return Understood(intent="build", filters=filters_in(reading), topic="build")


def _similar(reading: Reading, photos: Photos, before: Before, shown: Showns) -> Before:
    """More of the same: "do you have something like this?" with a photo, or after one."""
    things = photos or _shown_anchors(reading.text, shown) or (before.anchors if before else ())
    if not things or not cues.SIMILAR.search(reading.text) or reading.goes_with:
        return None
    slots = tuple(dict.fromkeys(thing.slot for thing in things if thing.slot))
    words = "; ".join(thing.caption for thing in things)
    return Understood(intent="search", anchors=tuple(things), slots=slots, filters=filters_in(reading), words=words)


def _exchange(reading: Reading, photos: Photos, before: Before, shown: Showns) -> Before:
    """One thing for another: "swap the loafers for ballet flats"."""
    match = cues.SWAP_ONE.search(reading.text)
    if photos or not before or not match or not reading.phrases:
        return None
    given_up, wanted = read(match[1]).phrases, read(match[2] or "").phrases
    if not given_up:
        return None
    slot = (wanted or given_up)[0].slot
    worn = tuple(anchor for anchor in before.anchors if anchor.slot != given_up[0].slot)
    again = tuple(phrase for phrase in reading.phrases if phrase.slot == slot)[-1:]
    filters = filters_in(reading, before.filters).model_copy(
        update={"kinds": tuple(p.kind for p in wanted if p.kind not in vocabulary().slots)}
    )
    return Understood(
        intent="swap",
        anchors=worn,
        slots=(slot,),
        filters=filters,
        wishes=wishes_of(wanted or again),
        exclude=tuple(item.id for item in shown if item.slot == slot),
    )


def _another(reading: Reading, photos: Photos, before: Before, shown: Showns) -> Before:
    """The same wish, nothing shown before: "other shoes", "something cheaper"."""
    if photos or not before or not shown or not cues.SWAP.search(reading.text) or reading.of_role("anchor"):
        return None
    if before.intent not in ("complement", "search", "swap", "show"):
        return None
    wish = refined(reading, before)
    prices = [item.price for item in shown if item.price is not None and (not wish.slots or item.slot in wish.slots)]
    cheaper = bool(cues.CHEAPER.search(reading.text) and reading.budget.highest is None and prices)
    filters = wish.filters
    if cheaper:
        filters = revised(filters, max_price=max(0.0, round(min(prices) - 0.01, 2)), min_price=None)
    seen = () if cheaper else tuple(dict.fromkeys([*before.exclude, *(item.id for item in shown)]))
    leaning = [meaning for words, meaning in cues.LEANINGS.items() if words in reading.text.lower()]
    return wish.but(
        intent="swap", filters=filters, exclude=seen, cheaper=cheaper, words=" ".join([wish.words, *leaning]).strip()
    )


def _completion(reading: Reading, photos: Photos, before: Before, shown: Showns) -> Before:
    """What goes with a thing: "what shoes go with this coat?", with a photo, words, or what was there before."""
    named = [_anchor(phrase) for phrase in reading.of_role("anchor")]
    targets = reading.of_role("target")
    pointed = _shown_anchors(reading.text, shown) if targets or reading.goes_with else ()
    anchors = (*pointed, *_merge_photos(photos, named))
    if not anchors and not reading.goes_with and not cues.COMPLETE.search(reading.text):
        return None
    unknown = _unknown(reading) if not targets else None
    if unknown:
        return Understood(intent="chat", topic="unknown", unknown=unknown, anchors=anchors)
    if before and before.anchors and not photos and not pointed:
        anchors = _from_before(anchors, before.anchors)
    if anchors:
        return _completing(reading, anchors, before.filters if before and before.anchors == anchors else None)
    if not (reading.goes_with or targets):
        return None
    return Understood(intent="complement", slots=slots_of(targets), filters=filters_in(reading), topic="no anchor")


def _completing(reading: Reading, anchors: Photos, person: Filters | None = None) -> Understood:
    targets = reading.of_role("target")
    return Understood(
        intent="complement",
        anchors=anchors,
        slots=slots_of(targets) or _proposal(anchors),
        proposed=not targets,
        filters=filters_in(reading, person),
        wishes=wishes_of(targets),
        words=" ".join(reading.descriptive),
        taken=reading.taken,
    )


def _hunt(reading: Reading, photos: Photos, before: Before, shown: Showns) -> Before:
    """A search of its own, or the next wish of the same talk: "and a bag?"."""
    targets = reading.of_role("target")
    if not targets:
        return None
    if before and not cues.FRESH.search(reading.text):
        same_thing = set(slots_of(targets)) <= set(before.slots) and before.intent not in ("chat", "build")
        next_thing = before.anchors and _goes_on(reading)
        if before.topic == "what thing" or same_thing or next_thing:
            return refined(reading, before)
    return Understood(
        intent="search",
        slots=slots_of(targets),
        filters=filters_in(reading),
        wishes=wishes_of(targets),
        words=" ".join(reading.descriptive),
        taken=reading.taken,
    )


def _goes_on(reading: Reading) -> bool:
    """Whether a message reads as the next wish of the same talk; a person or an occasion of its own begins another."""
    return bool(cues.NEXT.match(reading.text)) or not (reading.gender or reading.occasions or reading.seasons)


def _refinement(reading: Reading, photos: Photos, before: Before, shown: Showns) -> Before:
    """Filters alone refine what was asked before: "under 80 please", "in black", "for men"; before it, they are kept."""
    if photos or not filters_in(reading).stated():
        return None
    if before and before.slots:
        return refined(reading, before)
    about = reading.descriptive or reading.colours
    if reading.seasons or reading.occasions or (about and cues.SOMETHING.search(reading.text)):
        return Understood(intent="search", filters=filters_in(reading), words=reading.text)
    return Understood(intent="chat", topic="what thing", filters=filters_in(reading))


def _fallback(reading: Reading, photos: Photos, before: Before) -> Understood:
    """A photo without a question asks what goes with it; words that name nothing we know are answered politely."""
    if photos:
        return _completing(reading, photos)
    letters = [letter for letter in reading.text if letter.isalpha()]
    if letters and (
        sum(letter.isascii() for letter in letters) < len(letters) / 2 or len(cues.OTHER_LANGUAGE.findall(reading.text)) > 1
    ):
        return _keeping(before, "chat", topic="language")
    unknown = cues.UNKNOWN_SEARCH.search(reading.text)
    if unknown and len(unknown[1].split()) <= 4:
        return _keeping(before, "chat", topic="unknown", unknown=unknown[1].strip())
    return _keeping(before, "chat", topic="out of scope")


RULES: tuple[Rule, ...] = (
    _settling,
    _about_shown,
    _small_talk,
    _correction,
    _judgement,
    _whole_look,
    _similar,
    _exchange,
    _another,
    _completion,
    _hunt,
    _refinement,
)


def _keeping(before: Before, intent: Intent, **changes: object) -> Understood:
    """A turn aside, which does not forget what was asked before."""
    kept = (
        before.but(exclude=(), items=(), topic=None, unknown=None, offer=None, taken=())
        if before
        else Understood(intent=intent)
    )
    return kept.but(intent=intent, **changes)


def _person(before: Before) -> Filters:
    """What of the earlier filters is about the person."""
    return Filters(gender=before.filters.gender) if before else Filters()


def _anchor(phrase: Phrase) -> Anchor:
    return Anchor(caption=phrase.words.lower(), slot=phrase.slot, kind=phrase.kind)


def _merge_photos(photos: Photos, named: Sequence[Anchor]) -> Photos:
    """Photos, named as the shopper names them ("this coat"), and what is only in words beside them."""
    if not photos:
        return tuple(named)
    merged, words = list(photos), list(named)
    for thing in named:
        same = next((place for place, photo in enumerate(merged) if photo.slot == thing.slot and photo.source == "photo"), None)
        if same is None and len(photos) == 1 and len(named) == 1:
            same = 0  # one photo, one thing named: the shopper knows best what it is
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


def _from_before(anchors: Photos, known: Photos) -> Photos:
    """Which things a message means: "this coat" is the coat spoken of before, "it" whatever was; a new thing is itself."""
    if not anchors:
        return known
    return tuple(
        next((old for old in known if old.slot == anchor.slot and " " not in anchor.caption), anchor) for anchor in anchors
    )


def _proposal(anchors: Sequence[Anchor]) -> tuple[str, ...]:
    """The slots that would complete what is there."""
    taken = {anchor.slot for anchor in anchors}
    if "all-body" in taken:
        taken |= {"tops", "bottoms"}
    if taken & {"tops", "bottoms"}:
        taken |= {"all-body"}
    wished = [slot for anchor in anchors for slot in COMPLETED_BY.get(anchor.slot or "", COMPLETES_ANYTHING)]
    return tuple(dict.fromkeys(slot for slot in [*wished, "shoes", "bags"] if slot not in taken))[:3]


def _unknown(reading: Reading) -> str | None:
    """The wanted thing that is no garment we know: "what spaceship goes with it?"."""
    match = cues.UNKNOWN_WANT.search(reading.text)
    word = match[1].lower() if match else None
    return word if word and word not in cues.NOT_THINGS and not vocabulary().mentions(word) else None
