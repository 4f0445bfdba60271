"""`python -m finetune.measure_captions --mango DIR --captions NAME=FILE … --out FILE.json`: what captions are good for.

Two measures beside agreement (`python -m catalog.measure_captions`, which comes first): whether a caption finds its own
product, and how well outfits are filled in by captions, beside the shop's true attributes.
"""

import json
import os
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # before torch: spinning threads are up to 38 times slower on busy cores

from catalog.said import named_file
from catalog.taxonomy import vocabulary
from finetune import own_product, same_questions
from finetune.blend import blend_fingerprint, open_stylist
from finetune.caption_table import by_source
from finetune.controls import build
from finetune.mango import PRODUCTS, captions_of, read_products
from finetune.model import SHIPPED, ModelError
from finetune.pairs import Remembering
from finetune.provenance import commit, digest, shown
from finetune.reading import read_captions
from finetune.results import FOLDER, Result, log_test
from finetune.same_questions import ATTRIBUTES, Contestant, alike
from finetune.scorers import Ours
from finetune.tasks import Piece, TaskError
from retrieval.embeddings import Embedder, EmbedderError, SentenceEmbedder

CONTROLS = ("type-aware", "cosine-mean")
NOTE = "questions drawn from the attributes"


def main(given: Sequence[str] | None = None) -> int:
    """Measure, write it beside what agreement found, and print the table of all; errors are one sentence, and exit status 2."""
    options = _parser().parse_args(given)
    try:
        print(by_source(measure(options)["sources"]), end="")
    except (TaskError, ModelError, EmbedderError) as error:
        print(error, file=sys.stderr)
        return 2
    print(options.out)
    return 0


def _parser() -> ArgumentParser:
    parser = ArgumentParser(prog="python -m finetune.measure_captions", description="Measure what captions are good for.")
    parser.add_argument("--mango", type=Path, required=True, metavar="DIR", help="the Mango set")
    parser.add_argument(
        "--captions", type=_named, action="append", default=[], metavar="NAME=FILE", help="a source, as often as you like"
    )
    parser.add_argument(
        "--out", type=Path, required=True, metavar="FILE", help="the file of `python -m catalog.measure_captions`"
    )
    parser.add_argument(
        "--results", type=Path, default=FOLDER, help="where looks at the test split are logged (default: the package's own)"
    )
    return parser


def _named(text: str) -> tuple[str, Path]:
    return named_file(text)


def measure(options: Namespace) -> dict[str, Any]:
    """Both measures of the attributes and of each source, put beside what the file has. Raises TaskError, ModelError or EmbedderError."""
    files: dict[str, Path] = dict(options.captions)
    found = _agreed(options.out, files)
    products = list(read_products(options.mango / PRODUCTS).values())
    said = {name: captions_of(options.mango / PRODUCTS, read_captions(path)) for name, path in files.items()}
    embedder = Remembering(SentenceEmbedder())
    for name, queries in ({ATTRIBUTES: {piece.key: piece.words for piece in products}} | said).items():
        entry = found["sources"].setdefault(name, {"captions": digest(files[name])} if name in files else {})
        entry["own_product"] = own_product.measure(products, queries, embedder)
    asked = same_questions.drawn(options.mango / "outfits.jsonl")
    about: dict[str, dict[str, Any]] = {ATTRIBUTES: {}} | {name: {"captions": digest(path)} for name, path in files.items()}
    words = {name: _words(products, said.get(name)) for name in about}
    sources = {
        name: (words[name], about[name] | {"note": f"{NOTE}, in the words of {name}", "commit": commit()}) for name in about
    }
    for name, rows in same_questions.measure(asked, sources, _contestants(embedder)).items():
        found["sources"][name]["fitb"] = {row.name: _figure(row) for row in rows}
        found["sources"][name]["fitb_options_alike"] = round(alike(asked.questions, words[name]), 4)
        log_test(rows, options.results)
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    return found


def _agreed(out: Path, files: dict[str, Path]) -> dict[str, Any]:
    """What agreement found. Raises TaskError where that was of other captions than these."""
    found: dict[str, Any] = json.loads(out.read_text(encoding="utf-8")) if out.is_file() else {"sources": {}}
    for name, path in files.items():
        measured = found["sources"].get(name, {}).get("captions")
        if name == ATTRIBUTES:
            raise TaskError(f"{ATTRIBUTES} is what captions are held against: give {path} another name.")
        if measured and measured != digest(path):
            raise TaskError(
                f"{out} speaks of other captions by the name {name}: run `python -m catalog.measure_captions` first."
            )
    return found


def _words(products: Sequence[Piece], said: dict[str, str] | None) -> dict[str, str]:
    """Each garment's words: its attributes, or its caption, and without one no more than its slot ("shoes")."""
    bare = {
        slot: vocabulary().kinds[slot].one.removeprefix("pair of ").removeprefix("piece of ") for slot in vocabulary().slots
    }
    worn = [piece for piece in products if piece.slot]
    return {piece.key: piece.words if said is None else said.get(piece.key) or bare[piece.slot or ""] for piece in worn}


def _contestants(embedder: Embedder) -> list[Contestant]:
    """The stylist that ships, which never saw Mango, and two controls."""
    stylist = Ours(open_stylist(SHIPPED))
    adapter = {"adapter": shown(SHIPPED), "adapter_fingerprint": blend_fingerprint(SHIPPED)}
    blend = Contestant(lambda _: stylist, {"name": "blend", "stage": "blend", "scoring": "ours"} | adapter)
    return [blend, *(_control(name, embedder) for name in CONTROLS)]


def _control(name: str, embedder: Embedder) -> Contestant:
    return Contestant(lambda outfits: build(name, outfits, embedder), {"name": name, "stage": "control"})


def _figure(row: Result) -> dict[str, Any]:
    """A row as the other figures of the file are."""
    low, high = row.ci95
    found: dict[str, Any] = {"rate": row.value, "n": row.n, "low": low, "high": high}
    if row.gain:
        found["more"] = {"over": row.gain.over, "value": row.gain.value, "low": row.gain.ci95[0], "high": row.gain.ci95[1]}
    return found


if __name__ == "__main__":
    sys.exit(main())
