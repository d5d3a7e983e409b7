"""Names of selections as people and machines write them, and finding one among others."""

import re
from collections import Counter
from collections.abc import Iterable

_LEADING_ZEROS = re.compile(r"(?<!\d)0+(?=\d)")


def selection_key(name: str) -> str:
    """The same for "A1", "a01" and " A001 ": people and machines pad as they like."""
    return _LEADING_ZEROS.sub("", name.strip().upper())


class Names:
    """Finds a selection by its exact name, else by its key where only one has it."""

    def __init__(self, names: Iterable[str]) -> None:
        self._names = set(names)
        self._times = Counter(map(selection_key, self._names))
        self._by_key = {selection_key(name): name for name in self._names}

    def find(self, name: str) -> str | None:
        """The name as it was given to this finder; None when there is no one such."""
        for exact in (name, name.strip()):
            if exact in self._names:
                return exact
        key = selection_key(name)
        return self._by_key[key] if self._times[key] == 1 else None
