"""What the shopper wants, over turns: the intent, what is already there (anchors), what is wanted, under which filters.

A message is read (reading.py) and then understood against what was understood before. `Understood` is plain data: it
travels with the planner's messages, so that a conversation restored from disk is understood as it was.
"""

import re
from collections.abc import Sequence
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict

from assistant.reading import Phrase, Reading, read
from catalog.taxonomy import vocabulary
from retrieval.filters import Filters

Intent = Literal["complement", "search", "judge", "build", "swap", "show", "chat"]
Source = Literal["photo", "text", "catalogue"]

# What completes a thing, most telling first: proposed when the shopper names nothing in particular.
COMPLETED_BY: dict[str, tuple[str, ...]] = {
    "tops": ("bottoms", "shoes", "outerwear"),
    "bottoms": ("tops", "shoes", "outerwear"),
    "all-body": ("shoes", "outerwear", "bags"),
    "outerwear": ("tops", "bottoms", "shoes"),
    "shoes": ("bottoms", "tops", "bags"),
}
COMPLETES_ANYTHING = ("tops", "bottoms", "shoes")

_GREETING = re.compile(r"^\W*(?:hi|hello|hey|hiya|good (?:morning|afternoon|evening|day)|howdy|yo)\b[\s\w]{0,12}[!.\s]*$", re.I)
_THANKS = re.compile(r"\b(?:thanks|thank you|thx|ty|cheers|much appreciated|bye|goodbye|that's all|perfect, thanks)\b", re.I)
_JUDGE = re.compile(
    r"\b(?:(?:do|does|would|will|can|could|should) (?!you\b)(?:i |we |it |this |that |these |those |they |the |my |an? |[\w-]+ ){1,8}?"
    r"(?:go|work|match|wear|fit|look|pair|combine|suit|clash)\b|go(?:es)? together|works? together|look(?:s)? (?:ok|okay|good|right|fine) together|"
    r"rate (?:this|my|the|these)|what do you think (?:of|about)|how does (?:this|it|that) look|"
    r"is (?:this|it|that) (?:an? )?(?:good|nice|ok|okay|fine)\b.*(?:outfit|look|combination|match)|clash\b|judge)",
    re.I,
)
_COMPLETE = re.compile(
    r"\bwhat (?:else )?(?:can|could|should|would|do|shall)? ?(?:i|you|we)?\b.*\b(?:wear|go|goes|match|matches|suit|suits|pair)\b|\bcomplete\b|\bstyle\b",
    re.I,
)
_BUILD = re.compile(
    r"\b(?:(?:an?|the|whole|full|complete|entire|some|three|two)\s+(?:\w+\s+)?(?:outfit|look|ensemble)s?\b|outfits? (?:for|idea)|dress me|"
    r"what (?:should|can|do|shall|could) i wear (?:to|for|on|at|in)\b)",
    re.I,
)
_SWAP = re.compile(
    r"\b(?:other|others|another|different|something else|anything else|instead|swap|replace|more options|more like|what else|else)\b|"
    r"\b(?:cheaper|less expensive|less formal|more formal|more casual|warmer|dressier|smarter)\b",
    re.I,
)
_COLOUR_ADVICE = re.compile(r"\b(?:what|which) colou?rs?\b.*\b(?:go|goes|match|matches|suit|suits|work|wear)\b", re.I)
_CHEAPER = re.compile(r"\b(?:cheaper|less expensive|lower price|more affordable)\b", re.I)
_SHOW = re.compile(
    r"\b(?:tell me (?:more )?about|more (?:about|on)|details?|show me (?:the|number|no)\b(?= ?(?:\d|first|second|third|fourth|fifth|last))|"
    r"compare|why (?:this|that|these|the|number|did you)|what sizes|in stock|describe)\b",
    re.I,
)
_ORDINALS = {
    "first": 1,
    "1st": 1,
    "second": 2,
    "2nd": 2,
    "third": 3,
    "3rd": 3,
    "fourth": 4,
    "4th": 4,
    "fifth": 5,
    "5th": 5,
    "sixth": 6,
    "6th": 6,
}
_PLACE = re.compile(
    rf"\b(?:(?P<word>{'|'.join(_ORDINALS)}|last)(?: one| pair| item)?|(?:number|no\.?|#|item|option)\s*(?P<number>\d{{1,2}}))\b",
    re.I,
)
_BARE_PLACES = re.compile(r"\b(\d{1,2})\b")
_CORRECTION = re.compile(
    r"^\W*(?:no\b|nope\b|nah\b|actually\b|wrong\b|sorry\b|hm+\b|well\b|not\b|it'?s\b|it is\b|that'?s\b|that is\b|this is\b|they'?re\b|they are\b|i(?:t)? meant\b|"
    r"the (?:coat|jacket|dress|shirt|top|bag|shoes?|skirt|photo|colou?r)\b.*\b(?:is|are)\b)",
    re.I,
)
_SIMILAR = re.compile(r"\b(?:like (?:this|that|it|these|those)|similar|same (?:as|style)|lookalike)\b", re.I)
_FRESH = re.compile(
    r"\b(?:looking for|search(?:ing)? for|find me|show me|do you (?:have|sell|stock)|i (?:need|want)|i'd like|any)\b", re.I
)
_NEXT = re.compile(
    r"^\W*(?:and|also|plus|what about|how about|only|just|maybe|or|rather|but|ok(?:ay)?|now|then|in that case|i(?:'d)? prefer|no)\b",
    re.I,
)
_UNKNOWN_WANT = re.compile(
    r"\b(?:what|which)\s+(?:kind of |sort of |colou?r )?([a-z][\w-]+)\s+(?:go|goes|would|will|should|could|can|match|matches|suits?|do|does)\b",
    re.I,
)
_NOT_THINGS = frozenset(
    """else would could should can do does will shall might else's about really other things thing items item pieces""".split()
)
_UNKNOWN_SEARCH = re.compile(
    r"\b(?:show me|find me|looking for|do you (?:have|sell)|i (?:need|want)|i'd like)\s+(?:an?|some|any|the)?\s*([a-z][\w -]+?)\s*[?.!]*$",
    re.I,
)


