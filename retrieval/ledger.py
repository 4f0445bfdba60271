"""The ledger of a build: its items, what filters look for in them, and their words, in one SQLite file.

SQLite answers which items pass hard filters in milliseconds, takes a change whole or not at all, and lets one process
write while others read (WAL). Its FTS5 ranks by words (BM25). Vectors stand elsewhere, by the numbers of captions.
"""

import json
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from catalog.items import Item
from retrieval.filters import Condition, suits, tags_of

FILE = "ledger.sqlite"
Numbers = NDArray[np.int64]
SCHEMA = """
PRAGMA journal_mode = WAL;
BEGIN;
CREATE TABLE about (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE captions (number INTEGER PRIMARY KEY, words TEXT UNIQUE NOT NULL);
CREATE TABLE items (
    number INTEGER PRIMARY KEY, id TEXT UNIQUE NOT NULL, slot TEXT NOT NULL, in_stock INTEGER NOT NULL, price REAL,
    suits INTEGER NOT NULL, caption INTEGER NOT NULL, fresh INTEGER NOT NULL, brand TEXT, item TEXT NOT NULL
);
CREATE INDEX by_slot ON items (slot, in_stock, price, suits, number, caption);
CREATE INDEX by_caption ON items (caption, slot, in_stock, price, suits, number);
CREATE INDEX by_brand ON items (brand);
CREATE INDEX changed ON items (slot, in_stock, price, suits, number, caption) WHERE fresh;
CREATE TABLE tags (field TEXT, value TEXT, item INTEGER, PRIMARY KEY (field, value, item)) WITHOUT ROWID;
CREATE INDEX by_item ON tags (item);
CREATE VIRTUAL TABLE words USING fts5(text, tokenize = 'porter unicode61 remove_diacritics 2');
CREATE VIRTUAL TABLE terms USING fts5vocab(words, row);
COMMIT;
"""


