"""`python -m catalog.measure_captions --mango DIR --photos DIR --captions NAME=FILE … --out FILE.json`: how good captions are.

They are held against a shop's own slots, types and colours (Mango), and against the labels of photos kept out of training.
A file of captions is as `python -m catalog caption` writes it; `--captions embedded` asks the embedded captioner at once.
Who makes choices by these figures looks at the half "valid" of Mango alone; the half "test" is what is reported.
"""

import argparse
import hashlib
import json
import os
import sys
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # before torch: spinning threads are up to 38 times slower on busy cores

from catalog import agreement
from catalog.captioners import make_captioner
from catalog.items import CatalogueError
from catalog.photos import label_of
from catalog.said import Said, asked, joined, named_file, read_said
from catalog.taxonomy import vocabulary
from catalog.truths import HALVES, Truth, read_kept_out, read_mango

EMBEDDED = "embedded"
Sets = dict[str, list[Truth]]  # "photos" and "mango", those that are given


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure each source and write what was found; errors that a person can mend are one sentence, and exit status 2."""
    options = _parser().parse_args(arguments)
    try:
        sets: Sets = {}
        if options.photos:
            sets["photos"] = read_kept_out(options.photos)
        if options.mango:
            sets["mango"] = read_mango(options.mango)
        for source in options.captions or [EMBEDDED]:
            name, found = _source(source, sets, options.keep)
            write(name, found, options.out)
            for line in _lacking(name, found):
                print(line, file=sys.stderr)
            print(f"{name}: {options.out}")
    except CatalogueError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m catalog.measure_captions", description="Measure captions of pictures.")
    parser.add_argument("--photos", type=Path, metavar="DIR", help="the clothing_photos data set")
    parser.add_argument("--mango", type=Path, metavar="DIR", help="the Mango set")
    parser.add_argument(
        "--captions",
        action="append",
        metavar="NAME=FILE",
        help=f"a source: its name in the tables, and its file of captions; {EMBEDDED} alone asks the embedded captioner (default)",
    )
    parser.add_argument("--keep", type=Path, metavar="FILE", help="where the embedded captioner's captions of Mango go")
    parser.add_argument("--out", type=Path, required=True, metavar="FILE", help="JSON; what it says of other sources stays")
    return parser


def _source(text: str, sets: Sets, keep: Path | None) -> tuple[str, dict[str, Any]]:
    if text == EMBEDDED:
        return EMBEDDED, of_embedded(sets, keep)
    try:
        name, path = named_file(text)
    except ValueError as error:
        raise CatalogueError(f"--captions: {error}; only {EMBEDDED} needs no file.") from error
    return name, of_file(path, sets)


def of_file(path: Path, sets: Sets) -> dict[str, Any]:
    """The figures of a file of captions; a set of whose pictures it has none is left out. Raises CatalogueError."""
    found = read_said(path)
    said = {name: joined(worn(truths), found) for name, truths in sets.items()}
    said = {name: one for name, one in said.items() if any(described for _, described in one.pairs)}
    if not said:
        raise CatalogueError(f"{path} has no caption of any of these pictures: lines are joined by item id or file name.")
    return {"captions": _digest(path)} | figures(said, sets)


def of_embedded(sets: Sets, keep: Path | None = None) -> dict[str, Any]:
    """The figures of the embedded captioner, how sure it is and how quick; what it says of Mango goes to `keep`."""
    captioner = make_captioner()
    said: dict[str, Said] = {}
    about: dict[str, Any] = {"captioner": captioner.source}
    for name, truths in sets.items():
        begun, shown = time.perf_counter(), worn(truths)
        said[name], rows = asked(shown, captioner)
        about.setdefault("pictures_per_second", round(len(shown) / (time.perf_counter() - begun), 1))
        if keep and name == "mango":
            keep.parent.mkdir(parents=True, exist_ok=True)
            keep.write_text("".join(f"{row.as_json()}\n" for row in rows), encoding="utf-8")
            about["captions"] = _digest(keep)
    found = about | figures(said, sets)
    if "photos" in said:
        found["photos"] |= agreement.certainty(said["photos"].pairs)
    return found


def worn(truths: Sequence[Truth]) -> list[Truth]:
    """Those that have a slot."""
    return [truth for truth in truths if truth.slot in vocabulary().slots]


def figures(said: dict[str, Said], sets: Sets) -> dict[str, Any]:
    """What is measured of each set; what is no outfit item, and pictures without a caption, are counted."""
    measures = {"photos": of_photos, "mango": of_mango}
    counts = {
        name: {"left_out_none": len(sets[name]) - len(one.pairs), "without_caption": dict(one.without.most_common())}
        for name, one in said.items()
    }
    return {name: counts[name] | measures[name](one.pairs) for name, one in said.items()}


def of_photos(pairs: agreement.Pairs) -> dict[str, Any]:
    """Slot, garment type and pattern of labelled photos: the type as their own label has it, and against what we see in them."""
    biggest = {label for label, _ in Counter(truth.label for truth, _ in pairs).most_common(10)}
    exact = [(truth.label, said is not None and label_of(said.kind) == truth.label) for truth, said in pairs]
    found = agreement.rates(
        {"kind": [hit for _, hit in exact], "kind_10_biggest_labels": [hit for label, hit in exact if label in biggest]}
    )
    return found | agreement.slots(pairs) | agreement.kinds(pairs) | agreement.patterns(pairs)


def of_mango(pairs: agreement.Pairs) -> dict[str, Any]:
    """Slots, types, colours and patterns of a shop's pictures, of all and of each half.

    The commonest errors are those of the valid half: who mends what they show leaves the other untouched.
    """
    found = {}
    for part in ("all", *HALVES):
        some = [pair for pair in pairs if part in ("all", pair[0].half)]
        if some:
            found[part] = agreement.slots(some) | agreement.kinds(some) | agreement.colours(some) | agreement.patterns(some)
            if part == HALVES[0]:
                found[part]["commonest_errors"] = agreement.commonest_errors(some)
    return found


def _lacking(source: str, found: dict[str, Any]) -> list[str]:
    """A line for each reason why pictures of a set have no caption; they count as misses."""
    reasons = [(name, found[name]["without_caption"].items()) for name in ("photos", "mango") if name in found]
    return [
        f"{source}: {count:,} pictures of {name} without a caption: {reason}" for name, why in reasons for reason, count in why
    ]


def write(name: str, found: dict[str, Any], out: Path) -> None:
    """Put a source's figures in the place of those that stood there, which spoke of other captions."""
    known: dict[str, Any] = json.loads(out.read_text(encoding="utf-8")) if out.is_file() else {}
    known.setdefault("sources", {})[name] = found
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(known, indent=1) + "\n", encoding="utf-8")


def _digest(path: Path) -> str:
    """The first 12 digits of a file's sha256, by which figures of the same captions are known."""
    return hashlib.sha256(path.read_bytes()).hexdigest()[:12]


if __name__ == "__main__":
    sys.exit(main())