class Anchor(BaseModel):
    """A thing that is already there, which recommendations are to go with. `id` is set for catalogue items."""

    model_config = ConfigDict(frozen=True)

    caption: str
    slot: str | None = None
    kind: str | None = None
    source: Source = "text"
    id: str | None = None
    unsure: bool = False  # the captioner could not tell what it is
    alternatives: tuple[str, ...] = ()  # what else it may be, as kinds


class Shown(BaseModel):
    """An item that was shown, with its place counted from 1."""

    model_config = ConfigDict(frozen=True)

    place: int
    id: str
    title: str
    slot: str
    price: float | None = None


class Understood(BaseModel):
    """One turn, understood."""

    model_config = ConfigDict(frozen=True)

    intent: Intent
    anchors: tuple[Anchor, ...] = ()
    slots: tuple[str, ...] = ()
    filters: Filters = Filters()
    words: str = ""  # what vocabulary and filters do not capture, for the search by meaning
    exclude: tuple[str, ...] = ()  # ids that are not wanted again
    items: tuple[str, ...] = ()  # ids asked about
    topic: str | None = None  # which answer a chat turn calls for
    proposed: bool = False  # the slots are our proposal, not the shopper's wish
    cheaper: bool = False  # the highest price is not stated, but below what was shown
    unknown: str | None = None  # the wanted thing that is in no vocabulary
    colours_of: dict[str, tuple[str, ...]] = {}  # where several slots are wanted, each in its own colours

    def filters_of(self, slot: str) -> Filters:
        """The filters as they bear on one of the wanted slots."""
        filters = self.filters.for_slot(slot)
        if self.colours_of and len(self.slots) > 1:
            filters = filters.model_copy(update={"colours": self.colours_of.get(slot, ())})
        return filters

    def stated(self) -> dict[str, Any]:
        """The part of the JSON answer that says what was understood."""
        said: dict[str, Any] = {"intent": self.intent}
        if self.anchors:
            said["anchors"] = [
                anchor.model_dump(include={"caption", "slot", "source"}, exclude_none=True) for anchor in self.anchors
            ]
        if self.slots:
            said |= {"slot": self.slots[0], "slots": list(self.slots)}
        said["filters"] = self.filters.stated()
        return said

    def but(self, **changes: Any) -> Self:
        """A copy with changes."""
        return self.model_copy(update=changes)


