"""Whole looks as results: built from nothing or around what is worn, within a budget; else what to relax."""

from collections.abc import Sequence
from dataclasses import replace

from assistant.floor.considering import SOFT, Considering
from assistant.floor.looks import Asked, Made, Weaver
from assistant.floor.plans import NothingLeft, Plan, plan, total
from assistant.floor.reasons import look_facts, look_reasons
from assistant.floor.results import Look, Recommendation, Result, ToolName, recommended
from assistant.floor.stopwatch import Stopwatch
from assistant.floor.templates import implied_gender, wanted
from assistant.floor.things import Thing
from catalog.items import Gender, Item
from catalog.taxonomy import vocabulary
from retrieval.relaxing import Relaxation, relaxation

EITHER: tuple[Gender, ...] = ("women", "men")  # tried where nothing tells for whom a look is


def dress(
    considering: Considering, asked: Asked, slots: Sequence[str], without: Sequence[str], count: int, watch: Stopwatch
) -> Result:
    """Looks as asked for; where the budget allows none, those for other occasions and seasons that it does allow."""
    made = Dresser(considering, asked, watch, slots, without).build(count)
    soft = [name for name in SOFT if getattr(asked.filters, name)]
    if made.items or not soft:
        return made
    plainer = replace(asked, filters=asked.filters.without(*soft))
    instead = Dresser(considering, plainer, watch, slots, without).build(count)
    return instead.model_copy(update={"relaxed": [*instead.relaxed, *soft]}) if instead.items else made


class Dresser:
    """Makes looks for one wish, of these slots and without those, where the wish names any."""

    def __init__(
        self, considering: Considering, asked: Asked, watch: Stopwatch, slots: Sequence[str] = (), without: Sequence[str] = ()
    ) -> None:
        self._considering, self._asked, self._watch = considering, asked, watch
        self._slots, self._without = slots, without

    def build(self, count: int) -> Result:
        """Up to `count` looks that share no item, each within the budget; where there is none, what to relax."""
        gender = implied_gender(self._asked.given, self._asked.filters, self._asked.words)
        genders, made = (gender,) if gender else EITHER, list[Made]()
        for _ in range(count):
            asked = replace(self._asked, exclude=(*self._asked.exclude, *(item.id for one in made for item in one.items)))
            plans = self._within(asked, genders)
            if made:  # a later look gives away no wish that the first one keeps
                plans = [one for one in plans if set(one.relaxed) <= set(made[0].plan.relaxed)]
            found = Weaver(self._considering, asked, self._watch).looks(plans, made)
            if not found:
                break
            made.append(found[0])
            genders = (found[0].plan.gender or EITHER[0],)
        if not made:
            return Result(tool="build", relaxation=self._way_out(genders))
        return dressed("build", self._considering, self._asked, made, self._watch)

    def _within(self, asked: Asked, genders: Sequence[Gender]) -> list[Plan]:
        """The plans that the shop and the budget allow; where one gives no wish away, only such."""
        plans = [one for one in self._plans(asked, genders)[0] if one.budget is None or one.least <= one.budget]
        return [one for one in plans if not one.relaxed] or plans

    def _plans(self, asked: Asked, genders: Sequence[Gender]) -> tuple[list[Plan], list[str]]:
        """All plans that the shop allows, and the slots in which others found nothing."""
        plans, missing = [], []
        for gender in genders:
            for pieces in wanted(asked.given, asked.filters, gender, self._slots, self._without):
                try:
                    plans.append(plan(self._considering.index, pieces, asked.filters, gender, asked.exclude))
                except NothingLeft as nothing:
                    missing.append(nothing.slot)
        return plans, missing

    def _way_out(self, genders: Sequence[Gender]) -> Relaxation | None:
        """The budget that the cheapest look needs; where no budget helps, the wish that leaves a slot empty."""
        asked, index = self._asked, self._considering.index
        plans, missing = self._plans(asked, genders)
        least = min((one.least for one in plans), default=0) / 100
        if asked.filters.total_max is not None and least > asked.filters.total_max:
            return Relaxation(name="total_max", value=least, count=1)
        for slot in missing:
            if found := relaxation(index, asked.filters.for_slot(slot), [slot], asked.exclude):
                return found
        return None


def dressed(tool: ToolName, considering: Considering, asked: Asked, made: Sequence[Made], watch: Stopwatch) -> Result:
    """Looks as a result, with their pieces in the vocabulary's order of slots."""
    order = vocabulary().slots.index
    pieces = [sorted(one.items, key=lambda item: order(item.slot)) for one in made]
    looks = [_look(considering, asked, items, watch) for items in pieces]
    items = [piece | {"look": number} for number, items in enumerate(pieces, 1) for piece in _recommended(asked, items)]
    relaxed = dict.fromkeys(name for one in made for name in one.plan.relaxed)
    return Result(tool=tool, items=items, relaxed=list(relaxed), looks=looks, score_kind=considering.stylist.score_kind)


def _look(considering: Considering, asked: Asked, items: Sequence[Item], watch: Stopwatch) -> Look:
    whole = [*_besides(asked, items), *items]
    return Look(
        items=[item.id for item in items],
        slots=[item.slot for item in items],
        total=total(items),
        currency=next((item.currency for item in items if item.currency), None),
        score=round(considering.scores([whole], watch)[0], 4),
        score_kind=considering.stylist.score_kind,
        facts=look_facts(items, asked.filters, total(items)),
    )


def _recommended(asked: Asked, items: Sequence[Item]) -> list[Recommendation]:
    told = look_reasons(items, _besides(asked, items), asked.filters, asked.prefer)
    return [recommended(item, text) for item, text in zip(items, told, strict=True)]


def _besides(asked: Asked, items: Sequence[Item]) -> list[Thing]:
    """What is worn and stands in no look."""
    return [thing for thing in asked.given if thing not in items]
