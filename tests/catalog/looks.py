"""Pictures of several garments, put together from the sample shop's drawings, with where each lies."""

from pathlib import Path

import numpy as np
from PIL import Image

from catalog.images import open_picture
from catalog.region import Frame, garment_mask, lit

DRAWINGS = Path(__file__).parents[2] / "catalog" / "sample" / "images"
COAT, JEANS, SNEAKERS = "navy-wool-coat-men", "black-denim-jeans-men", "beige-suede-sneakers-women"

SWEATER, BLACK_JEANS, BOOTS = (
    "red-and-white-striped-knit-sweater-women",
    "black-denim-jeans-women",
    "cognac-leather-chelsea-boots-women",
)


def drawing(name: str) -> Image.Image:
    """A picture of the sample shop."""
    return open_picture(DRAWINGS / f"{name}.webp")


def laid_out(*names: str) -> tuple[Image.Image, list[Frame]]:
    """Drawings side by side on one ground, and the frame of each garment."""
    pictures = [drawing(name) for name in names]
    width, height = sum(picture.width for picture in pictures), max(picture.height for picture in pictures)
    sheet, frames, left = Image.new("RGB", (width, height), pictures[0].getpixel((2, 2))), [], 0
    for picture in pictures:
        sheet.paste(picture, (left, 0))
        x0, y0, x1, y1 = _bounds(picture)
        frames.append(((left + x0) / width, y0 / height, (left + x1) / width, y1 / height))
        left += picture.width
    return sheet, frames


def _bounds(picture: Image.Image) -> tuple[int, int, int, int]:
    """Where the garment of a drawing lies, in pixels."""
    mask = Image.fromarray(garment_mask(lit(np.asarray(picture))).astype(np.uint8))
    found = mask.getbbox()
    assert found
    return found


def worn() -> Image.Image:
    """A look as on a figure: the top lies over the waistband, the shoes stand under the hems."""
    picture = Image.new("RGB", (400, 800), "#efefec")
    for name, width, middle, top in ((BOOTS, 130, 200, 640), (BLACK_JEANS, 190, 200, 285), (SWEATER, 230, 200, 60)):
        whole = drawing(name)
        mask = Image.fromarray(garment_mask(lit(np.asarray(whole))).astype(np.uint8) * 255)
        bounds = _bounds(whole)
        size = (width, round(width * (bounds[3] - bounds[1]) / (bounds[2] - bounds[0])))
        cut = whole.crop(bounds).resize(size)
        picture.paste(cut, (middle - width // 2, top), mask.crop(bounds).resize(size))
    return picture