class Ledger:
    """One build's ledger. Every thread has a connection of its own. Raises sqlite3.Error for a file that is none."""

    def __init__(self, path: Path) -> None:
        self._path, self._local = path, threading.local()
        self._read: dict[str, tuple[str, list[str]]] = {}
        self._all("SELECT count(*) FROM items LIMIT 1")  # a file that is no ledger shows itself here

    @classmethod
    def create(cls, path: Path, embedder: str, size: int) -> "Ledger":
        """An empty ledger, for captions of this embedder."""
        with sqlite3.connect(path) as connection:
            connection.executescript(SCHEMA)
            about = [("embedder", embedder), ("size", str(size)), ("changes", "0")]
            connection.executemany("INSERT INTO about VALUES (?, ?)", about)
        connection.close()
        return cls(path)

    @property
    def embedder(self) -> tuple[str, int]:
        """The name and the size of what the captions were embedded with."""
        about = dict(self._all("SELECT name, value FROM about"))
        return str(about["embedder"]), int(about["size"])

    # Reading

    @contextmanager
    def reading(self) -> Iterator[None]:
        """What is read inside is of one moment, whatever another process writes meanwhile."""
        with self._transaction("BEGIN"):
            yield

    def __len__(self) -> int:
        return int(self._all("SELECT count(*) FROM items")[0][0])

    def passing(
        self, passes: Condition, *, most: int = -1, captions: Sequence[int] | None = None, fresh: bool = False
    ) -> tuple[Numbers, Numbers]:
        """The numbers of items that pass, and those of their captions; no more than `most`.

        `captions`: only items of these; `fresh`: only items that no build's Chroma knows.
        """
        sql, values = passes
        if captions is not None:
            sql, values = f"caption IN (SELECT value FROM json_each(?)) AND {sql}", [json.dumps(list(captions)), *values]
        source = "items INDEXED BY by_caption" if captions is not None else "items"
        rows = f"SELECT number, caption FROM {source} WHERE {'fresh AND ' if fresh else ''}{sql} LIMIT ?"
        # one row of all: for each row that it fetches, a thread lets go of Python's lock and waits for it again
        found = self._all(f"SELECT json_group_array(number), json_group_array(caption) FROM ({rows})", *values, most)[0]
        numbers, of = (np.array(json.loads(text), dtype=np.int64) for text in found)
        return numbers, of

    def count(self, passes: Condition) -> int:
        """How many items pass."""
        return int(self._all(f"SELECT count(*) FROM items WHERE {passes[0]}", *passes[1])[0][0])

    def price_range(self, passes: Condition) -> tuple[float, float] | None:
        """The lowest and the highest price among the items that pass; None where none states one."""
        low, high = self._all(f"SELECT min(price), max(price) FROM items WHERE {passes[0]}", *passes[1])[0]
        return None if low is None else (low, high)

    def frequent(self, field: str, passes: Condition) -> list[tuple[str, int]]:
        """The values that items which pass have in a field of their tags, the most frequent first, with their counts."""
        sql = f"SELECT value, count(*) FROM tags WHERE field = ? AND item IN (SELECT number FROM items WHERE {passes[0]})"
        return self._all(f"{sql} GROUP BY value ORDER BY 2 DESC, 1", field, *passes[1])

    def brands(self) -> list[str]:
        """Every brand as the shop writes it, by alphabet."""
        return self._kept("SELECT DISTINCT brand FROM items WHERE brand IS NOT NULL ORDER BY 1")

    def items(self, numbers: Sequence[int]) -> dict[int, str]:
        """Items as JSON, by number."""
        rows = self._all("SELECT number, item FROM items WHERE number IN (SELECT value FROM json_each(?))", _list(numbers))
        return dict(rows)

    def captions_by_item(self, numbers: Sequence[int]) -> dict[int, int]:
        """The numbers of items' captions."""
        sql = "SELECT number, caption FROM items WHERE number IN (SELECT value FROM json_each(?))"
        return dict(self._all(sql, _list(numbers)))

    def by_id(self, ids: Sequence[str]) -> dict[str, str]:
        """Items as JSON, by id; the unknown are missing."""
        return dict(self._all("SELECT id, item FROM items WHERE id IN (SELECT value FROM json_each(?))", _list(ids)))

    def all_items(self) -> list[str]:
        """Every item as JSON, in the order they came in."""
        return [item for (item,) in self._all("SELECT item FROM items ORDER BY number")]

    def ids(self) -> set[str]:
        """Every item's id."""
        return {identity for (identity,) in self._all("SELECT id FROM items")}

    def numbers_of(self, words: Sequence[str]) -> dict[str, int]:
        """The numbers of captions that are known."""
        return dict(
            self._all("SELECT words, number FROM captions WHERE words IN (SELECT value FROM json_each(?))", _list(words))
        )

    def captions_of(self, slot: str) -> list[tuple[int, str]]:
        """The different captions of a slot's items, with their numbers."""
        of_slot = "SELECT DISTINCT caption FROM items WHERE slot = ?"
        return self._all(f"SELECT number, words FROM captions WHERE number IN ({of_slot}) ORDER BY number", slot)

    def spare_captions(self) -> int:
        """How many captions no item has any more."""
        return int(self._all("SELECT (SELECT count(*) FROM captions) - (SELECT count(DISTINCT caption) FROM items)")[0][0])

    def fresh(self) -> int:
        """How many items came in, or changed their caption or slot, after the build."""
        return int(self._all("SELECT count(*) FROM items WHERE fresh")[0][0])

    # By words

    def matching(self, match: str, passes: Condition, most: int) -> list[int]:
        """The items that an FTS5 expression finds among those that pass, best first by BM25."""
        # +: else SQLite matches anew for each item that passes, which took seconds among thousands
        sql = "SELECT rowid FROM words WHERE words MATCH ? AND +rowid IN (SELECT number FROM items WHERE {}) ORDER BY rank LIMIT ?"
        return [number for (number,) in self._all(sql.format(passes[0]), match, *passes[1], most)]

    def knows(self, word: str) -> bool:
        """Whether any item's text has a word, or another form of it."""
        return bool(self._all("SELECT 1 FROM words WHERE words MATCH ? LIMIT 1", f'"{word}"'))

    def terms(self) -> list[str]:
        """Every word's stem that stands in any item's text."""
        return self._kept("SELECT term FROM terms")

    # Writing

    @contextmanager
    def writing(self) -> Iterator[None]:
        """What is written inside is there whole, or not at all."""
        with self._transaction("BEGIN IMMEDIATE"):
            yield
            self._all("UPDATE about SET value = value + 1 WHERE name = 'changes'")

    def next_caption(self) -> int:
        """The number that the next new caption gets."""
        return int(self._all("SELECT coalesce(max(number) + 1, 0) FROM captions")[0][0])

    def add_captions(self, start: int, words: Sequence[str]) -> None:
        """Give new captions the numbers from `start` on."""
        self._many("INSERT INTO captions VALUES (?, ?)", enumerate(words, start))

    def put(self, items: Sequence[Item], captions: dict[str, int], *, fresh: bool) -> None:
        """Add items of different ids, or replace those that bear the same; `captions`: the numbers of their words.

        `fresh`: whether Chroma was filled before, so that only captions of an item of the same slot that it knows are known.
        """
        known = self._proposed(set(captions.values())) if fresh else set()
        numbers = self._forget([item.id for item in items])
        free = int(self._all("SELECT coalesce(max(number) + 1, 0) FROM items")[0][0])
        new = iter(range(max([free, *(number + 1 for number in numbers.values())]), 2**62))
        placed = [(numbers[item.id] if item.id in numbers else next(new), item) for item in items]
        self._many(
            "INSERT INTO items VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                (
                    number,
                    item.id,
                    item.slot,
                    int(item.stock is None or item.stock > 0),
                    item.price,
                    suits(item),
                    captions[item.words],
                    int(fresh and (captions[item.words], item.slot) not in known),
                    item.brand,
                    item.model_dump_json(exclude_defaults=True),
                )
                for number, item in placed
            ),
        )
        self._many("INSERT INTO tags VALUES (?, ?, ?)", ((*tag, number) for number, item in placed for tag in tags_of(item)))
        self._many("INSERT INTO words (rowid, text) VALUES (?, ?)", ((number, _text(item)) for number, item in placed))

    def remove(self, ids: Sequence[str]) -> int:
        """Take items out; how many there were."""
        return len(self._forget(ids))

    def settle(self) -> None:
        """After a build: gather statistics for the planner of queries, and put all into the file itself."""
        self._all("ANALYZE")
        self._all("PRAGMA wal_checkpoint(TRUNCATE)")

    def _forget(self, ids: Sequence[str]) -> dict[str, int]:
        """Delete items; the numbers they had."""
        known = dict(self._all("SELECT id, number FROM items WHERE id IN (SELECT value FROM json_each(?))", _list(ids)))
        for table, column in (("items", "number"), ("tags", "item"), ("words", "rowid")):
            self._many(f"DELETE FROM {table} WHERE {column} = ?", ((number,) for number in known.values()))
        return known

    def _proposed(self, captions: set[int]) -> set[tuple[int, str]]:
        """Captions and slots that Chroma surely knows: an item that is not fresh has them."""
        sql = "SELECT DISTINCT caption, slot FROM items WHERE NOT fresh AND caption IN (SELECT value FROM json_each(?))"
        return set(self._all(sql, _list(sorted(captions))))

    def _connection(self) -> sqlite3.Connection:
        if not hasattr(self._local, "connection"):
            # uri and mode=rw: a missing file is an error, not a new one
            opened = sqlite3.connect(
                f"{self._path.resolve().as_uri()}?mode=rw", uri=True, isolation_level=None, timeout=30, check_same_thread=False
            )
            opened.execute("PRAGMA synchronous = NORMAL")
            opened.execute("PRAGMA mmap_size = 2147483648")  # all connections read one copy in memory
            self._local.connection = opened
        connection: sqlite3.Connection = self._local.connection
        return connection

    def _all(self, sql: str, *values: Any) -> list[Any]:
        return self._connection().execute(sql, values).fetchall()

    def _kept(self, sql: str) -> list[str]:
        """A column of text that is read through only once after each change."""
        version = self._all("SELECT value FROM about WHERE name = 'changes'")[0][0]
        seen, values = self._read.get(sql, ("", []))
        if seen != version:
            values = [value for (value,) in self._all(sql)]
            self._read[sql] = version, values
        return values

    def _many(self, sql: str, rows: Any) -> None:
        self._connection().executemany(sql, rows)

    @contextmanager
    def _transaction(self, begin: str) -> Iterator[None]:
        connection = self._connection()
        connection.execute(begin)
        try:
            yield
        except BaseException:
            connection.execute("ROLLBACK")
            raise
        connection.execute("COMMIT")


def _list(values: Sequence[Any]) -> str:
    return json.dumps([*values])


def _text(item: Item) -> str:
    """What an item is found by in words."""
    return " ".join(dict.fromkeys(filter(None, (item.title, item.brand, item.caption))))
