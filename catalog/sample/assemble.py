"""Makes the sample shop's catalogue, `items.jsonl`, of `assortment.yaml`: `python -m catalog.sample.assemble`.

Nothing is drawn by lot: brands, stock and missing sizes go round with an item's number, so that the same assortment
gives the same catalogue. The pictures follow with `python -m catalog.sample.draw`.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from catalog.taxonomy import Kind, vocabulary

FOLDER = Path(__file__).parent
CATALOGUE = FOLDER / "items.jsonl"
SOLD_OUT_EVERY = 17  # items: about 6% of the shop
UNNAMED = "-"  # a material that the vocabulary has no word for, such as acetate


def items() -> list[dict[str, Any]]:
    """The shop's rows in the assortment's order. Raises ValueError for two items that cannot be told apart."""
    assortment = yaml.safe_load((FOLDER / "assortment.yaml").read_text(encoding="utf-8"))
    rows = [_row(number, kind, line, assortment) for number, (kind, line) in enumerate(_lines(assortment))]
    ids = [row["id"] for row in rows]
    if len(set(ids)) < len(ids):
        raise ValueError(f"two items are alike: {next(name for name in ids if ids.count(name) > 1)}")
    return rows


def catalogue_text() -> str:
    """The content of items.jsonl: one JSON object a line."""
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in items())


def _lines(assortment: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for kind, entry in assortment["kinds"].items():
        yield from ((kind, line) for line in entry["items"])


def _row(number: int, name: str, line: str, assortment: dict[str, Any]) -> dict[str, Any]:
    words = vocabulary()
    kind, entry = words.kinds[name], assortment["kinds"][name]
    gender, colours, material, price, *more = line.split(", ")
    pattern = _only(more, words.patterns)[:1] or ["solid"]
    style = [word for word in more if word not in (*words.patterns, *words.occasions, *words.seasons)]
    looks = (style, colours.split("/"), pattern[0], material, garment(kind))
    caption = _caption(*looks)
    identity = f"{caption} {gender}".replace(" ", "-")
    brand = _brand(number, kind.slot, assortment)
    return {
        "id": identity,
        "title": f"{brand} {_described(*looks)}",
        "slot": kind.slot,
        "kind": name,
        "colours": looks[1],
        "pattern": pattern[0],
        "material": None if material == UNNAMED else material,
        "price": round(float(price) - 0.1, 2),
        "currency": "EUR",
        "brand": brand,
        "sizes": _sizes(number, kind.slot, gender, entry, assortment["sizes"]),
        "gender": gender,
        "seasons": _only(more, words.seasons) or entry.get("seasons") or list(words.seasons),
        "occasions": _only(more, words.occasions) or entry["occasions"],
        "stock": 0 if number % SOLD_OUT_EVERY == 8 else 1 + number * 7 % 30,
        "url": f"https://shop.example/p/{identity}",
        "image": f"images/{identity}.webp",
        "caption": caption,
        "caption_source": "attributes",
    }


def _only(words: list[str], known: tuple[str, ...]) -> list[str]:
    return [word for word in words if word in known]


def garment(kind: Kind) -> str:
    """What one thing of a kind is called in a caption: "coat", and "boots" rather than "pair of boots"."""
    return kind.name if kind.one.startswith("pair of ") else kind.one


def _made_of(colours: list[str], pattern: str, material: str, thing: str) -> list[str]:
    """Pattern and material as adjectives, less what the garment's or a colour's name says already."""
    said = {*thing.split(), *" ".join(colours).split(), "solid", "metal", UNNAMED}
    return [word for word in (pattern, material) if word not in said]


def _caption(style: list[str], colours: list[str], pattern: str, material: str, thing: str) -> str:
    return " ".join([*style, " and ".join(colours), *_made_of(colours, pattern, material, thing), thing])


def _described(style: list[str], colours: list[str], pattern: str, material: str, thing: str) -> str:
    """The garment as a shop's title has it: "striped cotton t-shirt in navy and white"."""
    return " ".join([*style, *_made_of(colours, pattern, material, thing), thing, "in", " and ".join(colours)])


def _brand(number: int, slot: str, assortment: dict[str, Any]) -> str:
    sellers: list[str] = [brand for brand, slots in assortment["brands"].items() if slot in slots]
    return sellers[number % len(sellers)]


def _sizes(number: int, slot: str, gender: str, entry: dict[str, Any], tables: dict[str, Any]) -> list[str]:
    """All sizes of the kind's table; every fifth item lacks the smallest one and every seventh the largest."""
    worn = "clothes" if slot in ("tops", "bottoms", "all-body", "outerwear") else "shoes" if slot == "shoes" else None
    table = entry.get("sizes", worn)
    if table is None:
        return ["one size"]
    sizes: list[str] = tables[table][gender]
    return sizes[number % 5 == 4 : len(sizes) - (number % 7 == 6)]


def main() -> None:
    """Write items.jsonl."""
    CATALOGUE.write_text(catalogue_text(), encoding="utf-8")
    print(f"{CATALOGUE}: {len(items())} items")


if __name__ == "__main__":
    main()
