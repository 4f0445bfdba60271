"""Draws the sample shop's pictures: a garment's outline (`garments.yaml`) filled with an item's colours and pattern.

`python -m catalog.sample.draw` redraws every picture, the same to the pixel each time; `--sheet FILE.png` lays out
a contact sheet instead. Rasterising needs resvg-py, which comes with `pip install "outfit-assistant[dev]"`.
"""

import argparse
import io
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple
from zlib import crc32

import yaml
from PIL import Image, ImageDraw, ImageFont

from catalog.items import Item, read_catalogue
from catalog.sample import paths
from catalog.taxonomy import vocabulary

FOLDER = Path(__file__).parent
SIDE = 384  # pixels of a picture
GROUND = "#eae7e1"  # light, and still darker than a white shirt
QUALITY = 55  # of the WebP: about 4 KB a picture
METALS = ("gold", "silver", "rose gold")
OUTLINES = ("body", "second", "back")  # the roles that `same`, shadows and ribs refer to
SHAPES = {"half": paths.whole, "twin": paths.twin, "dots": paths.dots}


class Paint(NamedTuple):
    """The colours of one drawing, as SVG paint."""

    fill: str  # the main colour, or its pattern
    main: str
    second: str
    inside: str  # of a collar, a bag, a hood
    ink: str  # outlines
    seam: str  # seams and stitches on the main colour
    shadow: str  # what a shadow on the main colour is made of
    brass: str
    steel: str


@lru_cache(maxsize=1)
def garments() -> dict[str, Any]:
    """The drawings by garment kind, the parts that they share, and the patterns."""
    data: dict[str, Any] = yaml.safe_load((FOLDER / "garments.yaml").read_text(encoding="utf-8"))
    return data


def draw(item: Item, side: int = SIDE) -> Image.Image:
    """The item's picture, `side` pixels square, RGB. Raises KeyError where the item's kind has no drawing."""
    import resvg_py  # only those who redraw the shop need it

    png = resvg_py.svg_to_bytes(svg_string=svg(item), width=side, height=side, skip_system_fonts=True)
    return Image.open(io.BytesIO(bytes(png))).convert("RGB")


def svg(item: Item) -> str:
    """The item's picture as SVG. Raises KeyError where the item's kind has no drawing."""
    paint, drawings = _paint(item), garments()["drawings"]
    cut = f"{item.kind} {item.gender}"
    body = "".join(_elements(cut if cut in drawings else item.kind or item.slot, paint))
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 400 400" stroke-linejoin="round" stroke-linecap="round">'
        f'<defs>{_patterns(item, paint)}</defs><rect width="400" height="400" fill="{GROUND}"/>{body}</svg>'
    )


def mixed(colour: str, other: str, share: float) -> str:
    """`colour` with a share of `other` stirred in, all "#rrggbb"."""
    pairs = zip(_rgb(colour), _rgb(other), strict=True)
    return "#" + "".join(f"{round(one * (1 - share) + two * share):02x}" for one, two in pairs)


