"""What is looked for: what goes with a thing, a search of its own, others than those shown, and wishes laid over earlier ones."""

import re
from dataclasses import replace

from assistant.profile import slots_of_size
from assistant.understanding import cues
from assistant.understanding.anchoring import anchors_of, from_before, proposal, things_named, with_photos
from assistant.understanding.narrowing import narrower
from assistant.understanding.outfits import leaning
from assistant.understanding.reading import Reading, read
from assistant.understanding.references import pointed, speaks_of_it
from assistant.understanding.refining import filters_in, refined, revised, slots_of, wishes_of
from assistant.understanding.returning import quests
from assistant.understanding.told import Photos, Told
from assistant.understanding.understood import Understood, Wish
from catalog.taxonomy import vocabulary
from retrieval.filters import Filters

# Of these one is worn at a time: who asks for shoes and speaks of shoes wants others.
WORN_ALONE = frozenset(["bottoms", "all-body", "shoes", "bags", "hats", "sunglasses"])


def similar(told: Told) -> Understood | None:
    """More of the same: "do you have something like this?" with a photo, or after one; "like the second, but cheaper"."""
    things = told.photos or tuple(item.as_anchor() for item in told.pointed.items)
    if not things and told.before and not told.before.shown:
        things = told.before.anchors
    if not things or not cues.SIMILAR.search(told.text) or told.reading.goes_with:
        return None
    slots = tuple(dict.fromkeys(thing.slot for thing in things if thing.slot))
    filters = filters_in(told.reading, told.person())
    prices = [item.price for item in told.pointed.items if item.price is not None]
    cheaper = bool(cues.CHEAPER.search(told.text) and prices and filters.max_price is None)
    if cheaper:
        filters = filters.model_copy(update={"cheaper_than": min(prices)})
    return told.anew(
        "swap" if told.pointed.items else "search",
        task="search",
        anchors=told.photos,
        slots=slots,
        filters=filters,
        words="; ".join(thing.caption for thing in things),
        exclude=(*(item.id for item in told.pointed.items), *(told.before.seen if told.before and told.pointed.items else ())),
        cheaper=cheaper,
    )


def exchange(told: Told) -> Understood | None:
    """One worn thing for another: "swap the loafers for ballet flats"."""
    match, before = cues.SWAP_ONE.search(told.text), told.before
    if told.photos or not before or not match or not told.reading.phrases:
        return None
    given_up, wanted = read(match[1]).phrases, read(match[2] or "").phrases
    if not given_up:
        return None
    slot = (wanted or given_up)[0].slot
    worn = tuple(anchor for anchor in before.anchors if anchor.slot != given_up[0].slot)
    again = tuple(phrase for phrase in told.reading.phrases if phrase.slot == slot)[-1:]
    filters = filters_in(told.reading, told.person())
    kept = before.filters if slot in before.slots else Filters()
    return before.aside(
        "swap",
        task="complement" if worn else "search",
        anchors=worn,
        slots=(slot,),
        proposed=False,
        filters=filters.model_copy(
            update={
                "kinds": tuple(p.kind for p in wanted if p.kind not in vocabulary().slots),
                "max_price": filters.max_price if filters.max_price is not None else kept.max_price,
                "sizes": filters.sizes or kept.sizes,
            }
        ),
        wishes=wishes_of(wanted or again, told.reading.budget),
        exclude=tuple(dict.fromkeys([*before.rejected, *(item.id for item in before.shown if item.slot == slot)])),
    )


