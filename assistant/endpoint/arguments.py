"""A tool's arguments as small models write them, made what the tool asks for: "£80", one word for a list, "trousers" for a slot."""

import re
from collections.abc import Mapping
from functools import cache
from typing import Any, get_args

from langchain_core.tools import BaseTool
from price_parser.parser import Price
from pydantic import ValidationError
from rapidfuzz import fuzz, process

from assistant.endpoint.loose_json import read_json
from assistant.floor.tools import Slot
from assistant.understanding.amounts import read_budget
from catalog.taxonomy import Field, vocabulary
from retrieval.filters import Filters

ALIKE = 86.0  # from which share of equal letters on a name is taken for another: "colurs", but not "items" for "kinds"
NOTHING = frozenset({"", "none", "null", "any", "n/a", "undefined"})
ALIASES = {
    "items": "outfit worn anchor anchors item things with itemids", "ids": "id itemids items item", "slot": "category slotname",
    "words": "query description text search keywords q", "count": "limit k n topk maxresults number", "filters": "filter constraints",
    "exclude": "excludeids excludeitems", "prefer": "preferences likes", "slots": "categories", "looks": "numlooks",
    "max_price": "pricemax maximumprice highestprice priceto pricelte", "min_price": "pricemin minimumprice lowestprice pricefrom pricegte",
    "total_max": "budget maxbudget totalbudget maxtotal budgettotal totalprice", "colours": "color", "exclude_colours": "excludecolor notcolour withoutcolour",
    "kinds": "type garmenttype itemtype subcategory", "brands": "brandname", "sizes": "sizing", "gender": "sex", "seasons": "season", "occasions": "occasion",
}  # fmt: skip
WORDED: dict[str, Field] = {
    "colours": "colour", "exclude_colours": "colour", "kinds": "garment", "exclude_kinds": "garment", "exclude_materials": "material",
    "exclude_patterns": "pattern", "seasons": "season", "occasions": "occasion", "gender": "gender",
}  # fmt: skip
_BOUNDS = {"count": (1, 20), "looks": (1, 3)}
_DESCRIBING = ("material", "fabric", "pattern", "style", "fit", "length")  # no filters, but words to search by
_FILTERS = tuple(Filters.model_fields)
_NUMBERS = ("max_price", "min_price", "cheaper_than", "total_max")
_ONE = (*_NUMBERS, "currency", "gender")


def fitted(args: Mapping[str, Any], tool: BaseTool) -> dict[str, Any]:
    """Arguments as the tool's schema has them. Raises ValueError with a sentence for the model where that is not certain."""
    schema: Any = tool.tool_call_schema  # typed as pydantic 1's too
    known = tuple(schema.model_fields)
    named, loose = _named({name: _opened(value) for name, value in _unwrapped(args, known).items()}, known)
    extra: list[str] = []  # words that fit nowhere else
    if "filters" in known:
        given = {} if _nothing(named.get("filters")) else named["filters"]
        if not isinstance(given, Mapping):
            raise ValueError(f"filters is an object of {', '.join(_FILTERS)}.")
        named["filters"] = _filters({**given, **loose}, extra)
    for name, value in list(named.items()):
        if name != "filters":
            named[name] = _value(name, value, extra)
    _settle_slot(named, extra)
    if extra and "words" in known:
        named["words"] = " ".join(dict.fromkeys([*str(named.get("words") or "").split(), *" ".join(extra).split()]))
    kept = {name: value for name, value in named.items() if value is not None and value != {}}
    try:
        schema.model_validate(kept)
    except ValidationError as error:
        first = error.errors()[0]
        raise ValueError(f"{'.'.join(map(str, first['loc'])) or 'the arguments'}: {first['msg']}.") from error
    return kept


def _unwrapped(args: Mapping[str, Any], known: tuple[str, ...]) -> Mapping[str, Any]:
    """What is inside where everything stands under one name more, as in {"arguments": {...}}."""
    if len(args) == 1:
        name, inner = next(iter(args.items()))
        if isinstance(inner, Mapping) and name not in known:
            return inner
    return args


def _opened(value: Any) -> Any:
    """What a text of JSON holds, where an argument is given as one."""
    return read_json(value) if isinstance(value, str) and value.lstrip()[:1] in ("{", "[") else value


