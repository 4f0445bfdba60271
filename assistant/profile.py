"""What is known of a shopper for good: likes, what they never wear, sizes, budget, climate; how that changes and bears on filters."""

import re
from collections.abc import Iterable, Sequence
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator

from catalog.taxonomy import Field as Said
from catalog.taxonomy import singular, vocabulary
from retrieval.filters import Filters

MOST = 40  # words under one heading: more is no taste, and the page could not show it
CLOTHES = frozenset(["tops", "bottoms", "all-body", "outerwear"])
SHOE_SIZES = (34.0, 50.0)  # a bare number within these is a shoe size, as European shops write them
ASPECTS: dict[str, Said] = {"kinds": "garment", "colours": "colour", "materials": "material", "patterns": "pattern"}

Word = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=60)]
Words = tuple[Word, ...]


class Tastes(BaseModel):
    """Words for things, by what they say of them: the vocabulary's names, and brands as they are written."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    colours: Words = ()
    kinds: Words = ()
    materials: Words = ()
    patterns: Words = ()
    brands: Words = ()

    @classmethod
    def of(cls, words: Iterable[str]) -> tuple[Self, tuple[str, ...]]:
        """The words, sorted by what they say, and those that the vocabulary does not know."""
        known: dict[str, list[str]] = {aspect: [] for aspect in ASPECTS}
        unknown = []
        for word in words:
            found = _known(word)
            if found:
                known[found[0]].append(found[1])
            else:
                unknown.append(word)
        return cls(**{aspect: _once(names) for aspect, names in known.items()}), _once(unknown)

    def words(self) -> list[str]:
        """All of them in one list."""
        return [word for name in type(self).model_fields for word in getattr(self, name)]

    def and_also(self, more: Self) -> Self:
        """These and the others; the oldest give way where they are too many."""
        return type(self)(**{name: _once((*getattr(self, name), *getattr(more, name))) for name in type(self).model_fields})

    def but(self, unwanted: Iterable[str]) -> Self:
        """These without some words."""
        return type(self)(**{name: _without(getattr(self, name), unwanted) for name in type(self).model_fields})


class Profile(BaseModel):
    """A shopper. `dislikes` are never shown unless asked for; `budget` is the most for one item, in the shop's currency.

    A size is "M" or "42", or names the garment it is of: "dress 38".
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    likes: Tastes = Tastes()
    dislikes: Tastes = Tastes()
    styles: Words = ()  # style words and whatever else is liked: "minimal", "navy coats"
    sizes: Words = ()
    budget: float | None = Field(default=None, gt=0, allow_inf_nan=False)
    climate: Word | None = None  # warm, mild, cold, or another word for it
    gender: Literal["women", "men"] | None = None  # for whom they shop

    @field_validator("sizes")
    @classmethod
    def _as_written_on_labels(cls, sizes: Words) -> Words:
        return _once(_label(size) for size in sizes)

    @classmethod
    def of_words(cls, likes: Sequence[str] = (), dislikes: Sequence[str] = (), **others: Any) -> Self:
        """A profile from plain words: an unknown word that is liked is a style, one that is not is a brand.

        Raises ValueError (pydantic's) for a budget, gender or length that makes no sense.
        """
        liked, styles = Tastes.of(likes)
        unliked, brands = Tastes.of(dislikes)
        return cls(likes=liked, dislikes=unliked.and_also(Tastes(brands=brands)), styles=styles, **others)

    def stated(self) -> dict[str, Any]:
        """Only what is known, for JSON."""
        return self.model_dump(exclude_defaults=True, mode="json")

    def liked(self) -> list[str]:
        """Everything liked, in plain words."""
        return [*self.likes.words(), *self.styles]

    def prefer(self) -> list[str]:
        """Soft wishes: what the ranking is pushed towards."""
        return self.liked()

    def hard(self) -> Filters:
        """All that the profile rules out, as filters; `merged` says which of it bears on a question."""
        sizes = _once(size.split()[-1] for size in self.sizes)
        return Filters.model_validate(
            {"gender": self.gender, "max_price": self.budget, "sizes": sizes} | _ruled_out(self.dislikes)
        )

    def sizes_for(self, slot: str | None) -> tuple[str, ...]:
        """The sizes that can be one in the slot: a shoe size says nothing about a dress. Of any slot only if they cover all."""
        if slot is None:
            all_of_them = {each for size in self.sizes for each in slots_of_size(size)} > CLOTHES
            return self.sizes if all_of_them and not any(" " in size for size in self.sizes) else ()
        return tuple(size.split()[-1] for size in self.sizes if slot in slots_of_size(size))

    def season(self) -> str | None:
        """The season that the climate is like, for looks of which none is stated."""
        return {"cold": "winter", "warm": "summer"}.get(self.climate or "")

    def in_words(self) -> dict[str, list[str]]:
        """Under headings, for people."""
        said: dict[str, list[str]] = {
            "Likes": self.liked(),
            "Never": [*self.dislikes.but(self.dislikes.brands).words(), *(f"anything by {b}" for b in self.dislikes.brands)],
            "Sizes": list(self.sizes),
            "At most": [f"{self.budget:g} for one item"] if self.budget else [],
            "Climate": [self.climate] if self.climate else [],
            "Shops for": [self.gender] if self.gender else [],
        }
        return {heading: words for heading, words in said.items() if words}