def another(told: Told) -> Understood | None:
    """The same wish, nothing shown before: "other shoes", "something cheaper", "I don't like the second one"."""
    before, reading = told.before, told.reading
    ruled_out = bool(
        reading.of_role("unwanted") or reading.exclude_colours or reading.exclude_materials or reading.exclude_patterns
    )
    turned_down = bool(cues.REJECTED.search(told.text)) and bool(
        told.pointed.items or (cues.THESE.search(told.text) and not ruled_out)
    )
    if told.photos or not before or not before.shown or reading.of_role("anchor"):
        return None
    swap = cues.SWAP.search(told.text)
    if swap and swap[0].lower() == "instead" and filters_in(reading).stated() and not turned_down:
        swap = None  # "in pink instead" wishes a colour
    if swap and swap[0].lower() == "instead" and _narrower(told, before):
        swap = None  # "midi instead of mini"
    if swap and ruled_out and cues.ONLY_REJECTS.fullmatch(swap[0]):
        swap = None  # "no flip flops, I hate them" rules out, and asks for no other
    if not turned_down and not swap:
        return None
    if before.task not in ("complement", "search") or _new_thing(told, before) or _goes_with_it(told):
        return None
    plain = reading if not told.pointed.items else _beside_what_is_pointed_at(told)
    wish = refined(plain, before)
    rejected = before.rejected
    if turned_down:
        rejected = (*rejected, *(told.pointed.ids or tuple(item.id for item in before.shown)))
    otherwise = bool(turned_down and filters_in(plain).stated() and not swap)  # "not the green one, anything in black?"
    named_price = bool(cues.CHEAPER.search(told.text)) and reading.budget.highest is not None  # "too expensive, max 60"
    filters, cheaper = _priced(told, before, wish)
    meant = leaning(told.text)
    narrowed = named_price and not turned_down and not cues.ANOTHER.search(told.text)
    return wish.but(
        intent=wish.intent if narrowed else "swap",
        filters=filters,
        cheaper=cheaper,
        rejected=tuple(dict.fromkeys(rejected)),
        exclude=tuple(
            dict.fromkeys(
                [*(() if named_price or otherwise else (*before.seen, *(item.id for item in before.shown))), *rejected]
            )
        ),
        words=" ".join([wish.words, meant]).strip(),
    )


def _goes_with_it(told: Told) -> bool:
    """Whether a message asks what goes with a thing: "the cheaper one then, what shoes go with it?"."""
    return told.reading.goes_with and bool(
        told.pointed.items or told.reading.of_role("target") or not cues.CHEAPER.search(told.text)
    )


def _new_thing(told: Told, before: Understood) -> bool:
    """Whether another type of thing is named: "a wallet instead", "show me long dresses instead"; that is a wish of its own."""
    targets = told.reading.of_role("target")
    if not targets or told.pointed.items:
        return False
    if not set(slots_of(targets)) <= set(before.slots) and not cues.CHEAPER.search(told.text):
        return True
    swap = cues.SWAP.search(told.text)
    if swap and swap[0].lower() != "instead":
        return False  # "other beanies" are others
    known = before.filters.kinds
    return any(phrase.kind not in vocabulary().slots and phrase.kind not in known for phrase in targets)


def _beside_what_is_pointed_at(told: Told) -> Reading:
    """What a message says beside the item it points at: "not the green one. anything in black?"."""
    parts = re.split(r"(?<=[.!?;,])\s+", told.text)
    rest = " ".join(part for part in parts if not pointed(part, told.before).items)
    if rest:
        return read(rest)
    return replace(told.reading, phrases=(), colours=(), exclude_colours=(), descriptive=())


def _priced(told: Told, before: Understood, wish: Understood) -> tuple[Filters, bool]:
    """The filters below or above what was shown, where that is asked; and whether it shall be cheaper."""
    shown = told.pointed.items or before.shown
    prices = [item.price for item in shown if item.price is not None and (not wish.slots or item.slot in wish.slots)]
    if prices and cues.CHEAPER.search(told.text) and told.reading.budget.highest is None:
        return wish.filters.model_copy(update={"cheaper_than": min(prices)}), True
    if prices and cues.DEARER.search(told.text) and told.reading.budget.lowest is None:
        return revised(wish.filters, min_price=round(max(prices) + 0.01, 2)), False
    return wish.filters, False


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
    anchors = tuple(thing for thing in (*pointed, *with_photos(told.photos, named)) if thing.slot not in alone)
    if not anchors and not reading.goes_with and not cues.COMPLETE.search(told.text):
        return None
    if not pointed and not targets and not reading.goes_with and before and _known_all(anchors, before):
        return None  # "denim would be cuter with boots": still of the skirts for these boots
    unknown = unknown_want(told) if not targets else None
    if unknown:
        return told.aside(topic="unknown", unknown=unknown, anchors=anchors or (before.anchors if before else ()))
    if before and not told.photos and not pointed:
        anchors = tuple(thing for thing in from_before(anchors, _there(told, before)) if thing.slot not in alone)
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


def _there(told: Told, before: Understood) -> Photos:
    """What is there by now: the shopper's things; and with a look its pieces, but for what is asked for."""
    wanted = set(slots_of(told.reading.of_role("target")))
    known = before.judged if before.intent == "judge" and before.judged else before.anchors
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
    filters = _sized(told, filters_in(reading, told.person()), slots_of(targets))
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