def understand(
    message: str,
    photos: Sequence[Anchor] = (),
    before: Understood | None = None,
    shown: Sequence[Shown] = (),
    brands: Sequence[str] = (),
) -> Understood:
    """What the shopper wants with this message, given the photos that came with it and the conversation so far."""
    reading = read(message, brands)
    for rule in (
        _about_shown,
        _small_talk,
        _correction,
        _judgement,
        _whole_look,
        _similar,
        _another,
        _completion,
        _hunt,
        _refinement,
    ):
        understood = rule(reading, tuple(photos), before, tuple(shown))
        if understood:
            return understood
    return _fallback(reading, tuple(photos), before)


Photos = tuple[Anchor, ...]
Before = Understood | None
Showns = tuple[Shown, ...]


def _small_talk(reading: Reading, photos: Photos, before: Before, shown: Showns) -> Understood | None:
    if _COLOUR_ADVICE.search(reading.text) and reading.colours and not photos:
        return _keeping(before, "chat", topic="colours", words=" ".join(reading.colours))
    if photos or reading.phrases:
        return None
    if _GREETING.match(reading.text):
        return Understood(intent="chat", topic="greeting")
    if _THANKS.search(reading.text) and len(reading.text) < 60:
        return _keeping(before, "chat", topic="thanks")
    return None


def _about_shown(reading: Reading, photos: Photos, before: Before, shown: Showns) -> Understood | None:
    """ "Tell me more about the second one", "compare 1 and 3", "why this?"."""
    if photos or not shown or not (_SHOW.search(reading.text) or (_PLACE.search(reading.text) and not reading.goes_with)):
        return None
    ids = _places(reading.text, shown)
    if not ids and (reading.of_role("target") or not _SHOW.search(reading.text)):
        return None
    return _keeping(before, "show", items=ids or (shown[0].id,))


def _places(text: str, shown: Showns) -> tuple[str, ...]:
    by_place = {item.place: item.id for item in shown}
    wanted: list[int] = []
    for match in _PLACE.finditer(text):
        word = match["word"].lower() if match["word"] else None
        wanted.append(max(by_place) if word == "last" else _ORDINALS[word] if word else int(match["number"]))
    if not wanted:
        wanted = [int(number) for number in _BARE_PLACES.findall(text)]
    return tuple(dict.fromkeys(by_place[place] for place in wanted if place in by_place))


def _correction(reading: Reading, photos: Photos, before: Before, shown: Showns) -> Understood | None:
    """ "No, it is dark green": what we saw on the last photo was wrong; mend it and answer again."""
    if photos or not before or not before.anchors or reading.goes_with or reading.text.endswith("?"):
        return None
    garment = next((phrase for phrase in reading.phrases if phrase.role != "unwanted"), None)
    unsure = before.anchors[-1].unsure and garment is not None and len(reading.text) < 60
    if not (unsure or _CORRECTION.match(reading.text)) or not (reading.colours or reading.descriptive or garment):
        return None
    if not unsure and (reading.budget.highest or re.match(r"^\W*(?:no|not)\s+[\w-]+\s*$", reading.text, re.I)):
        return None  # "no heels" wishes something of the answer, and does not correct the photo
    last = before.anchors[-1]
    if garment and not unsure and last.source == "text" and garment.slot in before.slots:
        return None
    mended = _mend(last, reading, garment)
    anchors = (*before.anchors[:-1], mended)
    slots = _proposal(anchors) if before.proposed else before.slots
    return before.but(
        anchors=anchors,
        slots=slots,
        exclude=(),
        topic="corrected",
        intent="complement" if before.intent in ("chat", "show") else before.intent,
    )


