"""Which pieces a look has, by occasion, season, gender and what is given already: data (`templates.yaml`), and its reading."""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from importlib.resources import files
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict

from assistant.floor.things import Thing
from catalog.items import Gender, Item
from catalog.taxonomy import vocabulary
from retrieval.filters import Filters

MOST = 5  # new pieces of a look; more is a wardrobe
EVERY_DAY = "casual"  # the occasion, where none is named
BODY = ("tops", "bottoms", "all-body")


class Wanted(BaseModel):
    """A piece that a look wants: its slot, the kinds that suit the occasion (any where none is named) and those that do not."""

    model_config = ConfigDict(frozen=True)

    slot: str
    required: bool = True
    only: tuple[str, ...] = ()
    avoid: tuple[str, ...] = ()


class Opening(BaseModel):
    """What a look begins with."""

    model_config = ConfigDict(extra="forbid")

    slots: list[str]
    gender: Gender | None = None
    occasions: list[str] = []
    only: dict[str, list[str]] = {}
    without: list[str] = []


class Pieces(BaseModel):
    """What an occasion or a season adds."""

    model_config = ConfigDict(extra="forbid")

    required: list[str] = []
    optional: list[str] = []
    men: list[str] | None = None
    without: list[str] = []
    only: dict[str, list[str]] = {}
    avoid: list[str] = []


class Templates(BaseModel):
    """All of `templates.yaml`."""

    model_config = ConfigDict(extra="forbid")

    openings: list[Opening]
    under: dict[str, dict[str, list[str]]]
    occasions: dict[str, Pieces]
    seasons: dict[str, Pieces]
    implied: dict[str, str]
    avoid: list[str]
    tells: dict[str, list[str]]
    genders: dict[Literal["women", "men"], list[str]]


@lru_cache(maxsize=1)
def templates() -> Templates:
    """The templates that ship with the package."""
    return Templates.model_validate(
        yaml.safe_load(files("assistant.floor").joinpath("templates.yaml").read_text(encoding="utf-8"))
    )


def leading(occasions: Sequence[str]) -> str | None:
    """The occasion that decides, where several are named: a beach wedding is a wedding first."""
    return next((name for name in templates().occasions if name in occasions), None)


def seasons_of(filters: Filters) -> tuple[str, ...]:
    """The seasons asked for, else those that the occasions imply."""
    implied, known = templates().implied, templates().seasons
    named = filters.seasons or [implied[name] for name in filters.occasions if name in implied]
    return tuple(dict.fromkeys(name for name in named if name in known))


def implied_gender(given: Sequence[Thing], filters: Filters, words: str = "") -> Gender | None:
    """For whom things are: as stated, else as what is worn, named or wished for tells; None where nothing does, or both."""
    if filters.gender:
        return filters.gender
    told = {str(thing.gender) for thing in given if isinstance(thing, Item) and thing.gender not in (None, "unisex")}
    told |= {gender for text in (words, *(thing.words for thing in given)) for gender in _genders_in(text)}
    kinds = [*filters.kinds, *(kind for thing in given if (kind := _kind(thing)))]
    told |= {gender for kind in kinds for gender, own in templates().genders.items() if _under(kind, own)}
    return "women" if told == {"women"} else "men" if told == {"men"} else None


def wanted(
    given: Sequence[Thing], filters: Filters, gender: Gender, slots: Sequence[str] = (), without: Sequence[str] = ()
) -> list[list[Wanted]]:
    """The ways to make a look for somebody, each the pieces it wants, in the order in which they are chosen."""
    occasion = _occasion(given, filters)
    if slots:
        named = [Wanted(slot=slot) for slot in dict.fromkeys(slots) if slot not in without]
        return [_suited(named, filters, occasion)] if named else []
    left_out = {*without, *(thing.slot or vocabulary().slot_of(thing.words) for thing in given)}
    found = []
    for opening in _openings(given, filters, gender, occasion):
        core = [Wanted(slot=slot, only=tuple(opening.only.get(slot, ()))) for slot in opening.slots]
        besides = [
            piece for piece in _besides(filters, gender, occasion) if piece.required or piece.slot not in opening.without
        ]
        pieces = [piece for piece in [*core, *besides] if piece.slot not in left_out]
        if pieces and pieces not in found:
            found.append(pieces)
    return [_suited(_at_most(pieces), filters, occasion) for pieces in found]


