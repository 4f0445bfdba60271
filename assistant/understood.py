"""What was understood of a turn, as plain data: it travels with the planner's messages and comes back from disk."""

from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict

from retrieval.filters import Filters

Intent = Literal["complement", "search", "judge", "build", "swap", "show", "chat"]
Source = Literal["photo", "text", "catalogue"]


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


class Wish(BaseModel):
    """What is wanted of one slot, beside the filters: the shopper's words for it, and its own colours."""

    model_config = ConfigDict(frozen=True)

    words: str = ""
    called: str = ""  # the shopper's own name for it: "trousers"
    colours: tuple[str, ...] = ()


class Offer(BaseModel):
    """What the reply offered to relax, so that "yes" can be taken up: lift the filter, or set it to `value`."""

    model_config = ConfigDict(frozen=True)

    name: str
    value: float | None = None


class Understood(BaseModel):
    """One turn, understood."""

    model_config = ConfigDict(frozen=True)

    intent: Intent
    anchors: tuple[Anchor, ...] = ()
    slots: tuple[str, ...] = ()
    filters: Filters = Filters()
    wishes: dict[str, Wish] = {}  # by slot
    words: str = ""  # what is wanted beside slots: the whole search where no garment is named, "warm", "casual"
    exclude: tuple[str, ...] = ()  # ids that are not wanted again
    items: tuple[str, ...] = ()  # ids asked about
    topic: str | None = None  # which answer a turn calls for, where the intent does not say it
    proposed: bool = False  # the slots are our proposal, not the shopper's wish
    cheaper: bool = False  # the highest price is not stated, but below what was shown
    unknown: str | None = None  # a word that is in no vocabulary
    mended: str | None = None  # a corrected anchor's caption
    taken: tuple[tuple[str, str], ...] = ()  # misspelt words, and what they were taken for
    offer: Offer | None = None

    def filters_of(self, slot: str) -> Filters:
        """The filters as they bear on one of the wanted slots; where several are wanted, each keeps its own colours."""
        filters = self.filters.for_slot(slot)
        if len(self.slots) > 1 and any(wish.colours for wish in self.wishes.values()):
            filters = filters.model_copy(update={"colours": self.wishes.get(slot, Wish()).colours})
        return filters

    def words_of(self, slot: str) -> str:
        """What to look for in a slot, in the shopper's words."""
        return " ".join(part for part in (self.wishes.get(slot, Wish()).words, self.words) if part)

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