def _mend(anchor: Anchor, reading: Reading, garment: Phrase | None) -> Anchor:
    """The anchor with the colour, material or garment type that the shopper says it has."""
    kind = garment.kind if garment else anchor.kind or vocabulary().lookup("garment", anchor.caption.split()[-1])
    one = vocabulary().kinds[kind].one.removeprefix("pair of ") if kind else anchor.caption.split()[-1]
    colours = reading.colours or (garment.colours if garment else ())
    described = list(colours)
    if not colours:
        described = [mention.name for mention in vocabulary().mentions(anchor.caption, "colour")]
    slot = vocabulary().kinds[kind].slot if kind else anchor.slot
    return Anchor(
        caption=" ".join(word for word in (" and ".join(dict.fromkeys(described)), *reading.descriptive, one) if word),
        slot=slot,
        kind=kind,
        source=anchor.source,
    )


def _judgement(reading: Reading, photos: Photos, before: Before, shown: Showns) -> Understood | None:
    """ "Does this coat go with brown boots?", "do these work together?"."""
    asks_which = re.search(r"\b(?:what|which|where|show me|find|looking for)\b(?! do you think)", reading.text, re.I)
    if not _JUDGE.search(reading.text) or asks_which:
        return None
    named = [phrase for phrase in reading.phrases if phrase.role != "unwanted"]
    things = _merge_photos(photos, [_anchor(phrase) for phrase in named])
    if len(things) < 2 and before and before.anchors and not photos:
        things = tuple(dict.fromkeys([*before.anchors, *_resolved(things, before.anchors)]))
    picked = _places(reading.text, shown) if _PLACE.search(reading.text) else ()
    return Understood(intent="judge", anchors=things, items=picked, filters=_who(before))


def _resolved(things: Sequence[Anchor], known: Sequence[Anchor]) -> list[Anchor]:
    """The things that are not just another mention of what is known."""
    return [thing for thing in things if thing.slot not in {anchor.slot for anchor in known} or len(thing.caption.split()) > 1]


def _whole_look(reading: Reading, photos: Photos, before: Before, shown: Showns) -> Understood | None:
    if not _BUILD.search(reading.text) or reading.of_role("target"):
        return None
    anchors = _merge_photos(photos, [_anchor(phrase) for phrase in reading.of_role("anchor")])
    if anchors:  # an outfit around something that is there: what completes it
        return Understood(
            intent="complement", anchors=anchors, slots=_proposal(anchors), filters=_filters(reading), proposed=True
        )
    return Understood(intent="build", filters=_filters(reading), topic="build")


def _similar(reading: Reading, photos: Photos, before: Before, shown: Showns) -> Understood | None:
    """ "Do you have something like this?" with a photo, or after one."""
    things = photos or (before.anchors if before else ())
    if not things or not _SIMILAR.search(reading.text) or reading.goes_with:
        return None
    slots = tuple(dict.fromkeys(thing.slot for thing in things if thing.slot))
    words = "; ".join(thing.caption for thing in things)
    return Understood(intent="search", anchors=tuple(things), slots=slots, filters=_filters(reading), words=words)


def _another(reading: Reading, photos: Photos, before: Before, shown: Showns) -> Understood | None:
    """ "Other shoes", "something cheaper": the same wish, nothing shown before."""
    if photos or not before or not shown or not _SWAP.search(reading.text) or reading.of_role("anchor"):
        return None
    if before.intent not in ("complement", "search", "swap", "show"):
        return None
    refined = _refine(reading, before)
    prices = [item.price for item in shown if item.price is not None and (not refined.slots or item.slot in refined.slots)]
    filters = refined.filters
    cheaper = bool(_CHEAPER.search(reading.text) and reading.budget.highest is None and prices)
    if cheaper:
        filters = _revised(filters, max_price=max(0.0, round(min(prices) - 0.01, 2)), min_price=None)
    seen = () if cheaper else tuple(dict.fromkeys([*before.exclude, *(item.id for item in shown)]))
    return refined.but(
        intent="swap",
        filters=filters,
        exclude=seen,
        cheaper=cheaper,
        words=" ".join([refined.words, *_leaning(reading.text)]).strip(),
    )


def _leaning(text: str) -> list[str]:
    words = {
        "warmer": "warm",
        "less formal": "casual",
        "more casual": "casual",
        "more formal": "formal",
        "dressier": "elegant",
        "smarter": "smart",
    }
    return [meaning for phrase, meaning in words.items() if phrase in text.lower()]


