"""Training pictures of jewellery as shops show it: metal that mirrors a studio, small stones, pearls, two of a pair."""

import random
from collections.abc import Callable

import numpy as np
from PIL import Image, ImageDraw
from scipy import ndimage

from catalog.cloth import MIDDLE, Colour, any_metal, any_shade, empty_sheet
from catalog.drawn import SIDE

FINE = 2  # pieces are drawn so many times as big: their edges are what is bright
STUDIO = 3.0  # bright and dark walls that a round piece mirrors from its top to its bottom


def polished(shape: Image.Image, colour: Colour, rng: random.Random, round_to: float = 14.0) -> Image.Image:
    """A flat shape (white on black) as a body of metal whose rim is round, lit by a studio's bright and dark walls.

    Its height is that of a rounded edge; what a place mirrors hangs on how it is tilted, which is all that makes metal look
    like metal. `round_to`: pixels of a sheet from the rim at which the body is flat.
    """
    inside = np.asarray(shape) > 127
    deep = np.minimum(ndimage.distance_transform_edt(inside), round_to * FINE) / (round_to * FINE)
    height = np.sqrt(1 - (1 - deep) ** 2) * round_to * FINE
    if rng.random() < 0.35:  # hammered
        noise = np.random.default_rng(rng.randrange(1 << 30)).normal(size=[max(side // 20, 2) for side in inside.shape])
        height += rng.uniform(1, 5) * np.asarray(
            Image.fromarray(noise.astype(np.float32)).resize(shape.size, Image.Resampling.BICUBIC)
        )
    down, right = np.gradient(ndimage.gaussian_filter(height, 1.2))
    up = 1 / np.sqrt(1 + down**2 + right**2)
    tilt = -(down * rng.uniform(0.6, 1) + right * rng.uniform(-0.6, 0.6)) * up
    walls = 0.5 + 0.5 * np.sin(STUDIO * tilt + rng.uniform(-0.6, 1.2))
    bright = 0.4 + 0.8 * walls
    shine = np.clip(tilt * 0.8 + up * 0.35, 0, 1) ** 8
    made = np.array(colour) * bright[..., None] + 190 * shine[..., None]
    return Image.fromarray(made.clip(0, 255).astype(np.uint8))


class Tray:
    """A sheet on which bodies of metal, stone and pearl are laid one upon the other."""

    def __init__(self, rng: random.Random) -> None:
        self._rng, self.sheet = rng, empty_sheet()

    def lay(self, draw: Callable[[ImageDraw.ImageDraw], object], colour: Colour, round_to: float = 14.0) -> None:
        """What `draw` draws (white, FINE times as big) as a body of a colour."""
        shape = Image.new("L", (SIDE * FINE,) * 2)
        draw(ImageDraw.Draw(shape))
        left, top, right, bottom = shape.getbbox() or (0, 0, FINE, FINE)
        left, top, right, bottom = (left // FINE - 1, top // FINE - 1, right // FINE + 2, bottom // FINE + 2)
        cut = shape.crop((FINE * left, FINE * top, FINE * right, FINE * bottom))
        size = (right - left, bottom - top)
        body = polished(cut, colour, self._rng, round_to).resize(size, Image.Resampling.BOX)
        self.sheet.paste(body, (left, top), cut.resize(size, Image.Resampling.BOX))

    def oval(self, x: float, y: float, wide: float, high: float, colour: Colour, band: float = 0) -> None:
        """A disc, or with `band` a hoop so thick."""
        frame = tuple(value * FINE for value in (x - wide, y - high, x + wide, y + high))
        width = max(round(band * FINE), 3)
        self.lay(
            lambda pen: pen.ellipse(frame, outline=255, width=width) if band else pen.ellipse(frame, fill=255),
            colour,
            band / 2 or min(wide, high) * self._rng.uniform(0.25, 1),
        )

    def line(self, points: list[tuple[float, float]], width: float, colour: Colour) -> None:
        """A wire or chain through points."""
        scaled = [(x * FINE, y * FINE) for x, y in points]
        self.lay(lambda pen: pen.line(scaled, fill=255, width=max(round(width * FINE), 3), joint="curve"), colour, width / 2)

    def shape(self, x: float, y: float, size: float, sides: int, colour: Colour, flower: bool = False) -> None:
        """A regular polygon, or a flower of so many round leaves."""
        if not flower:
            turn = self._rng.choice((0, 45))
            self.lay(
                lambda pen: pen.regular_polygon((x * FINE, y * FINE, size * FINE), sides, turn, fill=255), colour, size * 0.4
            )
            return
        for leaf in range(sides):
            angle = 2 * np.pi * leaf / sides
            self.oval(x + size * 0.6 * np.cos(angle), y + size * 0.6 * np.sin(angle), size * 0.45, size * 0.45, colour)


def _stuff(rng: random.Random) -> Colour:
    """Mostly metal; else a pearl's, a stone's or an enamel's colour."""
    pick = rng.random()
    return any_metal(rng) if pick < 0.7 else (238, 232, 222) if pick < 0.8 else any_shade(rng)


def _earring(tray: Tray, rng: random.Random, middle: float, look: dict[str, float], metal: Colour, other: Colour) -> None:
    """One of a pair: a hoop, a stud, or what hangs from either."""
    top, size = 150 - look["long"] / 2, look["size"]
    if look["pick"] < 0.4:  # a hoop, from the front or the side
        band = size * look["thick"]
        tray.oval(middle, top + size, size * look["turned"], size, metal, min(band, size * look["turned"] * 0.95))
        hung = top + 2 * size
    else:
        (tray.oval(middle, top + size / 2, size / 2, size / 2, metal) if look["pick"] < 0.7 else
         tray.shape(middle, top + size / 2, size / 2, int(look["sides"]), metal, look["pick"] > 0.85))  # fmt: skip
        hung = top + size
    if look["hangs"] < 0.45:
        return
    end = hung + look["long"] * 0.5
    if look["hangs"] < 0.6:  # a fringe of chains
        for strand in range(-2, 3):
            tray.line([(middle + strand * size * 0.16, hung - 2), (middle + strand * size * 0.18, end)], 2.5, metal)
        return
    tray.line([(middle, hung - 2), (middle, end)], look["wire"], metal)
    if look["hangs"] < 0.85:
        tray.oval(middle, end + size * 0.3, size * 0.3, size * 0.3 * look["thick"] * 2.5 + 3, other)
    else:
        tray.shape(middle, end + size * 0.3, size * 0.35, int(look["sides"]), other, look["hangs"] > 0.93)


def earrings(rng: random.Random) -> Image.Image:
    """Two of the same, side by side."""
    look = {
        "pick": rng.random(), "hangs": rng.random(), "size": rng.uniform(22, 62), "thick": rng.uniform(0.1, 0.75),
        "turned": rng.uniform(0.3, 1), "long": rng.uniform(30, 160), "wire": rng.uniform(2, 8), "sides": rng.randrange(3, 8),
    }  # fmt: skip
    tray, metal, other = Tray(rng), _stuff(rng), _stuff(rng)
    apart = rng.uniform(0.9, 2) * look["size"] + 8
    for side in (-1, 1):
        _earring(tray, rng, MIDDLE + side * apart, look, metal, other)
        if rng.random() < 0.3:
            look["turned"] *= rng.uniform(0.5, 1)
    return tray.sheet


def ring(rng: random.Random) -> Image.Image:
    """A band seen from the side and a little from above, plain or with a plate, a stone or leaves on it; now and then two."""
    tray = Tray(rng)
    for place in (MIDDLE,) if rng.random() < 0.75 else (MIDDLE - 70, MIDDLE + 70):
        metal, wide = any_metal(rng), rng.uniform(45, 70 if place != MIDDLE else 100)
        high, band = wide * rng.uniform(0.35, 1), rng.uniform(8, 34)
        tray.oval(place, MIDDLE, wide, high, metal, min(band, high * 0.9))
        top = MIDDLE + rng.choice((-1, 1)) * (high - band / 2)
        pick, size = rng.random(), rng.uniform(0.25, 0.6) * wide
        if pick < 0.25:
            tray.oval(place, top, size, size * rng.uniform(0.6, 1), _stuff(rng))
        elif pick < 0.5:
            tray.shape(place, top, size, rng.randrange(4, 9), _stuff(rng), rng.random() < 0.5)
    return tray.sheet


def bangle(rng: random.Random) -> Image.Image:
    """A bracelet: a hoop seen low from the side, smooth or of links, open or closed."""
    tray, metal = Tray(rng), any_metal(rng)
    wide, high = rng.uniform(80, 130), rng.uniform(18, 75)
    if rng.random() < 0.6:
        band = rng.uniform(5, 34)
        tray.oval(MIDDLE, MIDDLE, wide, high, metal, min(band, high * 0.8))
        if rng.random() < 0.4:
            tray.oval(MIDDLE, MIDDLE - band * 0.5, wide, high, metal, min(band, high * 0.8))
        return tray.sheet
    links = rng.randrange(14, 34)
    for link in range(links):
        angle = 2 * np.pi * link / links
        size = np.pi * wide / links * rng.uniform(0.7, 0.9)
        tray.oval(MIDDLE + wide * np.cos(angle), MIDDLE + high * np.sin(angle), size, size * 0.7, metal)
    return tray.sheet


def necklace(rng: random.Random) -> Image.Image:
    """A chain or beads laid in a loop, closed or open above, often with a pendant."""
    tray, colour = Tray(rng), _stuff(rng)
    wide, high, thick = rng.uniform(60, 120), rng.uniform(80, 135), rng.uniform(2, 12)
    start, end = rng.choice(((0, 360), (-60, 240), (-40, 220)))
    beads = rng.random() < 0.35
    angles = np.deg2rad(np.linspace(start, end, 40 if beads else 90))
    points = [(MIDDLE + wide * np.cos(angle), MIDDLE + high * np.sin(angle)) for angle in angles]
    if beads:
        second = _stuff(rng)
        for place, (x, y) in enumerate(points):
            tray.oval(x, y, thick * 0.6 + 3, thick * 0.6 + 3, second if place % 3 == 0 else colour)
    else:
        tray.line(points, thick, colour)
    if rng.random() < 0.6:
        tray.shape(MIDDLE, MIDDLE + high, rng.uniform(10, 34), rng.choice((3, 4, 5, 8)), _stuff(rng), rng.random() < 0.4)
    return tray.sheet
