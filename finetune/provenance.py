"""Where a figure or an adapter comes from, as a file may say it that others read: commit, paths, an adapter's own record."""

import hashlib
import json
import subprocess
from pathlib import Path
from typing import Any

from finetune.model import ModelError

ROOT = Path(__file__).resolve().parent.parent
RECORD = "run.json"  # beside an adapter: what made it


def commit() -> str | None:
    """The project's git commit, with a + where files were changed since; None outside a checkout, or without git."""
    try:
        name, changed = (
            subprocess.run(["git", *command], capture_output=True, text=True, cwd=ROOT).stdout.strip()
            for command in (["rev-parse", "--short", "HEAD"], ["status", "--porcelain", ".", ":!finetune/results"])
        )  # results do not count: every look at a test split adds a line there
    except FileNotFoundError:
        return None
    return f"{name}+" if name and changed else name or None


def shown(path: Path) -> str:
    """A path as a record may name it: from the project's root, or else its last part; the rest is one machine's."""
    path = path.resolve()
    return str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else path.name


def digest(path: Path) -> str:
    """The first 12 digits of a file's sha256."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()[:12]


def trained(adapter: Path) -> dict[str, Any]:
    """The stage and the recipe of an adapter by its own record; "sft" where it has none. Raises ModelError."""
    record = adapter / RECORD
    if not record.is_file():
        return {"stage": "sft"}
    try:
        said = json.loads(record.read_text(encoding="utf-8"))
        return {"stage": {"sft": "sft", "dpo": "sft+dpo"}[said["stage"]], "recipe": str(said["recipe"])}
    except (OSError, ValueError, LookupError, TypeError) as error:
        raise ModelError(f"{record} is damaged: it does not say how the adapter was trained.") from error
