"""A shop's folder: `shop.json` says which build is current and what it was built with; each build has a folder of its own.

`shop.json` is replaced only when a new build is complete. The one before it stays for readers that still use it, until the next.
"""

import json
import re
import shutil
import time
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout
from pydantic import BaseModel, ValidationError

BUILD = re.compile(r"build-\d{8}-\d{6}-[0-9a-f]{8}")
LAYOUT = 4  # how a build is laid out; one of another layout must be made again
MANIFEST = "shop.json"


class ShopError(RuntimeError):
    """A shop that cannot be built, changed or read; the message says what to do."""


class ShopManifest(BaseModel):
    """`shop.json`: the current build and what it was built with. `server`: the address of the Chroma that holds its vectors."""

    layout: int = 0
    build: str
    embedder: str
    size: int
    rejected: int = 0
    source: str
    currency: str | None = None
    server: str | None = None


def rebuild_command(folder: Path) -> str:
    """What to type where only a new build helps."""
    return f"python -m retrieval build CATALOGUE --into {folder}"


def prepare_folder(folder: Path) -> None:
    """Make a shop's folder, before work is done that will be kept in it. Raises ShopError."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / ".lock").touch()
    except OSError as error:
        raise ShopError(
            f"The shop's folder {folder} cannot be written: {error.strerror}. Choose another with --into."
        ) from error


@contextmanager
def only_writer(folder: Path) -> Iterator[None]:
    """Hold a shop's folder as the only one who writes. Raises ShopError while another process does."""
    try:
        with FileLock(folder / ".lock", timeout=0):
            yield
    except Timeout as error:
        raise ShopError(
            f"Another build is writing into {folder}. Wait until it has ended, or choose another folder."
        ) from error


def new_build() -> str:
    """A name for a build's folder, which no other has."""
    return f"build-{time.strftime('%Y%m%d-%H%M%S')}-{uuid.uuid4().hex[:8]}"


def builds_in(folder: Path) -> list[Path]:
    """The folders of all builds, complete or not, the newest first; whatever else lies there is not ours."""
    return sorted((path for path in folder.glob("build-*") if BUILD.fullmatch(path.name)), reverse=True)


def remove_builds(builds: Iterable[Path]) -> None:
    """Delete builds' folders."""
    for path in builds:
        shutil.rmtree(path, ignore_errors=True)


def read_manifest(folder: Path) -> ShopManifest:
    """What a shop's folder says of itself. Raises ShopError where it says nothing, or nothing that can be read."""
    try:
        return ShopManifest.model_validate_json((folder / MANIFEST).read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise ShopError(f"{folder} is no shop: it holds no {MANIFEST}. Build one: {rebuild_command(folder)}") from error
    except OSError as error:
        raise ShopError(f"The shop {folder} cannot be read: {error.strerror}.") from error
    except (ValidationError, UnicodeDecodeError) as error:
        raise ShopError(f"{folder}/{MANIFEST} is damaged. Build the shop again: {rebuild_command(folder)}") from error


def write_manifest(folder: Path, manifest: ShopManifest) -> None:
    """Make a build the current one, from one moment to the next."""
    temporary = folder / f"{MANIFEST}.new"
    temporary.write_text(json.dumps(manifest.model_dump(), indent=2), encoding="utf-8")
    temporary.replace(folder / MANIFEST)
