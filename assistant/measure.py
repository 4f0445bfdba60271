"""`python -m assistant.measure`: how long each stage takes from photo to answer, as medians over several photos."""

import argparse
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from statistics import median

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # before torch: spinning threads are up to 38 times slower on busy cores
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")

from assistant.agent import Assistant
from assistant.answers import Answer
from assistant.photos import Photo
from assistant.settings import Settings
from catalog.captions import pictures_in

QUESTION = "what shoes go with this coat?"


def main(arguments: Sequence[str] | None = None) -> int:
    """Ask the question with each photo, each in a thread of its own; the first turn warms up and is not counted."""
    parser = argparse.ArgumentParser(prog="python -m assistant.measure", description="Time from photo to answer, by stage.")
    parser.add_argument("photos", type=Path, nargs="+", help="photos, or folders of them")
    parser.add_argument("--shop", default=None, help="the shop's folder (default: the sample shop)")
    parser.add_argument("--question", default=QUESTION)
    parser.add_argument("--limit", type=int, default=20, help="how many photos (default 20)")
    parser.add_argument("--out", type=Path, help="where the figures go, as JSON")
    options = parser.parse_args(arguments)
    settings = Settings.from_env()
    assistant = Assistant.open(settings.model_copy(update={"shop": options.shop}) if options.shop else settings)
    photos = pictures_in(options.photos)[: options.limit + 1]
    answers = [assistant.ask(options.question, [Photo(path.name, path)], f"measure {os.getpid()} {path}") for path in photos]
    figures = _figures(answers[1:]) | {"shop_items": len(assistant.floor.index), "question": options.question}
    if options.out:
        options.out.parent.mkdir(parents=True, exist_ok=True)
        options.out.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    print(json.dumps(figures))
    return 0


def _figures(answers: Sequence[Answer]) -> dict[str, object]:
    stages = {stage for answer in answers for stage in answer.stages}
    return {
        "photos": len(answers),
        "median_seconds": round(median(answer.seconds for answer in answers), 3),
        "median_stage_seconds": {
            stage: round(median(a.stages.get(stage, 0.0) for a in answers), 3) for stage in sorted(stages)
        },
        "answered_with_items": sum(bool(answer.items) for answer in answers),
    }


if __name__ == "__main__":
    sys.exit(main())
