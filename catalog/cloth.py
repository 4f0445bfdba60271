"""What drawings of laid things share: a sheet, colours of cloth and metal, patterned cloth, a finer grid to draw on."""

import random
from collections.abc import Iterable

from PIL import Image, ImageColor, ImageDraw

from catalog.drawn import SIDE, draw_at_random
from catalog.sample.draw import GROUND, METALS
from catalog.taxonomy import vocabulary

MIDDLE = SIDE // 2
FINE = 2  # clothes are drawn so many times as big, then brought down: smooth edges
OFTEN = (
    "black",
    "navy",
    "camel",
    "grey",
    "charcoal",
    "cream",
    "beige",
    "khaki",
    "chocolate",
    "olive",
    "off-white",
    "light grey",
)
Colour = tuple[int, ...]
Point = tuple[float, float]


def empty_sheet() -> Image.Image:
    """An empty ground of SIDE × SIDE."""
    return Image.new("RGB", (SIDE, SIDE), GROUND)


def any_shade(rng: random.Random) -> Colour:
    """Any colour of cloth."""
    return ImageColor.getrgb(
        vocabulary().colours[rng.choice([name for name in vocabulary().colours if name not in METALS])].hex
    )


def wardrobe_shade(rng: random.Random) -> Colour:
    """One that coats and trousers mostly have, else any."""
    return ImageColor.getrgb(vocabulary().colours[rng.choice(OFTEN)].hex) if rng.random() < 0.6 else any_shade(rng)


def any_metal(rng: random.Random) -> Colour:
    """Gold or silver in some light."""
    return ImageColor.getrgb(rng.choice(("#cfa54a", "#bcc0c6", "#e0c48a", "#8c8d90", "#d9d9dc", "#b07f3c")))


def scaled(colour: Colour, share: float = 0.75) -> Colour:
    """The colour darker, or lighter for a share above 1."""
    return tuple(min(round(value * share + (4 if share > 1 else 0)), 255) for value in colour)


def patterned(rng: random.Random) -> Image.Image:
    """A patch of cloth, 120 pixels a side, mostly with a pattern."""
    return draw_at_random("skirts", rng, 2 * SIDE).crop((260, 180, 380, 300))


class FineSheet:
    """A sheet to draw clothes on, in the sheet's own units but finer; lines are one unit wide."""

    def __init__(self) -> None:
        self._image = Image.new("RGB", (SIDE * FINE, SIDE * FINE), GROUND)
        self._pen = ImageDraw.Draw(self._image)

    def shape(self, points: Iterable[Point], fill: Colour | None, outline: Colour | None = None) -> None:
        """A polygon."""
        self._pen.polygon([(x * FINE, y * FINE) for x, y in points], fill=fill, outline=outline, width=FINE)

    def line(self, points: Iterable[Point], fill: Colour, width: float = 1) -> None:
        """A line through points."""
        self._pen.line([(x * FINE, y * FINE) for x, y in points], fill=fill, width=max(round(width * FINE), 1))

    def dot(self, x: float, y: float, size: float, fill: Colour) -> None:
        """A disc of a radius."""
        self._pen.ellipse(((x - size) * FINE, (y - size) * FINE, (x + size) * FINE, (y + size) * FINE), fill=fill)

    def done(self) -> Image.Image:
        """The sheet at SIDE × SIDE."""
        return self._image.resize((SIDE, SIDE), Image.Resampling.BOX)


def mirrored(right: Iterable[Point]) -> list[Point]:
    """A whole outline from its right half, given as distances from the middle and heights, from top to bottom."""
    half = list(right)
    return [(MIDDLE + x, y) for x, y in half] + [(MIDDLE - x, y) for x, y in reversed(half)]
