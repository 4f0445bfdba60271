"""Training pictures of small things as shops lay them: belts rolled up, scarves folded, jewellery of any shape.

The drawings of the sample shop (drawn.py) show one of each, worn or hung; the head did not know these for the same.
"""

import random
from collections.abc import Callable, Iterator

from PIL import Image, ImageChops, ImageDraw

from catalog.drawn import SIDE, draw_at_random, like_a_photo
from catalog.sample.draw import GROUND, METALS
from catalog.taxonomy import vocabulary

MIDDLE = SIDE // 2


def laid(each: int, seed: int = 1) -> Iterator[tuple[Image.Image, str]]:
    """`each` pictures of every arrangement, with the class that they teach."""
    rng = random.Random(seed)
    for _ in range(each):
        for make, label in ARRANGEMENTS:
            yield like_a_photo(make(rng), rng), label


def _sheet() -> Image.Image:
    return Image.new("RGB", (SIDE, SIDE), GROUND)


def _shade(rng: random.Random) -> str:
    return vocabulary().colours[rng.choice([name for name in vocabulary().colours if name not in METALS])].hex


def _metal(rng: random.Random) -> str:
    return rng.choice(("#cfa54a", "#bcc0c6", "#e0c48a", "#8c8d90", "#d9d9dc", "#b07f3c"))


