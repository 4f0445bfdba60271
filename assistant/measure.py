"""`python -m assistant.measure time|talk|variety`: how long answers take by stage, and how the few that are shown differ."""

import argparse
import json
import os
import random
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import fmean, median
from tempfile import TemporaryDirectory
from typing import Any

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # before torch: spinning threads are up to 38 times slower on busy cores
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")

import numpy as np

from assistant.agent import Assistant
from assistant.answers import Answer
from assistant.floor.shopfloor import Considered, ShopFloor, Stopwatch, arranged, colours_of
from assistant.photos import Photo
from assistant.settings import Settings
from catalog.captions import pictures_in
from catalog.items import Item
from catalog.taxonomy import vocabulary
from retrieval import synthetic
from retrieval.building import build_index
from retrieval.embeddings import SentenceEmbedder
from retrieval.filters import Filters

QUESTION = "what shoes go with this coat?"
SHOWN = 5
TWINS = 0.95  # cosine of captions from which two things look alike: "black coat" and "black wool coat"


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print, and write what was measured."""
    options = _parser().parse_args(arguments)
    settings = Settings.from_env()
    if options.verb == "talk":
        figures = _talk(settings, options)
    else:
        assistant = Assistant.open(settings.model_copy(update={"shop": options.shop}) if options.shop else settings)
        figures = options.measure(assistant, options)
    if options.out:
        options.out.parent.mkdir(parents=True, exist_ok=True)
        options.out.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    print(json.dumps(figures))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m assistant.measure", description="Measure answers in a shop.")
    verbs = parser.add_subparsers(dest="verb", required=True)
    time = verbs.add_parser("time", help="from photo to answer, by stage")
    time.add_argument("photos", type=Path, nargs="+", help="photos, or folders of them")
    time.add_argument("--question", default=QUESTION)
    time.add_argument("--limit", type=int, default=20, help="how many photos (default 20)")
    time.set_defaults(measure=_time)
    variety = verbs.add_parser("variety", help="near-twins and colours among what is shown, and what fit they cost")
    variety.add_argument("--outfits", type=Path, required=True, help="JSON lines of {items: [id, ...]}, ids of the shop")
    variety.add_argument("--limit", type=int, default=200, help="how many outfits (default 200)")
    variety.set_defaults(measure=_variety)
    talk = verbs.add_parser("talk", help="turns by what they ask, in a made-up shop with prices")
    talk.add_argument("--items", type=int, default=5000, help="how many the shop has (default 5000)")
    talk.add_argument("--turns", type=int, default=12, help="how many turns of each sort (default 12)")
    talk.add_argument("--out", type=Path, help="where the figures go, as JSON")
    for verb in (time, variety):
        verb.add_argument("--shop", default=None, help="the shop's folder (default: the sample shop)")
        verb.add_argument("--out", type=Path, help="where the figures go, as JSON")
    return parser


def _time(assistant: Assistant, options: argparse.Namespace) -> dict[str, object]:
    """Ask the question with each photo, each in a thread of its own; the first turn warms up and is not counted."""
    photos = pictures_in(options.photos)[: options.limit + 1]
    answers = [assistant.ask(options.question, [Photo(path.name, path)], f"measure {os.getpid()} {path}") for path in photos]
    return _figures(answers[1:]) | {"shop_items": len(assistant.floor.index), "question": options.question}


def _figures(answers: Sequence[Answer]) -> dict[str, object]:
    return {
        "photos": len(answers),
        "median_seconds": round(median(answer.seconds for answer in answers), 3),
        "median_stage_seconds": _stages(answers),
        "answered_with_items": sum(bool(answer.items) for answer in answers),
    }


def _talk(settings: Settings, options: argparse.Namespace) -> dict[str, Any]:
    """Turns of each sort in a shop of made-up items, each in a thread of its own and about other things; the first warms up."""
    with TemporaryDirectory() as folder:
        shop = Path(folder) / "shop"
        build_index(list(synthetic.items(options.items)), shop, SentenceEmbedder(settings.embedder), source="made up")
        assistant = Assistant.open(settings.model_copy(update={"shop": str(shop), "data": Path(folder) / "data"}))
        answers = {
            sort: [
                assistant.ask(text, thread=f"{sort} {place}", user=f"{place}")
                for place, text in enumerate(_questions(sort, options.turns + 1))
            ]
            for sort in ("complement", "search", "build")
        }
    return {"shop_items": options.items} | {
        sort: {
            "turns": len(asked) - 1,
            "answered_with_items": sum(bool(answer.items) for answer in asked[1:]),
            "pieces": round(median(len(answer.items) for answer in asked[1:])),
            "median_seconds": round(median(answer.seconds for answer in asked[1:]), 3),
            "most_seconds": max(answer.seconds for answer in asked[1:]),
            "median_stage_seconds": _stages(asked[1:]),
        }
        for sort, asked in answers.items()
    }


def _questions(sort: str, count: int) -> Iterator[str]:
    """Questions about things that differ, so that little is remembered from the turn before."""
    dice, words = random.Random(sort), vocabulary()
    kinds, colours = (
        [kind for kind in words.kinds.values() if kind.slot in ("outerwear", "bottoms", "all-body")],
        sorted(words.basic_colours),
    )
    for number in range(count):
        worn = f"{dice.choice(colours)} {dice.choice(kinds).one.removeprefix('pair of ')}"
        if sort == "complement":
            yield f"what shoes go with a {worn}?"
        elif sort == "search":
            yield f"{dice.choice(colours)} {dice.choice(kinds).name} under {dice.randrange(60, 200)}"
        else:
            yield f"a look for {dice.choice(['a wedding', 'work', 'a party', 'the weekend', 'the beach'])} for a {dice.choice(['man', 'woman'])} in {('winter', 'summer')[number % 2]} under {dice.randrange(300, 600)}"


def _stages(answers: Sequence[Answer]) -> dict[str, float]:
    stages = {stage for answer in answers for stage in answer.stages}
    return {stage: round(median(answer.stages.get(stage, 0.0) for answer in answers), 3) for stage in sorted(stages)}


def _variety(assistant: Assistant, options: argparse.Namespace) -> dict[str, object]:
    """What is shown for outfits that lack a piece, as it is arranged, and as the fit alone would have it."""
    shown: dict[str, list[tuple[Considered, list[int]]]] = {"varied": [], "by fit alone": []}
    for worn, slot in _incomplete(assistant.floor, options.outfits, options.limit):
        found = assistant.floor.considered(worn, slot, Filters(), "", [item.id for item in worn], Stopwatch())
        if len(found.hits) > SHOWN:
            shown["varied"].append((found, arranged(found, worn, SHOWN)))
            shown["by fit alone"].append((found, [int(place) for place in np.argsort(-found.fit)[:SHOWN]]))
    return {"shown": SHOWN, "outfits": len(shown["varied"])} | {way: _differing(rows) for way, rows in shown.items()}


def _incomplete(floor: ShopFloor, path: Path, limit: int) -> Iterator[tuple[list[Item], str]]:
    """Random outfits of the shop's items without one piece, and that piece's slot."""
    dice = random.Random(0)
    rows = [json.loads(line)["items"] for line in path.read_text(encoding="utf-8").splitlines()]
    for ids in dice.sample(rows, min(limit, len(rows))):
        items = floor.index.get(ids)
        if len(items) > 1:
            missing = items.pop(dice.randrange(len(items)))
            yield items, missing.slot


def _differing(rows: Sequence[tuple[Considered, list[int]]]) -> dict[str, float]:
    pairs = [np.triu(found.vectors[places] @ found.vectors[places].T, 1) for found, places in rows]
    return {
        "with_near_twins": fmean(float((pair > TWINS).any()) for pair in pairs),
        "basic_colours": fmean(len(set(_colours(found, places))) for found, places in rows),
        "mean_fit_rank": fmean(float(_ranks(found)[places].mean()) for found, places in rows),
    }


def _colours(found: Considered, places: Sequence[int]) -> Iterator[str]:
    return (vocabulary().basic(named[0]) for place in places if (named := colours_of(found.hits[place].item)))


def _ranks(found: Considered) -> Any:
    """Each hit's place by fit, the best 1."""
    return np.argsort(np.argsort(-found.fit)) + 1


if __name__ == "__main__":
    sys.exit(main())