def _sized(told: Told, filters: Filters, slots: tuple[str, ...]) -> Filters:
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


def hunt(told: Told) -> Understood | None:
    """A search of its own, or the next wish of the same talk: "and a bag?"."""
    reading, before = told.reading, told.before
    targets = reading.of_role("target")
    if not targets:
        return None
    if before and before.task == "build" and before.pieces() and _goes_on(told) and not _afresh(told):
        return completing(told, _there(told, before))
    if before and (not _afresh(told) or cues.NEXT.match(told.text) or cues.WHAT_ABOUT.search(told.text)):
        same_thing = set(slots_of(targets)) <= set(before.slots) and before.task in ("complement", "search")
        goes_on = {"complement": True, "search": False}.get(told.likely or "", _goes_on(told))
        next_thing = before.anchors and goes_on and not _leaves(told)
        also = before.task == "search" and (cues.ALSO.search(told.text) or cues.WHAT_ABOUT.search(told.text))
        if before.topic == "what thing" or same_thing or next_thing or also:
            return _not_instead(refined(reading, before, told.person())).but(count=reading.count)
    return told.anew(
        "search",
        task="search",
        slots=slots_of(targets),
        filters=_sized(told, filters_in(reading, told.person()), slots_of(targets)),
        wishes=wishes_of(targets, reading.budget),
        words=" ".join(reading.descriptive),
        cheapest=bool(cues.CHEAPEST.search(told.text)),
        count=reading.count,
    )


_STARTS_ANEW = re.compile(
    r"^\W*(?:(?:hi|hey|hello|ok|now|and)\W+)?(?:(?:have you |do you have |you )?(?:got )?any|do you|have you|i need|i want|i'm after|looking)\b",
    re.I,
)
_A_SEARCH = re.compile(r"\b(?:looking for|search|new|instead|show me|find me)\b", re.I)


def _afresh(told: Told) -> bool:
    """Whether the sentence that names what is wanted begins a search: "a beret! show me what you have" goes on."""
    first = told.reading.of_role("target")[0]
    before = told.before
    if (
        before
        and first.slot in before.slots
        and not _A_SEARCH.search(told.text)
        and (before.anchors or not _STARTS_ANEW.match(told.text))
    ):
        return False  # "any ankle boots under 100" for the coat still
    place = told.text.lower().find(first.noun)
    ends = [match.end() for match in re.finditer(r"[.!?;]+\s", told.text)]
    start = max((end for end in ends if end <= place), default=0)
    return bool(cues.FRESH.search(told.text[start : min((end for end in ends if end > place), default=len(told.text))]))


def _not_instead(wish: Understood) -> Understood:
    """The wish without a thing that what is looked for would replace: shoes are not chosen to go with shoes."""
    alone = set(wish.slots) & WORN_ALONE
    return wish.but(anchors=tuple(thing for thing in wish.anchors if thing.slot not in alone))


def _leaves(told: Told) -> bool:
    """Whether a message turns to something else in so many words, or to the shopper after somebody else's things."""
    turns = cues.FOR_ME.search(told.text) and told.before and told.before.filters.gender
    return bool(turns or cues.NEW_TOPIC.search(told.text))


def _goes_on(told: Told) -> bool:
    """Whether a message reads as the next wish of the same talk; a person or an occasion of its own begins another."""
    reading = told.reading
    if re.search(r"\b(?:give|get|find|show|make) (?:him|her)\b", told.text, re.I) and not (
        reading.occasions or reading.seasons
    ):
        return True  # of whom we speak already
    return bool(cues.NEXT.match(told.text)) or not (reading.gender or reading.occasions or reading.seasons)


