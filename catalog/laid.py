"""Training pictures of things as shops lay them: belts rolled up, scarves folded, gloves, jewellery of any shape.

The drawings of the sample shop (drawn.py) show one of each, worn or hung; the head did not know these for the same.
"""

import random
from collections.abc import Callable, Iterator

import numpy as np
from PIL import Image, ImageDraw

from catalog import jewels
from catalog.cloth import MIDDLE, FineSheet, Point, any_metal, any_shade, empty_sheet, patterned, scaled
from catalog.drawn import SIDE, like_a_photo
from catalog.sample.draw import GROUND
from catalog.tailored import coat, waistcoat


def laid(each: int, seed: int = 1) -> Iterator[tuple[Image.Image, str]]:
    """`each` pictures of every arrangement, with the class that they teach."""
    rng = random.Random(seed)
    for _ in range(each):
        for make, label in ARRANGEMENTS:
            yield like_a_photo(make(rng), rng), label


def _square_scarf(rng: random.Random) -> Image.Image:
    """Spread as a square, mostly with a border."""
    side, sheet = rng.randrange(110, 220), empty_sheet()
    piece = patterned(rng).resize((side, side), Image.Resampling.BICUBIC)
    if rng.random() < 0.6:
        ImageDraw.Draw(piece).rectangle((4, 4, side - 5, side - 5), outline=any_shade(rng), width=rng.randrange(3, 12))
    sheet.paste(piece, ((SIDE - side) // 2, (SIDE - side) // 2))
    turn = rng.choice((0, 0, 45, rng.uniform(-20, 20)))
    return sheet.rotate(turn, Image.Resampling.BICUBIC, fillcolor=GROUND)


def _scarf(rng: random.Random) -> Image.Image:
    """Folded once over, broad or narrow: one end lies before the other, which looks out above and at a side."""
    sheet, wide, long = empty_sheet(), rng.randrange(34, 130), rng.randrange(130, 230)
    cloth = patterned(rng)
    end = cloth.resize((wide, long), Image.Resampling.BICUBIC)
    shift, rise = rng.choice((-1, 1)) * round(wide * rng.uniform(0.05, 0.6)), rng.randrange(6, 60)
    behind = end.point(lambda value: int(value * 0.88)).crop((0, 0, wide, round(long * rng.uniform(0.55, 1))))
    if rng.random() < 0.6:
        _fringe(end, rng)
        _fringe(behind, rng)
    left, top = MIDDLE - (wide + shift) // 2, MIDDLE - (long - rise) // 2
    sheet.paste(behind, (left + shift, top - rise))
    shadow = scaled((238, 238, 239), 0.72)  # where one end lies on the other
    ImageDraw.Draw(sheet).line(
        (left + (wide if shift > 0 else -1), top, left + (wide if shift > 0 else -1), top + long * 0.6), shadow, 2
    )
    sheet.paste(end, (left, top))
    turn = rng.choice((0, 0, 0, rng.uniform(-15, 15), 90))
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
    long, wide = rng.choice((rng.randrange(30, 60), rng.randrange(30, 60), rng.randrange(90, 130))), rng.randrange(28, 48)
    sheet, drop = empty_sheet(), rng.randrange(0, 40)
    dark = scaled(colour)
    for side in (-1, 1):
        pen = ImageDraw.Draw(sheet)
        left, top = MIDDLE + side * rng.randrange(26, 50) - wide // 2, MIDDLE - long + (drop if side > 0 else 0)
        narrow = wide // 8
        pen.rounded_rectangle((left + narrow, top - long * 0.4, left + wide - narrow, top + long), 4, fill=colour)
        pen.rounded_rectangle((left, top + long - wide // 2, left + wide, top + long + wide // 2), wide // 4, fill=colour)
        for finger in range(4):
            x, end = left + finger * wide / 4, top + long + wide * (1.2, 1.5, 1.6, 1.35)[finger if side > 0 else 3 - finger]
            pen.rounded_rectangle((x, top + long, x + wide * 0.23, end), wide // 9, fill=colour, outline=dark)
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
    """A claw from the side: a dome of two combs that meet below, their teeth bent towards each other."""
    sheet, colour = FineSheet(), any_shade(rng)
    wide, high = rng.uniform(40, 80), rng.uniform(26, 56)
    low = MIDDLE + high * rng.uniform(0.2, 0.7)
    dome = [(MIDDLE - wide * np.cos(one), MIDDLE - high * np.sin(one)) for one in np.linspace(0, np.pi, 30)]
    narrow = wide * rng.uniform(0.75, 0.95)
    sheet.shape([*dome, (MIDDLE + narrow, low), (MIDDLE - narrow, low)], colour, scaled(colour))
    shine = scaled(colour, rng.uniform(1.1, 1.6))
    sheet.line([(x * 0.8 + MIDDLE * 0.2, y * 0.8 + MIDDLE * 0.2) for x, y in dome[6:16]], shine, rng.uniform(1, 5))
    teeth = rng.randrange(5, 11)
    for tooth in range(teeth):
        x = MIDDLE - narrow * 0.9 + 1.8 * narrow * tooth / (teeth - 1)
        end = (x + (MIDDLE - x) * 0.2, low + high * rng.uniform(0.15, 0.5))
        sheet.line([(x, MIDDLE), (x, low), end], scaled(colour, rng.choice((0.8, 1))), rng.uniform(3, 8))
    return sheet.done()


def _clutch(rng: random.Random) -> Image.Image:
    """A small bag without a handle: a dome with a frame, an oval case or an envelope; now and then on a thin chain."""
    sheet, colour, metal = FineSheet(), any_shade(rng), any_metal(rng)
    wide, high, dark = rng.uniform(60, 120), rng.uniform(35, 80), scaled(colour)
    kind = rng.choice(("dome", "oval", "envelope"))
    if rng.random() < 0.3:
        drop = rng.uniform(40, 110)
        chain = [
            (MIDDLE + wide * 0.8 * np.cos(one), MIDDLE - high * 0.6 - drop * np.sin(one)) for one in np.linspace(0, np.pi, 30)
        ]
        sheet.line(chain, metal, rng.uniform(1.5, 3))
    if kind == "envelope":
        box = [(-wide, -high), (wide, -high), (wide, high), (-wide, high)]
        sheet.shape([(MIDDLE + x, MIDDLE + y) for x, y in box], colour, dark)
        point = high * rng.uniform(-0.3, 0.5)
        sheet.line([(MIDDLE - wide, MIDDLE - high), (MIDDLE, MIDDLE + point), (MIDDLE + wide, MIDDLE - high)], dark, 2)
        sheet.dot(MIDDLE, MIDDLE + point, rng.uniform(3, 8), metal)
        return sheet.done()
    bottom = rng.uniform(0.15, 0.5) if kind == "dome" else 1.0
    angles = np.linspace(0, 2 * np.pi, 60)
    body = [(MIDDLE + wide * np.cos(one), MIDDLE + high * np.sin(one) * (1 if np.sin(one) < 0 else bottom)) for one in angles]
    sheet.shape(body, colour, dark)
    seam = [(x, MIDDLE - (MIDDLE - y) * rng.choice((0.93, 0.86))) for x, y in body[32:59]] if kind == "dome" else [
        (MIDDLE - wide, MIDDLE), (MIDDLE + wide, MIDDLE)]  # fmt: skip
    sheet.line(seam, metal if rng.random() < 0.5 else dark, rng.uniform(1.5, 4))
    sheet.dot(MIDDLE, MIDDLE - (high if kind == "dome" else 0), rng.uniform(3, 7), metal)
    return sheet.done()


def _belt(rng: random.Random) -> Image.Image:
    """Rolled up, seen from the front and a little from above: the strap's inside behind, the buckle before it or at a side."""
    sheet, colour = FineSheet(), any_shade(rng)
    wide, deep, strap = rng.uniform(80, 140), rng.uniform(4, 26), rng.uniform(14, 50)
    dark, stitched = scaled(colour, 0.6), rng.random() < 0.4

    def arc(start: float, end: float, height: float = 0.0, grow: float = 1.0) -> list[Point]:
        """Points of the roll's edge, from one angle to another; 0 is right, a quarter turn is nearest."""
        angles = np.linspace(start, end, 40) * np.pi
        return [(MIDDLE + grow * wide * np.cos(one), MIDDLE - height + grow * deep * np.sin(one)) for one in angles]

    for turn in range(rng.choice((1, 1, 2, 3))):  # the inner windings look out behind
        grow = 1 - 0.07 * turn
        sheet.shape([*arc(1, 2, 0, grow), *arc(2, 1, strap, grow)], dark, scaled(dark, 0.8))
    sheet.shape([*arc(0, 1), *arc(1, 0, strap)], colour, scaled(colour, 0.85))
    if stitched:
        for height in (strap * 0.12, strap * 0.88):
            sheet.line(arc(0, 1, height), scaled(colour, rng.choice((0.7, 1.3))))
    at, metal = rng.uniform(0.2, 0.8), any_metal(rng)
    if rng.random() < 0.8:
        tail = arc(at, min(at + rng.uniform(0.1, 0.4), 1), 0, 1.03)
        sheet.shape([*tail, *[(x, y - strap) for x, y in reversed(tail)]], colour, dark)
    x, y = arc(at, at)[0]
    half, tall, thick = strap * rng.uniform(0.3, 0.7), strap * rng.uniform(0.5, 0.75), rng.uniform(3, 8)
    corners = [(-half, -tall), (half, -tall), (half, tall), (-half, tall), (-half, -tall)]
    if rng.random() < 0.4:
        corners = [(half * np.cos(one), tall * np.sin(one)) for one in np.linspace(0, 2 * np.pi, 40)]
    sheet.line([(x + across, y - strap / 2 + along) for across, along in corners], metal, thick)
    sheet.line([(x - half, y - strap / 2), (x + half * 0.8, y - strap / 2)], metal, thick * 0.7)
    return sheet.done().rotate(rng.uniform(-4, 4), Image.Resampling.BICUBIC, fillcolor=GROUND)


ARRANGEMENTS: tuple[tuple[Callable[[random.Random], Image.Image], str], ...] = (
    (_scarf, "scarves"),
    (_square_scarf, "scarves"),
    (_belt, "belts"),
    (jewels.earrings, "earrings"),
    (jewels.ring, "rings"),
    (jewels.bangle, "bracelets"),
    (jewels.necklace, "necklaces"),
    (_kerchief, "scarves"),
    (_gloves, "gloves"),
    (_socks, "socks"),
    (_umbrella, "umbrellas"),
    (_tie, "ties"),
    (_hair_clip, "hair clips"),
    (_clutch, "bags"),
    (coat, "outerwear"),
    (waistcoat, "vests"),
)
