"""Training pictures of coats, jackets and waistcoats as shops lay them: lapels, a front that closes, buttons, a belt.

Home photos show few coats, and none laid flat with its sleeves along its sides; without these a long coat passes for a dress.
"""

import random
from dataclasses import dataclass

from PIL import Image, ImageColor

from catalog.cloth import MIDDLE, Colour, FineSheet, Point, any_shade, mirrored, scaled, wardrobe_shade

BUTTONS = ("#1a1a1a", "#3b2c22", "#6b4a2f", "#cfa54a", "#8c8d90", "#efe9dc")
LABEL = (242, 242, 238)


@dataclass(frozen=True)
class Cut:
    """How a piece is cut, in pixels: heights of shoulder, waist and hem, half widths there, and how deep the front opens."""

    top: float
    waist: float
    hem: float
    shoulder: float
    narrow: float
    wide: float
    opening: float

    def half(self, height: float) -> float:
        """Half of the width at a height."""
        if height <= self.waist:
            share = (height - self.top) / (self.waist - self.top)
            return self.shoulder + share * (self.narrow - self.shoulder)
        return self.narrow + (height - self.waist) / (self.hem - self.waist) * (self.wide - self.narrow)


def coat(rng: random.Random) -> Image.Image:
    """A coat or a jacket with sleeves."""
    long = rng.choice((rng.uniform(110, 160), rng.uniform(180, 250), rng.uniform(200, 260)))
    shoulder = rng.uniform(38, 52) * (1 if long > 170 else 1.25)
    narrow = shoulder * rng.uniform(0.78, 1.0)
    top = MIDDLE - long / 2
    cut = Cut(
        top, top + min(long * 0.45, 90), top + long, shoulder, narrow, narrow * rng.uniform(1.0, 1.4), rng.uniform(25, 85)
    )
    return _made(cut, rng, sleeves=True)


def waistcoat(rng: random.Random) -> Image.Image:
    """A waistcoat, a sleeveless jacket or a gilet."""
    long = rng.choice((rng.uniform(90, 130), rng.uniform(90, 130), rng.uniform(140, 230)))
    shoulder = rng.uniform(36, 50)
    top = MIDDLE - long / 2
    narrow = shoulder * rng.uniform(0.85, 1.05)
    cut = Cut(top, top + long * 0.6, top + long, shoulder, narrow, narrow * rng.uniform(0.95, 1.15), rng.uniform(30, 75))
    return _made(cut, rng, sleeves=False)


def _made(cut: Cut, rng: random.Random, *, sleeves: bool) -> Image.Image:
    sheet, cloth = FineSheet(), wardrobe_shade(rng)
    seam, inside = scaled(cloth, rng.uniform(0.6, 0.85)), scaled(cloth, rng.uniform(0.4, 0.8))
    if sleeves:
        for side in (-1, 1):
            _sleeve(sheet, (cut.shoulder, cut.top), side, (cloth, seam), rng)
    _body(sheet, cut, (cloth, seam), rng, sleeves=sleeves)
    _front(sheet, cut, rng.uniform(0.3, 0.42) * cut.shoulder, (cloth, seam, inside), rng)
    return sheet.done()


def _body(sheet: FineSheet, cut: Cut, paint: tuple[Colour, Colour], rng: random.Random, *, sleeves: bool) -> None:
    point = 0 if sleeves else rng.choice((0, rng.uniform(8, 22)))  # the two points of a waistcoat's hem
    armhole = cut.top + rng.uniform(28, 45)
    right = [(0.4 * cut.shoulder, cut.top - 4), (cut.shoulder, cut.top + 6)]
    if not sleeves:
        right[1] = (0.8 * cut.shoulder, cut.top + 4)
        right += [
            (cut.shoulder * 0.7, armhole - 14),
            (cut.shoulder * 0.76, armhole - 4),
            (cut.half(armhole) * 1.02, armhole + 4),
        ]
    right += [(cut.narrow, cut.waist), (cut.wide, cut.hem - point / 2)]
    right += [(cut.wide * 0.35, cut.hem + point), (0, cut.hem - point / 3)] if point else [(0, cut.hem)]
    sheet.shape(mirrored(right), *paint)


def _sleeve(sheet: FineSheet, shoulder: Point, side: int, paint: tuple[Colour, Colour], rng: random.Random) -> None:
    """A sleeve that hangs along a side from a shoulder (its distance from the middle, its height)."""
    (far, top), (cloth, seam) = shoulder, paint
    long, width, out = rng.uniform(105, 130), rng.uniform(19, 27), rng.uniform(2, 32)
    start, end = MIDDLE + side * (far - 4), MIDDLE + side * (far + out)
    outline = [
        (start, top + 5),
        (start + side * width * 0.6, top + 16),
        (end + side * width * 0.6, top + long),
        (end - side * width * 0.35, top + long + 2),
        (start - side * width * 0.8, top + 45),
    ]
    sheet.shape(outline, cloth, seam)
    if rng.random() < 0.4:  # a cuff
        high = top + long - rng.uniform(8, 18)
        sheet.line([(end - side * width * 0.35, high), (end + side * width * 0.58, high)], seam)


