"""What was understood of a turn, as plain data: it travels with the planner's messages and comes back from disk."""

from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict

from assistant.profile import Profile, ProfileChange, merged, slots_of_size
from catalog.taxonomy import vocabulary
from retrieval.filters import Filters

Intent = Literal["complement", "search", "judge", "build", "swap", "show", "chat"]
Task = Literal["complement", "search", "judge", "build"]  # what a conversation is at, while it turns aside
Source = Literal["photo", "text", "catalogue"]
MOST_SEEN = 1_000  # ids that a conversation remembers as shown; who has seen more may see the first ones again


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
    beside: bool = False  # seen beside others in one photo


class Shown(BaseModel):
    """An item that was shown, with its place counted from 1."""

    model_config = ConfigDict(frozen=True)

    place: int
    id: str
    title: str
    slot: str
    price: float | None = None
    kind: str | None = None
    colours: tuple[str, ...] = ()
    brand: str | None = None
    look: int | None = None  # which look it belongs to, counted from 1

    def as_anchor(self) -> Anchor:
        """The item as a thing to go with."""
        return Anchor(caption=self.title, slot=self.slot, kind=self.kind, source="catalogue", id=self.id)


class Wish(BaseModel):
    """What is wanted of one slot, beside the filters: the shopper's words for it, and its own colours."""

    model_config = ConfigDict(frozen=True)

    words: str = ""
    called: str = ""  # the shopper's own name for it: "trousers"
    colours: tuple[str, ...] = ()
    max_price: float | None = None  # "a bag under 50", said of this thing alone


class Quest(BaseModel):
    """What was looked for in one slot before the talk went on to another, to come back to."""

    model_config = ConfigDict(frozen=True)

    task: Task
    anchors: tuple[Anchor, ...] = ()
    filters: Filters = Filters()
    wish: Wish = Wish()
    words: str = ""
    shown: tuple[Shown, ...] = ()


class Offer(BaseModel):
    """What the reply offered to relax, so that "yes" can be taken up: lift the filter, or set it to `value`."""

    model_config = ConfigDict(frozen=True)

    name: str
    value: float | None = None


