"""The terminal: what `python -m assistant` prints for each verb."""

import argparse
import json
import logging
import sys
import warnings
from pathlib import Path

from rich.console import Console

from assistant.agent import Assistant
from assistant.answers import Answer
from assistant.evaluation import suite as evaluation
from assistant.photos import Photo
from assistant.settings import Settings, SettingsError
from assistant.voice import Status, Token
from catalog.backbone import WeightsError
from catalog.items import CatalogueError
from finetune.model import ModelError
from retrieval.complement import ComplementError
from retrieval.embeddings import EmbedderError
from retrieval.shop import ShopError

MENDABLE = (SettingsError, ShopError, ComplementError, ModelError, EmbedderError, CatalogueError, WeightsError)
GOODBYES = frozenset({"exit", "quit", "bye", "/exit", "/quit"})
errors = Console(stderr=True, soft_wrap=True, highlight=False)


def run_verb(options: argparse.Namespace) -> int:
    """Run the verb; 0 if it went well, 2 after a sentence on stderr."""
    quiet_libraries()
    try:
        settings = Settings.from_env()
        if getattr(options, "shop", None):
            settings = settings.model_copy(update={"shop": options.shop})
        return {"ask": ask, "chat": chat, "evaluate": evaluation.run, "fetch": fetch}[options.verb](options, settings)
    except MENDABLE as error:
        errors.print(str(error), style="red", markup=False)
        return 2
    except KeyboardInterrupt:
        return 130


def ask(options: argparse.Namespace, settings: Settings) -> int:
    """One turn."""
    with errors.status("Starting") as status:
        assistant = Assistant.open(settings, lambda text: status.update(text))
        photos = [Photo(path.name, path) for path in options.photo]
        answer = assistant.ask(options.text, photos, options.thread or options.new_thread, options.user)
    print(answer.model_dump_json() if options.json else answer.reply)
    return 0


def chat(options: argparse.Namespace, settings: Settings) -> int:
    """A conversation until end of input."""
    with errors.status("Starting") as status:
        assistant = Assistant.open(settings, lambda text: status.update(text))
    thread = options.thread or options.new_thread
    print("Ask me what goes with what. /photo FILE sends a photo with your next message; Ctrl-D ends.")
    photos: list[Photo] = []
    while True:
        try:
            line = input("\nyou: ")
        except EOFError:
            print(f"\nGo on later with: python -m assistant chat --thread {thread}")
            return 0
        if line.strip().lower() in GOODBYES:
            print(f"Goodbye! Go on later with: python -m assistant chat --thread {thread}")
            return 0
        if line.startswith("/photo "):
            photos += _photos(line)
            continue
        _print_turn(assistant, line, photos, thread, options.user)
        photos = []


def _photos(line: str) -> list[Photo]:
    path = Path(line.removeprefix("/photo ").strip().strip("\"'")).expanduser()
    print(f"Your next message goes with {path.name}." if path.is_file() else f"There is no file {path}.")
    return [Photo(path.name, path)] if path.is_file() else []


def _print_turn(assistant: Assistant, line: str, photos: list[Photo], thread: str, user: str) -> None:
    """The reply as it comes; in full once more where it was begun anew, for what is printed cannot be withdrawn."""
    print("shop: ", end="", flush=True)
    said = ""
    for event in assistant.stream(line, photos, thread, user):
        if isinstance(event, Token):
            said += event.text
            print(event.text, end="", flush=True)
        elif isinstance(event, Status) and sys.stderr.isatty():
            errors.print(f"({event.text})", style="dim")
        elif isinstance(event, Answer):
            print("" if said.strip() == event.reply.strip() else f" …\nshop: {event.reply}")


def fetch(options: argparse.Namespace, settings: Settings) -> int:
    """Fetch and verify every embedded model, and index the sample shop."""
    from catalog.backbone import check_weights, weights_path
    from finetune.model import EMBEDDED, fetch_embedded, load
    from retrieval.embeddings import embedded_folder

    say = errors.print if not options.json else (lambda _: None)
    base = settings.base or EMBEDDED
    stylist = fetch_embedded(say) if base == EMBEDDED else load(base).name  # loading fetches from a hub
    check_weights(weights_path())
    made: dict[str, str | Path] = {"stylist": stylist, "embedder": embedded_folder(verify=True), "vision": weights_path()}
    if settings.shop == "sample":
        made["shop"] = Assistant.open(settings, say).floor.index.folder
    paths = {name: str(path) for name, path in made.items()}
    print(json.dumps(paths) if options.json else "\n".join(f"{name}: {path}" for name, path in paths.items()))
    return 0


def quiet_libraries() -> None:
    """Libraries' notes are for their developers; what people must know, we say ourselves."""
    warnings.filterwarnings("ignore", module=r"(?!assistant|catalog|finetune|retrieval)")
    for name in ("transformers", "sentence_transformers", "bitsandbytes", "chromadb", "httpx", "huggingface_hub"):
        logging.getLogger(name).setLevel(logging.ERROR)