def refinement(told: Told) -> Understood | None:
    """Filters alone refine what was asked before: "under 80 please", "in black", "for men"; before it, they are kept."""
    reading, before = told.reading, told.before
    stated = filters_in(reading)
    described = bool(reading.descriptive or reading.adjectives)
    if before and before.task == "search" and before.slots and _BY_PRICE.search(told.text):
        return before.aside("search", cheapest=True)
    if before and before.intent == "judge" and _SEE_SOME.search(told.text) and (some := _some_of_the_judged(told, before)):
        return some
    if before and (narrowed := _narrower(told, before)):
        named = Wish(words=" ".join(narrowed.kinds)) if narrowed.kinds != before.filters.kinds else None
        wish = refined(reading, before, told.person()).but(filters=narrowed)
        return wish.but(wishes=wish.wishes | dict.fromkeys(wish.slots, named)) if named else wish
    vague = not before and bool(cues.SOMETHING.search(told.text)) and (described or bool(cues.GOOD_FOR.search(told.text)))
    if told.photos or not (stated.stated() or vague or (described and before and before.slots)):
        return None
    when = bool(reading.seasons or reading.occasions)
    only_when = when and set(stated.stated()) <= {"seasons", "occasions"} and not described
    if only_when and not cues.WANTS.search(told.text):
        return None  # "who wins the footy this weekend"
    if before and before.slots and before.task in ("complement", "search"):
        return refined(reading, before, told.person())
    if before and before.intent == "judge" and (some := _some_of_the_judged(told, before)):
        return some
    about = reading.descriptive or reading.colours or reading.adjectives
    if vague or when or (about and cues.SOMETHING.search(told.text)):
        return told.anew("search", task="search", filters=filters_in(reading, told.person()), words=told.text)
    if before and before.task:
        return told.aside(topic="out of scope" if not stated.stated() else "what thing")
    earlier = before.filters if before and before.topic == "what thing" else Filters()
    return told.anew("chat", topic="what thing", filters=revised(earlier, **stated.model_dump(exclude_defaults=True)))


_BY_PRICE = re.compile(
    r"\b(?:sort(?:ed)?|order(?:ed)?|rank(?:ed)?) (?:them |these |it )?by price\b|\b(?:cheapest|lowest price) first\b", re.I
)
_SEE_SOME = re.compile(r"\b(?:show me|see|got|have) (?:some|any|a few)\b(?:\W*(?:please|then|pls)?\W*$)", re.I)


def _some_of_the_judged(told: Told, before: Understood) -> Understood | None:
    """ "Can I see some in a 42?" of brown shoes that were judged to go with a suit; None where nothing is meant."""
    if not re.search(r"\b(?:some|any|ones?)\b", told.text, re.I):
        return None
    size = told.reading.sizes[:1]
    judged = before.judged or before.anchors
    things = [
        thing
        for thing in judged
        if thing.source == "text" and thing.kind and (not size or thing.slot in slots_of_size(size[0]))
    ]
    if not things:
        return None
    meant = things[0]
    named = read(meant.caption)
    rest = tuple(thing for thing in judged if thing != meant)
    wish = filters_in(named, filters_in(told.reading, told.person()))
    kinds = () if meant.kind in vocabulary().slots else (meant.kind or "",)
    colours = told.reading.colours or tuple(m.name for m in vocabulary().mentions(meant.caption, "colour"))
    return told.anew(
        "complement" if rest else "search",
        task="complement" if rest else "search",
        anchors=rest,
        slots=(meant.slot,),
        filters=wish.model_copy(update={"kinds": kinds, "colours": colours}),
    )


def _narrower(told: Told, before: Understood) -> Filters | None:
    """The filters for a narrower type of what was looked for: "only round ones", "not skinny"; None where none is named."""
    parents = [vocabulary().kinds[kind].parent for kind in before.filters.kinds if kind in vocabulary().kinds]
    bases = dict.fromkeys(
        [*before.filters.kinds, *(parent for parent in parents if parent), *(() if parents else before.slots)]
    )
    wanted, never = narrower(told.text, bases)
    turned_down = {phrase.kind for phrase in told.reading.of_role("unwanted")}
    wanted = [kind for kind in wanted if kind not in turned_down]
    if before.task not in ("complement", "search") or not (wanted or never) or told.reading.of_role("target"):
        return None
    merged = refined(told.reading, before, told.person()).filters
    kinds = tuple(dict.fromkeys(wanted)) or merged.kinds
    return merged.model_copy(update={"kinds": kinds, "exclude_kinds": tuple(dict.fromkeys([*merged.exclude_kinds, *never]))})


def photo_alone(told: Told) -> Understood | None:
    """A photo without a question asks what goes with it."""
    return completing(told, anchors_of(told)) if told.photos else None


def unknown_want(told: Told) -> str | None:
    """The wanted thing that is no garment we know: "what spaceship goes with it?"."""
    match = cues.UNKNOWN_WANT.search(told.text)
    word = match[1].lower() if match else None
    return word if word and word not in cues.NOT_THINGS and not vocabulary().mentions(word) else None
