"""`python -m retrieval build|update|delete|search`: a shop's folder from a catalogue, its life, and a look into it."""

import argparse
import dataclasses
import json
import os
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # before torch: spinning threads are up to 38 times slower on busy cores
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")

from pydantic import ValidationError
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from catalog.captioners import captioner_options, chosen_captioner
from catalog.item_captions import Captioned, caption_catalogue
from catalog.items import Catalogue, CatalogueError, read_catalogue, read_mapping
from catalog.taxonomy import vocabulary
from retrieval.building import build_index, change_index
from retrieval.embeddings import EMBEDDED, EmbedderError, SentenceEmbedder
from retrieval.filters import Filters
from retrieval.index import CaptionIndex, open_index
from retrieval.relaxing import relaxation
from retrieval.shop import ShopError, prepare_folder

CAPTIONS = "captions.jsonl"  # in a shop's folder: what captioners said of pictures, from build to build
SHOWN = 20  # pictures without a caption that are named
MENDABLE = (CatalogueError, ShopError, EmbedderError)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a verb; errors that a person can mend are one sentence on stderr, and exit status 2."""
    options = _parser().parse_args(arguments)
    try:
        return VERBS[options.verb](options)
    except MENDABLE as error:
        print(error, file=sys.stderr)
        return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m retrieval", description="A shop's caption index.")
    verbs = parser.add_subparsers(dest="verb", required=True)
    _build_options(verbs.add_parser("build", help="caption a catalogue's pictures and index it"))
    _update_options(verbs.add_parser("update", help="take up what a catalogue has new or changed: prices, stock, items"))
    _delete_options(verbs.add_parser("delete", help="take items out of a shop"))
    _search_options(verbs.add_parser("search", help="search a shop by words"))
    for verb in verbs.choices.values():
        verb.add_argument("--embedder", default=EMBEDDED, help=f"a sentence-transformers model (default {EMBEDDED})")
        verb.add_argument("--server", metavar="URL", help="a Chroma server for the captions, such as http://localhost:8000")
        verb.add_argument("--json", action="store_true", help="print JSON")
    return parser


def _catalogue_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("catalogue", type=Path, help="a .csv, .jsonl or .parquet file; image paths are relative to it")
    parser.add_argument("--mapping", type=Path, metavar="FILE", help="how the columns become an item's fields")
    parser.add_argument("--strict", action="store_true", help="fail on the first rejected row")
    captioner_options(parser)


def _build_options(parser: argparse.ArgumentParser) -> None:
    _catalogue_options(parser)
    parser.add_argument(
        "--into", type=Path, required=True, metavar="DIR", help="the shop's folder; an index there is replaced when complete"
    )


def _update_options(parser: argparse.ArgumentParser) -> None:
    _catalogue_options(parser)
    _shop_option(parser)
    parser.add_argument(
        "--remove-missing", action="store_true", help="take out what the catalogue no longer has; a rejected row's item stays"
    )


def _delete_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("ids", nargs="+", metavar="ID")
    _shop_option(parser)


def _search_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("words")
    _shop_option(parser)
    parser.add_argument("--slot", choices=vocabulary().slots)
    parser.add_argument("--max-price", type=float)
    parser.add_argument("--min-price", type=float)
    parser.add_argument("--colour", action="append", default=[], choices=list(vocabulary().colours), metavar="COLOUR")
    parser.add_argument("--kind", action="append", default=[], choices=list(vocabulary().kinds), metavar="KIND")
    parser.add_argument("--brand", action="append", default=[])
    parser.add_argument("--gender", choices=vocabulary().genders)
    parser.add_argument("-k", type=_positive, default=10, help="how many (default 10)")


def _shop_option(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--shop", type=Path, required=True, metavar="DIR", help="a folder that build wrote")


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise ValueError(f"{text} is not 1 or more")
    return number


def build(options: argparse.Namespace) -> int:
    """Read, caption, index; print what was made and how long it took."""
    started = time.perf_counter()
    catalogue = _read(options)
    prepare_folder(options.into)
    with _bar() as bar:
        captioned_from = time.perf_counter()
        captioned = _captioned(options, catalogue, options.into, bar)
        indexed_from = time.perf_counter()
        index = build_index(
            captioned.items,
            options.into,
            SentenceEmbedder(options.embedder),
            source=str(options.catalogue),
            rejected=len(catalogue.rejects),
            server=options.server,
            progress=_steps(bar),
        )
    made = {
        "shop": str(options.into),
        "items": len(index),
        "rejected": len(catalogue.rejects),
        "unusable_pictures": len(captioned.failed),
        "pictures": captioned.report.as_json(),
        "seconds": round(time.perf_counter() - started, 2),
        "caption_seconds": round(indexed_from - captioned_from, 2),
        "index_seconds": round(time.perf_counter() - indexed_from, 2),
    }
    _say(options, made, f"{options.into}: {len(index)} items indexed in {made['seconds']} s")
    return 0


def update(options: argparse.Namespace) -> int:
    """Put a catalogue's items into a shop that stands; print what that changed."""
    index = _open(options)
    catalogue = _read(options)
    with _bar() as bar:
        items = _captioned(options, catalogue, options.shop, bar).items
        gone = _missing(index, catalogue) if options.remove_missing else []
        made = dataclasses.asdict(change_index(index, items, gone, _steps(bar)))
    words = ", ".join(f"{count} {what}" for what, count in made.items())
    _say(options, {"shop": str(options.shop), "items": len(index)} | made, f"{options.shop}: {len(index)} items ({words})")
    return 0


