"""Names of selections as people and machines write them, and finding one among others."""

import re
from collections import Counter
from collections.abc import Iterable
from functools import cached_property

_LEADING_ZEROS = re.compile(r"(?<!\d)0+(?=\d)")


def selection_key(name: str) -> str:
    """The same for "A1", "a01" and " A001 ": people and machines pad as they like."""
    return _LEADING_ZEROS.sub("", name.strip().upper())


class Names:
    """Finds a selection by its exact name, else by its key where only one has it."""

    def __init__(self, names: Iterable[str]) -> None:
        self._names = frozenset(names)

    def find(self, name: str) -> str | None:
        """The name as it was given to this finder; None when there is no one such."""
        for exact in (name, name.strip()):
            if exact in self._names:
                return exact
        return self._by_key.get(selection_key(name))

    @cached_property
    def _by_key(self) -> dict[str, str]:
        """Only the keys that one name has; mostly nobody asks for them."""
        times = Counter(map(selection_key, self._names))
        by_key = {selection_key(name): name for name in self._names}
        return {key: name for key, name in by_key.items() if times[key] == 1}
