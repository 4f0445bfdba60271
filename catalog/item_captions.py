"""Captions for a catalogue's items: the shop's own, else what is seen in the picture, else the title."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from catalog.bulk import Picture, Progress, Report, caption_in_bulk
from catalog.captions import Captioner, CaptionRow, picture_key
from catalog.items import Item
from catalog.kept import rows_in
from catalog.taxonomy import singular, vocabulary

EMBEDDED = "embedded-"  # how the sources of all versions of the embedded captioner begin
FROM_WORDS = "title"  # the caption source of an item that has no usable picture
UNANSWERED = "No answer came; the next run asks again."


@dataclass(frozen=True)
class Captioned:
    """Items, each with a caption; a row for each whose picture gave none; how the captioning of pictures went."""

    items: list[Item]
    failed: list[CaptionRow] = field(default_factory=list)
    report: Report = field(default_factory=Report)


def caption_catalogue(
    items: Sequence[Item],
    captioner: Callable[[], Captioner],
    kept: Path,
    progress: Progress | None = None,
    *,
    others: bool = False,
    again: bool = False,
) -> Captioned:
    """The items, each with a caption. Those that bring one keep it.

    What the file `kept` knows of a picture is taken over, and what it does not know the captioner describes into it, each
    picture once, so that an interrupted run goes on where it stopped. `others`: what other captioners said counts too, the
    last line most, but not what another version of the embedded one said. `again` tries once more what failed. The captioner is
    made only if an item needs it. Raises CatalogueError as `caption_in_bulk` does.
    """
    wanting = {item.id: item.image for item in items if not item.caption and item.image}
    if not wanting:
        return Captioned([_from_words(item) for item in items])
    maker = captioner()
    names = {identity: _name(identity, picture) for identity, picture in wanting.items()}
    known = _known(kept, set(names.values()), maker.source, others)
    todo: dict[str, Picture] = {}
    for identity, name in names.items():
        if name not in known or (again and known[name].error):
            todo.setdefault(name, (wanting[identity], identity))
    report = caption_in_bulk(list(todo.values()), maker, kept, progress, again) if todo else Report()
    report.pictures = len(set(names.values()))
    known = _known(kept, set(names.values()), maker.source, others) if todo else known
    failed = [
        CaptionRow(image=wanting[identity], id=identity, error=known[name].error if name in known else UNANSWERED)
        for identity, name in names.items()
        if name not in known or known[name].error
    ]
    return Captioned([_captioned(item, known.get(names.get(item.id, ""))) for item in items], failed, report)


def _name(identity: str, picture: Path) -> str:
    """What an item's caption is known by: its picture's bytes, or, where there is no picture to read, the item."""
    return picture_key(picture) or f"item {identity}"


def _known(kept: Path, wanted: set[str], source: str, others: bool) -> dict[str, CaptionRow]:
    """The rows that count, by the names that are wanted: the last with a caption, else the captioner's last failure."""
    known: dict[str, CaptionRow] = {}
    for row in rows_in(kept):
        foreign = row.source != source
        if foreign and not (others and row.description and not str(row.source).startswith(EMBEDDED)):
            continue
        for name in wanted.intersection((row.key, f"item {row.id}" if row.id else None)):
            if row.description or name not in known or known[name].error:
                known[name] = row
    return known


def _captioned(item: Item, row: CaptionRow | None) -> Item:
    """The item with what was seen; the shop's own word for the garment counts more than the captioner's."""
    seen = row.description if row else None
    if item.caption or row is None or seen is None:
        return _from_words(item)
    told = {
        "caption_source": row.source,
        "colours": item.colours or seen.colours,
        "pattern": item.pattern or seen.pattern,
        "material": item.material or seen.material,
        "seasons": item.seasons or seen.seasons,
        "occasions": item.occasions or seen.occasions,
    }
    if seen.kind == item.kind or (item.kind in (None, item.slot) and seen.slot == item.slot):
        return item.model_copy(update=told | {"caption": seen.caption, "kind": seen.kind})
    words = [" and ".join(seen.colours), seen.pattern or "", garment_word(item.kind or item.slot)]
    return item.model_copy(update=told | {"caption": " ".join(word for word in words if word)})


def garment_word(kind: str) -> str:
    """A kind as it stands in a caption: singular, but "boots" and "jeans" as they are."""
    one = vocabulary().kinds[kind].one
    return kind if one.startswith("pair of") else singular(kind)


def _from_words(item: Item) -> Item:
    """The item captioned by its title where it has no caption."""
    if item.caption:
        return item if item.caption_source else item.model_copy(update={"caption_source": "catalogue"})
    return item.model_copy(update={"caption": item.title, "caption_source": FROM_WORDS})
