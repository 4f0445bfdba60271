"""Items as cards and whole looks as groups of them, in the places of a reply's numbered lines; pictures made safe.

Titles, captions, reasons and links come from catalogues that others wrote: they leave here as plain text, to be drawn as such.
"""

import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import groupby
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from PIL import Image, ImageDraw, ImageOps

from assistant.saying.phrasing import money
from catalog.images import PictureError, open_picture

SIDE = 400  # pixels of a card's picture
GROUND, INK = (235, 232, 228), (196, 189, 180)
PIECES = {
    "tops": "top", "all-body": "one-piece", "bags": "bag", "hats": "hat", "scarves": "scarf", "accessories": "accessory",
}  # fmt: skip
_OF_A_LOOK = re.compile(r"\W*(?:look \d|(?:your|the|this|a) (?:\w+ )?look)\b.*:\W*$", re.I)  # the line above a look's items

Item = Mapping[str, Any]  # as a tool returned it


@dataclass(frozen=True)
class Card:
    """An item as a card. `number` is its place in the conversation's last list; `meter` a calibrated score in [0, 1].

    `swap` is the message that asks for another in its place of a look.
    """

    title: str
    price: str
    reason: str
    caption: str
    picture: bytes | str  # or its address on the web
    number: int | None = None
    link: str | None = None
    meter: float | None = None
    swap: str | None = None


@dataclass(frozen=True)
class Group:
    """Cards that are shown together. A look has a heading, and a meter if its score means something."""

    cards: tuple[Card, ...]
    heading: str = ""
    meter: float | None = None


def groups_of(items: Sequence[Item], looks: Sequence[Item], shown: Sequence[str], known: Mapping[str, Item]) -> list[Group]:
    """What a turn returned, each item once: its looks, whose other pieces may be `known` from before, then one by one the rest.

    Cards are numbered as the conversation last listed them: `shown` holds ids.
    """
    once = {item["id"]: item for item in items}
    cards = {id_: _card(item, _place(id_, shown)) for id_, item in (dict(known) | once).items() if _wanted(id_, once, looks)}
    grouped = [_look(look, place, len(looks), cards, dict(known) | once) for place, look in enumerate(looks, 1)]
    single = [id_ for id_ in once if not any(id_ in look["items"] for look in looks)]
    return [group for group in grouped if group.cards] + [Group((cards[id_],)) for id_ in single]


def _wanted(id_: str, once: Mapping[str, Item], looks: Sequence[Item]) -> bool:
    return id_ in once or any(id_ in look["items"] for look in looks)


def _place(id_: str, shown: Sequence[str]) -> int | None:
    return shown.index(id_) + 1 if id_ in shown else None


def _look(look: Item, place: int, count: int, cards: Mapping[str, Card], items: Mapping[str, Item]) -> Group:
    total = money(look["total"], look.get("currency")) if look.get("total") is not None else ""
    where = f" in look {place}" if count > 1 else ""
    pieces = [
        replace(cards[id_], swap=f"swap the {PIECES.get(slot, slot)}{where}", meter=None)  # the score is of the whole set
        for id_ in look["items"]
        if id_ in cards
        for slot in [items[id_].get("slot", "")]
    ]
    name = f"Look {place}" if count > 1 else "Your look"
    return Group(tuple(pieces), f"{name} · {total}" if total else name, _meter(look))


def blocks(reply: str, groups: Sequence[Group]) -> list[str | Group]:
    """The reply as it is shown: a group stands where a numbered line first names one of its cards, and what none names comes last."""
    pieces: list[str | Group] = []
    for line in reply.splitlines():
        group = next((group for group in groups if any(_names(line, card) for card in group.cards)), None)
        if group and group not in pieces:
            if group.heading and pieces and isinstance(pieces[-1], str) and _OF_A_LOOK.match(pieces[-1]):
                pieces.pop()
            pieces.append(group)
        elif not group and (line.strip() or not (pieces and isinstance(pieces[-1], Group))):
            pieces.append(line)
    pieces += [group for group in groups if group not in pieces]
    return list(_joined(pieces))


def _names(line: str, card: Card) -> bool:
    number = re.match(r"\W*(\d+)[.)]\W", line)
    return bool(number and card.number == int(number[1]) and card.title in line)


def _joined(pieces: Sequence[str | Group]) -> Iterator[str | Group]:
    """Lines that follow each other as one text, and cards that are of no look as one group."""
    for _, run in groupby(pieces, lambda piece: piece if isinstance(piece, Group) and piece.heading else type(piece)):
        first, *others = run
        if isinstance(first, Group):
            yield replace(first, cards=sum((group.cards for group in others if isinstance(group, Group)), first.cards))
        elif text := "\n".join([first, *map(str, others)]).strip():
            yield text


def _card(item: Item, number: int | None) -> Card:
    reason, caption = (" ".join(str(item.get(key) or "").split()) for key in ("reason", "caption"))
    price = item.get("price")
    return Card(
        title=" ".join(item["title"].split()),
        price="price on request" if price is None else money(price, item.get("currency")),
        reason=reason[:1].upper() + reason[1:],
        caption="" if caption.casefold() == reason.casefold() else caption,
        picture=_link(item.get("image_url")) or _picture(item.get("image")),
        number=number,
        link=_link(item.get("url")),
        meter=_meter(item),
    )


def _meter(scored: Item) -> float | None:
    """A score that means something, as a share."""
    calibrated = scored.get("score_kind") == "calibrated" and scored.get("score") is not None
    return min(1.0, max(0.0, scored["score"])) if calibrated else None


def _link(url: str | None) -> str | None:
    """The address, if it is one of the web."""
    try:
        parts = urlsplit(url or "")
    except ValueError:
        return None
    return url if parts.scheme in ("http", "https") and parts.netloc else None


@lru_cache(maxsize=1024)
def _picture(path: str | None) -> bytes:
    """An item's picture as a square, so that cards line up; a hanger where there is none."""
    try:
        picture = open_picture(Path(path)) if path else _hanger()
    except PictureError:
        picture = _hanger()
    ground = picture.crop((0, 0, 1, 1)).resize((SIDE, SIDE))  # the margin goes on in the picture's own ground
    square = ImageOps.contain(picture, (SIDE, SIDE))
    ground.paste(square, ((SIDE - square.width) // 2, (SIDE - square.height) // 2))
    return webp(ground)


def _hanger() -> Image.Image:
    picture = Image.new("RGB", (SIDE, SIDE), GROUND)
    pen = ImageDraw.Draw(picture)
    pen.arc((180, 110, 220, 150), 150, 90, INK, 6)
    pen.line([(200, 150), (200, 180), (90, 255), (310, 255), (200, 180)], INK, 6, joint="curve")
    return picture


def webp(picture: Image.Image) -> bytes:
    out = io.BytesIO()
    picture.save(out, "WEBP", quality=88)
    return out.getvalue()
