"""`python -m catalog caption|check`: captions for pictures, and a catalogue's health."""

import argparse
import json
import os
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # before torch: spinning threads are up to 38 times slower on busy cores

from catalog.captioners import captioner_options, chosen_captioner
from catalog.images import PictureError, open_picture
from catalog.items import Catalogue, CatalogueError, Mapping, read_catalogue, read_mapping

CATALOGUES = (".csv", ".jsonl", ".parquet")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a verb; errors that a person can mend are one sentence on stderr, and exit status 2."""
    options = _parser().parse_args(arguments)
    try:
        return {"caption": caption, "check": check}[options.verb](options)
    except CatalogueError as error:
        print(error, file=sys.stderr)
        return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m catalog", description="A shop's catalogue.")
    verbs = parser.add_subparsers(dest="verb", required=True)
    caption = verbs.add_parser("caption", help="say what pictures show")
    caption.add_argument(
        "paths", type=Path, nargs="+", metavar="PATHS", help="pictures, folders of pictures, or one catalogue file"
    )
    _captioning(caption)
    check = verbs.add_parser("check", help="a catalogue's health: items, rejects, missing pictures")
    check.add_argument("catalogue", type=Path, help="a .csv, .jsonl or .parquet file")
    check.add_argument("--strict", action="store_true", help="fail on the first rejected row")
    for verb in (caption, check):
        verb.add_argument("--mapping", type=Path, metavar="FILE", help="how the columns become an item's fields")
        verb.add_argument("--json", action="store_true", help="print JSON")
    return parser


def _captioning(caption: argparse.ArgumentParser) -> None:
    """What belongs to the making of captions alone."""
    captioner_options(caption)
    caption.add_argument("--several", action="store_true", help="pictures may show several garments: a line and a box for each")
    caption.add_argument("--out", type=Path, metavar="FILE", help="write lines there, and go on where an earlier run stopped")
    caption.add_argument("--shard", default="1/1", metavar="I/N", help="do one part of N; the parts' files concatenate")


def caption(options: argparse.Namespace) -> int:
    """A line for each picture; status 1 if no picture could be used."""
    from catalog.captions import caption_garments, caption_pictures, pictures_in

    if options.several and (options.out or options.paths[0].suffix in CATALOGUES):
        raise CatalogueError(
            "--several is for photos and prints its lines: give it no catalogue, whose pictures show one item, and no --out."
        )
    pictures: list[tuple[Path, str | None]]
    if options.paths[0].suffix in CATALOGUES:
        items = read_catalogue(options.paths[0], _mapping(options)).items
        pictures = [(item.image, item.id) for item in items if item.image]
    else:
        pictures = [(path, None) for path in pictures_in(options.paths)]
    captioner = chosen_captioner(options)
    if options.out:
        return _in_bulk(options, pictures, captioner)
    used = 0
    each = (
        caption_garments([path for path, _ in pictures], captioner)
        if options.several
        else caption_pictures(pictures, captioner)
    )
    for row in each:
        used += row.description is not None
        said = row.description.caption if row.description else row.error
        print(row.as_json() if options.json else f"{row.image}: {said}", flush=True)
    return 0 if used else 1


def _in_bulk(options: argparse.Namespace, pictures: list[tuple[Path, str | None]], captioner: Any) -> int:
    """Captions into a file, with progress on stderr and a report at the end."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    from catalog.bulk import caption_in_bulk, shard_of

    try:
        number, of = (int(part) for part in options.shard.split("/"))
    except ValueError as error:
        raise CatalogueError(f"--shard is I/N, such as 2/8, not {options.shard}.") from error
    part = shard_of(pictures, number, of)
    columns = [TextColumn("Captioning"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()]
    with Progress(*columns, console=Console(stderr=True), disable=not sys.stderr.isatty()) as bar:
        task = bar.add_task("", total=len(part))
        report = caption_in_bulk(part, captioner, options.out, lambda done, _: bar.update(task, completed=done), options.again)
    if options.json:
        print(json.dumps(report.as_json(), ensure_ascii=False))
    else:
        print("\n  ".join(report.in_words()))
    return 0 if report.kept + report.captioned else 1


def check(options: argparse.Namespace) -> int:
    """What a catalogue holds and what is wrong with it; a rejected row is an error only with --strict."""
    catalogue = read_catalogue(options.catalogue, _mapping(options), strict=options.strict)
    health = _health(catalogue)
    if options.json:
        print(json.dumps(health, ensure_ascii=False))
    else:
        print(catalogue.summary())
        print(f"slots: {', '.join(f'{slot} {count}' for slot, count in health['slots'].items())}")
        for name in ("without_price", "without_picture", "unusable_pictures", "out_of_stock"):
            print(f"{name.replace('_', ' ')}: {health[name]}")
        for reject in catalogue.rejects[:20]:
            print(f"line {reject.line}{f' ({reject.id})' if reject.id else ''}: {reject.reason}")
        if len(catalogue.rejects) > 20:
            print(f"… and {len(catalogue.rejects) - 20} more; --json prints them all")
    return 0


def _health(catalogue: Catalogue) -> dict[str, Any]:
    items = catalogue.items
    return {
        "items": len(items),
        "rejected": len(catalogue.rejects),
        "slots": dict(Counter(item.slot for item in items).most_common()),
        "without_price": sum(item.price is None for item in items),
        "without_picture": sum(item.image is None for item in items),
        "unusable_pictures": sum(not _usable(item.image) for item in items if item.image),
        "out_of_stock": sum(item.stock == 0 for item in items),
        "rejects": [reject.model_dump() for reject in catalogue.rejects],
    }


def _usable(path: Path) -> bool:
    try:
        open_picture(path)
    except PictureError:
        return False
    return True


def _mapping(options: argparse.Namespace) -> Mapping | None:
    return read_mapping(options.mapping) if options.mapping else None


if __name__ == "__main__":
    sys.exit(main())