def _completion(reading: Reading, photos: Photos, before: Before, shown: Showns) -> Understood | None:
    """ "What shoes go with this coat?", with a photo, words, or what was there before."""
    anchors = _merge_photos(photos, [_anchor(phrase) for phrase in reading.of_role("anchor")])
    targets = reading.of_role("target")
    if not anchors and not reading.goes_with and not _COMPLETE.search(reading.text):
        return None
    unknown = _unknown(reading) if not targets else None
    if unknown:
        return Understood(intent="chat", topic="unknown", unknown=unknown, anchors=anchors)
    if before and before.anchors:
        anchors = _from_before(anchors, before.anchors) if not photos else anchors
    if not anchors and not (reading.goes_with or targets):
        return None
    if not anchors:
        return Understood(intent="complement", slots=_slots(targets), filters=_filters(reading), topic="no anchor")
    return Understood(
        intent="complement",
        anchors=anchors,
        slots=_slots(targets) or _proposal(anchors),
        proposed=not targets,
        filters=_filters(reading, before if before and before.anchors == anchors else None),
        words=_words(reading),
        colours_of=_colours_of(targets),
    )


def _hunt(reading: Reading, photos: Photos, before: Before, shown: Showns) -> Understood | None:
    """A search of its own, or the next wish for the same anchors: "and a bag?"."""
    targets = reading.of_role("target")
    if not targets:
        return None
    carries_on = before and before.anchors and before.intent in ("complement", "swap", "show", "chat") and _goes_on(reading)
    if carries_on and before:
        return _refine(reading, before)
    same = before and before.intent in ("search", "swap", "show") and not before.anchors and before.slots == _slots(targets)
    if same and before and not _FRESH.search(reading.text):
        return _refine(reading, before)
    return Understood(
        intent="search",
        slots=_slots(targets),
        filters=_filters(reading),
        words=_words(reading),
        colours_of=_colours_of(targets),
    )


def _goes_on(reading: Reading) -> bool:
    """Whether a message reads as the next wish of the same talk: "and a bag?", "only boots, under 120 please"."""
    short = len(reading.text.split()) <= 4 and not _FRESH.search(reading.text)
    return bool(short or _NEXT.match(reading.text))


def _refinement(reading: Reading, photos: Photos, before: Before, shown: Showns) -> Understood | None:
    """ "Under 80 please", "in black", "for men": filters alone refine what was asked before."""
    if photos or not before or (before.intent == "chat" and not before.slots) or not _filters(reading).stated():
        return None
    return _refine(reading, before)


def _refine(reading: Reading, before: Understood) -> Understood:
    """The earlier wish with the new slots and filters laid over it; later words override earlier ones."""
    slots = _slots(reading.of_role("target")) or before.slots
    of_the_thing = (
        "kinds",
        "colours",
        "exclude_colours",
        "exclude_kinds",
        "sizes",
        "brands",
        *(("max_price",) if before.cheaper else ()),
    )
    kept = before.filters if slots == before.slots else before.filters.without(*of_the_thing)
    new = _filters(reading)
    changes = new.model_dump(exclude_defaults=True)
    for name in ("exclude_colours", "exclude_kinds", "exclude_brands"):
        changes[name] = tuple(dict.fromkeys([*getattr(kept, name), *getattr(new, name)]))
    for wanted, unwanted in (("colours", "exclude_colours"), ("kinds", "exclude_kinds"), ("brands", "exclude_brands")):
        changes[wanted] = tuple(
            name for name in changes.get(wanted, getattr(kept, wanted)) if name not in getattr(new, unwanted)
        )
        changes[unwanted] = tuple(name for name in changes[unwanted] if name not in getattr(new, wanted))
    intent: Intent = "complement" if before.anchors and before.intent != "search" else "search"
    words = _words(reading) or (before.words if slots == before.slots else "")
    proposed = before.proposed and not reading.of_role("target")
    return Understood(
        intent=intent, anchors=before.anchors, slots=slots, filters=_revised(kept, **changes), words=words, proposed=proposed
    )


def _fallback(reading: Reading, photos: Photos, before: Before) -> Understood:
    """A photo without a question asks what goes with it; words that name nothing we know are answered politely."""
    if photos:
        return Understood(
            intent="complement", anchors=photos, slots=_proposal(photos), proposed=True, filters=_filters(reading)
        )
    unknown = _UNKNOWN_SEARCH.search(reading.text)
    if unknown and len(unknown[1].split()) <= 4:
        return _keeping(before, "chat", topic="unknown", unknown=unknown[1].strip())
    return _keeping(before, "chat", topic="out of scope")