def _named(args: Mapping[str, Any], known: tuple[str, ...]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Arguments under their own names, and filters that stand beside them instead of inside."""
    named: dict[str, Any] = {}
    loose: dict[str, Any] = {}
    for name, value in args.items():
        if (own := _name(name, known)) is not None:
            named.setdefault(own, value)
        elif "filters" in known and ((own := _name(name, _FILTERS)) is not None or name in ("price", *_DESCRIBING)):
            loose[own or name] = value
        elif not _nothing(value):
            raise ValueError(f"{name!r} is no argument of this tool; it takes {', '.join(known)}.")
    return named, loose


def _name(name: str, known: tuple[str, ...]) -> str | None:
    """The known name that a name stands for, if that is certain."""
    names = _names(known)
    letters = _letters(name)
    if letters in names:
        return names[letters]
    near = process.extractOne(letters, list(names), scorer=fuzz.ratio, score_cutoff=ALIKE)
    return names[near[0]] if near else None


@cache
def _names(known: tuple[str, ...]) -> dict[str, str]:
    """Every way of writing a known name, by its letters alone."""
    ways = {_letters(name): name for name in known}
    for name in known:
        for other in ALIASES.get(name, "").split():
            ways.setdefault(_letters(other), name)
    return ways


def _letters(name: str) -> str:
    return re.sub(r"[^a-z]", "", name.lower()).replace("color", "colour").removesuffix("s")


def _nothing(value: Any) -> bool:
    return value in ([], {}) or value is None or (isinstance(value, str) and value.strip().lower() in NOTHING)


def _value(name: str, value: Any, extra: list[str]) -> Any:
    """An argument beside the filters, in its own type; None where it says nothing."""
    if _nothing(value):
        return None
    if name == "slot":
        one, *more = _several(value)
        if more:
            raise ValueError("slot is one slot; call once for each.")
        return _slot(str(one), extra)
    if name in ("slots", "without"):
        return list(dict.fromkeys(_slot(str(each), []) for each in _several(value)))
    if name in _BOUNDS:
        lowest, highest = _BOUNDS[name]
        return min(highest, max(lowest, round(_number(value))))
    if name == "words":
        return " ".join(map(str, _several(value))) if isinstance(value, list) else str(value)
    if name == "cheapest":
        return str(value).strip().lower() in ("true", "yes", "1")
    return [_thing(each) for each in _several(value)]


def _thing(value: Any) -> str:
    """An item as its id or its words, where a model gives the whole item."""
    if isinstance(value, Mapping):
        return str(next((value[name] for name in ("id", "caption", "title", "name") if value.get(name)), value))
    return str(value)


def _several(value: Any) -> list[Any]:
    return list(value) if isinstance(value, (list, tuple)) else [value]


def _number(value: Any) -> float:
    if isinstance(value, (int, float)):
        return float(value)
    amount = Price.fromstring(str(value)).amount_float
    if amount is None or re.match(r"\s*-", str(value)):
        raise ValueError(f"{value!r} is no number.")
    return float(amount)


def _slot(value: str, extra: list[str]) -> str:
    """The slot that a word names or belongs to; the word itself is kept where it says more."""
    slots = get_args(Slot)
    lowered = value.strip().lower().replace("_", "-")
    if lowered in slots:
        return lowered
    found = vocabulary().kind_in(value)
    if found is None:
        raise ValueError(f"{value!r} is no slot; the slots are {', '.join(slots)}.")
    if found.name != found.slot:
        extra.append(value)
    return found.slot


def _settle_slot(args: dict[str, Any], extra: list[str]) -> None:
    """Kinds of other slots are no filter on this one: models put there what is worn already."""
    filters, kinds = args.get("filters"), vocabulary().kinds
    if args.get("slot") and filters and filters.get("kinds"):
        own = [kind for kind in filters["kinds"] if kind not in kinds or kinds[kind].slot == args["slot"]]
        args["filters"] = {name: value for name, value in (filters | {"kinds": own}).items() if value != []}


def _filters(given: Mapping[str, Any], extra: list[str]) -> dict[str, Any]:
    """Filters in their own names, types and words; what no vocabulary knows is looked for as words."""
    found: dict[str, Any] = {}
    for name, value in given.items():
        own, value = _name(name, _FILTERS), _opened(value)
        if _nothing(value):
            continue
        if own is None and name.lower().startswith("price"):
            budget, _ = read_budget(str(value))
            if budget.highest is None and budget.lowest is None:
                raise ValueError(f"{name} says neither max_price nor min_price.")
            found |= {key: bound for key, bound in (("max_price", budget.highest), ("min_price", budget.lowest)) if bound}
        elif _letters(name) in _DESCRIBING:
            extra += map(str, _several(value))
        elif own is None:
            raise ValueError(f"{name!r} is no filter; the filters are {', '.join(_FILTERS)}.")
        elif own in _NUMBERS:
            found[own] = _number(value)
        else:
            found |= _listed(own, _several(value), extra)
    return found


def _listed(name: str, values: list[Any], extra: list[str]) -> dict[str, Any]:
    """A filter of names, as the vocabulary writes them."""
    field, names = WORDED.get(name), []
    for value in (str(each) for each in values if not _nothing(each)):
        known = [value] if field is None else _canonical(field, value)
        if not known and not name.startswith("exclude") and name != "gender":
            extra.append(value)
        names += known or ([value.lower()] if name.startswith("exclude") else [])
    if name in _ONE:
        return {name: names[0]} if names else {}
    return {name: list(dict.fromkeys(names))} if names else {}


def _canonical(field: Field, value: str) -> list[str]:
    """The vocabulary's names in a value; of "navy blue" the shade alone, for the colour would cover it."""
    words = vocabulary()
    whole = words.lookup(field, value)
    names = [whole] if whole else [mention.name for mention in words.mentions(value, field)]
    return [name for name in names if not any(name == words.basic(other) != other for other in names)]
