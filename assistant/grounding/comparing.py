"""What a reply says costs less or more than another thing, or least or most of all."""

import re
from collections.abc import Callable, Iterable, Iterator

from assistant.grounding.facts import CENT, Facts, Known
from assistant.grounding.passages import Passage, Slip
from assistant.grounding.pricing import amounts_in

_CHEAPEST = re.compile(r"\b(?:cheapest|least expensive|lowest[- ]price[d]?|lowest price|most affordable|least costly)\b", re.I)
_DEAREST = re.compile(r"\b(?:most expensive|dearest|priciest|costliest|highest[- ]price[d]?|highest price)\b", re.I)
_CHEAPER = re.compile(r"\b(?:cheaper|less expensive|more affordable|costs? less|less) than\b", re.I)
_DEARER = re.compile(r"\b(?:dearer|more expensive|pricier|costs? more) than\b", re.I)
_ASKING = re.compile(
    r"\b(?:if|whether|want|like|looking for|rather|prefer|show you|shall i|do you|no|nothing|not|tell me)\b", re.I
)


def wrong_comparisons(passage: Passage, facts: Facts) -> Iterator[Slip]:
    """ "The cheapest" said of one that is not, "cheaper than" of what costs less."""
    text = passage.bare
    for pattern, best in ((_CHEAPEST, min), (_DEAREST, max)):
        match = pattern.search(text)
        if match and not _ASKING.search(text[: match.start()]) and not _is_extreme(match, passage, facts, best):
            yield Slip("claim", passage.text[match.start() : match.end()], "what tools returned does not bear it out")
    for pattern, sign in ((_CHEAPER, 1), (_DEARER, -1)):
        match = pattern.search(text)
        if match and not _orders(match, passage, sign):
            yield Slip("claim", passage.text[match.start() : match.end()], "the prices say otherwise")


def _is_extreme(match: re.Match[str], passage: Passage, facts: Facts, best: Callable[[Iterable[float]], float]) -> bool:
    """Whether what is called the cheapest is so among this turn's items, its kind of them, or those that the text names."""
    named = _named_nearest(passage, match.start()) or passage.about
    amounts = [amount.value for amount in amounts_in(passage.bare)]
    prices = [item.price for item in named if item.price is not None] or amounts
    if not prices:
        return bool(not named and facts.items)  # "show you the cheapest": said of nothing
    groups = [facts.turn, passage.beside, *facts.lists]
    groups += [tuple(item for item in facts.turn if item.slot == one.slot) for one in named]
    sets = [
        [item.price for item in group if item.price is not None] for group in groups if len(group) > 1 or group is facts.turn
    ]
    return any(abs(best(group) - price) < CENT for group in sets if group for price in prices)


def _named_nearest(passage: Passage, place: int) -> tuple[Known, ...]:
    """Whom a superlative is said of: the one named before it, else the first after it."""
    before = [name for name in passage.names if name.end <= place]
    after = [name for name in passage.names if name.start >= place]
    return before[-1].items if before else after[0].items if after else ()


def _orders(match: re.Match[str], passage: Passage, sign: int) -> bool:
    """Whether a comparison of two named items holds; one that names fewer is not judged."""
    before = [name for name in passage.names if name.end <= match.start()]
    after = [name for name in passage.names if name.start >= match.end()]
    if not before or not after:
        return True
    pairs = [(one.price, other.price) for one in before[-1].items for other in after[0].items]
    return any(one is not None and other is not None and sign * (other - one) > CENT for one, other in pairs)