def _keeping(before: Before, intent: Intent, **changes: Any) -> Understood:
    """A turn aside, which does not forget what was asked before."""
    kept = before.but(exclude=(), items=(), topic=None, unknown=None) if before else Understood(intent=intent)
    return kept.but(intent=intent, **changes)


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
    colours = [mention.name for mention in vocabulary().mentions(photo.caption, "colour")]
    return Anchor(
        caption=" ".join([" and ".join(colours), thing.caption]).strip(), slot=thing.slot, kind=thing.kind, source="photo"
    )


def _from_before(anchors: Photos, known: Photos) -> Photos:
    """ "This coat" is the coat spoken of before; "it" is whatever was spoken of; a new thing stands for itself."""
    if not anchors:
        return known
    return tuple(
        next((old for old in known if old.slot == anchor.slot and len(anchor.caption.split()) == 1), anchor)
        for anchor in anchors
    )


def _slots(targets: Sequence[Phrase]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(phrase.slot for phrase in targets))


def _colours_of(targets: Sequence[Phrase]) -> dict[str, tuple[str, ...]]:
    return {phrase.slot: phrase.colours for phrase in targets if phrase.colours}


def _proposal(anchors: Sequence[Anchor]) -> tuple[str, ...]:
    """The slots that would complete what is there."""
    taken = {anchor.slot for anchor in anchors}
    if "all-body" in taken:
        taken |= {"tops", "bottoms"}
    if taken & {"tops", "bottoms"}:
        taken |= {"all-body"}
    wished = [slot for anchor in anchors for slot in COMPLETED_BY.get(anchor.slot or "", COMPLETES_ANYTHING)]
    return tuple(dict.fromkeys(slot for slot in [*wished, "shoes", "bags"] if slot not in taken))[:3]


def _who(before: Before) -> Filters:
    """What of the earlier filters is about the person."""
    return Filters(gender=before.filters.gender) if before else Filters()


def _filters(reading: Reading, before: Before = None) -> Filters:
    """The filters that a message states; what was said of the person before still holds."""
    targets = reading.of_role("target")
    kinds = tuple(dict.fromkeys(phrase.kind for phrase in targets if phrase.kind not in vocabulary().slots))
    unwanted = tuple(dict.fromkeys(phrase.kind for phrase in reading.of_role("unwanted")))
    stated: dict[str, Any] = {
        "max_price": reading.budget.highest,
        "min_price": reading.budget.lowest,
        "total_max": reading.budget.total,
        "currency": reading.budget.currency,
        "colours": reading.colours,
        "exclude_colours": reading.exclude_colours,
        "kinds": kinds,
        "exclude_kinds": unwanted,
        "brands": reading.brands,
        "exclude_brands": reading.exclude_brands,
        "sizes": reading.sizes,
        "gender": reading.gender or (before.filters.gender if before else None),
        "seasons": reading.seasons,
        "occasions": reading.occasions,
    }
    return _revised(Filters(), **stated)


def _revised(filters: Filters, **changes: Any) -> Filters:
    """Filters with changes; a range whose ends cross keeps the end that was stated last, which is the changed one."""
    merged = filters.model_dump() | changes
    low, high = merged["min_price"], merged["max_price"]
    if low is not None and high is not None and low > high:
        merged |= {"min_price": None} if changes.get("max_price") is not None else {"max_price": None}
    return Filters(**merged)


def _words(reading: Reading) -> str:
    """The descriptive words of what is wanted: "chunky knit", "strappy", patterns and materials."""
    return " ".join(dict.fromkeys([*(phrase.words.lower() for phrase in reading.of_role("target")), *reading.descriptive]))


def _unknown(reading: Reading) -> str | None:
    """The wanted thing that is no garment we know: "what spaceship goes with it?"."""
    match = _UNKNOWN_WANT.search(reading.text)
    word = match[1].lower() if match else None
    return word if word and word not in _NOT_THINGS and not vocabulary().mentions(word) else None
