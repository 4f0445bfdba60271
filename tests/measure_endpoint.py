"""The conversations to develop against, asked through the scripted endpoint, well-behaved or misbehaving: whether answers stay good.

python -m tests.measure_endpoint tests/conversations/development_1.yaml --misbehave-every 3 --out FILE.json
"""

import argparse
import json
import os
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # before torch: spinning threads are slow on busy cores
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")

from assistant.agent import Assistant
from assistant.answers import Answer
from assistant.endpoint.model import AWAY
from assistant.evaluation.cases import read_cases
from assistant.evaluation.scorecard import summary
from assistant.evaluation.suite import Checked, Conversation, all_asked
from assistant.settings import Settings
from tests.endpoint import serve_as_planner

COUNTS = ("turns", "passed", "broken_filters", "ungrounded", "over_budget", "rewritten", "unanswered")
PLANNER = "planner alone"


class Patient:
    """The assistant at an endpoint; its clock goes on between turns until an endpoint that failed is asked again."""

    def __init__(self, settings: Settings) -> None:
        self._now = 0.0
        self._assistant = Assistant.open(settings, clock=lambda: self._now)
        self.floor, self.history = self._assistant.floor, self._assistant.history

    def ask(self, *words: Any) -> Answer:
        """One turn, some time after the last."""
        self._now += AWAY + 1
        return self._assistant.ask(*words)


def main(arguments: Sequence[str] | None = None) -> int:
    """Ask, print the figures, and put them beside those of earlier runs; 1 if a turn breaks what must always hold."""
    options = _parser().parse_args(arguments)
    way, figures, wrong = measured(options.files, options.misbehave_every, options.timeout, options.planner)
    if options.out:
        known = json.loads(options.out.read_text(encoding="utf-8")) if options.out.is_file() else {}
        known |= {way: figures | {"command": _command(arguments)}}
        options.out.write_text(json.dumps(known, indent=2) + "\n", encoding="utf-8")
    print(json.dumps({way: figures}, indent=2))
    print(*wrong, sep="\n", file=sys.stderr)
    return int(bool(wrong))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tests.measure_endpoint", description="Ask whole conversations through a scripted endpoint."
    )
    parser.add_argument("files", type=Path, nargs="+", metavar="CASES.yaml")
    parser.add_argument("--misbehave-every", type=int, metavar="N", help="each N-th request fails, in another way each time")
    parser.add_argument("--planner", action="store_true", help="no endpoint at all, to compare with")
    parser.add_argument("--timeout", type=float, default=30.0, metavar="SECONDS", help="as ASSISTANT_TIMEOUT (default: 30)")
    parser.add_argument("--out", type=Path, metavar="JSON", help="where the figures go, beside those of other ways")
    return parser


def _command(arguments: Sequence[str] | None) -> str:
    given = sys.argv[1:] if arguments is None else arguments
    return f"python -m tests.measure_endpoint {' '.join(map(str, given))}"


def measured(
    files: Sequence[Path], every: int | None, timeout: float, planner: bool = False
) -> tuple[str, dict[str, Any], list[str]]:
    """How the endpoint behaved, in words, the counts over all turns, and a line for each thing that must never be."""
    cases, settings = {path: read_cases(path) for path in files}, Settings()
    if planner:
        asked = all_asked(cases, settings, Patient)
        return PLANNER, *_told(asked)
    with serve_as_planner(Assistant.open(settings.model_copy(update={"data": settings.cache})), every) as server:
        own = settings.model_copy(update={"model": "scripted", "base_url": server.base_url, "timeout": timeout})
        figures, wrong = _told(all_asked(cases, own, Patient))
        served = {"requests": len(server.requests), "misbehaved": len(server.requests) // every if every else 0}
    return f"each request number {every} misbehaves" if every else "well-behaved", served | figures, wrong


def _told(asked: dict[str, list[Conversation]]) -> tuple[dict[str, Any], list[str]]:
    turns = {path: [turn for talk in talks for turn in talk.turns] for path, talks in asked.items()}
    every = [turn for found in turns.values() for turn in found]
    counted = summary(turns)["files"]
    totals: dict[str, Any] = {name: sum(counts[name] for counts in counted) for name in COUNTS}
    totals["answered"] = sum(bool(turn.answer.get("reply")) for turn in every)
    models = [turn.answer.get("model", {}) for turn in every]
    totals["repairs"] = sum(model.get("repairs", 0) for model in models)
    reasons = Counter(_reason(model["fallback"]) for model in models if "fallback" in model)
    files = {Path(counts["file"]).stem: {name: counts[name] for name in ("turns", "passed")} for counts in counted}
    return totals | {"takeovers": reasons.total(), "why": dict(reasons.most_common()), "files": files}, _wrong(asked)


def _reason(fallback: str) -> str:
    """Why the planner took over, without what differs from time to time."""
    return ": ".join(fallback.split(": ")[:2]) if "does not serve" in fallback else fallback.split(":")[0]


def _wrong(asked: dict[str, list[Conversation]]) -> list[str]:
    turns = [(talk.name, turn) for talks in asked.values() for talk in talks for turn in talk.turns]
    return [f"{name} | {turn.say} | {sentence}" for name, turn in turns for sentence in _never(turn)]


def _never(turn: Checked) -> list[str]:
    return turn.audit.sentences() if turn.answer.get("reply") else [f"no answer: {turn.failed}"]


if __name__ == "__main__":
    sys.exit(main())