def _rgb(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _is_dark(colour: str) -> bool:
    red, green, blue = _rgb(colour)
    return 0.3 * red + 0.59 * green + 0.11 * blue < 50


def _paint(item: Item) -> Paint:
    """Dark garments get light outlines and seams, so that a black pocket shows on a black coat."""
    named = vocabulary().colours
    main = named[item.colours[0]].hex
    dark = _is_dark(main)
    away = "#ffffff" if dark else "#000000"
    metal = next((named[colour].hex for colour in item.colours if colour in METALS), None)
    return Paint(
        fill=main if item.pattern in (None, "solid", "graphic") else "url(#print)",
        main=main,
        second=named[item.colours[1]].hex if len(item.colours) > 1 else mixed(main, away, 0.16),
        inside=mixed(main, away, 0.12 if dark else 0.28),
        ink=mixed(main, "#ffffff", 0.3) if dark else mixed(main, "#1c1a1c", 0.78),
        seam=mixed(main, "#ffffff", 0.34) if dark else mixed(main, "#1c1a1c", 0.5),
        shadow=away,
        brass=metal or named["gold"].hex,
        steel=metal or named["silver"].hex,
    )


def _elements(drawing: str, paint: Paint) -> list[str]:
    """The SVG elements of a drawing's layers, in their order."""
    made: list[str] = []
    outline = ""
    for layer in garments()["drawings"][drawing]:
        if layer.startswith("use "):
            part, _, transform = layer.removeprefix("use ").partition(" at ")
            made.append(f'<g transform="{transform or "scale(1)"}">{"".join(_elements(part, paint))}</g>')
            continue
        role, path = _read_layer(layer, outline)
        name, _, width = role.partition("/")
        outline = path if name in OUTLINES else outline
        made.append(_element(name, path, width, outline, paint))
    return made


def _read_layer(layer: str, outline: str) -> tuple[str, str]:
    """Role and path of a layer: `ROLE[/WIDTH] [half|twin|dots|same] PATH`."""
    role, _, data = layer.partition(" ")
    shape, _, rest = data.partition(" ")
    if shape == "same":
        return role, outline
    return role, SHAPES[shape](rest) if shape in SHAPES else data


def _element(role: str, path: str, width: str, outline: str, paint: Paint) -> str:
    """A filled outline, a tube (a strap, a lace), a stroke, or what is laid over the last outline."""
    filled = {"body": paint.fill, "plain": paint.main, "second": paint.second, "back": paint.inside, **_metals(paint)}
    tubes = {"strap": paint.main, "cord": paint.second, "chain": paint.brass, "wire": paint.steel, "lace": "#fbfaf6"}
    marks = {"line": paint.seam, "stitch": paint.seam, "edge": paint.ink, "glint": "#ffffff", "mark": paint.second}
    if role in filled:
        return f'<path d="{path}" fill="{filled[role]}" stroke="{paint.ink}" stroke-width="{width or 3}"/>'
    if role in tubes:
        return _stroke(path, paint.ink, float(width) + 5) + _stroke(path, tubes[role], float(width))
    if role in marks:
        return _stroke(path, marks[role], float(width or 2), 'stroke-dasharray="5 4"' if role == "stitch" else "")
    return _overlay(role, path, outline, paint)


def _metals(paint: Paint) -> dict[str, str]:
    return {"brass": paint.brass, "steel": paint.steel, **garments()["fixed"]}


def _stroke(path: str, colour: str, width: float, more: str = "") -> str:
    return f'<path d="{path}" fill="none" stroke="{colour}" stroke-width="{width:g}" {more}/>'


def _overlay(role: str, path: str, outline: str, paint: Paint) -> str:
    """Shadow, light, a print or ribs, kept inside the last outline."""
    overlays = {"shade": (paint.shadow, 0.1), "light": ("#ffffff", 0.22), "print": (paint.second, 1), "ribs": ("url(#ribs)", 1)}
    fill, opacity = overlays[role]
    laid = f'<path d="{path}" fill="{fill}" fill-opacity="{opacity}"/>'
    if not outline:  # the outline is another drawing's, taken in by `use`
        return laid
    name = f"clip{crc32(outline.encode())}"
    return f'<clipPath id="{name}"><path d="{outline}"/></clipPath><g clip-path="url(#{name})">{laid}</g>'


def _patterns(item: Item, paint: Paint) -> str:
    """The ribs of knitwear, and the item's own pattern, as SVG patterns."""
    ribs = f'<path d="M2 0V8" stroke="{paint.seam}" stroke-width="1.6" stroke-opacity=".5"/>'
    made = f'<pattern id="ribs" width="7" height="8" patternUnits="userSpaceOnUse">{ribs}</pattern>'
    if paint.fill == paint.main:
        return made
    data = garments()["patterns"][item.pattern]
    turn = garments()["stripes"].get(item.kind, 0) if item.pattern == "striped" else 0
    leaf = mixed(paint.main, "#ffffff", 0.5)
    tile = data["tile"].replace("SECOND", paint.second).replace("LEAF", leaf)
    return made + (
        f'<pattern id="print" width="{data["width"]}" height="{data["height"]}" patternUnits="userSpaceOnUse" '
        f'patternTransform="rotate({turn})"><rect width="100" height="100" fill="{paint.main}"/>{tile}</pattern>'
    )


def contact_sheet(items: list[Item], columns: int = 8, side: int = 200) -> Image.Image:
    """The items' drawings in rows, each with its title under it."""
    caption_height = 16
    rows = -(-len(items) // columns)
    sheet = Image.new("RGB", (columns * side, rows * (side + caption_height)), "white")
    pen, font = ImageDraw.Draw(sheet), ImageFont.load_default(11)
    for number, item in enumerate(items):
        x, y = number % columns * side, number // columns * (side + caption_height)
        sheet.paste(draw(item, side), (x, y))
        pen.text((x + 4, y + side + 1), item.title[: side // 6], fill="black", font=font)
    return sheet


def write_pictures(items: list[Item]) -> int:
    """Draw each item at its image path; pictures of items no longer sold go. Returns how many were drawn."""
    wanted = {item.image: item for item in items if item.image}
    for stale in set((FOLDER / "images").glob("*.webp")) - set(wanted):
        stale.unlink()
    for path, item in wanted.items():
        path.parent.mkdir(exist_ok=True)
        draw(item).save(path, quality=QUALITY, method=6)
    return len(wanted)


def main(arguments: list[str] | None = None) -> None:
    """Redraw the sample shop's pictures, or lay a contact sheet of them."""
    parser = argparse.ArgumentParser(prog="python -m catalog.sample.draw", description=main.__doc__)
    parser.add_argument("--sheet", type=Path, metavar="FILE.png", help="write a contact sheet there instead")
    parser.add_argument("--slot", choices=vocabulary().slots, help="only this slot on the sheet")
    chosen = parser.parse_args(arguments)
    items = read_catalogue(FOLDER / "items.jsonl", strict=True).items
    if chosen.sheet:
        contact_sheet([item for item in items if chosen.slot in (None, item.slot)]).save(chosen.sheet)
        print(chosen.sheet)
        return
    print(f"{FOLDER / 'images'}: {write_pictures(items)} pictures")


if __name__ == "__main__":
    main()
