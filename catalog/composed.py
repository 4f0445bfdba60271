"""Made-up shop pictures with exact outlines, for the segmenter to learn from (train_segmenter.py).

A garment's outline (one of our drawings, or a shop's picture of Fashion-MNIST) is filled with a cloth of any colour, white
on white among them, and laid on a studio's ground as photographers light it: falling light, a glow on the wall, an edge
between wall and floor, shadows, reflections; some lie on wood, weave or a photo's own floor.
"""

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from PIL import Image, ImageFilter
from scipy import ndimage

from catalog.items import Item
from catalog.region import SIDE
from catalog.sample.draw import GROUND, draw, garments
from catalog.taxonomy import vocabulary

Array = NDArray[np.floating]

SHAPES = ((SIDE, 80), (SIDE, 84), (84, SIDE), (SIDE, SIDE))  # height and width of the pictures
HOW_OFTEN = (0.45, 0.25, 0.12, 0.18)
BLACK = 6  # grey value up to which Fashion-MNIST's ground goes


@dataclass(frozen=True)
class Outline:
    """What is laid down: where it is (0 to 1), and how light and dark it is there beside its mean (both height × width)."""

    cover: Array
    shading: Array


Floor = Callable[[Generator, int, int], Array]  # a ground of height × width × 3, from 0 to 1


def drawn_outlines() -> list[Outline]:
    """The sample shop's drawings, one of each garment type."""
    ground = np.array([int(GROUND[place : place + 2], 16) for place in (1, 3, 5)], np.float32)
    found = []
    for name in (kind for kind in vocabulary().kinds if kind in garments()["drawings"]):
        item = Item(
            id="drawn", title=name, slot=vocabulary().kinds[name].slot, kind=name, colours=("navy", "burgundy", "olive")
        )
        pixels = np.asarray(draw(item, 200).convert("RGB"), np.float32)
        found.append(_outline(np.abs(pixels - ground).sum(axis=2) > 24, pixels.mean(axis=2)))
    return found


def shop_outlines(pictures: NDArray[np.uint8]) -> list[Outline]:
    """Fashion-MNIST's pictures (n × 28 × 28)."""
    return [_outline(ndimage.grey_closing(picture > BLACK, (2, 2)), picture.astype(np.float32)) for picture in pictures]


def _outline(cover: NDArray[np.bool_], grey: Array) -> Outline:
    rows, columns = np.flatnonzero(cover.any(1)), np.flatnonzero(cover.any(0))
    part = (slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1))
    shading = np.where(cover, (grey / max(float(grey[cover].mean()), 1)).clip(0.5, 1.7), 1)
    return Outline(cover[part].astype(np.float32), shading[part].astype(np.float32))


def compose(rng: Generator, outlines: Sequence[Outline], floors: Sequence[Floor] = ()) -> tuple[NDArray[np.uint8], Array]:
    """A picture (height × width × 3) and where its garment is (height × width, 0 to 1). `floors`: other grounds, now and then."""
    height, width = SHAPES[rng.choice(len(SHAPES), p=HOW_OFTEN)]
    ground = (
        floors[int(rng.integers(len(floors)))](rng, height, width)
        if floors and rng.random() < 0.12
        else _studio(rng, height, width)
    )
    outline = outlines[int(rng.integers(len(outlines)))]
    mask, shading = _laid(rng, outline, height, width)
    if rng.random() < 0.1:  # a pair, side by side
        other, more = _laid(rng, outline, height, width, size=0.5)
        mask, shading = np.maximum(mask, other), np.minimum(shading, more)
    cloth = _cloth(rng, ground, shading)
    ground = _reflected(rng, _shaded(rng, ground, mask), cloth, mask)
    light = rng.uniform(0.85, 1.2) if rng.random() < 0.5 else 1
    made = (ground + (cloth - ground) * mask[..., None]) * light
    return _as_jpeg(rng, made), mask


def _as_jpeg(rng: Generator, made: Array) -> NDArray[np.uint8]:
    picture = Image.fromarray((made.clip(0, 1) * 255).astype(np.uint8))
    if rng.random() < 0.5:
        picture = picture.filter(ImageFilter.GaussianBlur(rng.uniform(0.2, 0.8)))
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=int(rng.integers(60, 96)))
    return np.asarray(Image.open(file).convert("RGB"))


