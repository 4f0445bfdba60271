"""Where profiles are kept: one row a user, in SQLite through SQLAlchemy, so that another database is another address."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from sqlalchemy import URL, Column, Connection, MetaData, String, Table, Text, create_engine, delete, event, insert, select
from sqlalchemy.exc import SQLAlchemyError

from assistant.profile import Profile, ProfileChange
from assistant.settings import SettingsError

WAIT = 30  # seconds that one process waits for another's change

_PROFILES = Table(
    "profiles", MetaData(), Column("user", String(200), primary_key=True), Column("profile", Text, nullable=False)
)


class Profiles:
    """The profiles of one folder. Threads and processes may use it at once: a change is one transaction."""

    def __init__(self, folder: Path) -> None:
        """Raises SettingsError where the folder cannot be written to or its file is damaged."""
        self.path = folder / "profiles.sqlite"
        self._engine = create_engine(URL.create("sqlite", database=str(self.path)), connect_args={"timeout": WAIT})
        event.listen(self._engine, "connect", _leave_transactions_to_us)
        event.listen(self._engine, "begin", _begin_writing)
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise self._trouble(error) from error
        with self._transaction() as connection:
            _PROFILES.create(connection, checkfirst=True)

    def get(self, user: str) -> Profile:
        """The user's profile; an empty one if nothing is known."""
        with self._transaction() as connection:
            return self._read(connection, user)

    def put(self, user: str, profile: Profile) -> Profile:
        """Keep this profile instead of what was known."""
        return self._change(user, lambda _: profile)

    def change(self, user: str, changes: ProfileChange) -> Profile:
        """Apply changes, and return what came of them."""
        return self._change(user, changes.applied)

    def delete(self, user: str) -> bool:
        """Forget the user; False if nothing was known."""
        with self._transaction() as connection:
            return bool(connection.execute(delete(_PROFILES).where(_PROFILES.c.user == user)).rowcount)

    def _change(self, user: str, changed: Callable[[Profile], Profile]) -> Profile:
        with self._transaction() as connection:
            profile = changed(self._read(connection, user))
            connection.execute(delete(_PROFILES).where(_PROFILES.c.user == user))
            if profile != Profile():
                connection.execute(insert(_PROFILES).values(user=user, profile=profile.model_dump_json(exclude_defaults=True)))
            return profile

    def _read(self, connection: Connection, user: str) -> Profile:
        kept = connection.scalar(select(_PROFILES.c.profile).where(_PROFILES.c.user == user))
        try:
            return Profile.model_validate_json(kept) if kept else Profile()
        except ValidationError as error:
            raise SettingsError(
                f"The profile of {user} in {self.path} is damaged. Forget it with: python -m assistant profile --user {user} --delete"
            ) from error

    @contextmanager
    def _transaction(self) -> Iterator[Connection]:
        try:
            with self._engine.begin() as connection:
                yield connection
        except SQLAlchemyError as error:
            raise self._trouble(getattr(error, "orig", error)) from error

    def _trouble(self, error: object) -> SettingsError:
        return SettingsError(
            f"Profiles cannot be kept in {self.path}: {error}. Set ASSISTANT_DATA to a folder you may write to, "
            "or move the file away if it is damaged."
        )


def _leave_transactions_to_us(connection: Any, _: Any) -> None:
    connection.isolation_level = (
        None  # else sqlite3 begins a transaction only at the first change, after what it rests on was read
    )


def _begin_writing(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")
