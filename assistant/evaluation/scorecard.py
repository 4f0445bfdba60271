"""How an evaluation went, in counts: per file what passed and what was wrong, and median seconds by intent and stage."""

from collections.abc import Iterator, Mapping, Sequence
from statistics import median
from typing import Any, Protocol

from rich.table import Column, Table
from rich.text import Text

from assistant.evaluation.audit import Audit

CONFIDENCE = 0.95
WHOLE = "whole turn"


class Scored(Protocol):
    """A turn that was checked."""

    @property
    def answer(self) -> dict[str, Any]:
        """The JSON of `ask`, empty where no answer came."""

    @property
    def failed(self) -> list[str]:
        """What does not hold."""

    @property
    def audit(self) -> Audit:
        """What is wrong whatever was expected."""


def summary(files: Mapping[str, Sequence[Scored]]) -> dict[str, Any]:
    """Counts by file, and the median seconds of all turns as {intent: {stage: seconds}}; each file must have a turn."""
    every = [turn for turns in files.values() for turn in turns]
    return {"files": [{"file": name} | _counts(turns) for name, turns in files.items()], "seconds": _seconds(every)}


def _counts(turns: Sequence[Scored]) -> dict[str, Any]:
    from scipy.stats import binomtest  # half a second, which --help does without

    passed = sum(not turn.failed for turn in turns)
    interval = binomtest(passed, len(turns)).proportion_ci(CONFIDENCE, method="wilson")
    return {
        "turns": len(turns),
        "passed": passed,
        "share": round(passed / len(turns), 4),
        "interval": [round(float(interval.low), 4), round(float(interval.high), 4)],
        "broken_filters": sum(len(turn.audit.broken) for turn in turns),
        "ungrounded": sum(len(turn.audit.ungrounded) for turn in turns),
        "over_budget": sum(len(turn.audit.over_budget) for turn in turns),
        "rewritten": sum((turn.answer.get("grounding") or {}).get("rewritten", 0) for turn in turns),
        "unanswered": sum(not turn.answer for turn in turns),
    }


def _seconds(turns: Sequence[Scored]) -> dict[str, dict[str, float]]:
    """The median over an intent's turns; of a stage, over the turns that had it."""
    spent: dict[str, dict[str, list[float]]] = {}
    for answer in (turn.answer for turn in turns if turn.answer):
        stages = spent.setdefault(answer.get("understood", {}).get("intent", "none"), {})
        for stage, seconds in ({WHOLE: answer["seconds"]} | answer["stages"]).items():
            stages.setdefault(stage, []).append(seconds)
    return {
        intent: {stage: round(median(times), 3) for stage, times in stages.items()} for intent, stages in sorted(spent.items())
    }


def tables(counted: Mapping[str, Any]) -> Iterator[Table]:
    """A summary for the terminal."""
    yield _files(counted["files"])
    yield _times(counted["seconds"])


def _files(files: Sequence[Mapping[str, Any]]) -> Table:
    table = Table("", *(Column(Text(counts["file"]), overflow="fold") for counts in files))
    for name in (name for name in files[0] if name not in ("file", "interval")):
        table.add_row(name.replace("_", " "), *(_cell(name, counts) for counts in files))
    return table


def _cell(name: str, counts: Mapping[str, Any]) -> str:
    if name != "share":
        return str(counts[name])
    low, high = counts["interval"]
    return f"{counts['share']:.1%} [{low:.1%}, {high:.1%}]"


def _times(seconds: Mapping[str, Mapping[str, float]]) -> Table:
    table = Table("median seconds", *seconds)
    for stage in dict.fromkeys(stage for spent in seconds.values() for stage in spent):
        table.add_row(stage, *(f"{spent[stage]:.3f}" if stage in spent else "" for spent in seconds.values()))
    return table