def _axes(height: int, width: int) -> tuple[Array, Array]:
    y, x = np.meshgrid(np.linspace(-1, 1, height), np.linspace(-1, 1, width), indexing="ij")
    return np.asarray(y, np.float32), np.asarray(x, np.float32)


def _clouds(rng: Generator, cells: tuple[int, int], height: int, width: int) -> Array:
    """A smooth random field from 0 to 1 with so many cells down and across."""
    coarse = Image.fromarray(rng.random(cells).astype(np.float32))
    return np.asarray(coarse.resize((width, height), Image.Resampling.BICUBIC), np.float32)


def _stripes(rng: Generator, height: int, width: int, often: tuple[float, float]) -> Array:
    y, x = _axes(height, width)
    turn = rng.choice([0, np.pi / 2, rng.uniform(0, np.pi)])
    return np.asarray(np.sin(rng.uniform(*often) * (np.cos(turn) * x + np.sin(turn) * y)), np.float32)


def _studio(rng: Generator, height: int, width: int) -> Array:
    """A pale ground mostly, else one of any colour; uneven light; now and then a glow, a floor's edge, a texture."""
    y, x = _axes(height, width)
    pick = rng.random()
    pale, middling = rng.uniform(0.78, 1.0) + rng.normal(0, 0.012, 3), rng.uniform(0.3, 0.8) + rng.normal(0, 0.06, 3)
    base = pale if pick < 0.72 else middling if pick < 0.86 else rng.uniform(0.05, 0.95, 3)
    light = 1 + rng.normal(0, 0.05) * x + rng.normal(0, 0.07) * y + rng.normal(0, 0.05) * x * x + rng.normal(0, 0.06) * y * y
    if rng.random() < 0.35:
        middle, reach, edge = rng.uniform(-0.8, 0.6), rng.uniform(0.4, 1.4, 2), rng.choice([2, 4, 6])
        away = np.abs((y - middle) / reach[0]) ** edge + np.abs((x - rng.uniform(-0.3, 0.3)) / reach[1]) ** edge
        light = light + rng.uniform(0.03, 0.3) * np.exp(-away)
    ground = base.clip(0, 1) * light[..., None]
    if rng.random() < 0.22:
        below = (y - rng.uniform(-0.1, 0.85) - rng.normal(0, 0.02) * x) / rng.choice([0.01, 0.03, 0.1, 0.25])
        ground = ground * (1 + (rng.normal(0, 0.08) + rng.normal(0, 0.02, 3)) / (1 + np.exp(-below.clip(-30, 30)))[..., None])
    if rng.random() < 0.25:
        ground = ground * (1 + rng.uniform(0.04, 0.36) * (_texture(rng, height, width) - 0.5)[..., None])
    return np.asarray(ground, np.float32)


def _texture(rng: Generator, height: int, width: int) -> Array:
    pick = rng.random()
    if pick < 0.35:  # boards
        return _clouds(rng, (int(rng.integers(3, 30)), int(rng.integers(3, 10))), height, width)
    if pick < 0.6:  # carpet
        return np.asarray(ndimage.gaussian_filter(rng.normal(0.5, 0.3, (height, width)), rng.uniform(0, 1.2)), np.float32)
    if pick < 0.8:
        return 0.5 + 0.5 * np.sign(_stripes(rng, height, width, (4, 25))) * np.float32(rng.uniform(0.3, 1))
    return _clouds(rng, (int(rng.integers(4, 40)), int(rng.integers(4, 40))), height, width)