def _scarf(rng: random.Random) -> Image.Image:
    """Once folded, or spread as a square."""
    cloth = draw_at_random("skirts", rng, 2 * SIDE).crop((260, 180, 380, 300))  # a patch of patterned cloth
    square = rng.random() < 0.4
    size = (rng.randrange(110, 220),) * 2 if square else (rng.randrange(50, 110), rng.randrange(180, 250))
    sheet, piece = _sheet(), cloth.resize(size, Image.Resampling.BICUBIC)
    if square and rng.random() < 0.6:
        ImageDraw.Draw(piece).rectangle((4, 4, size[0] - 5, size[1] - 5), outline=_shade(rng), width=rng.randrange(3, 12))
    corner = ((SIDE - size[0]) // 2, (SIDE - size[1]) // 2)
    if not square and rng.random() < 0.6:  # the lower layer of a fold
        sheet.paste(piece, (corner[0] + rng.randrange(10, 40), corner[1] + rng.randrange(10, 50)))
    sheet.paste(piece, corner)
    turn = rng.choice((0, 0, 45, rng.uniform(-20, 20), 90))
    return sheet.rotate(turn, Image.Resampling.BICUBIC, fillcolor=GROUND)


def _belt(rng: random.Random) -> Image.Image:
    """Rolled up once, seen from the front and a little from above, the buckle before it."""
    sheet, colour = _sheet(), _shade(rng)
    pen = ImageDraw.Draw(sheet)
    wide, deep, strap = rng.randrange(90, 140), rng.randrange(6, 34), rng.randrange(22, 50)
    left, right, top = MIDDLE - wide, MIDDLE + wide, MIDDLE - strap // 2
    dark = Image.new("RGB", (1, 1), colour).point(lambda value: int(value * 0.6)).getpixel((0, 0))
    pen.rounded_rectangle((left, top - deep, right, top + strap - deep), strap // 3, fill=dark)  # the inside, behind
    pen.ellipse((left, top - deep, left + 2 * deep + 4, top + strap), fill=colour)
    pen.ellipse((right - 2 * deep - 4, top - deep, right, top + strap), fill=colour)
    pen.rounded_rectangle((left, top, right, top + strap), strap // 3, fill=colour)
    if rng.random() < 0.5:
        pen.line((left + 8, top + 5, right - 8, top + 5), fill=dark, width=1)
        pen.line((left + 8, top + strap - 5, right - 8, top + strap - 5), fill=dark, width=1)
    at, metal = rng.randrange(MIDDLE - 50, MIDDLE + 50), _metal(rng)
    frame = (at - strap * 0.7, top - strap * rng.uniform(0.05, 0.3), at + strap * 0.5, top + strap * rng.uniform(1.05, 1.3))
    shape = rng.choice((pen.ellipse, pen.rectangle, pen.rounded_rectangle))
    shape(frame, outline=metal, width=rng.randrange(4, 10))
    pen.line((at - strap * 0.6, MIDDLE, at + strap * 0.4, MIDDLE), fill=metal, width=4)
    for hole in range(3):
        pen.ellipse((at + 50 + 16 * hole, MIDDLE - 2, at + 54 + 16 * hole, MIDDLE + 2), fill=dark)
    return sheet.rotate(rng.uniform(-6, 6), Image.Resampling.BICUBIC, fillcolor=GROUND)


def _beside(one: Image.Image, rng: random.Random) -> Image.Image:
    """Two of the same, side by side."""
    small = one.resize((round(SIDE * rng.uniform(0.55, 0.85)),) * 2, Image.Resampling.BICUBIC)
    apart, sheets = rng.uniform(0.06, 0.25) * SIDE, []
    for side in (-1, 1):
        sheet = _sheet()
        sheet.paste(small, (round(MIDDLE + side * apart - small.width / 2), (SIDE - small.height) // 2))
        sheets.append(sheet)
    return ImageChops.darker(*sheets)


def _earrings(rng: random.Random) -> Image.Image:
    """Hoops, studs or drops, made of one to four pieces of metal and stone."""
    one = _sheet()
    pen = ImageDraw.Draw(one)
    top, size = 90, rng.randrange(24, 70)
    for _ in range(rng.randrange(1, 5)):
        frame, colour = (MIDDLE - size, top, MIDDLE + size, top + 2 * size), _metal(rng) if rng.random() < 0.7 else _shade(rng)
        pick = rng.random()
        if pick < 0.4:
            pen.arc(frame, rng.choice((0, -60, -75)), rng.choice((360, 240, 255)), colour, rng.randrange(4, max(size // 2, 6)))
        elif pick < 0.75:
            pen.ellipse(frame, fill=colour)
        else:
            pen.regular_polygon((MIDDLE, top + size, size), rng.choice((3, 4, 5, 6)), rng.randrange(90), fill=colour)
        top, size = top + 2 * size - rng.randrange(6), max(int(size * rng.uniform(0.4, 0.9)), 8)
    return _beside(one, rng)


def _ring(rng: random.Random) -> Image.Image:
    """A band seen from the side, its inside behind, now and then with a stone."""
    sheet, metal = _sheet(), _metal(rng)
    pen = ImageDraw.Draw(sheet)
    wide, high, band = rng.randrange(60, 110), rng.randrange(35, 95), rng.randrange(10, 40)
    for shift, width in ((0, band), (-band // 2, 4)):
        pen.ellipse((MIDDLE - wide, MIDDLE - high + shift, MIDDLE + wide, MIDDLE + high + shift), outline=metal, width=width)
    if rng.random() < 0.4:
        pen.regular_polygon((MIDDLE, MIDDLE + high - band // 2, rng.randrange(14, 40)), rng.choice((4, 6, 8)), fill=_shade(rng))
    return sheet


def _necklace(rng: random.Random) -> Image.Image:
    """A chain or beads laid in a loop, often with a pendant."""
    sheet, colour = _sheet(), _metal(rng) if rng.random() < 0.7 else _shade(rng)
    pen = ImageDraw.Draw(sheet)
    wide, high, thick = rng.randrange(60, 120), rng.randrange(90, 140), rng.randrange(3, 14)
    loop = (MIDDLE - wide, MIDDLE - high, MIDDLE + wide, MIDDLE + high)
    pen.arc(loop, rng.choice((0, -60, -40)), rng.choice((360, 240, 220)), colour, thick)
    if rng.random() < 0.6:
        pen.regular_polygon((MIDDLE, MIDDLE + high, rng.randrange(10, 34)), rng.choice((3, 4, 5, 20)), fill=_metal(rng))
    return sheet


ARRANGEMENTS: tuple[tuple[Callable[[random.Random], Image.Image], str], ...] = (
    (_scarf, "scarves"),
    (_belt, "belts"),
    (_earrings, "earrings"),
    (_ring, "rings"),
    (_necklace, "necklaces"),
)
