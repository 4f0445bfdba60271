"""A build's vectors: one file of float32 rows, a caption's number its row, mapped into memory and never rewritten.

A vector is written before the ledger names its caption, so that whoever reads a number finds its row; what a killed
writer left behind has no number and is overwritten by the next.
"""

import os
from pathlib import Path
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from retrieval.embeddings import Vectors


class VectorFile:
    """Unit vectors of a size by caption number. Safe for several threads, and for readers beside one writer."""

    def __init__(self, path: Path, size: int) -> None:
        self._path, self._size, self._lock = path, size, Lock()
        self._rows: Vectors = np.empty((0, size), dtype=np.float32)

    def write(self, start: int, vectors: Vectors) -> None:
        """Put vectors, shape (n, size), at the numbers from `start` on, durably."""
        with os.fdopen(os.open(self._path, os.O_RDWR | os.O_CREAT, 0o644), "r+b") as file:
            file.seek(start * self._size * 4)
            file.write(np.ascontiguousarray(vectors, dtype=np.float32).tobytes())
            file.flush()
            os.fsync(file.fileno())

    def check(self, count: int) -> None:
        """Raise OSError or ValueError where the file holds fewer than `count` vectors."""
        if count and (held := self._held()) < count:
            raise ValueError(f"{self._path.name} holds {held} vectors, not {count}")

    def rows(self, numbers: NDArray[np.int64]) -> Vectors:
        """The vectors of captions, shape (n, size)."""
        if not len(numbers):
            return np.empty((0, self._size), dtype=np.float32)
        return self._mapped(int(numbers.max()))[numbers]

    def similarities(self, query: Vectors, numbers: NDArray[np.int64]) -> Vectors:
        """The cosine of a unit vector and each caption's, shape (n,)."""
        if not len(numbers):
            return np.empty(0, dtype=np.float32)
        # one caption may stand for many items, and rows read in the file's order are read fastest
        different, places = np.unique(numbers, return_inverse=True)
        found: Vectors = (self.rows(different) @ query)[places]
        return found

    def _mapped(self, number: int) -> Vectors:
        """The file's rows, mapped anew where it has grown since."""
        rows = self._rows
        if number >= len(rows):
            with self._lock:
                shape = self._held(), self._size
                rows = self._rows = np.asarray(np.memmap(self._path, np.float32, "r", shape=shape))
        return rows

    def _held(self) -> int:
        """How many whole rows there are: a writer may be in the middle of one, or have been killed there."""
        return self._path.stat().st_size // (self._size * 4)
