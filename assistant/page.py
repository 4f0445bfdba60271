"""What the page shows, without drawing it: turns, cards in the places of a reply's numbered lines, pictures made safe.

Titles, captions, reasons and links come from catalogues that others wrote: they leave here as plain text, to be drawn as such.
"""

import io
import logging
import re
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import groupby
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from langchain_core.messages import AIMessage, BaseMessage, HumanMessage
from PIL import Image, ImageDraw, ImageOps

from assistant.agent import Assistant, Status, Token
from assistant.answers import Answer
from assistant.console import MENDABLE
from assistant.photos import MAX_PHOTOS, Photo
from assistant.planner import artifacts, last_shown, last_understood, photos_of, said
from assistant.replies import SLOT_WORDS, price_of
from assistant.settings import SAMPLE, Settings
from catalog.images import SUFFIXES, PictureError, open_picture

PHOTO_TYPES = [suffix.removeprefix(".") for suffix in SUFFIXES] + ["heic", "heif"]  # these last for a clear refusal
EXAMPLES = ("What shoes go with a navy wool coat?", "Red dress under 80", "Does a red dress go with black heels?")
SIDE = 400  # pixels of a card's picture
GROUND, INK = (235, 232, 228), (196, 189, 180)
FILTERS = {
    "max_price": "up to {:g}", "min_price": "from {:g}", "total_max": "all together up to {:g}", "colours": "{}",
    "exclude_colours": "not {}", "kinds": "{}", "exclude_kinds": "no {}", "brands": "by {}", "exclude_brands": "not by {}",
    "exclude_materials": "no {}", "exclude_patterns": "not {}", "sizes": "size {}", "gender": "for {}", "seasons": "for {}", "occasions": "for {}",
}  # fmt: skip


@dataclass(frozen=True)
class Card:
    """An item as a card. `number` is its place in the conversation's last list; `meter` a calibrated score in [0, 1]."""

    title: str
    price: str
    reason: str
    caption: str
    picture: bytes | str  # or its address on the web
    number: int | None = None
    link: str | None = None
    meter: float | None = None


@dataclass(frozen=True)
class Snapshot:
    """A shopper's photo: a small picture of it where there is one, else words in its place."""

    words: str
    picture: bytes | None = None


@dataclass
class Turn:
    """A message and what came of it."""

    text: str
    photos: list[Snapshot] = field(default_factory=list)
    reply: str = ""
    cards: list[Card] = field(default_factory=list)
    understood: dict[str, list[str]] = field(default_factory=dict)
    error: str = ""

    def take(self, answer: Answer) -> None:
        """The answer, once it is complete."""
        self.reply, self.understood = answer.reply, in_words(answer.understood)
        self.cards = cards_of(answer.items, answer.state.get("shown", ()))


def thread_of(wanted: str | None) -> str:
    """The conversation that the address names, else a new one; an id is too long to be guessed."""
    return wanted if wanted and re.fullmatch(r"[0-9a-f]{12,32}", wanted) else uuid.uuid4().hex


def name_of(settings: Settings) -> str:
    """What the shop is called."""
    return "The sample shop" if settings.shop == SAMPLE else settings.shop_folder().resolve().name


def turns_of(messages: Sequence[BaseMessage]) -> list[Turn]:
    """A conversation as it was kept: photos are in it as what was seen on them."""
    starts = [place for place, message in enumerate(messages) if isinstance(message, HumanMessage)]
    ends = [*starts[1:], len(messages)] if starts else []
    return [_turn(messages[:end], messages[start:end]) for start, end in zip(starts, ends, strict=True)]


def _turn(so_far: Sequence[BaseMessage], messages: Sequence[BaseMessage]) -> Turn:
    understood = last_understood(messages)
    items = [item for result in artifacts(messages) for item in result["items"]]
    return Turn(
        text=said(messages[0]),
        photos=[Snapshot(anchor.caption) for anchor in photos_of(messages[0])],
        reply=next((message.text for message in reversed(messages) if isinstance(message, AIMessage) and message.text), ""),
        cards=cards_of(items, [item.id for item in last_shown(so_far)]),
        understood=in_words(understood.stated()) if understood else {},
    )


