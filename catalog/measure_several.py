"""How well several garments in a picture, and none, are told: on photos of one, and on pictures put together from cut-outs.

There are no free pictures of people here: a worn look is put together too, a top over a bottom over shoes.
"""

import argparse
import csv
import json
import random
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageFilter

from catalog.agreement import rate
from catalog.descriptions import AnswerError, Description
from catalog.images import open_picture
from catalog.photos import part_of, read_photos
from catalog.region import Frame, garment_mask, lit, small
from catalog.truths import Truth, read_mango
from catalog.vision import EmbeddedCaptioner

MADE = 100  # pictures of each sort
FOUND = 0.5  # of two boxes' union is shared, from which a box is right
UNEVEN = 0.06  # OKLab distance within which nine tenths of a ground lie where a garment is easily cut out of it
GROUNDS = ((245, 245, 245), (235, 232, 228), (200, 195, 190), (222, 205, 180), (180, 190, 200), (150, 110, 80), (90, 95, 100))
NO_FASHION = (
    "Fragance",
    "Bodymist",
    "Jug",
    "Tumblers",
    "Candle",
    "Candle Holder",
    "Basket",
    "Box",
    "Home Spray",
)  # Mango's types
Made = tuple[Image.Image, list[Frame]]


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure on what was kept out of choosing, as far as it was, and write JSON."""
    parser = argparse.ArgumentParser(prog="python -m catalog.measure_several", description=__doc__)
    parser.add_argument("--photos", type=Path, required=True, help="the folder of clothing_photos")
    parser.add_argument("--mango", type=Path, required=True, help="the folder of Mango's products")
    parser.add_argument("--out", type=Path, required=True, help="where the JSON goes")
    options = parser.parse_args(arguments)
    found = measure(EmbeddedCaptioner(), options.photos, options.mango)
    options.out.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    print(f"wrote {options.out}")
    return 0


def measure(captioner: EmbeddedCaptioner, photos: Path, mango: Path) -> dict[str, Any]:
    """Wrong splits and wrong "no garment" on pictures of one, and what is found on pictures of several."""
    single = [photo.path for photo in read_photos(photos) if photo.part == "test"]
    shop = [truth for truth in read_mango(mango) if part_of(truth.path.name) == "test" and truth.slot != "none"]
    side, worn = side_by_side(shop, random.Random(1)), worn_looks(shop, random.Random(2))
    return {
        "captioner": captioner.source,
        "photos": _of_one(captioner, single),
        "mango": _of_one(captioner, [truth.path for truth in shop]),
        "no_fashion": rate([_none(_each(captioner, path)) for path in _no_fashion(mango)]),
        "side_by_side": _of_several(captioner, side),
        "worn": _of_several(captioner, worn),
    }


def _no_fashion(mango: Path) -> list[Path]:
    with (mango / "products.csv").open(encoding="utf-8", newline="") as file:
        return [mango / row["image"] for row in csv.DictReader(file) if row["type"] in NO_FASHION]


def _each(captioner: EmbeddedCaptioner, path: Path) -> list[Description] | AnswerError:
    return captioner.describe_each([open_picture(path)])[0]


def _none(answer: object) -> bool:
    return isinstance(answer, AnswerError)


def _of_one(captioner: EmbeddedCaptioner, paths: Sequence[Path]) -> dict[str, Any]:
    answers = [_each(captioner, path) for path in paths]
    split = [isinstance(answer, list) and len(answer) > 1 for answer in answers]
    return {"split": rate(split), "none": rate([_none(answer) for answer in answers])}


def _of_several(captioner: EmbeddedCaptioner, made: Iterator[Made]) -> dict[str, Any]:
    counted, more, boxes = [], [], []
    for picture, frames in made:
        answer = captioner.describe_each([picture])[0]
        found = [] if isinstance(answer, AnswerError) else [one.box for one in answer if one.box]
        counted.append(len(found) == len(frames))
        more.append(len(found) > len(frames))
        boxes += [any(shared(box, frame) >= FOUND for box in found) for frame in frames]
    return {"counted": rate(counted), "too_many": rate(more), "boxes": rate(boxes)}


def shared(one: Frame, other: Frame) -> float:
    """The share of two frames' union that lies in both."""
    width, height = (max(min(one[far], other[far]) - max(one[near], other[near]), 0.0) for near, far in ((0, 2), (1, 3)))
    areas = [(frame[2] - frame[0]) * (frame[3] - frame[1]) for frame in (one, other)]
    return width * height / (sum(areas) - width * height)


