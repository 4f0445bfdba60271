"""What the rules of understanding go by: a message, read, with the photos beside it, the conversation before it, and what it points at."""

from collections.abc import Callable
from dataclasses import dataclass, field

from assistant.profile import Profile
from assistant.understanding import cues
from assistant.understanding.reading import Reading
from assistant.understanding.references import Pointed
from assistant.understanding.understood import Anchor, Intent, Understood
from retrieval.filters import Filters

RULED_OUT = ("exclude_colours", "exclude_brands", "exclude_materials", "exclude_patterns")
Photos = tuple[Anchor, ...]


@dataclass(frozen=True)
class Told:
    """One turn as it was told."""

    reading: Reading
    photos: Photos = ()
    before: Understood | None = None
    pointed: Pointed = field(default_factory=Pointed)
    profile: Profile = field(default_factory=Profile)
    empty: int = 0  # photos that show no garment
    likely: Intent | None = None  # what it most likely asks, where that is sure

    @property
    def text(self) -> str:
        """The message, tidied."""
        return self.reading.text

    def aside(self, intent: str = "chat", **changes: object) -> Understood:
        """A turn aside, which does not forget what was asked before."""
        return (self.before or Understood(intent="chat")).aside(intent, **changes)  # type: ignore[arg-type]

    def anew(self, intent: str, **changes: object) -> Understood:
        """A wish of its own: what was shown and turned down is remembered, what was wished is not."""
        known = {"seen": self.before.seen, "rejected": self.before.rejected, "shown": self.before.shown} if self.before else {}
        return Understood(intent=intent, **(known | {"taken": self.reading.taken, "notes": self.reading.notes} | changes))  # type: ignore[arg-type]

    def person(self) -> Filters:
        """What holds for another wish too: for whom it is, and what they do not wear."""
        never = self.profile.hard().model_dump(include={name for name in Filters.model_fields if name.startswith("exclude_")})
        lasting = Filters(**never)
        if not self.before:
            return lasting
        before = self.before.filters
        if cues.FOR_ME.search(self.text):
            before = before.model_copy(update={"gender": self.profile.gender})
        if cues.SAME.search(self.text):
            return before.without("kinds", "exclude_kinds", "currency")
        ruled_out = {name: (*getattr(before, name), *getattr(lasting, name)) for name in RULED_OUT}
        kept = {name: tuple(dict.fromkeys(words)) for name, words in ruled_out.items()}
        return Filters.model_validate(kept | {"gender": before.gender})


Rule = Callable[[Told], Understood | None]
