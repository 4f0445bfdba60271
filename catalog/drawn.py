"""Drawings as training pictures, for the garment types that no free photo set has: bags, jewellery, scarves, belts …

Each is drawn in random colours and patterns, then bent, lit, blurred and laid on a pale ground like a shop's picture,
so that the head learns its shape and not the drawing's ink. Used by train_vision.py only; needs resvg-py (extra `dev`).
"""

import random
from collections.abc import Collection, Iterator

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from catalog.items import Item
from catalog.sample.draw import GROUND, METALS, draw, garments
from catalog.taxonomy import vocabulary

SIDE = 320
# What a drawn kind teaches where that is neither its own name nor one above it.
TEACHES = {"crop tops": "tops", "tunics": "blouses", "overalls": "jumpsuits"}
LEFT_OUT = ("sweater vests", "suits", "brooches", "hair clips", "suspenders")  # too rare or too like something else
WHOLE_SLOTS = (
    "tops",
    "outerwear",
    "shoes",
    "bags",
    "hats",
    "scarves",
    "sunglasses",
)  # whose name is said where no kind is known


def taught(name: str, kinds: Collection[str]) -> str:
    """What a drawing of kind `name` is an example of: one of `kinds`, which photos show, or what no photo shows."""
    name = TEACHES.get(name, name)
    parent, slot = vocabulary().kinds[name].parent, vocabulary().kinds[name].slot
    if name in kinds or parent is None:
        return name
    if parent != slot:
        return taught(parent, kinds)
    return slot if slot in WHOLE_SLOTS else name


def drawings(each: int, seed: int = 0) -> Iterator[tuple[Image.Image, str]]:
    """Pictures with the kind that they show: `each` variants of every kind that has a drawing."""
    rng = random.Random(seed)
    for name in vocabulary().kinds:
        if name in garments()["drawings"] and name not in LEFT_OUT:
            for _ in range(each):
                yield like_a_photo(draw_at_random(name, rng, SIDE), rng), name


def draw_at_random(kind: str, rng: random.Random, side: int) -> Image.Image:
    """A kind's drawing in random colours and, mostly, a random pattern."""
    return draw(_random_item(kind, rng), side)


def _random_item(kind: str, rng: random.Random) -> Item:
    shades = [name for name in vocabulary().colours if name not in METALS]
    slot = vocabulary().kinds[kind].slot
    colours = [rng.choice(shades) for _ in range(3)]
    plain = slot in ("jewellery", "sunglasses")
    if slot == "jewellery":
        colours[0] = rng.choice(METALS)
    pattern = None if plain or rng.random() < 0.5 else rng.choice(list(garments()["patterns"]))
    return Item(id="drawn", title=kind, slot=slot, kind=kind, colours=tuple(dict.fromkeys(colours)), pattern=pattern)


def like_a_photo(drawing: Image.Image, rng: random.Random) -> Image.Image:
    """A drawing of SIDE × SIDE bent, lit, woven, blurred and laid on a pale ground."""
    noise = np.random.default_rng(rng.randrange(1 << 30))
    pixels = np.asarray(_bent(drawing, rng), np.float32)
    ground = np.array([int(GROUND[place : place + 2], 16) for place in (1, 3, 5)], np.float32)
    garment = np.abs(pixels - ground).sum(axis=2, keepdims=True) > 24
    light = _blown_up(noise.random((6, 6)))
    weave = rng.uniform(0, 0.08) * _blown_up(noise.normal(size=(80, 80))) + rng.uniform(0, 0.05) * noise.normal(
        size=(SIDE, SIDE)
    )
    floor = (rng.uniform(215, 252) + noise.normal(0, 3, 3)) * (0.97 + 0.05 * light[..., None])
    made = np.where(garment, pixels * (0.78 + 0.44 * light + weave)[..., None], floor)
    return Image.fromarray(made.clip(0, 255).astype(np.uint8)).filter(ImageFilter.GaussianBlur(rng.uniform(0.3, 1.2)))


def _bent(drawing: Image.Image, rng: random.Random) -> Image.Image:
    """Turned, stretched and slanted a little about the middle, or mirrored."""
    turn, slant = np.deg2rad(rng.uniform(-14, 14)), rng.uniform(-0.15, 0.15)
    rotation = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    stretch = np.diag([rng.uniform(0.9, 1.45), rng.uniform(0.9, 1.45)])
    matrix = rotation @ np.array([[1, slant], [0, 1]]) @ stretch
    offset = SIDE / 2 * (1 - matrix.sum(axis=1))
    numbers = (*matrix[0], offset[0], *matrix[1], offset[1])
    bent = drawing.transform((SIDE, SIDE), Image.Transform.AFFINE, numbers, Image.Resampling.BICUBIC, fillcolor=GROUND)
    return bent.transpose(Image.Transpose.FLIP_LEFT_RIGHT) if rng.random() < 0.5 else bent


def _blown_up(small: NDArray[np.float64]) -> NDArray[np.float32]:
    """A coarse random field as a smooth one of SIDE × SIDE."""
    field = Image.fromarray(small.astype(np.float32))
    return np.asarray(field.resize((SIDE, SIDE), Image.Resampling.BICUBIC), np.float32)
