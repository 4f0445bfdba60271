"""`python -m retrieval build|search`: a shop's folder from a catalogue, and a look into it."""

import argparse
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
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from catalog.backbone import WeightsError
from catalog.captions import Captioner, caption_catalogue
from catalog.items import CatalogueError, read_catalogue, read_mapping
from catalog.taxonomy import vocabulary
from retrieval.embeddings import EMBEDDED, EmbedderError, SentenceEmbedder
from retrieval.filters import Filters
from retrieval.index import ShopError, build_index, open_index, prepare_folder

MENDABLE = (CatalogueError, ShopError, EmbedderError, WeightsError)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a verb; errors that a person can mend are one sentence on stderr, and exit status 2."""
    options = _parser().parse_args(arguments)
    try:
        return {"build": build, "search": search}[options.verb](options)
    except MENDABLE as error:
        print(error, file=sys.stderr)
        return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m retrieval", description="A shop's caption index.")
    verbs = parser.add_subparsers(dest="verb", required=True)
    build = verbs.add_parser("build", help="caption a catalogue's pictures and index it")
    build.add_argument("catalogue", type=Path, help="a .csv, .jsonl or .parquet file; image paths are relative to it")
    build.add_argument("--mapping", type=Path, metavar="FILE", help="how the columns become an item's fields")
    build.add_argument(
        "--into", type=Path, required=True, metavar="DIR", help="the shop's folder; an index there is replaced when complete"
    )
    build.add_argument("--strict", action="store_true", help="fail on the first rejected row")
    search = verbs.add_parser("search", help="search a shop by words")
    search.add_argument("words")
    search.add_argument("--shop", type=Path, required=True, metavar="DIR", help="a folder that build wrote")
    search.add_argument("--slot", choices=vocabulary().slots)
    search.add_argument("--max-price", type=float)
    search.add_argument("--min-price", type=float)
    search.add_argument("--colour", action="append", default=[], choices=list(vocabulary().colours), metavar="COLOUR")
    search.add_argument("--kind", action="append", default=[], choices=list(vocabulary().kinds), metavar="KIND")
    search.add_argument("--brand", action="append", default=[])
    search.add_argument("--gender", choices=vocabulary().genders)
    search.add_argument("-k", type=int, default=10, help="how many (default 10)")
    for verb in (build, search):
        verb.add_argument("--embedder", default=EMBEDDED, help=f"a sentence-transformers model (default {EMBEDDED})")
        verb.add_argument("--json", action="store_true", help="print JSON")
    return parser


def build(options: argparse.Namespace) -> int:
    """Read, caption, index; print what was made and how long it took."""
    started = time.perf_counter()
    mapping = read_mapping(options.mapping) if options.mapping else None
    catalogue = read_catalogue(options.catalogue, mapping, strict=options.strict)
    print(catalogue.summary(), file=sys.stderr)
    prepare_folder(options.into)
    with _bar() as bar:
        captioned_from = time.perf_counter()
        items, failed = caption_catalogue(
            catalogue.items, _captioner, options.into / "captions.jsonl", _step(bar, "captioning")
        )
        indexed_from = time.perf_counter()
        embedder = SentenceEmbedder(options.embedder)
        index = build_index(
            items,
            options.into,
            embedder,
            source=str(options.catalogue),
            rejected=len(catalogue.rejects),
            progress=_step(bar, "indexing"),
        )
    for row in failed[:20]:
        print(f"{row.id}: {row.error} Its title serves as its caption.", file=sys.stderr)
    made = {
        "shop": str(options.into),
        "items": len(index),
        "rejected": len(catalogue.rejects),
        "unusable_pictures": len(failed),
        "seconds": round(time.perf_counter() - started, 2),
        "caption_seconds": round(indexed_from - captioned_from, 2),
        "index_seconds": round(time.perf_counter() - indexed_from, 2),
    }
    print(json.dumps(made) if options.json else f"{options.into}: {len(index)} items indexed in {made['seconds']} s")
    return 0


def _captioner() -> Captioner:
    from catalog.vision import EmbeddedCaptioner

    return EmbeddedCaptioner()


def search(options: argparse.Namespace) -> int:
    """The nearest items, one a line."""
    try:
        filters = Filters(
            max_price=options.max_price,
            min_price=options.min_price,
            colours=tuple(options.colour),
            kinds=tuple(options.kind),
            brands=tuple(options.brand),
            gender=options.gender,
        )
    except ValidationError as error:
        raise ShopError(f"These filters cannot be: {error.errors()[0]['msg'].removeprefix('Value error, ')}.") from error
    index = open_index(options.shop, SentenceEmbedder(options.embedder))
    hits = index.search_words(options.words, filters, [options.slot] if options.slot else [], options.k)
    for hit in hits:
        item: dict[str, Any] = hit.item.model_dump(mode="json", exclude_none=True) | {"similarity": round(hit.similarity, 4)}
        price = f", {hit.item.price:.2f} {hit.item.currency or ''}".rstrip() if hit.item.price is not None else ""
        print(
            json.dumps(item, ensure_ascii=False)
            if options.json
            else f"{hit.similarity:.3f}  {hit.item.id}  {hit.item.title}{price}"
        )
    if not hits:
        print("Nothing in the shop passes these filters.", file=sys.stderr)
    return 0


def _bar() -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    return Progress(*columns, console=Console(stderr=True))


def _step(bar: Progress, what: str) -> Callable[[int, int], None]:
    task = bar.add_task(what, total=None, visible=False)
    return lambda done, total: bar.update(task, completed=done, total=total, visible=True)


if __name__ == "__main__":
    sys.exit(main())
