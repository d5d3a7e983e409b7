"""Sorts long lists in small steps: one sort of a million would hold up the window for a second."""

import heapq
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Any, TypeVar

T = TypeVar("T")

_RUN = 4_000  # a millisecond or two


def gently_sorted(items: Iterable[T], key: Callable[[T], Any]) -> Iterator[T]:
    """The items in order; equal ones in the order they came in."""
    iterator = iter(items)
    runs = []
    while run := list(islice(iterator, _RUN)):
        run.sort(key=key)
        runs.append(run)
    return heapq.merge(*runs, key=key)
