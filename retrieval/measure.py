"""`python -m retrieval.measure filters|known-items`: how quick filtered search is as a shop grows, and how well words find.

Speed is a ratio: ours and a plain Chroma `where` answer the same questions in turns, so that a busy machine slows both.
"""

import argparse
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # before torch: spinning threads are up to 38 times slower on busy cores
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")

from retrieval import growth, known_items
from retrieval.embeddings import SentenceEmbedder


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print, and write what was measured, size by size, so that an interrupted run goes on."""
    options = _parser().parse_args(arguments)
    found = options.measure(options)
    print(json.dumps(found, indent=2))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m retrieval.measure", description="Measure search.")
    verbs = parser.add_subparsers(dest="verb", required=True)
    filters = verbs.add_parser("filters", help="filtered queries among 10,000 to 1,000,000 synthetic items")
    filters.add_argument("--sizes", type=int, nargs="+", default=[10_000, 100_000, 1_000_000], metavar="N")
    filters.add_argument("--plain-up-to", type=int, default=100_000, metavar="N", help="the largest shop for the plain way too")
    filters.add_argument("--queries", type=int, default=200)
    filters.add_argument("--work", type=Path, default=Path("out/growth"), help="where the shops go, some 6 GB at a million")
    filters.set_defaults(measure=_filters)
    known = verbs.add_parser("known-items", help="hit@10 for names, for names with a typo, for descriptions")
    known.add_argument("--styles", type=Path, required=True, help="styles.csv of the Fashion Product Images data set")
    known.add_argument("--queries", type=int, default=500)
    known.add_argument("--work", type=Path, default=Path("out/styles"), help="where the shop goes")
    known.set_defaults(measure=_known_items)
    for verb in (filters, known):
        verb.add_argument("--out", type=Path, help="where the figures go, as JSON")
    return parser


def _filters(options: argparse.Namespace) -> dict[str, object]:
    found = _read(options.out)
    for size in options.sizes:
        if str(size) not in found:
            found[str(size)] = growth.measure(
                size, options.work / str(size), options.queries, plain=size <= options.plain_up_to
            )
            found = dict(sorted(found.items(), key=lambda size: int(size[0])))
            _write(found, options.out)
    return found


def _known_items(options: argparse.Namespace) -> dict[str, object]:
    found = known_items.measure(options.styles, options.work, SentenceEmbedder(), options.queries)
    _write(found, options.out)
    return found


def _read(path: Path | None) -> dict[str, object]:
    found: dict[str, object] = json.loads(path.read_text(encoding="utf-8")) if path and path.is_file() else {}
    return found


def _write(found: dict[str, object], path: Path | None) -> None:
    if path:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