def side_by_side(truths: Sequence[Truth], rng: random.Random) -> Iterator[Made]:
    """Pictures of two or three cut-outs beside each other on a plain ground."""
    cuts = _cut_outs(truths, rng)
    for _ in range(MADE):
        count = rng.choice((2, 3))
        sheet, frames = ground((400 * count, 600), rng), []
        for place in range(count):
            cut = next(cuts)
            share = rng.uniform(0.6, 0.9)
            cut = _sized(cut, min(400 * share / cut.width, 600 * share / cut.height))
            left, top = 400 * place + (400 - cut.width) // 2, (600 - cut.height) // 2
            frames.append(_laid(sheet, cut, left, top))
        yield sheet, frames


def worn_looks(truths: Sequence[Truth], rng: random.Random) -> Iterator[Made]:
    """Pictures of a top over a bottom over shoes, as on a figure; a frame is what can be seen of each."""
    tops, bottoms, shoes = (_cut_outs([t for t in truths if t.slot == slot], rng) for slot in ("tops", "bottoms", "shoes"))
    for _ in range(MADE):
        sheet, above, below, feet = ground((500, 1000), rng), next(tops), next(bottoms), next(shoes)
        above = _sized(above, min(260 / above.width, 380 / above.height))
        below = _sized(below, min(210 / below.width, 420 / below.height))
        feet = _sized(feet, min(150 / feet.width, 90 / feet.height))
        hem, ground_line = 40 + above.height, 40 + int(0.85 * above.height) + below.height
        shod = _laid(sheet, feet, 250 - feet.width // 2, ground_line - 8)
        bottom = _laid(sheet, below, 250 - below.width // 2, ground_line - below.height)
        top = _laid(sheet, above, 250 - above.width // 2, 40)
        yield sheet, [top, (bottom[0], hem / 1000, bottom[2], bottom[3]), shod]


def ground(size: tuple[int, int], rng: random.Random) -> Image.Image:
    """A plain ground with a little noise, and light that falls off to one side."""
    noise = np.random.default_rng(rng.randrange(1 << 30)).normal(0, 2.5, (size[1], size[0], 3))
    light = 1 + rng.uniform(-0.04, 0.04) * np.linspace(-1, 1, size[0])[None, :, None]
    return Image.fromarray((np.array(rng.choice(GROUNDS)) * light + noise).clip(0, 255).astype(np.uint8))


def _cut_outs(truths: Sequence[Truth], rng: random.Random) -> Iterator[Image.Image]:
    """Garments cut out of pictures on a plain ground, for ever, in an order of chance."""
    order = list(truths)
    while True:
        rng.shuffle(order)
        yield from filter(None, map(_cut_out, order))


def _cut_out(truth: Truth) -> Image.Image | None:
    """The garment alone (RGBA), or None where it cannot be told from its ground well."""
    picture = open_picture(truth.path)
    picture.thumbnail((500, 500))
    lab = lit(np.asarray(small(picture)))
    mask = garment_mask(lab)
    plain = np.linalg.norm(lab[~mask] - np.median(lab[~mask], axis=0), axis=1)
    if np.quantile(plain, 0.9) > UNEVEN or not 0.04 < mask.mean() < 0.85 or max(mask[0].mean(), mask[-1].mean()) > 0.05:
        return None
    shape = Image.fromarray(mask.astype(np.uint8) * 255).resize(picture.size).filter(ImageFilter.GaussianBlur(1))
    picture.putalpha(shape)
    return picture.crop(shape.point(lambda value: 255 * (value > 100)).getbbox())


def _sized(cut: Image.Image, scale: float) -> Image.Image:
    return cut.resize((max(int(cut.width * scale), 8), max(int(cut.height * scale), 8)))


def _laid(sheet: Image.Image, cut: Image.Image, left: int, top: int) -> Frame:
    """Where a cut-out lies on the sheet, once it is laid there."""
    sheet.paste(cut, (left, top), cut)
    return left / sheet.width, top / sheet.height, (left + cut.width) / sheet.width, (top + cut.height) / sheet.height


if __name__ == "__main__":
    raise SystemExit(main())
