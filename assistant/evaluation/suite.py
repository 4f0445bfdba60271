"""`python -m assistant evaluate CASES.yaml...`: whole conversations asked, and every turn checked against what is expected."""

import argparse
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Protocol

from rich.console import Console

from assistant.evaluation.audit import Audit, Stock, Told, audit
from assistant.evaluation.cases import Case, CasesError, Turn, read_cases
from assistant.evaluation.expectations import Seen, failures
from assistant.evaluation.scorecard import summary, tables
from assistant.settings import Settings, SettingsError

errors = Console(stderr=True, soft_wrap=True, highlight=False)


class Asked(Protocol):
    """What answers: an `Assistant`, or a scripted one."""

    floor: Any

    def ask(self, text: str, photos: Sequence[Any] = (), thread: str = "default", user: str = "me") -> Any:
        """One turn, as an `Answer`."""

    def history(self, thread: str) -> list[Any]:
        """The messages of a thread so far."""


Opened = Callable[[Settings], Asked]


@dataclass(frozen=True)
class Checked:
    """One turn as it went. `answer` is the whole JSON of `ask`; empty where none came."""

    say: str
    answer: dict[str, Any]
    failed: list[str]
    audit: Audit

    def told(self) -> dict[str, Any]:
        """As `--json` prints it."""
        return {"say": self.say, "passed": not self.failed, "failed": self.failed, "answer": self.answer}


@dataclass(frozen=True)
class Conversation:
    """A case and how its turns went."""

    name: str
    turns: list[Checked]