def _laid(rng: Generator, outline: Outline, height: int, width: int, size: float | None = None) -> tuple[Array, Array]:
    """The outline brought to a size, turned and put somewhere near the middle: where it covers, and its shading there."""
    mirrored = slice(None, None, -1 if rng.random() < 0.5 else 1)
    sizes = (rng.uniform(0.2, 0.45), rng.uniform(0.45, 0.9), rng.uniform(0.8, 1.05))
    size = size or rng.choice(sizes, p=(0.25, 0.55, 0.2))
    scale, stretch = size * min(height / outline.cover.shape[0], width / outline.cover.shape[1]), np.exp(rng.normal(0, 0.08))
    across, down = (round(outline.cover.shape[1] * scale * stretch), round(outline.cover.shape[0] * scale / stretch))
    turn = rng.normal(0, 8) if rng.random() < 0.8 else rng.uniform(-90, 90)
    middle = rng.normal(0.5, 0.08) if rng.random() < 0.7 else rng.uniform(0.2, 0.85)
    corner = round(middle * height), round(rng.normal(0.5, 0.06) * width)

    def put(values: Array, empty: float) -> Array:
        image = Image.fromarray(np.pad(values[:, mirrored], 1, constant_values=empty))
        image = image.resize((max(across, 6), max(down, 6)), Image.Resampling.BICUBIC)
        image = image.rotate(turn, Image.Resampling.BILINEAR, expand=True, fillcolor=empty)
        sheet = Image.new("F", (width, height), empty)
        sheet.paste(image, (corner[1] - image.width // 2, corner[0] - image.height // 2))
        return np.asarray(sheet, np.float32)

    return np.asarray(1 / (1 + np.exp(-12 * (put(outline.cover, 0) - 0.5))), np.float32), put(outline.shading, 1)


def _colour(rng: Generator, ground: Array) -> Array:
    """White, the ground's own, black, something between beige and grey, or any colour."""
    pick = rng.random()
    if pick < 0.22:
        return np.asarray(rng.uniform(0.85, 1.02) + rng.normal(0, 0.015, 3), np.float32)
    if pick < 0.34:
        return np.asarray(
            np.median(ground.reshape(-1, 3), axis=0) * np.exp(rng.normal(0, 0.06)) + rng.normal(0, 0.02, 3), np.float32
        )
    if pick < 0.5:
        return np.asarray(rng.uniform(0.02, 0.2) + rng.normal(0, 0.02, 3), np.float32)
    if pick < 0.65:
        return np.asarray(rng.uniform(0.3, 0.85) * np.array([1.05, 0.97, 0.85]) + rng.normal(0, 0.04, 3), np.float32)
    return np.asarray(rng.uniform(0.03, 0.95, 3), np.float32)


def _cloth(rng: Generator, ground: Array, shading: Array) -> Array:
    """Cloth of the ground's size, plain or patterned, with folds and the outline's own shading."""
    height, width = shading.shape
    cloth = np.broadcast_to(_colour(rng, ground), ground.shape)
    if rng.random() < 0.3:
        pick = rng.random()
        if pick < 0.35:
            other = _stripes(rng, height, width, (8, 40)) > rng.uniform(-0.5, 0.7)
        elif pick < 0.5:
            y, x = _axes(height, width)
            other = 0.5 * (np.sin(rng.uniform(8, 30) * x) > 0) + 0.5 * (np.sin(rng.uniform(8, 30) * y) > 0)
        else:
            other = _clouds(rng, (int(rng.integers(6, 30)), int(rng.integers(6, 30))), height, width) > rng.uniform(0.35, 0.7)
        cloth = cloth + (_colour(rng, ground) - cloth) * np.asarray(other, np.float32)[..., None]
    folds = 1 + rng.uniform(0.04, 0.4) * (_clouds(rng, tuple(rng.integers(3, 12, 2)), height, width) - 0.5)
    weave = rng.uniform(0, 0.08) * rng.normal(0, 1, (height, width))
    return np.asarray(cloth * ((folds + weave) * (1 + (shading - 1) * rng.uniform(0.15, 0.9)))[..., None], np.float32)


def _shaded(rng: Generator, ground: Array, mask: Array) -> Array:
    """The ground with one or two soft shadows of the garment, mostly."""
    if rng.random() < 0.75:
        for _ in range(rng.integers(1, 3)):
            moved = ndimage.shift(mask, (rng.uniform(0, 5), rng.uniform(-4, 4)), order=1)
            ground = ground * (1 - rng.uniform(0.05, 0.5) * ndimage.gaussian_filter(moved, rng.uniform(0.8, 6)))[..., None]
    return ground


def _reflected(rng: Generator, ground: Array, cloth: Array, mask: Array) -> Array:
    """The ground with a faint mirror image below the garment, now and then."""
    rows = np.flatnonzero(mask.max(axis=1) > 0.5)
    if rng.random() >= 0.12 or not len(rows):
        return ground
    foot = int(rows[-1])
    deep = min(foot, len(mask) - 1 - foot)
    below, above = slice(foot + 1, foot + 1 + deep), slice(foot - deep, foot)
    strength = (mask[above][::-1] * rng.uniform(0.05, 0.35))[..., None]
    mirrored = ground.copy()
    mirrored[below] += (cloth[above][::-1] - ground[below]) * strength
    return mirrored
