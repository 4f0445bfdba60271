"""Where filters leave nothing: which one to relax, and the nearest value that leaves something."""

from collections.abc import Sequence

from pydantic import BaseModel

from catalog.taxonomy import vocabulary
from retrieval.filters import Filters
from retrieval.index import CaptionIndex

LIMITS = {
    "max_price": 0,
    "cheaper_than": 0,
    "total_max": 0,
    "min_price": 1,
}  # which end of the prices that there are comes nearest
FIELDS = {"brands": "brand"}  # a filter's field among the tags, where it is not its name
OPEN = ("currency",)  # says what was spoken of, and filters nothing


class Relaxation(BaseModel):
    """The filter to relax: with it lifted there are `count` items; `value` is the nearest price, or what most of them are."""

    name: str
    value: float | str | None = None
    count: int


def relaxation(index: CaptionIndex, filters: Filters, slots: Sequence[str] = (), but: Sequence[str] = ()) -> Relaxation | None:
    """The first stated filter that, lifted alone, leaves something; None where none does. Items in `but` do not count."""
    for name in filters.stated():
        lifted = filters.without(name)
        if name not in OPEN and (count := index.count(lifted, slots, but)):
            return Relaxation(name=name, value=_nearest(index, name, lifted, slots, but), count=count)
    return None


def _nearest(index: CaptionIndex, name: str, lifted: Filters, slots: Sequence[str], but: Sequence[str]) -> float | str | None:
    if name in LIMITS:
        prices = index.price_range(lifted, slots, but)
        return prices[LIMITS[name]] if prices else None
    if name.startswith("exclude_"):
        return None  # what is there is what was not wanted
    values = [value for value, _ in index.frequent(FIELDS.get(name, name), lifted, slots, but) if _worth_naming(name, value)]
    if name == "brands" and values:  # tags are in lower case
        return next(brand for brand in index.brands if brand.casefold() == values[0])
    return values[0] if values else None


def _worth_naming(name: str, value: str) -> bool:
    """Whether a value tells something: not a shade where its basic colour stands too, nor that shoes are shoes."""
    words = vocabulary()
    if name == "colours":
        return value in words.basic_colours
    if name == "kinds":
        return value in words.kinds and words.kinds[value].parent is not None
    return True