class Understood(BaseModel):
    """One turn, understood, and what the conversation knows by then."""

    model_config = ConfigDict(frozen=True)

    intent: Intent
    # What the conversation is about. Asides ("thanks", "compare 1 and 3") leave it as it is.
    task: Task | None = None
    anchors: tuple[Anchor, ...] = ()
    slots: tuple[str, ...] = ()
    filters: Filters = Filters()
    wishes: dict[str, Wish] = {}  # by slot
    words: str = ""  # what is wanted beside slots: the whole search where no garment is named, "warm", "casual"
    proposed: bool = False  # the slots are our proposal, not the shopper's wish
    earlier: dict[str, Quest] = {}  # by slot: what was looked for before
    purse: bool = False  # whether the highest price is what the shopper can spend, and not said of one thing
    without: tuple[str, ...] = ()  # slots that a look shall not have
    looks_wanted: int = 1
    # What was shown.
    shown: tuple[Shown, ...] = ()  # the last list, as it was numbered
    spoken_of: tuple[str, ...] = ()  # ids of it that were asked about last: "it", "that one"
    seen: tuple[str, ...] = ()  # ids ever shown
    rejected: tuple[str, ...] = ()  # ids that the shopper turned down
    look: int | None = None  # which of the shown looks the talk is about
    profile: Profile = Profile()  # what is known of the shopper, by then
    # This turn alone.
    exclude: tuple[str, ...] = ()  # ids that are not wanted again
    items: tuple[str, ...] = ()  # ids asked about
    judged: tuple[Anchor, ...] = ()  # what is judged, where it is not what the talk is about
    swapped: str | None = None  # the slot of a look that is exchanged
    stays: tuple[str, ...] = ()  # ids of a look's pieces that stay, where only some are left out or added
    cheapest: bool = False  # the cheapest first
    topic: str | None = None  # which answer a turn calls for, where the intent does not say it
    cheaper: bool = False  # the highest price is not stated, but below what was shown
    about: str = ""  # what the answer is about, in words: a topic, two colours, the ends of a price range that cannot be
    unknown: str | None = None  # a word that is in no vocabulary
    mended: str | None = None  # a corrected anchor's caption
    taken: tuple[tuple[str, str], ...] = ()  # misspelt words, and what they were taken for
    notes: tuple[str, ...] = ()  # what was taken as what: "UK 7 as EU 40"
    count: int | None = None  # how many are wanted
    noted: ProfileChange | None = None  # what the message says of the shopper for good
    answered: bool = False  # whether the tools' results are in
    offer: Offer | None = None

    def filters_of(self, slot: str) -> Filters:
        """The filters as they bear on one of the wanted slots; where several are wanted, each keeps its own colours."""
        filters, wish = self.filters.for_slot(slot), self.wishes.get(slot, Wish())
        if len(self.slots) > 1 and any(wish.colours for wish in self.wishes.values()):
            filters = filters.model_copy(update={"colours": wish.colours})
        if self.task == "build" or (
            len(self.slots) > 1 and "shoes" in self.slots
        ):  # "a gown, and shoes in 42": a shoe size is none of a gown
            filters = filters.model_copy(update={"sizes": tuple(s for s in filters.sizes if slot in slots_of_size(s))})
        ceilings = [price for price in (filters.max_price, wish.max_price) if price is not None]
        highest = min(ceilings, default=None)
        lowest = filters.min_price if highest is None or (filters.min_price or 0) <= highest else None
        return filters.model_copy(update={"max_price": highest, "min_price": lowest})

    def words_of(self, slot: str) -> str:
        """What to look for in a slot, in the shopper's words."""
        return " ".join(part for part in (self.wishes.get(slot, Wish()).words, self.words) if part)

    def pieces(self) -> tuple[Shown, ...]:
        """The pieces of the look that the talk is about; none where no look was shown."""
        return tuple(item for item in self.shown if item.look is not None and item.look == self.look)

    def stated(self) -> dict[str, Any]:
        """The part of the JSON answer that says what was understood."""
        said: dict[str, Any] = {"intent": self.intent}
        if self.anchors:
            said["anchors"] = [
                anchor.model_dump(include={"caption", "slot", "source"}, exclude_none=True) for anchor in self.anchors
            ]
        if self.slots:
            said |= {"slot": self.slots[0], "slots": list(self.slots)}
        said["filters"] = self._applied().stated()
        if self.filters.total_max is not None and self.filters.max_price is None:
            said["filters"]["max_price"] = self.filters.total_max  # no piece can cost more than all
        return said

    def _applied(self) -> Filters:
        """The filters with what the profile adds, where one thing is looked for."""
        if self.task == "build" and self.intent in ("build", "chat"):
            return merged(self.filters, self.profile, None, self.words)
        if len(self.slots) != 1 or self.task not in ("complement", "search") or self.intent in ("chat", "show", "judge"):
            return self.filters
        kinds = vocabulary().kinds
        applied = merged(self.filters, self.profile, self.slots[0], self.words_of(self.slots[0]))
        never = tuple(kind for kind in applied.exclude_kinds if kind not in kinds or kinds[kind].slot == self.slots[0])
        return applied.model_copy(update={"exclude_kinds": never})

    def state(self) -> dict[str, Any]:
        """The part of the JSON answer that the next turn goes on from; what is empty is left out, but for the lists."""
        kept = self.stated() | {"shown": [item.id for item in self.shown], "rejected": list(self.rejected)}
        del kept["intent"]
        pieces = self.pieces()
        if pieces:
            kept["look"] = [piece.id for piece in pieces]
            if self.filters.total_max is not None:
                kept["budget_left"] = round(self.filters.total_max - sum(piece.price or 0 for piece in pieces), 2)
        if self.without:
            kept["without"] = list(self.without)
        return kept

    def but(self, **changes: Any) -> Self:
        """A copy with changes."""
        return self.model_copy(update=changes)

    def aside(self, intent: Intent, **changes: Any) -> Self:
        """A turn aside, which does not forget what was asked before."""
        return self.model_copy(update=_THIS_TURN | {"intent": intent} | changes)


_OF_A_TURN = "exclude items judged swapped stays cheapest topic cheaper about unknown mended taken notes count noted answered offer".split()
_THIS_TURN: dict[str, Any] = {name: Understood.model_fields[name].default for name in _OF_A_TURN}