def delete(options: argparse.Namespace) -> int:
    """Take items out; ids that are not there are said, and do no harm."""
    index = _open(options)
    there = {item.id for item in index.get(options.ids)}
    removed = change_index(index, gone=options.ids).removed
    for identity in options.ids:
        if identity not in there:
            print(f"{identity}: not in the shop", file=sys.stderr)
    made = {"shop": str(options.shop), "items": len(index), "removed": removed}
    _say(options, made, f"{options.shop}: {removed} items removed, {len(index)} left")
    return 0


def search(options: argparse.Namespace) -> int:
    """The items that suit the words best, one a line; where there is none, which filter to relax."""
    filters, slots = _filters(options), [options.slot] if options.slot else []
    index = _open(options)
    hits = index.search_words(options.words, filters, slots, options.k)
    for hit in hits:
        item: dict[str, Any] = hit.item.model_dump(mode="json", exclude_none=True) | {"similarity": round(hit.similarity, 4)}
        price = f", {hit.item.price:.2f} {hit.item.currency or ''}".rstrip() if hit.item.price is not None else ""
        print(
            json.dumps(item, ensure_ascii=False)
            if options.json
            else f"{hit.similarity:.3f}  {hit.item.id}  {hit.item.title}{price}"
        )
    if not hits:
        print(_nothing(index, filters, slots), file=sys.stderr)
    return 0


def _nothing(index: CaptionIndex, filters: Filters, slots: Sequence[str]) -> str:
    """Why nothing was found, and what to relax."""
    if not index.count(Filters(), slots):
        return f"The shop has no {slots[0]} in stock." if slots else "The shop has nothing in stock."
    way = relaxation(index, filters, slots)
    if way is None:
        return "Nothing in the shop passes these filters, and lifting one of them would not help."
    flag = f"--{way.name.removesuffix('s').replace('_', '-')}"
    if isinstance(way.value, float):
        return f"Nothing in the shop passes these filters. With {flag} {way.value:g} there is something."
    most = f", most often {way.value}" if way.value else ""
    return f"Nothing in the shop passes these filters. Without {flag} there are {way.count}{most}."


def _read(options: argparse.Namespace) -> Catalogue:
    mapping = read_mapping(options.mapping) if options.mapping else None
    catalogue = read_catalogue(options.catalogue, mapping, strict=options.strict)
    print(catalogue.summary(), file=sys.stderr)
    return catalogue


def _captioned(options: argparse.Namespace, catalogue: Catalogue, folder: Path, bar: Progress) -> Captioned:
    """The items with captions; what the shop's folder keeps is taken over, of any captioner unless one is named."""
    step = _steps(bar)
    captioned = caption_catalogue(
        catalogue.items,
        lambda: chosen_captioner(options),
        folder / CAPTIONS,
        lambda done, total: step("captioning", done, total),
        others=options.captioner is None,
        again=options.again,
    )
    for row in captioned.failed[:SHOWN]:
        print(f"{row.id}: {row.error} Its title serves as its caption.", file=sys.stderr)
    if captioned.report.pictures:
        print("\n  ".join(captioned.report.in_words()), file=sys.stderr)
    return captioned


def _missing(index: CaptionIndex, catalogue: Catalogue) -> list[str]:
    """What the shop has and the catalogue has not; a row that was rejected is there, and only cannot be read.

    Raises ShopError for rejected rows without an id: nobody knows whose they are.
    """
    nameless = [str(reject.line) for reject in catalogue.rejects if not reject.id]
    if nameless:
        raise ShopError(
            f"{len(nameless)} rejected rows have no id that can be read (line {', '.join(nameless[:5])}), so that nobody knows "
            "what is missing. Mend them, or update without --remove-missing."
        )
    there = {item.id for item in catalogue.items} | {reject.id for reject in catalogue.rejects if reject.id}
    return sorted(index.current().ledger.ids() - there)


def _open(options: argparse.Namespace) -> CaptionIndex:
    return open_index(options.shop, SentenceEmbedder(options.embedder), options.server)


def _filters(options: argparse.Namespace) -> Filters:
    try:
        return Filters(
            max_price=options.max_price,
            min_price=options.min_price,
            colours=tuple(options.colour),
            kinds=tuple(options.kind),
            brands=tuple(options.brand),
            gender=options.gender,
        )
    except ValidationError as error:
        raise ShopError(f"These filters cannot be: {error.errors()[0]['msg'].removeprefix('Value error, ')}.") from error


def _say(options: argparse.Namespace, made: dict[str, Any], words: str) -> None:
    print(json.dumps(made) if options.json else words)


def _bar() -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    return Progress(*columns, console=Console(stderr=True))


def _steps(bar: Progress) -> Callable[[str, int, int], None]:
    """Progress by what is being done, a bar for each."""
    tasks: dict[str, TaskID] = {}

    def step(what: str, done: int, total: int) -> None:
        if what not in tasks:
            tasks[what] = bar.add_task(what, total=total)
        bar.update(tasks[what], completed=done, total=total)

    return step


VERBS = {"build": build, "update": update, "delete": delete, "search": search}

if __name__ == "__main__":
    sys.exit(main())
