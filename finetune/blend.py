"""A stylist made of trained parts, as it is kept: one folder with a language model's adapter, matchers, and their weights."""

import hashlib
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from finetune.lifts import Lifts
from finetune.likelihood import LocalLikelihoods
from finetune.matcher import load_matcher
from finetune.model import EMBEDDED, ModelError, fingerprint_of, load
from finetune.parts import Part
from finetune.stylist import Stylist, Weighted

BLEND = "blend.json"

Kind = Literal["adapter", "matcher"]


class Member(BaseModel):
    """A part by its folder, and its weights, as `Weighted` has them."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Kind
    folder: str  # from the blend's own
    picking: float = 0.0
    scoring: tuple[float, ...] = Field(default=(0.0,), min_length=1)


class Blend(BaseModel):
    """The parts and their weights; `fitted` says on what."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    members: tuple[Member, ...] = Field(min_length=1)
    intercepts: tuple[float, ...] = Field(min_length=1)
    fitted: dict[str, object]


def open_parts(members: Sequence[Member], folder: Path) -> Iterator[Part]:
    """The members' parts, with weights or without. Raises ModelError."""
    for member in members:
        if member.kind == "matcher":
            yield load_matcher(folder / member.folder)
        else:
            yield Lifts(LocalLikelihoods(load(EMBEDDED, folder / member.folder, merge=True)))


def read_blend(folder: Path) -> Blend:
    """What a folder's blend.json says. Raises ModelError."""
    try:
        return Blend.model_validate_json((folder / BLEND).read_text(encoding="utf-8"))
    except (OSError, ValidationError) as error:
        raise ModelError(f"{folder} holds no stylist: {' '.join(str(error).split())}") from error


def open_stylist(folder: Path) -> Stylist:
    """The stylist that a folder holds, its scores calibrated. Raises ModelError."""
    blend = read_blend(folder)
    parts = zip(open_parts(blend.members, folder), blend.members, strict=True)
    return Stylist(
        [Weighted(part, member.picking, member.scoring) for part, member in parts], blend.intercepts, score_kind="calibrated"
    )


def open_part(folder: Path, name: str) -> Stylist:
    """One part of it alone, by its folder's name, uncalibrated. Raises ModelError."""
    members = {member.folder: member for member in read_blend(folder).members}
    if name not in members:
        raise ModelError(f"{folder} has no part {name!r}. It has {', '.join(members)}.")
    return Stylist([Weighted(part) for part in open_parts([members[name]], folder)])


def blend_fingerprint(folder: Path) -> str:
    """12 digits that change with the weights of the blend or of any of its parts. Raises ModelError."""
    parts = [fingerprint_of(folder / member.folder) for member in read_blend(folder).members]
    return hashlib.sha256("".join([*parts, (folder / BLEND).read_text(encoding="utf-8")]).encode()).hexdigest()[:12]


def write_blend(blend: Blend, folder: Path) -> None:
    """Put the weights beside the parts."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / BLEND).write_text(json.dumps(blend.model_dump(mode="json"), indent=2) + "\n", encoding="utf-8")
