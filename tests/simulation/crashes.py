"""A bomb that goes off before one statement of a side: the program dies, or the disk fails."""

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import sqlcipher3.dbapi2 as sqlcipher
from sqlalchemy.engine import Engine
from sqlalchemy.exc import OperationalError

CLIENT, SERVER = "client", "server"
SQLITE_FAULTS = {"busy": 5, "io_error": 10, "full": 13}


class Crash(BaseException):
    """The program of this side dies here."""


class LostRace(Exception):  # noqa: N818 - what a driver of PostgreSQL raises
    """Another transaction was first."""

    sqlstate = "40001"


@dataclass
class Bomb:
    """`kind` is "crash", a name of SQLITE_FAULTS, or for the server "conflict" and "busy"."""

    side: str | None = None
    kind: str = "crash"
    left: int = 0

    def set(self, side: str, left: int, kind: str = "crash") -> None:
        self.side, self.left, self.kind = side, left, kind

    def clear(self) -> bool:
        """True when it never went off."""
        waited = self.side is not None
        self.side = None
        return waited

    def tick(self, side: str, *, on_disk: bool = True) -> None:
        """A moment to die at; `on_disk` False where no database can fail."""
        if self.side != side or not (on_disk or self.kind == "crash"):
            return
        self.left -= 1
        if self.left >= 0:
            return
        self.side = None
        if self.kind == "crash":
            raise Crash(side)
        if side == CLIENT:
            fault = sqlcipher.OperationalError(self.kind)
            fault.sqlite_errorcode = SQLITE_FAULTS[self.kind]
            raise fault
        orig = LostRace() if self.kind == "conflict" else sqlite3.OperationalError("busy")
        raise OperationalError("a statement", None, orig)

    def watch(self, engine: Engine, side: str) -> None:
        """Every statement and every commit of the engine is a moment to die at.

        At its dialect and not by events: with those SQLAlchemy takes the slower of its ways.
        """
        dialect: Any = engine.dialect
        dialect.do_execute = self._before(dialect.do_execute, side)
        dialect.do_executemany = self._before(dialect.do_executemany, side)
        dialect.do_commit = self._before(dialect.do_commit, side)

    def _before(self, does: Callable[..., None], side: str) -> Callable[..., None]:
        def may_die(*about: Any) -> None:
            if self.side is not None:
                self.tick(side)
            does(*about)

        return may_die


BOMB = Bomb()