def _occasion(given: Sequence[Thing], filters: Filters) -> str:
    """The occasion that a look is for: as asked, else as what is worn or wished for tells."""
    kinds = [*filters.kinds, *(kind for thing in given if (kind := _kind(thing)))]
    told = [occasion for occasion, own in templates().tells.items() for kind in kinds if _under(kind, own)]
    return leading(filters.occasions) or next(iter(told), EVERY_DAY)


def _openings(given: Sequence[Thing], filters: Filters, gender: Gender, occasion: str) -> Iterator[Opening]:
    """Those that what is worn and wished for leaves open."""
    worn = {kind.slot: kind.name for name in map(_kind, given) if name and (kind := vocabulary().kinds[name])}
    asked = {vocabulary().kinds[name].slot: name for name in filters.kinds if name in vocabulary().kinds}
    whole = worn.get("all-body") or asked.get("all-body")
    if whole:
        under = {
            slot: kinds for over, only in templates().under.items() if _under(whole, [over]) for slot, kinds in only.items()
        }
        yield Opening(slots=list(dict.fromkeys(["all-body", *under, *(slot for slot in BODY if slot in asked)])), only=under)
        return
    separate = bool({"tops", "bottoms"} & (worn.keys() | asked.keys()))
    for opening in templates().openings:
        fits = opening.gender in (None, gender) and (not opening.occasions or occasion in opening.occasions)
        if fits and not (separate and "all-body" in opening.slots):
            yield opening


def _besides(filters: Filters, gender: Gender, occasion: str) -> list[Wanted]:
    """The pieces besides what a look begins with: required ones, and those that were named, before optional ones."""
    pieces, kinds = templates().occasions[occasion], vocabulary().kinds
    seasons = [templates().seasons[name] for name in seasons_of(filters)]
    named = [kinds[kind].slot for kind in filters.kinds if kind in kinds and kinds[kind].slot not in BODY]
    required = [*pieces.required, *named, *(slot for season in seasons for slot in season.required)]
    optional = pieces.men if gender == "men" and pieces.men is not None else pieces.optional
    optional = [*optional, *(slot for season in seasons for slot in season.optional)]
    gone = {slot for season in seasons for slot in season.without} - {
        *named,
        *(s for season in seasons for s in season.required),
    }
    must = [slot for slot in dict.fromkeys(required) if slot not in gone]
    may = [slot for slot in dict.fromkeys(optional) if slot not in {*gone, *must}]
    return [Wanted(slot=slot) for slot in must] + [Wanted(slot=slot, required=False) for slot in may]


def _at_most(pieces: Sequence[Wanted]) -> list[Wanted]:
    """No more than a look has; one that wants nothing but optional pieces needs the first of them."""
    if not any(piece.required for piece in pieces):
        pieces = [pieces[0].model_copy(update={"required": True}), *pieces[1:]]
    room = MOST - sum(piece.required for piece in pieces)
    optional = [piece for piece in pieces if not piece.required][: max(room, 0)]
    return [piece for piece in pieces if piece.required or piece in optional]


def _suited(pieces: Sequence[Wanted], filters: Filters, occasion: str) -> list[Wanted]:
    """With the kinds that suit the occasions; a slot whose kind the shopper named takes that."""
    kinds, occasions = vocabulary().kinds, templates().occasions
    named = {kinds[kind].slot for kind in filters.kinds if kind in kinds}
    seasons = [templates().seasons[name] for name in seasons_of(filters)]
    avoided = [
        *templates().avoid,
        *(kind for name in occasions if name in (*filters.occasions, occasion) for kind in occasions[name].avoid),
    ]

    def suited(piece: Wanted) -> Wanted:
        if piece.slot in named:
            return piece.model_copy(update={"only": ()})
        only = piece.only or tuple(occasions[occasion].only.get(piece.slot, ()))
        only += tuple(kind for season in seasons for kind in season.only.get(piece.slot, ()) if only)
        avoid = tuple(kind for kind in dict.fromkeys(avoided) if kinds[kind].slot == piece.slot and kind not in only)
        return piece.model_copy(update={"only": only, "avoid": avoid})

    return [suited(piece) for piece in pieces]


def _genders_in(text: str) -> set[str]:
    return {mention.name for mention in vocabulary().mentions(text, "gender")} - {"unisex"}


def _kind(thing: Thing) -> str | None:
    if isinstance(thing, Item) and thing.kind:
        return thing.kind
    kind = vocabulary().kind_in(thing.words)
    return kind.name if kind else None


def _under(kind: str, general: Sequence[str]) -> bool:
    return any(vocabulary().covers(name, kind) for name in general)
