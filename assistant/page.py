"""What the page shows, without drawing it: turns, their photos, whose they are, and what the assistant goes by."""

import logging
import re
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from langchain_core.messages import AIMessage, BaseMessage, HumanMessage
from PIL import ImageOps

from assistant.agent import Assistant
from assistant.answers import Answer
from assistant.cards import SIDE, Group, groups_of, webp
from assistant.console import MENDABLE
from assistant.photos import MAX_PHOTOS, Photo
from assistant.planner import artifacts, last_shown, last_understood, photos_of, said
from assistant.profile import Profile
from assistant.saying.gone_by import Chip, chips
from assistant.settings import SAMPLE, Settings
from assistant.voice import Status, Token
from catalog.images import SUFFIXES, PictureError, open_picture

PHOTO_TYPES = [suffix.removeprefix(".") for suffix in SUFFIXES] + ["heic", "heif"]  # these last for a clear refusal
EXAMPLES = ("What shoes go with a navy wool coat?", "Red dress under 80", "Does a red dress go with black heels?")
CUT_OFF = "The answer was cut off. Please ask again."
GENDERS = ("women", "men")
Items = Mapping[str, Mapping[str, Any]]  # by id, as tools returned them


@dataclass(frozen=True)
class Snapshot:
    """A shopper's photo: a small picture of it where there is one, else words in its place."""

    words: str
    picture: bytes | None = None


@dataclass
class Turn:
    """A message and what came of it. `items` holds what tools returned in this conversation so far."""

    text: str
    photos: list[Snapshot] = field(default_factory=list)
    reply: str = ""
    groups: list[Group] = field(default_factory=list)
    understood: dict[str, list[Chip]] = field(default_factory=dict)
    items: Items = field(default_factory=dict)
    choices: list[str] = field(default_factory=list)
    error: str = ""

    @property
    def trouble(self) -> str:
        """Why there is no answer, once there should be one."""
        return self.error or ("" if self.reply or self.groups else CUT_OFF)

    def take(self, answer: Answer) -> None:
        """The answer, once it is complete."""
        data = answer.model_dump()
        self.show(data["items"], data.get("looks", ()), data["state"].get("shown", ()))
        self.reply, self.understood = answer.reply, chips(data["understood"] | data["state"], self.items)
        self.choices = choices(data["understood"]) if self.photos else []

    def show(self, items: Sequence[Any], looks: Sequence[Any], shown: Sequence[str]) -> None:
        """What tools returned this time, as cards."""
        self.groups = groups_of(items, looks, shown, self.items)
        self.items = dict(self.items) | {item["id"]: item for item in items}


def thread_of(wanted: str | None) -> str:
    """The conversation or the visitor that the address names, else a new one; an id is too long to be guessed."""
    return wanted if wanted and re.fullmatch(r"[0-9a-f]{12,32}", wanted) else uuid.uuid4().hex


def user_of(wanted: str | None, login: Mapping[str, Any]) -> str:
    """Whose profile holds: of who is logged in, else of the visitor that the address names, else of a new one."""
    email = login.get("email") if login.get("is_logged_in") else None
    return str(email) if email else thread_of(wanted)


def profile_of(fields: Mapping[str, Any]) -> Profile:
    """The profile that the page's fields state; words stand between commas. Raises ValueError (pydantic's)."""
    words = {name: re.split(r"\s*,\s*", fields.get(name) or "") for name in ("likes", "dislikes", "sizes")}
    likes, dislikes, sizes = ([word for word in words[name] if word.strip()] for name in ("likes", "dislikes", "sizes"))
    return Profile.of_words(
        likes,
        dislikes,
        sizes=sizes,
        budget=fields.get("budget") or None,
        climate=fields.get("climate") or None,
        gender=fields.get("gender"),
    )


def last_with_looks(turns: Sequence[Turn]) -> Turn | None:
    """The turn whose looks the talk is about."""
    return next((turn for turn in reversed(turns) if any(group.heading for group in turn.groups)), None)


def name_of(settings: Settings) -> str:
    """What the shop is called."""
    return "The sample shop" if settings.shop == SAMPLE else settings.shop_folder().resolve().name


def turns_of(messages: Sequence[BaseMessage]) -> list[Turn]:
    """A conversation as it was kept: photos are in it as what was seen on them."""
    starts = [place for place, message in enumerate(messages) if isinstance(message, HumanMessage)]
    ends = [*starts[1:], len(messages)] if starts else []
    turns: list[Turn] = []
    for start, end in zip(starts, ends, strict=True):
        turns.append(_turn(messages[:end], messages[start:end], turns[-1].items if turns else {}))
    return turns


def _turn(so_far: Sequence[BaseMessage], messages: Sequence[BaseMessage], known: Items) -> Turn:
    understood, results = last_understood(messages), artifacts(messages)
    turn = Turn(
        text=said(messages[0]),
        photos=[Snapshot(anchor.caption) for anchor in photos_of(messages[0])],
        reply=next((message.text for message in reversed(messages) if isinstance(message, AIMessage) and message.text), ""),
        items=known,
    )
    looks = [look for result in results for look in result.get("looks", ())]
    shown = [item.id for item in last_shown(so_far)]
    turn.show([item for result in results for item in result["items"]], looks, shown)
    turn.understood = chips(understood.stated() | understood.state(), turn.items) if understood else {}
    turn.choices = choices(understood.stated()) if understood and turn.photos else []
    return turn


def choices(understood: Mapping[str, Any]) -> list[str]:
    """What to ask next where photos show several things: what goes with each of them alone."""
    seen = [anchor["caption"] for anchor in understood.get("anchors", ()) if anchor["source"] == "photo"]
    return [f"What goes with the {caption}?" for caption in dict.fromkeys(seen)] if len(seen) > 1 else []


def ask(assistant: Assistant, turn: Turn, photos: Sequence[Photo], thread: str, user: str) -> Iterator[Status | Token]:
    """Answer the turn, telling what comes meanwhile. Whatever fails becomes its error: the conversation goes on."""
    try:
        for event in assistant.stream(turn.text, photos, thread, user):
            if isinstance(event, Answer):
                turn.take(event)
            else:
                yield event
    except MENDABLE as error:
        turn.error = str(error)
    except Exception as error:  # the outermost edge
        logging.getLogger(__name__).exception("A turn failed")
        turn.error = f"That did not work ({type(error).__name__}). Nothing is lost: please try again in a moment."


def snapshots(photos: Sequence[Photo]) -> list[Snapshot]:
    """Photos made small; those that cannot be opened, and those too many, by name."""
    return [_snapshot(photo) if place < MAX_PHOTOS else Snapshot(photo.name) for place, photo in enumerate(photos)]


def _snapshot(photo: Photo) -> Snapshot:
    try:
        picture = open_picture(photo.source, photo.name)
    except PictureError:
        return Snapshot(f"{photo.name}, not readable")
    return Snapshot(photo.name, webp(ImageOps.fit(picture, (SIDE // 2, SIDE // 2))))