@dataclass
class Talk:
    """What a conversation has shown and said so far."""

    thread: str
    shown: set[str] = field(default_factory=set)  # ids of earlier answers' items
    told: Told = field(default_factory=Told)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What `evaluate` takes."""
    parser.add_argument("cases", type=Path, nargs="+", metavar="CASES.yaml", help="conversations with expectations per turn")
    parser.add_argument("--shop", default=None, metavar="DIR|sample", help="ask all of them in this shop (default: the case's)")
    parser.add_argument("--model", default=None, metavar="NAME", help="the conversation model, as ASSISTANT_MODEL")
    parser.add_argument("--only", default=None, metavar="NAME", help="only the case of this name")
    parser.add_argument("--json", action="store_true", help="print every turn with its answer as JSON")
    parser.add_argument("--quiet-failures", action="store_true", help="print counts alone, for a test half that nobody reads")


def run(options: argparse.Namespace, settings: Settings, opened: Opened | None = None) -> int:
    """Ask all cases and print how it went; 0 if they could be asked, 2 after a sentence if a file is bad.

    Conversations and profiles go to a temporary folder. Raises what `Assistant.open` raises, where a shop or model is missing.
    """
    try:
        files = {path: _chosen(read_cases(path), options.only) for path in options.cases}
        if not any(files.values()):
            raise CasesError(f"No case is named {options.only!r}.")
    except CasesError as error:
        errors.print(str(error), style="red", markup=False)
        return 2
    _print(all_asked(files, _settings(settings, options.model), opened or _opened, options.shop), options)
    return 0


def _chosen(cases: Sequence[Case], only: str | None) -> list[Case]:
    return [case for case in cases if only in (None, case.name)]


def _settings(settings: Settings, model: str | None) -> Settings:
    settings = settings.model_copy(update={"model": model or settings.model})
    if settings.model != "planner" and not settings.base_url:
        raise SettingsError(f"--model {settings.model} needs ASSISTANT_BASE_URL, the address of an OpenAI-compatible endpoint.")
    return settings


def _opened(settings: Settings) -> Asked:
    from assistant.agent import Assistant  # imports torch, which --help does without

    return Assistant.open(settings)


def all_asked(
    files: Mapping[Path, Sequence[Case]], settings: Settings, opened: Opened, shop: str | None = None
) -> dict[str, list[Conversation]]:
    """The conversations of each file, asked in `shop` or in the case's own; each shop is opened once.

    Conversations and profiles go to a temporary folder, whatever the settings say. Raises what `opened` raises.
    """
    with TemporaryDirectory(prefix="evaluate-", ignore_cleanup_errors=True) as folder:
        return _all_asked(files, settings.model_copy(update={"data": Path(folder)}), opened, shop)


def _all_asked(
    files: Mapping[Path, Sequence[Case]], settings: Settings, opened: Opened, shop: str | None
) -> dict[str, list[Conversation]]:
    shops: dict[str, tuple[Asked, Stock]] = {}
    asked: dict[str, list[Conversation]] = {}
    total = sum(len(cases) for cases in files.values())
    with errors.status("Starting") as status:
        for number, (path, case) in enumerate(((path, case) for path, cases in files.items() for case in cases), 1):
            status.update(f"Conversation {number} of {total}")
            name = shop or case.shop or settings.shop
            if name not in shops:
                assistant = opened(settings.model_copy(update={"shop": name}))
                shops[name] = assistant, Stock.of(assistant.floor.index.items())
            asked.setdefault(str(path), []).append(converse(*shops[name], case, f"evaluate-{number}"))
    return asked


def converse(assistant: Asked, stock: Stock, case: Case, thread: str) -> Conversation:
    """One case asked, turn by turn, in a thread and for a user of its own."""
    return Conversation(case.name, list(_turns(assistant, stock, case, Talk(thread))))


def _turns(assistant: Asked, stock: Stock, case: Case, talk: Talk) -> Iterator[Checked]:
    for turn in case.turns:
        try:
            answer = _answer(assistant, turn, talk)
        except Exception as error:  # noqa: BLE001 - the outermost edge: a turn without an answer is a finding, and the next is asked
            yield Checked(turn.say, {}, [f"answered: {type(error).__name__}: {error}"], Audit([], [], []))
            continue
        yield checked(turn, answer, stock, talk)
        talk.shown |= _shown(answer)


def _answer(assistant: Asked, turn: Turn, talk: Talk) -> dict[str, Any]:
    from assistant.photos import Photo

    talk.told.said.append(turn.say)
    photos = [Photo(path.name, path) for path in turn.photos]
    answer: dict[str, Any] = assistant.ask(turn.say, photos, talk.thread, talk.thread).model_dump(mode="json")
    talk.told.returned(_results(assistant.history(talk.thread)))
    return answer


def _results(messages: Sequence[Any]) -> list[dict[str, Any]]:
    """What the tools returned in the last turn of a conversation."""
    asked = max((place for place, message in enumerate(messages) if message.type == "human"), default=0)
    artifacts = [getattr(message, "artifact", None) for message in messages[asked:]]
    return [artifact for artifact in artifacts if isinstance(artifact, dict)]


def checked(turn: Turn, answer: dict[str, Any], stock: Stock, talk: Talk) -> Checked:
    """A turn's answer held against what the case expects, and against what must hold of every answer."""
    found = audit(answer, stock, talk.told)
    seen = Seen(answer, stock.items, frozenset(talk.shown), found.ungrounded)
    return Checked(turn.say, answer, failures(turn.expect, seen) + found.sentences(), found)


def _shown(answer: dict[str, Any]) -> set[str]:
    return {str(item["id"]) for item in answer["items"]}


def _print(asked: dict[str, list[Conversation]], options: argparse.Namespace) -> None:
    """The counts; the turns too, or those that failed, unless their failures are to stay unread."""
    turns = {path: [turn for conversation in talks for turn in conversation.turns] for path, talks in asked.items()}
    if options.json:
        every = [turn for found in turns.values() for turn in found]
        cases = [
            {"name": talk.name, "turns": [turn.told() for turn in talk.turns]} for talks in asked.values() for talk in talks
        ]
        counts = {"turns": len(every), "passed": sum(not turn.failed for turn in every)}
        print(json.dumps(counts | {"cases": [] if options.quiet_failures else cases, "summary": summary(turns)}))
        return
    console = Console(highlight=False)
    for table in tables(summary(turns)):
        console.print(table)
    for talks in asked.values() if not options.quiet_failures else ():
        _print_failures(talks, console)


def _print_failures(talks: Sequence[Conversation], console: Console) -> None:
    for talk in talks:
        for number, turn in enumerate(talk.turns, 1):
            if turn.failed:
                console.print(f"\n{talk.name}, turn {number}: {turn.say}", style="bold", markup=False, soft_wrap=True)
                for sentence in turn.failed:
                    console.print(f"  {sentence}", markup=False, soft_wrap=True)
