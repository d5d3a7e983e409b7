"""Keeps what was worked out of one database for as long as what it rests on stays the same."""

from collections.abc import Callable, Hashable
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

from cvd_desktop.storage.database import Database

_T = TypeVar("_T")
_kept: WeakKeyDictionary[Database, dict[Hashable, tuple[Hashable, Any]]] = WeakKeyDictionary()


def kept(database: Database, name: Hashable, basis: Hashable, make: Callable[[], _T]) -> _T:
    """What `make` gave for this name when the basis was the same; else it is made anew.

    The value is handed out to everybody: nobody may change it.
    """
    own = _kept.setdefault(database, {})
    held = own.get(name)
    if held is not None and held[0] == basis:
        value: _T = held[1]
        return value
    made = make()
    own[name] = (basis, made)
    return made
