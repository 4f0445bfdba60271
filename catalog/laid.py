"""Training pictures of things as shops lay them: belts rolled up, scarves folded, gloves, jewellery of any shape.

The drawings of the sample shop (drawn.py) show one of each, worn or hung; the head did not know these for the same.
"""

import random
from collections.abc import Callable, Iterator

from PIL import Image, ImageChops, ImageDraw

from catalog.cloth import MIDDLE, any_metal, any_shade, empty_sheet, patterned, scaled
from catalog.drawn import SIDE, like_a_photo
from catalog.sample.draw import GROUND
from catalog.tailored import coat, waistcoat


def laid(each: int, seed: int = 1) -> Iterator[tuple[Image.Image, str]]:
    """`each` pictures of every arrangement, with the class that they teach."""
    rng = random.Random(seed)
    for _ in range(each):
        for make, label in ARRANGEMENTS:
            yield like_a_photo(make(rng), rng), label


def _scarf(rng: random.Random) -> Image.Image:
    """Once folded, long and narrow or broad, now and then with a fringe; or spread as a square."""
    cloth = patterned(rng)
    square = rng.random() < 0.35
    size = (rng.randrange(110, 220),) * 2 if square else (rng.randrange(34, 120), rng.randrange(150, 250))
    sheet, piece = empty_sheet(), cloth.resize(size, Image.Resampling.BICUBIC)
    if square and rng.random() < 0.6:
        ImageDraw.Draw(piece).rectangle((4, 4, size[0] - 5, size[1] - 5), outline=any_shade(rng), width=rng.randrange(3, 12))
    if not square and rng.random() < 0.5:
        _fringe(piece, rng)
    corner = ((SIDE - size[0]) // 2, (SIDE - size[1]) // 2)
    if not square and rng.random() < 0.75:  # the lower layer of a fold, which looks out above and at a side
        lower = piece.point(lambda value: int(value * 0.85)).crop((0, 0, size[0], rng.randrange(60, 130)))
        sheet.paste(lower, (corner[0] + rng.choice((-1, 1)) * rng.randrange(6, 40), corner[1] - rng.randrange(8, 40)))
    sheet.paste(piece, corner)
    turn = rng.choice((0, 0, 45, rng.uniform(-20, 20), 90) if square else (0, 0, 0, rng.uniform(-15, 15), 90))
    return sheet.rotate(turn, Image.Resampling.BICUBIC, fillcolor=GROUND)


def _fringe(piece: Image.Image, rng: random.Random) -> None:
    """The lower edge cut into threads."""
    pen, (wide, high) = ImageDraw.Draw(piece), piece.size
    for x in range(0, wide, rng.randrange(4, 9)):
        pen.line((x, high - rng.randrange(12, 30), x + rng.randrange(-2, 3), high), fill=GROUND, width=2)


def _kerchief(rng: random.Random) -> Image.Image:
    """Knotted as around a neck: a ring, its corner below, two ends above."""
    cloth = patterned(rng).resize((SIDE, SIDE))
    mask = Image.new("L", (SIDE, SIDE))
    pen, wide, high = ImageDraw.Draw(mask), rng.randrange(45, 75), rng.randrange(40, 70)
    thick = rng.randrange(16, 34)
    pen.ellipse((MIDDLE - wide, MIDDLE - high, MIDDLE + wide, MIDDLE + high), outline=255, width=thick)
    low = MIDDLE + high
    pen.polygon(
        (MIDDLE - wide * 0.8, low - thick, MIDDLE + wide * 0.8, low - thick, MIDDLE, low + rng.randrange(20, 60)), fill=255
    )
    knot = MIDDLE - high + thick // 2
    for side in (-1, 1):
        end = MIDDLE + side * rng.randrange(20, 60), knot - rng.randrange(30, 60)
        pen.polygon((MIDDLE - 8, knot, MIDDLE + 8, knot, end[0] + 8, end[1] + 6, end[0] - 8, end[1]), fill=255)
    return Image.composite(cloth, empty_sheet(), mask)


def _gloves(rng: random.Random) -> Image.Image:
    """A pair, one a little below the other: fingers together, short or up to the elbow, cuffs plain, ribbed or of fur."""
    colour, cuff = any_shade(rng), any_shade(rng) if rng.random() < 0.4 else None
    long, wide = rng.choice((rng.randrange(40, 70), rng.randrange(40, 70), rng.randrange(100, 150))), rng.randrange(26, 40)
    sheet, drop = empty_sheet(), rng.randrange(0, 40)
    dark = scaled(colour)
    for side in (-1, 1):
        pen = ImageDraw.Draw(sheet)
        left, top = MIDDLE + side * rng.randrange(26, 50) - wide // 2, MIDDLE - long + (drop if side > 0 else 0)
        narrow = wide // 7
        pen.rounded_rectangle((left + narrow, top - long * 0.4, left + wide - narrow, top + long), 4, fill=colour)
        pen.rounded_rectangle((left, top + long - wide // 2, left + wide, top + long + wide // 2), wide // 4, fill=colour)
        for finger in range(4):
            x, end = left + finger * wide / 4, top + long + wide * (0.9, 1.15, 1.2, 1.0)[finger if side > 0 else 3 - finger]
            pen.rounded_rectangle((x, top + long, x + wide / 4, end), wide // 9, fill=colour, outline=dark)
        thumb = left + (wide - narrow if side > 0 else -narrow)
        pen.rounded_rectangle(
            (thumb, top + long - wide * 0.4, thumb + 2 * narrow, top + long + wide * 0.45), narrow, fill=colour, outline=dark
        )
        if cuff:
            high = rng.randrange(8, 34)
            pen.rounded_rectangle(
                (left - 3, top - long * 0.4, left + wide + 3, top - long * 0.4 + high), rng.choice((2, high // 2)), fill=cuff
            )
    return sheet


def _socks(rng: random.Random) -> Image.Image:
    """One sock, or two one upon the other: a leg and a foot."""
    sheet, colour = empty_sheet(), any_shade(rng)
    long, wide, foot = rng.randrange(40, 150), rng.randrange(24, 36), rng.randrange(45, 70)
    shift = rng.randrange(12, 40)
    for start in (MIDDLE - 30, MIDDLE - 30 + shift)[: rng.choice((1, 2))]:
        pen, top = ImageDraw.Draw(sheet), MIDDLE - (long + wide) // 2 + rng.randrange(20)
        heel = top + long
        outline = (start, top, start + wide, top, start + wide, heel, start + foot, heel + wide * 0.7, start + foot - 8, heel + wide * 1.4,
                   start + 4, heel + wide * 0.6)  # fmt: skip
        pen.polygon(outline, fill=colour, outline=scaled(colour))
        pen.ellipse((start + foot - wide * 0.75, heel + wide * 0.6, start + foot + 6, heel + wide * 1.4), fill=colour)
        for x in range(4, wide, 5):
            pen.line((start + x, top, start + x, heel), fill=scaled(colour, 0.9), width=1)
    return sheet


def _umbrella(rng: random.Random) -> Image.Image:
    """Folded in its cover, with a strap or a hooked handle."""
    sheet, pattern = empty_sheet(), patterned(rng)
    wide, long = rng.randrange(24, 44), rng.randrange(140, 230)
    left, top = MIDDLE - wide // 2, MIDDLE - long // 2
    pen, colour = ImageDraw.Draw(sheet), any_shade(rng)
    if rng.random() < 0.5:
        pen.arc((left - 26, top + 8, left + 12, top + 58), 90, 330, colour, rng.randrange(4, 8))
        pen.rounded_rectangle((left + 3, top - 10, left + wide - 3, top + 8), 5, fill=colour)
    else:
        pen.arc((MIDDLE - 12, top - 44, MIDDLE + 14, top - 18), 180, 360, "#222226", 7)
        pen.line((MIDDLE + 10, top - 32, MIDDLE + 10, top), fill="#222226", width=7)
    cover = pattern.resize((wide, long)) if rng.random() < 0.4 else Image.new("RGB", (wide, long), colour)
    sheet.paste(cover, (left, top))
    return sheet


def _tie(rng: random.Random) -> Image.Image:
    """Knotted: a loop above, a long blade with a point below."""
    sheet, mask = empty_sheet(), Image.new("L", (SIDE, SIDE))
    cloth = patterned(rng).resize((SIDE, SIDE))
    pen, wide, top = ImageDraw.Draw(mask), rng.randrange(10, 18), MIDDLE - rng.randrange(70, 90)
    pen.ellipse((MIDDLE - 36, top - 50, MIDDLE + 36, top + 6), outline=255, width=rng.randrange(8, 14))
    pen.polygon((MIDDLE - 12, top - 4, MIDDLE + 12, top - 4, MIDDLE + 6, top + 20, MIDDLE - 6, top + 20), fill=255)
    low = MIDDLE + rng.randrange(80, 120)
    pen.polygon(
        (MIDDLE - 6, top + 20, MIDDLE + 6, top + 20, MIDDLE + wide, low, MIDDLE, low + wide, MIDDLE - wide, low), fill=255
    )
    return Image.composite(cloth, sheet, mask)


def _hair_clip(rng: random.Random) -> Image.Image:
    """A claw: a dome above a row of teeth."""
    sheet, colour = empty_sheet(), any_shade(rng)
    pen, wide, high = ImageDraw.Draw(sheet), rng.randrange(40, 80), rng.randrange(36, 60)
    pen.pieslice((MIDDLE - wide, MIDDLE - high, MIDDLE + wide, MIDDLE + high), 180, 360, fill=colour)
    pen.rounded_rectangle(
        (MIDDLE - wide * 0.9, MIDDLE - 8, MIDDLE + wide * 0.9, MIDDLE + high * 0.5), 8, fill=scaled(colour, 0.85)
    )
    teeth = rng.randrange(5, 9)
    for tooth in range(teeth):
        x = MIDDLE - wide * 0.8 + 1.6 * wide * tooth / (teeth - 1)
        pen.line((x, MIDDLE, x, MIDDLE + high * 0.7), fill=colour, width=5)
    return sheet


def _belt(rng: random.Random) -> Image.Image:
    """Rolled up once, seen from the front and a little from above, the buckle before it."""
    sheet, colour = empty_sheet(), any_shade(rng)
    pen = ImageDraw.Draw(sheet)
    wide, deep, strap = rng.randrange(90, 140), rng.randrange(6, 34), rng.randrange(22, 50)
    left, right, top = MIDDLE - wide, MIDDLE + wide, MIDDLE - strap // 2
    dark = scaled(colour, 0.6)
    pen.rounded_rectangle((left, top - deep, right, top + strap - deep), strap // 3, fill=dark)  # the inside, behind
    pen.ellipse((left, top - deep, left + 2 * deep + 4, top + strap), fill=colour)
    pen.ellipse((right - 2 * deep - 4, top - deep, right, top + strap), fill=colour)
    pen.rounded_rectangle((left, top, right, top + strap), strap // 3, fill=colour)
    if rng.random() < 0.5:
        pen.line((left + 8, top + 5, right - 8, top + 5), fill=dark, width=1)
        pen.line((left + 8, top + strap - 5, right - 8, top + strap - 5), fill=dark, width=1)
    at, metal = rng.randrange(MIDDLE - 50, MIDDLE + 50), any_metal(rng)
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
        sheet = empty_sheet()
        sheet.paste(small, (round(MIDDLE + side * apart - small.width / 2), (SIDE - small.height) // 2))
        sheets.append(sheet)
    return ImageChops.darker(*sheets)


def _earrings(rng: random.Random) -> Image.Image:
    """Hoops, studs or drops, made of one to four pieces of metal and stone."""
    one = empty_sheet()
    pen = ImageDraw.Draw(one)
    top, size = 90, rng.randrange(24, 70)
    for _ in range(rng.randrange(1, 5)):
        frame, colour = (
            (MIDDLE - size, top, MIDDLE + size, top + 2 * size),
            any_metal(rng) if rng.random() < 0.7 else any_shade(rng),
        )
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
    sheet, metal = empty_sheet(), any_metal(rng)
    pen = ImageDraw.Draw(sheet)
    wide, high, band = rng.randrange(60, 110), rng.randrange(35, 95), rng.randrange(10, 40)
    for shift, width in ((0, band), (-band // 2, 4)):
        pen.ellipse((MIDDLE - wide, MIDDLE - high + shift, MIDDLE + wide, MIDDLE + high + shift), outline=metal, width=width)
    if rng.random() < 0.4:
        pen.regular_polygon(
            (MIDDLE, MIDDLE + high - band // 2, rng.randrange(14, 40)), rng.choice((4, 6, 8)), fill=any_shade(rng)
        )
    return sheet


def _necklace(rng: random.Random) -> Image.Image:
    """A chain or beads laid in a loop, often with a pendant."""
    sheet, colour = empty_sheet(), any_metal(rng) if rng.random() < 0.7 else any_shade(rng)
    pen = ImageDraw.Draw(sheet)
    wide, high, thick = rng.randrange(60, 120), rng.randrange(90, 140), rng.randrange(3, 14)
    loop = (MIDDLE - wide, MIDDLE - high, MIDDLE + wide, MIDDLE + high)
    pen.arc(loop, rng.choice((0, -60, -40)), rng.choice((360, 240, 220)), colour, thick)
    if rng.random() < 0.6:
        pen.regular_polygon((MIDDLE, MIDDLE + high, rng.randrange(10, 34)), rng.choice((3, 4, 5, 20)), fill=any_metal(rng))
    return sheet


ARRANGEMENTS: tuple[tuple[Callable[[random.Random], Image.Image], str], ...] = (
    (_scarf, "scarves"),
    (_belt, "belts"),
    (_earrings, "earrings"),
    (_ring, "rings"),
    (_necklace, "necklaces"),
    (_kerchief, "scarves"),
    (_gloves, "gloves"),
    (_socks, "socks"),
    (_umbrella, "umbrellas"),
    (_tie, "ties"),
    (_hair_clip, "hair clips"),
    (coat, "outerwear"),
    (waistcoat, "vests"),
)
