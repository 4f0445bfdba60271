"""`python -m assistant.understanding.teaching CASES.yaml…`: teach what a message most likely asks by conversations whose intents are known."""

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import yaml
from sklearn.linear_model import LogisticRegression

from assistant.understanding.intents import masked
from assistant.understanding.likely import INTENTS, TASKS, WEIGHTS, features
from assistant.understanding.reading import read
from retrieval.embeddings import SentenceEmbedder

STRENGTH = 1.0  # the inverse of L2, chosen by leaving out one file after another


def main() -> None:
    """Read conversations, teach, and write the weights."""
    parser = argparse.ArgumentParser(prog="python -m assistant.understanding.teaching", description="Teach the likely intents.")
    parser.add_argument("cases", nargs="+", type=Path, metavar="CASES.yaml", help="conversations with expected intents")
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / WEIGHTS)
    options = parser.parse_args()
    rows = [row for path in options.cases for row in turns(path)]
    taught = fitted(rows, SentenceEmbedder())
    weight = np.zeros((len(INTENTS), taught.coef_.shape[1]), dtype=np.float16)
    bias = np.full(len(INTENTS), -1e4, dtype=np.float16)  # an intent that no case has
    for place, name in enumerate(taught.classes_):
        weight[INTENTS.index(name)], bias[INTENTS.index(name)] = taught.coef_[place], taught.intercept_[place]
    np.savez_compressed(options.out, weight=weight, bias=bias)
    print(f"{len(rows)} turns taught; {options.out} written")


Row = tuple[str, tuple[str | None, str | None], str]


def turns(path: Path) -> Iterator[Row]:
    """Each turn whose intent is stated: the message, the intent and task before it, and its intent."""
    for case in yaml.safe_load(path.read_text(encoding="utf-8")):
        before: tuple[str | None, str | None] = (None, None)
        for turn in case["turns"]:
            intent = (turn.get("expect") or {}).get("intent")
            if intent and not turn.get("photos"):
                yield turn["say"], before, intent
            now = intent or before[1] or "search"
            before = (now, now if now in TASKS else before[1])


def fitted(rows: Sequence[Row], embedder: SentenceEmbedder) -> LogisticRegression:
    """A logistic regression over the rows."""
    readings = [read(text) for text, _, _ in rows]
    vectors = embedder.embed([masked(reading.text) for reading in readings])
    seen = features(vectors, readings, [before for _, before, _ in rows])
    return LogisticRegression(C=STRENGTH, max_iter=3000).fit(seen, [intent for _, _, intent in rows])


if __name__ == "__main__":
    main()