def _front(sheet: FineSheet, cut: Cut, neck: float, paint: tuple[Colour, Colour, Colour], rng: random.Random) -> None:
    """What shows inside the neck, the closing edge, a collar, and what a front bears."""
    cloth, seam, inside = paint
    low, over = cut.top + cut.opening, rng.choice((0.0, rng.uniform(6, 16)))  # double-breasted fronts lie one over the other
    edge = MIDDLE + over
    sheet.shape([(MIDDLE - neck, cut.top - 4), (MIDDLE + neck, cut.top - 4), (edge, low)], inside)
    sheet.line([(edge, low), (edge + rng.uniform(-3, 8), cut.hem)], seam, 2)
    pick = rng.random()
    if pick < 0.62:
        _lapels(sheet, cut, neck, (edge, low), (cloth, seam), rng)
    elif pick < 0.85:
        _collar(sheet, (neck, cut.top), (rng.choice((cloth, cloth, any_shade(rng))), seam), rng)
    if rng.random() < 0.8:
        _buttons(sheet, cut, (edge, low), over, rng)
    if rng.random() < 0.35:
        _belt(sheet, (cut.half(cut.waist), cut.waist + rng.uniform(-8, 10)), (cloth, seam), rng)
    if rng.random() < 0.6:
        _pockets(sheet, cut, seam, rng)
    if rng.random() < 0.4:
        sheet.shape([(MIDDLE + x, cut.top + y) for x, y in ((-6, 2), (6, 2), (6, 8), (-6, 8))], LABEL)
    for _ in range(rng.randrange(5)):  # folds
        x = MIDDLE + rng.uniform(-0.9, 0.9) * cut.narrow
        sheet.line([(x, cut.waist + rng.uniform(0, 20)), (x + rng.uniform(-8, 8), cut.hem - 4)], seam, 0.5)


def _lapels(sheet: FineSheet, cut: Cut, neck: float, meet: Point, paint: tuple[Colour, Colour], rng: random.Random) -> None:
    broad, notch = rng.uniform(12, 26), rng.uniform(0.3, 0.45)
    fold, seam = scaled(paint[0], rng.uniform(0.8, 1.25)), paint[1]
    for side in (-1, 1):
        start = (MIDDLE + side * neck, cut.top - 5)
        x, y = MIDDLE + side * (neck * 0.8 + broad), cut.top + notch * cut.opening
        sheet.shape([start, (x - side * 7, y - 4), (x, y - rng.choice((0, 7))), meet], fold, seam)
        sheet.line([(x - side * 7, y - 3), (MIDDLE + side * neck * 0.75, y - 2)], seam)


def _collar(sheet: FineSheet, neck: Point, paint: tuple[Colour, Colour], rng: random.Random) -> None:
    """A shirt's collar, a stand-up one, or one of fur, about a neck (half its width, its height)."""
    (half, top), deep = neck, rng.uniform(8, 28)
    for side in (-1, 1):
        outline = [
            (MIDDLE, top - 6), (MIDDLE + side * half, top - rng.uniform(4, 12)),
            (MIDDLE + side * (half + 14), top + deep), (MIDDLE + side * 4, top + deep * 0.8),
        ]  # fmt: skip
        sheet.shape(outline, *paint)


def _buttons(sheet: FineSheet, cut: Cut, meet: Point, over: float, rng: random.Random) -> None:
    (edge, low), colour = meet, ImageColor.getrgb(rng.choice(BUTTONS))
    size, rows = rng.uniform(1.8, 4), rng.randrange(1, 6)
    last = min(low + rng.uniform(30, 110), cut.hem - 10)
    for row in range(rows):
        y = low + 6 + (last - low - 6) * row / max(rows - 1, 1)
        for x in (edge - 5, edge - 5 - 2 * over) if over else (edge - 4,):
            sheet.dot(x, y, size, colour)


def _belt(sheet: FineSheet, waist: Point, paint: tuple[Colour, Colour], rng: random.Random) -> None:
    """A belt of cloth about a waist (half its width, its height), its ends knotted."""
    (half, y), high = waist, rng.uniform(4, 8)
    sheet.shape(
        [(MIDDLE - half, y - high), (MIDDLE + half, y - high), (MIDDLE + half, y + high), (MIDDLE - half, y + high)], *paint
    )
    for side in (-1, 1):
        end = (MIDDLE + side * rng.uniform(3, 14), y + rng.uniform(35, 70))
        sheet.line([(MIDDLE, y), end], paint[0], high * 1.6)
        sheet.line([(MIDDLE + side * 3, y), (end[0] + side * 3, end[1])], paint[1])


def _pockets(sheet: FineSheet, cut: Cut, seam: Colour, rng: random.Random) -> None:
    y, slant, high = cut.waist + rng.uniform(8, 25), rng.uniform(0, 14), rng.choice((1, 7))
    for side in (-1, 1):
        inner, outer = MIDDLE + side * 0.35 * cut.narrow, MIDDLE + side * 0.8 * cut.narrow
        sheet.shape([(inner, y), (outer, y + slant), (outer, y + slant + high), (inner, y + high)], None, seam)
