"""What a tool found, as plain data, so that the page and the JSON never parse prose."""

from typing import Any, Literal

from pydantic import BaseModel

from catalog.items import Item
from finetune.stylist import ScoreKind
from retrieval.relaxing import Relaxation

ToolName = Literal["complement", "search", "judge", "build", "swap", "show"]
Recommendation = dict[str, Any]  # an item's fields, its reason, and a score where it has one; of a look also which, from 1


class Look(BaseModel):
    """An outfit of pieces from the catalogue, to be worn with what the shopper has.

    `items`: their ids, in the order of `slots`; `total`: the sum of their prices, None where one states none; `score`: of the
    whole set, with what the shopper has.
    """

    items: list[str]
    slots: list[str]
    total: float | None = None
    currency: str | None = None
    score: float
    score_kind: ScoreKind = "uncalibrated"
    facts: list[str] = []


class Contribution(BaseModel):
    """What one thing of a judged set adds: the set's score less the score without it. `id`: of a catalogue item."""

    caption: str
    id: str | None = None
    share: float


class Rival(BaseModel):
    """An item that was considered, and scored less."""

    id: str
    title: str
    score: float


class Why(BaseModel):
    """Why an item was chosen: its `rank` among the `of` that were considered, by the score of the set with each of them.

    `rivals`: the best of those that scored less. `model`: the stylist that scored.
    """

    id: str
    rank: int
    of: int
    score: float | None = None
    rivals: list[Rival] = []
    caption: str
    caption_source: str | None = None
    model: str


class Result(BaseModel):
    """What a tool found. `items` are recommendations; a judgement rests on `facts` and `warnings`."""

    tool: ToolName
    slot: str | None = None
    items: list[Recommendation] = []
    relaxed: list[str] = []  # soft wishes that gave way
    lacking: int = 0  # how many of the last items have not all soft wishes, where few have
    described: int | None = None  # how many of the items have the materials and patterns that were named; None: none was named
    seen: int = 0  # where nothing is left, how many would fit that were left out because they had been shown or turned down
    relaxation: Relaxation | None = None
    score: float | None = None
    score_kind: ScoreKind = "uncalibrated"
    facts: list[str] = []
    warnings: list[str] = []  # facts that speak against wearing the things together
    looks: list[Look] = []
    contributions: list[Contribution] = []
    weakest: str | None = None  # the caption or title of the thing that clashes most, else adds least
    better: str | None = None  # the id, among `items`, of a better one for its place
    whys: list[Why] = []


def recommended(item: Item, reason: str, score: float | None = None, kind: ScoreKind = "uncalibrated") -> Recommendation:
    """An item as the page and the JSON have it."""
    said: Recommendation = {"reason": reason}
    if score is not None:
        said |= {"score": round(score, 4), "score_kind": kind}
    return item.model_dump(mode="json", exclude_none=True, exclude={"pattern", "material"}) | said
