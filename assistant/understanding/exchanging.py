"""Others than those shown: more like one, one worn thing for another, cheaper ones, none of those that were turned down."""

import re
from dataclasses import replace

from assistant.understanding import cues
from assistant.understanding.outfits import leaning
from assistant.understanding.reading import Reading, read
from assistant.understanding.references import pointed
from assistant.understanding.refining import filters_in, refined, revised, slots_of, wishes_of
from assistant.understanding.told import Photos, Told
from assistant.understanding.understood import Anchor, Shown, Understood
from assistant.understanding.wishing import narrowed_filters
from catalog.taxonomy import vocabulary
from retrieval.filters import Filters


def similar(told: Told) -> Understood | None:
    """More of the same: "do you have something like this?" with a photo, or after one; "like the second, but cheaper"."""
    things = told.photos or tuple(item.as_anchor() for item in told.pointed.items)
    if not things and told.before and not told.before.shown:
        things = told.before.anchors
    the_same = told.photos and (_THIS_ONE.search(told.text) or (_THIS_IN.search(told.text) and told.reading.colours))
    if not things or not (cues.SIMILAR.search(told.text) or the_same) or told.reading.goes_with:
        return None
    slots = tuple(dict.fromkeys(thing.slot for thing in things if thing.slot))
    if told.photos and any(phrase.slot not in slots for phrase in told.reading.of_role("target")):
        return None  # "I like this, what shoes?"
    filters = filters_in(told.reading, told.person())
    if told.photos and not told.reading.of_role("target"):
        filters = filters.model_copy(update={"kinds": _kinds(told.photos)})
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
        words="; ".join(_looked_for(thing, told.reading) for thing in things),
        exclude=(*(item.id for item in told.pointed.items), *(told.before.seen if told.before and told.pointed.items else ())),
        cheaper=cheaper,
    )


_THIS_ONE = re.compile(
    r"\b(?:do you (?:have|sell|stock|carry)|have you got|got|find(?: me)?|looking for|i want|i'd like|sell me) "
    r"(?:(?:exactly|just|something|anything|one|a|the) )*(?:this|these|that)(?: one)?\b(?! to\b)|"
    r"\bhow much (?:is|are|does|do|for|would) (?:this|these|that|it)\b|\bthe price (?:of|for) (?:this|these|that|it)\b|"
    r"\bwhat(?:'s| is| are| does| do| would) (?:this|these|that|it)(?: \w+)? (?:worth|cost)\b",
    re.I,
)
_THIS_IN = re.compile(r"\b(?:this|these|that|it|one|ones|same|them)\b[^.?!]{0,25}?\b(?:in|but)\b", re.I)  # "this but in green"
_IN = re.compile(r"\b(?:in|but)\b", re.I)


def _kinds(photos: Photos) -> tuple[str, ...]:
    """The kinds of things on photos as a filter, where all of them say more than their slots."""
    kinds = tuple(dict.fromkeys(photo.kind for photo in photos if photo.kind))
    return kinds if not set(kinds) & set(vocabulary().slots) else ()


def _looked_for(thing: Anchor, reading: Reading) -> str:
    """A thing in words to look for the like of it: its shades under their common names too, none where another is wished."""
    mentions = vocabulary().mentions(thing.caption, "colour")
    if reading.colours and thing.kind:
        return vocabulary().kinds[thing.kind].one
    basics = dict.fromkeys(vocabulary().basic(mention.name) for mention in mentions)
    return " ".join([*(basic for basic in basics if basic not in thing.caption), thing.caption])


def in_another_colour(told: Told) -> Shown | None:
    """The one shown thing whose like is wished in a colour that it has not: "the second in black?"."""
    lacking = [item for item in told.pointed.items if not set(told.reading.colours) <= set(item.colours)]
    alone = len(told.pointed.items) == len(lacking) == 1 and not (told.photos or told.reading.goes_with)
    return lacking[0] if alone and _IN.search(told.text) else None


def recoloured(told: Told) -> Understood | None:
    """Things of its kind in that colour, for what the shopper has."""
    item, before = in_another_colour(told), told.before
    if item is None or before is None or before.pieces() or before.task not in ("complement", "search"):
        return None
    wish = refined(_beside_what_is_pointed_at(told), before)
    kinds = (item.kind,) if item.kind and item.kind not in vocabulary().slots else wish.filters.kinds
    update = {"kinds": kinds, "colours": told.reading.colours}
    return wish.but(slots=(item.slot,), filters=wish.filters.model_copy(update=update))


def exchange(told: Told) -> Understood | None:
    """One worn thing for another: "swap the loafers for ballet flats"."""
    match, before = cues.SWAP_ONE.search(told.text), told.before
    better = cues.BETTER_THAN.search(told.text)  # "what would be better than the red trousers?"
    if told.photos or not before or not (match or better) or not told.reading.phrases:
        return None
    given_up = read(match[1] if match else better[1] if better else "").phrases
    wanted = read(match[2] or "").phrases if match else ()
    if not given_up:
        return None
    slot = (wanted or given_up)[0].slot
    worn = tuple(anchor for anchor in before.anchors if anchor.slot != given_up[0].slot)
    again = tuple(phrase for phrase in told.reading.phrases if phrase.slot == slot)[-1:]
    filters = filters_in(told.reading, told.person()) if match else told.person()  # better than the red ones need not be red
    kept = before.filters if slot in before.slots else Filters()
    other = not match and "instead" in told.text.lower()  # "what would you wear instead of the jeans?"
    return before.aside(
        "swap",
        task="complement" if worn else "search",
        anchors=worn,
        slots=(slot,),
        proposed=False,
        filters=filters.model_copy(
            update={
                "kinds": ()
                if other
                else tuple(p.kind for p in (wanted if match else given_up) if p.kind not in vocabulary().slots),
                "exclude_kinds": tuple(p.kind for p in given_up)
                if other and given_up[0].kind not in vocabulary().slots
                else filters.exclude_kinds,
                "max_price": filters.max_price if filters.max_price is not None else kept.max_price,
                "sizes": filters.sizes or kept.sizes,
            }
        ),
        wishes=wishes_of(wanted or again, told.reading.budget) if match else {},
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
    if swap and swap[0].lower() == "instead" and narrowed_filters(told, before):
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
                [
                    *(() if named_price or otherwise or cheaper else (*before.seen, *(item.id for item in before.shown))),
                    *rejected,
                ]
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


def _speaks_of(text: str, price: float) -> bool:
    """Whether a message names a price, give or take the cents."""
    return any(
        abs(float(number.replace(",", ".")) - price) < 1
        for number in re.findall(r"(?<![\w.,])\d{2,4}(?:[.,]\d\d)?(?![\w])", text)
    )


def _priced(told: Told, before: Understood, wish: Understood) -> tuple[Filters, bool]:
    """The filters below or above what was shown, where that is asked; and whether it shall be cheaper."""
    shown = told.pointed.items or before.shown
    prices = [item.price for item in shown if item.price is not None and (not wish.slots or item.slot in wish.slots)]
    if prices and cues.CHEAPER.search(told.text) and told.reading.budget.highest is None:
        spoken_of = [price for price in prices if _speaks_of(told.text, price)]  # "175.. have you one that costs less"
        return wish.filters.model_copy(update={"cheaper_than": min(spoken_of or prices)}), True
    if prices and cues.DEARER.search(told.text) and told.reading.budget.lowest is None:
        return revised(wish.filters, min_price=round(max(prices) + 0.01, 2)), False
    return wish.filters, False