class ProfileChange(BaseModel):
    """What a statement changes: what holds from now on, and the words or headings that no longer do."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    add: Profile = Profile()
    forget: Words = ()  # a word, or one of HEADINGS, or "everything"

    def applied(self, profile: Profile) -> Profile:
        """The profile after the change: who now loves what they hated no longer hates it."""
        if "everything" in self.forget:
            profile = Profile()
        add, emptied = self.add, {name: Profile.model_fields[name].default for name in HEADINGS if name in self.forget}
        kept = profile.model_copy(update=emptied)
        taken = {slot for size in add.sizes for slot in slots_of_size(size)}
        return Profile(
            likes=kept.likes.but((*self.forget, *add.dislikes.words())).and_also(add.likes),
            dislikes=kept.dislikes.but((*self.forget, *add.liked())).and_also(add.dislikes),
            styles=_once((*_without(kept.styles, (*self.forget, *add.dislikes.words())), *add.styles)),
            sizes=_once((*(size for size in _without(kept.sizes, self.forget) if not taken & slots_of_size(size)), *add.sizes)),
            **{name: getattr(add, name) or getattr(kept, name) for name in ("budget", "climate", "gender")},
        )

    def in_words(self) -> str:
        """What to say of it: "Noted: you like green, never yellow." """
        add, parts = self.add, []
        parts += [f"you like {_listed(add.liked())}"] if add.liked() else []
        parts += [f"never {_listed(add.dislikes.words())}"] if add.dislikes.words() else []
        parts += (
            [_listed(f"{size[: -len(size.split()[-1])]}size {size.split()[-1]}" for size in add.sizes)] if add.sizes else []
        )
        parts += [f"at most {add.budget:g} for one item"] if add.budget else []
        parts += [f"a {add.climate} climate"] if add.climate else []
        parts += [f"you shop for {add.gender}"] if add.gender else []
        noted = [f"Noted: {'; '.join(parts)}."] if parts else []
        gone = _listed("everything about you" if word == "everything" else word for word in self.forget)
        return " ".join(noted + ([f"Forgotten: {gone}."] if gone else []))


HEADINGS = ("likes", "dislikes", "styles", "sizes", "budget", "climate", "gender")


def merged(filters: Filters, profile: Profile, slot: str | None, words: str = "") -> Filters:
    """The filters of a question to one slot (None: any), and what the profile adds to them.

    What the question says beats the profile: its price, sizes and gender replace the profile's, and a colour, kind,
    material, pattern or brand that it asks for, in filters or `words`, is not ruled out. Who shops for somebody of
    another gender shops for somebody else, of whom the profile knows nothing.
    """
    if filters.gender and profile.gender and filters.gender not in (profile.gender, "unisex"):
        return filters
    changes: dict[str, Any] = {"gender": filters.gender or profile.gender}
    if filters.max_price is None and profile.budget and profile.budget >= (filters.min_price or 0):
        changes["max_price"] = profile.budget
    if not filters.sizes:
        changes["sizes"] = profile.sizes_for(slot)
    for name, never in _ruled_out(profile.dislikes).items():
        asked = _asked(filters, name.removeprefix("exclude_"), words, slot)
        allowed = (word for word in never if not any(_is_a(wish, word) for wish in asked))
        changes[name] = _once((*getattr(filters, name), *allowed))
    return filters.model_copy(update=changes)


def _ruled_out(dislikes: Tastes) -> dict[str, tuple[str, ...]]:
    return {f"exclude_{name}": getattr(dislikes, name) for name in Tastes.model_fields}


def _asked(filters: Filters, aspect: str, words: str, slot: str | None) -> list[str]:
    """What a question asks for in one aspect; who asks for hats wants hats."""
    named = [mention.name for mention in vocabulary().mentions(words, ASPECTS[aspect])] if aspect in ASPECTS else []
    return [*getattr(filters, aspect, ()), *named, *([slot] if slot and aspect == "kinds" else [])]


def _is_a(wish: str, word: str) -> bool:
    """Whether the wish is the word or one of its sort: pumps are heels, mustard is yellow."""
    words = vocabulary()
    return wish.casefold() == word.casefold() or words.basic(wish) == word or words.covers(word, wish)


def _known(word: str) -> tuple[str, str] | None:
    for form in (word, singular(word)):
        for aspect, field in ASPECTS.items():
            name = vocabulary().lookup(field, form)
            if name:
                return aspect, name
    return None


def _label(size: str) -> str:
    """A size as labels write it, with its garment only if that says more: "medium" -> "M", "shoe 42,5" -> "42.5", "Dress 38"."""
    *garment, last = size.lower().replace(",", ".").split()
    label = {"small": "s", "medium": "m", "large": "l"}.get(last, last).upper()
    full = " ".join([*(word for word in garment if word != "size"), label])
    return label if slots_of_size(full) == slots_of_size(label) else full


def slots_of_size(size: str) -> frozenset[str]:
    """The slots that a size bears on."""
    garment, _, label = size.rpartition(" ")
    named = vocabulary().slot_of(garment)
    if named:
        return frozenset([named])
    number = float(label) if re.fullmatch(r"\d{1,2}(?:\.\d)?", label) else None
    return frozenset(["shoes"]) if number is not None and SHOE_SIZES[0] <= number <= SHOE_SIZES[1] else CLOTHES


def _once(words: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(words))[-MOST:]


def _without(words: Iterable[str], unwanted: Iterable[str]) -> tuple[str, ...]:
    gone = {word.casefold() for word in unwanted}
    return tuple(word for word in words if word.casefold() not in gone)


def _listed(words: Iterable[str]) -> str:
    *others, last = [*words] or [""]
    return f"{', '.join(others)} and {last}" if others else last