def ask(assistant: Assistant, turn: Turn, photos: Sequence[Photo], thread: str) -> Iterator[Status | Token]:
    """Answer the turn, telling what comes meanwhile. Whatever fails becomes its error: the conversation goes on."""
    try:
        for event in assistant.stream(turn.text, photos, thread):
            if isinstance(event, Answer):
                turn.take(event)
            else:
                yield event
    except MENDABLE as error:
        turn.error = str(error)
    except Exception as error:  # the outermost edge
        logging.getLogger(__name__).exception("A turn failed")
        turn.error = f"That did not work ({type(error).__name__}). Nothing is lost: please try again in a moment."


def blocks(reply: str, cards: Sequence[Card]) -> list[str | list[Card]]:
    """The reply as it is shown: a card stands where a numbered line names it, and what no line names comes last."""
    pieces: list[str | Card] = []
    for line in reply.splitlines():
        card = _named(line, cards)
        if card and card not in pieces:
            pieces.append(card)
        elif line.strip() or not (pieces and isinstance(pieces[-1], Card)):
            pieces.append(line)
    pieces += [card for card in cards if card not in pieces]
    return [block for block in (_block(list(run)) for _, run in groupby(pieces, type)) if block]


def _named(line: str, cards: Sequence[Card]) -> Card | None:
    number = re.match(r"\W*(\d+)[.)]\W", line)
    return next((card for card in cards if number and card.number == int(number[1]) and card.title in line), None)


def _block(run: list[Any]) -> str | list[Card]:
    return run if isinstance(run[0], Card) else "\n".join(run).strip()


def cards_of(items: Sequence[Mapping[str, Any]], shown: Sequence[str]) -> list[Card]:
    """Items as cards, each once, numbered as the conversation last listed them."""
    once = {item["id"]: item for item in items}
    places = {id_: place for place, id_ in reversed(list(enumerate(shown, 1)))}
    return [_card(item, places.get(id_)) for id_, item in once.items()]


def _card(item: Mapping[str, Any], number: int | None) -> Card:
    reason, caption = (" ".join(str(item.get(key) or "").split()) for key in ("reason", "caption"))
    return Card(
        title=" ".join(item["title"].split()),
        price=price_of(dict(item)),
        reason=reason[:1].upper() + reason[1:],
        caption="" if caption.casefold() == reason.casefold() else caption,
        picture=_link(item.get("image_url")) or _picture(item.get("image")),
        number=number,
        link=_link(item.get("url")),
        meter=min(1.0, max(0.0, item["score"])) if item.get("score_kind") == "calibrated" and "score" in item else None,
    )


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
    return _webp(ground)


def _hanger() -> Image.Image:
    picture = Image.new("RGB", (SIDE, SIDE), GROUND)
    pen = ImageDraw.Draw(picture)
    pen.arc((180, 110, 220, 150), 150, 90, INK, 6)
    pen.line([(200, 150), (200, 180), (90, 255), (310, 255), (200, 180)], INK, 6, joint="curve")
    return picture


def _webp(picture: Image.Image) -> bytes:
    out = io.BytesIO()
    picture.save(out, "WEBP", quality=88)
    return out.getvalue()


def snapshots(photos: Sequence[Photo]) -> list[Snapshot]:
    """Photos made small; those that cannot be opened, and those too many, by name."""
    return [_snapshot(photo) if place < MAX_PHOTOS else Snapshot(photo.name) for place, photo in enumerate(photos)]


def _snapshot(photo: Photo) -> Snapshot:
    try:
        picture = open_picture(photo.source, photo.name)
    except PictureError:
        return Snapshot(f"{photo.name}, not readable")
    return Snapshot(photo.name, _webp(ImageOps.fit(picture, (SIDE // 2, SIDE // 2))))


def in_words(understood: Mapping[str, Any]) -> dict[str, list[str]]:
    """What was understood, under headings, in words that the shopper can correct."""
    said = {
        "You have": [anchor["caption"] for anchor in understood.get("anchors", ())],
        "Looking for": [SLOT_WORDS.get(slot, slot) for slot in understood.get("slots", ())],
        "Wishes": [wish for name, value in understood.get("filters", {}).items() for wish in _wishes(name, value)],
    }
    return {heading: words for heading, words in said.items() if words}


def _wishes(name: str, value: Any) -> list[str]:
    return [FILTERS[name].format(each) for each in (value if isinstance(value, list) else [value])] if name in FILTERS else []
