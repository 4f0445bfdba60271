"""Whether a thing does for an occasion and which of several is better, in words."""

import re
from collections.abc import Sequence

from assistant.floor.reasons import OCCASION_WORDS
from assistant.floor.results import Recommendation, Result
from assistant.saying.phrasing import in_pairs, listed, sentences, the
from assistant.understanding.choosing import sides
from assistant.understanding.suiting import Suiting, Verdict, suitings
from assistant.understanding.understood import Anchor, Understood
from catalog.taxonomy import vocabulary
from retrieval.filters import Filters

_OR = re.compile(r"\bor\b.*\?|\b(?:which|should)\b.*\bor\b", re.I)
_RANKS: tuple[Verdict | None, ...] = ("good", "maybe", None, "poor")
LITTLE = 0.03  # difference of two scores that is not worth a word


def fit(understood: Understood, result: Result) -> str:
    """Whether a thing does for an occasion: what is held of its kind in general, else whether the shop has such things made for it."""
    (thing,) = understood.anchors
    it, occasion, made = the(thing.caption), _time(understood.filters), len(_made_for_it(result))
    those = "all are" if made == len(result.items) else "only the first is" if made == 1 else f"the first {made} are"
    nearest = (
        f"Of mine these come nearest; {those} made for it:"
        if made
        else f"I have nothing like it that is made for {occasion}; these come nearest:"
    )
    if verdict := suited(thing, understood.filters):
        return f"{verdict} {nearest}"
    if not made:
        return f"I have nothing like {it} that is made for {occasion}, so I can't tell. These come nearest:"
    if not _of_a_sort(thing):
        return f"The picture doesn't tell me enough of {it}. {nearest}"
    if _like(thing, result):
        return f"{it[:1].upper()}{it[1:]} can do for {occasion}, I think. {nearest}"
    return f"For {occasion} I would rather not take {it}, but one of these; {those} made for it:"


def suited(thing: Anchor, filters: Filters) -> str:
    """What is held of a thing's kind for an occasion or a season, in a sentence or two; empty where nothing is."""
    when = _suiting(filters)
    if when is None or thing.kind is None or not verdict_of(thing, filters):
        return ""
    return f"{when.at.capitalize()} {when.told(thing.kind, the(thing.caption), several=in_pairs(thing.kind))}"


def verdict_of(thing: Anchor, filters: Filters) -> Verdict | None:
    """Whether a thing's kind suits the occasion or the season."""
    when = _suiting(filters)
    return when.verdict(thing.kind) if when and thing.kind and _of_a_sort(thing) else None


def _suiting(filters: Filters) -> Suiting | None:
    return next((suitings()[name] for name in (*filters.occasions, *filters.seasons) if name in suitings()), None)


def which(understood: Understood, results: Sequence[Result]) -> str:
    """Which of several goes better with the rest, by the stylist's scores; where there is no rest, which does for an occasion."""
    things, worn = sides(understood.judged or understood.anchors)
    if not worn:
        return _which_for_it(understood, things, results)
    rest, best = listed([the(thing.caption) for thing in worn]), best_of(understood, results)
    if best is None:
        return f"With {rest} there is little between them: take the one you like better."
    others = [(thing, result) for thing, result in zip(things, results, strict=True) if thing is not things[best]]
    scores = listed([f"{the(thing.caption)} {result.score or 0.0:.0%}" for thing, result in others])
    why = f" {sentences(results[best].facts)}" if results[best].facts else ""
    return f"I would take {the(things[best].caption)}: with {rest} I rate the set {results[best].score or 0.0:.0%}, with {scores}.{why}"


def best_of(understood: Understood, results: Sequence[Result]) -> int | None:
    """The place of the thing that is better than the others; None where nothing decides."""
    things, worn = sides(understood.judged or understood.anchors)
    if worn:
        worth = [result.score or 0.0 for result in results]
        first, second = sorted(worth, reverse=True)[:2]
        return worth.index(first) if first - second >= LITTLE else None
    if not all(map(_of_a_sort, things)):
        return None
    held = [_RANKS.index(verdict_of(thing, understood.filters)) for thing in things]
    ranks = [(-rank, _like(thing, result)) for rank, thing, result in zip(held, things, results, strict=True)]
    best = max(ranks)
    return ranks.index(best) if ranks.count(best) == 1 else None


def preferred(understood: Understood, results: Sequence[Result], said: str) -> str:
    """Which of two colours or types that were asked about comes first by the stylist: "black or brown shoes with this suit?"."""
    filters, first = understood.filters, results[0].items[0] if len(results) == 1 and results[0].items else None
    if first is None or results[0].tool != "complement" or not _OR.search(said):
        return ""
    if len(filters.colours) == 2:
        basics = {vocabulary().basic(colour) for colour in first.get("colours", ())[:1]}
        fitting = [colour for colour in filters.colours if vocabulary().basic(colour) in basics]
    else:
        fitting = [kind for kind in filters.kinds if len(filters.kinds) == 2 and vocabulary().covers(kind, first.get("kind"))]
    return f"I would go for {fitting[0]} here." if len(fitting) == 1 else ""


def _which_for_it(understood: Understood, things: Sequence[Anchor], results: Sequence[Result]) -> str:
    """Which does for an occasion, and why: what is held of its kind in general, else what the shop has of it that is made for it."""
    filters, when = understood.filters, _time(understood.filters)
    vague = [the(thing.caption) for thing in things if not _of_a_sort(thing)]
    if vague:
        return f"The picture doesn't tell me enough of {listed(vague)}. Tell me in words what it shows, and ask again."
    names, like = [the(thing.caption) for thing in things], [_like(*pair) for pair in zip(things, results, strict=True)]
    best = best_of(understood, results)
    if best is None:
        made = [name for name, count in zip(names, like, strict=True) if count]
        return (
            f"For {when} I would take either: {listed(made)} can do."
            if made
            else f"For {when} rather something else: I have nothing like {listed(names, 'or')} that is made for it."
        )
    if len({verdict_of(thing, filters) for thing in things}) > 1:
        return f"{suited(things[best], filters)} I would take {names[best]}.".strip()
    without = [name for name, count in zip(names, like, strict=True) if not count]
    why = f"I have nothing like {listed(without, 'or')} that is made for it" if without else "I have more like it made for that"
    return f"For {when} I would take {names[best]}: {why}."


def _time(filters: Filters) -> str:
    """ "a wedding", "a wedding in summer", "winter"."""
    occasions = listed([OCCASION_WORDS.get(name, name) for name in filters.occasions])
    return " in ".join(filter(None, [occasions, listed(filters.seasons, "or")]))


def _of_a_sort(thing: Anchor) -> bool:
    """Whether a thing's kind says more than its slot: not "shoes"."""
    return thing.kind is not None and thing.kind not in vocabulary().slots


def _like(thing: Anchor, result: Result) -> int:
    """How many of what was found that is made for an occasion are of a thing's kind."""
    return sum(vocabulary().covers(thing.kind or "", item["kind"]) for item in _made_for_it(result) if item.get("kind"))


def _made_for_it(result: Result) -> Sequence[Recommendation]:
    return [] if result.relaxed else result.items[: len(result.items) - result.lacking]
