"""`python -m assistant ask|chat|profile|evaluate|fetch`: one turn, a conversation, whom it is with, how well it goes, the models."""

import argparse
import os
import sys
import uuid
from collections.abc import Sequence
from pathlib import Path

from assistant import introducing
from assistant.evaluation import suite as evaluation

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # before torch: spinning threads are up to 38 times slower on busy cores
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a verb; errors that a person can mend are one sentence on stderr, and exit status 2."""
    options = _parser().parse_args(arguments)
    if options.verb == "profile":
        return introducing.run(options)
    from assistant.console import run_verb  # imports torch, which --help does without

    return run_verb(options)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m assistant", description="A shop assistant for clothes.")
    verbs = parser.add_subparsers(dest="verb", required=True)
    ask = verbs.add_parser("ask", help="ask one question and print the answer")
    ask.add_argument("text", help="the question; may be empty if a photo is given")
    ask.add_argument(
        "--photo", type=Path, action="append", default=[], metavar="FILE", help="a photo of what you have; may be repeated"
    )
    ask.add_argument("--thread", default=None, metavar="ID", help="go on with this conversation (default: a new one)")
    ask.add_argument("--json", action="store_true", help="print the whole answer as JSON")
    chat = verbs.add_parser("chat", help="talk in the terminal")
    chat.add_argument("--thread", default=None, metavar="ID", help="go on with this conversation (default: a new one)")
    for verb in (ask, chat):
        verb.add_argument(
            "--shop", default=None, metavar="DIR|sample", help="the shop's folder (default: ASSISTANT_SHOP or the sample shop)"
        )
        verb.add_argument("--user", default="me", metavar="NAME", help="whose profile holds (default: me)")
    introducing.add_arguments(verbs.add_parser("profile", help="show, change or forget what is known of you"))
    evaluation.add_arguments(verbs.add_parser("evaluate", help="ask whole conversations and check every answer"))
    fetch = verbs.add_parser("fetch", help="fetch and verify the embedded models, and index the sample shop")
    fetch.add_argument("--json", action="store_true", help="print what was fetched as JSON")
    parser.set_defaults(new_thread=uuid.uuid4().hex[:12])
    return parser


if __name__ == "__main__":
    sys.exit(main())
