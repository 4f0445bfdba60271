"""Pictures with what is true of them, to hold captions against: a shop's products (Mango), and photos kept out of training."""

import csv
import hashlib
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from catalog.items import CatalogueError
from catalog.photos import read_photos
from catalog.taxonomy import vocabulary

HALVES = ("valid", "test")  # what choices were made by, and what is reported
# Mango's types as kinds of the vocabulary. Types that name no more than their slot (Top, Shoes, Hat, Scarf, Sunglasses),
# or that several kinds would fit (Citybag, Mini Bag), are left out, as is what is no outfit item.
TYPES = {
    "T-Shirt": ("t-shirts",), "Shirt": ("shirts",), "Blouse": ("blouses",), "Poloshirt": ("polo shirts",),
    "Bodysuit": ("bodysuits",), "Sweater": ("sweaters",), "Sweater Vest": ("sweater vests",), "Cardigan": ("cardigans",),
    "Cardigan Vest": ("cardigans", "sweater vests"), "Sweatshirt": ("sweatshirts",),
    "Trousers": ("pants",), "Jeans": ("jeans",), "Joggers": ("joggers",), "Leggings": ("leggings",), "Shorts": ("shorts",),
    "Bermudas": ("shorts",), "Skirt": ("skirts",),
    "Dress": ("dresses",), "Pichi": ("dresses",), "Jumpsuit": ("jumpsuits",), "Overall": ("overalls",),
    "Coat": ("coats",), "Trenchcoat": ("trench coats",), "Puffer coat": ("puffer coats",), "Parka": ("parkas",),
    "Jacket": ("jackets",), "Jacket (Cazadora)": ("jackets",), "Leather Jacket": ("leather jackets",),
    "Blazer": ("blazers",), "Vest": ("vests",), "Outer vest": ("vests",), "Overshirt": ("overshirts",), "Poncho": ("capes",),
    "Trainers": ("sneakers",), "Boots": ("boots",), "Ankle Boots": ("ankle boots",), "Sandals": ("sandals",),
    "Clogs": ("mules",), "Slippers": ("slippers",),
    "Handbag": ("handbags",), "Totes bag": ("tote bags",), "Shoulder bag": ("shoulder bags",),
    "Crossbody bag": ("crossbody bags",), "Clutch and Pochettes": ("clutches",), "Bucket bag": ("bucket bags",),
    "Belt bag": ("belt bags",),
    "Earrings": ("earrings",), "Necklace": ("necklaces",), "Bracelet": ("bracelets",), "Ring": ("rings",),
    "Beanie": ("beanies",), "Cap": ("caps",), "Foulard": ("silk scarves",), "Kerchief": ("silk scarves",),
    "Belt": ("belts",), "Gloves": ("gloves",), "Socks": ("socks",), "Tights": ("tights",), "Tie": ("ties",),
    "Hairband": ("headbands",), "Headband": ("headbands",), "Hairclip": ("hair clips",),
}  # fmt: skip
SEEN = "seen_in_mango.csv"  # the patterns of 900 of Mango's pictures, told by eye as those of the photos are (photos.py)


@dataclass(frozen=True)
class Truth:
    """A picture with what is true of it; what is empty is not known.

    `kinds`: the kinds that its label means, of a photo the one that we see in it. `colours`: the basic colours that a person
    may rightly name. `pattern`: what we see. `half`: of the pictures from a shop.
    """

    path: Path
    label: str
    slot: str
    kinds: tuple[str, ...] = ()
    colours: tuple[str, ...] = ()
    id: str | None = None
    half: str | None = None
    pattern: str | None = None


def half_of(product: str) -> str:
    """Valid or test, by the hash of a product's style: what its id holds before the first "-", so that colours stay together."""
    style = product.partition("-")[0]
    return HALVES[int(hashlib.sha256(style.encode()).hexdigest()[:8], 16) % 2]


def read_mango(folder: Path) -> list[Truth]:
    """The products of the Mango set; a slot of `none` is kept, to be counted. Raises CatalogueError."""
    with files("catalog").joinpath(SEEN).open(encoding="utf-8") as file:
        patterns = {row["product_id"]: row["pattern"] for row in csv.DictReader(file)}
    return [
        Truth(
            folder / row["image"],
            row["type"],
            row["slot"],
            TYPES.get(row["type"], ()) if row["slot"] in vocabulary().slots else (),
            tuple(filter(None, row["colours"].split("|"))),
            row["product_id"],
            half_of(row["product_id"]),
            patterns.get(row["product_id"]),
        )
        for row in _rows(folder / "products.csv", ("product_id", "image", "slot", "colours", "type"))
    ]


def read_kept_out(folder: Path) -> list[Truth]:
    """The photos that nothing was trained on or chosen by. Raises CatalogueError."""
    _rows(folder / "labels.csv", ("file", "label"))
    photos = [photo for photo in read_photos(folder) if photo.part == "test"]
    return [
        Truth(photo.path, photo.label, vocabulary().kinds[photo.kind].slot, (photo.fine,), pattern=photo.pattern or None)
        for photo in photos
    ]


def _rows(path: Path, columns: tuple[str, ...]) -> list[dict[str, str]]:
    try:
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
    except (OSError, ValueError) as error:
        raise CatalogueError(f"{path} cannot be read: {error}.") from error
    lacking = [column for column in columns if not rows or rows[0].get(column) is None]
    if lacking:
        raise CatalogueError(f"{path} holds no rows with the columns {', '.join(lacking)}.")
    return rows
