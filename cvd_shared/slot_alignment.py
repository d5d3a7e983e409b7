"""How the slots of a door may belong to the selections of a report: the guesses of the wizard.

A guess gives every slot a selection, or none: by name, by row and column, by the order of the
board, and by the ways in which these go wrong in the field (shifted by a place, counted from the
other end, cabinets exchanged, two columns on one selection).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from cvd_shared.door_labels import Layout, layout
from cvd_shared.selection_names import Names

if TYPE_CHECKING:
    from cvd_shared.wire_records import PlanogramSlot

Choice = tuple[int | None, ...]
"""For each slot the index of its selection."""

Row = tuple["Spot", ...]
Board = tuple[tuple[Row, ...], ...]
"""Cabinets, each with its rows from the top, each with its spots from the left."""


class Spot(NamedTuple):
    at: int  # index of the slot or of the selection
    column: int


class Guess(NamedTuple):
    reason: str  # a code of REASONS in selection_mapping.py
    weight: float  # how likely before anything was asked; only ratios count
    choice: Choice


class Sides(NamedTuple):
    """The door and the machine, each as a board and in the order of it."""

    door: Board
    machine: Board
    slots: tuple[int, ...]
    names: tuple[int, ...]
    slot_place: dict[int, int]  # where a slot stands in `slots`
    name_place: dict[int, int]


_NAMED = 40.0  # somebody mapped it
_LABELLED = 20.0  # the door says what the machine says
_GRID = 10.0
_ORDER = 10.0
_COLUMNS = 0.4  # counted down the columns
_TURNED = 0.1  # from below, or from the right
_SHIFTED = 0.1
_SLIPPED = 0.3  # shared by all places where a shift may begin
_MOST_SHIFT = 3
_MENDED = 8  # guesses that are mended when an answer refutes all
_MOST_REPAIRS = 24  # of one guess


def sides(slots: Sequence[PlanogramSlot], names: Layout) -> Sides:
    door, machine = _door(slots), _board(names)
    slots_in_order, names_in_order = _order(door), _order(machine)
    return Sides(
        door,
        machine,
        slots_in_order,
        names_in_order,
        {slot: number for number, slot in enumerate(slots_in_order)},
        {name: number for number, name in enumerate(names_in_order)},
    )


def guesses(
    slots: Sequence[PlanogramSlot], names: Sequence[str], both: Sides, *, by_order: bool = True
) -> list[Guess]:
    """Every different guess, those that say the same made one, the likeliest first.

    Without `by_order` only what names say, which takes no more than linear time.
    """
    count = len(slots)
    selections = by_name([slot.selection for slot in slots], names)
    labels = by_name([slot.label for slot in slots], names)
    named = [
        Guess("exact", _NAMED, _filled(selections, both)),
        Guess("label", _LABELLED, _filled(labels, both)),
    ]
    if not by_order:
        return _merged(named)
    grid = _grid(both, count)
    order = _in_order(both.slots, both.names, count)
    found = [
        *named,
        Guess("row_and_column", _GRID, grid),
        Guess("board_order", _ORDER, order),
        Guess("columns_first", _COLUMNS, _in_order(_down(both.door), both.names, count)),
        Guess("turned", _TURNED, _grid(both, count, up=True)),
        Guess("turned", _TURNED, _grid(both, count, left=True)),
        Guess("turned", _TURNED, _in_order(both.slots, both.names[::-1], count)),
        Guess("turned", _TURNED, _in_order(_order(_from_below(both.door)), both.names, count)),
        Guess("turned", _TURNED, _in_order(_order(_from_right(both.door)), both.names, count)),
    ]
    if len(both.door) == len(both.machine) > 1:
        found.append(Guess("cabinets_swapped", _GRID / 10, _grid(both, count, swapped=True)))
    for base in (grid, order, selections):
        found.extend(
            Guess("shifted", _SHIFTED / abs(by), _shifted(base, by, range(count), both))
            for by in range(-_MOST_SHIFT, _MOST_SHIFT + 1)
            if by
        )
    starts = [row[0].at for cabinet in both.door for row in cabinet if row][1:]
    for start in starts:
        behind = both.slots[both.slot_place[start] :]
        found.extend(
            Guess("shifted", _SLIPPED / len(starts), _shifted(order, by, behind, both))
            for by in (-1, 1)
        )
    return _merged(found)


def by_name(wanted: Sequence[str], names: Sequence[str]) -> Choice:
    """The selection with the same name, else the only one with the same key."""
    finder = Names(names)
    at = {name: index for index, name in reversed(list(enumerate(names)))}
    found = [finder.find(name) for name in wanted]
    return tuple(None if name is None else at[name] for name in found)


def repaired(guess: Guess, slot: int, name: int | None, both: Sides) -> Iterator[Guess]:
    """What a guess may have had wrong when `slot` turned out to be `name`."""
    choice, was = guess.choice, guess.choice[slot]
    swapped = list(choice)
    for other, its in enumerate(choice):
        if its == name and its is not None:
            swapped[other] = was
    swapped[slot] = name
    yield Guess(guess.reason, guess.weight * 0.3, tuple(swapped))
    if was is None or name is None:
        return
    by = both.name_place[name] - both.name_place[was]
    at = both.slot_place[slot]
    parts: list[tuple[float, Iterable[int]]] = [
        (0.4, both.slots),
        (0.2, both.slots[at:]),
        (0.1, both.slots[: at + 1]),
    ]
    for cabinet in both.door:
        inside = [spot.at for row in cabinet for spot in row]
        if slot in inside:
            parts.append((0.2, inside))
            row = next(row for row in cabinet if any(spot.at == slot for spot in row))
            parts.append((0.3, [spot.at for spot in row]))
            parts.append((0.1, [spot.at for spot in row if both.slot_place[spot.at] >= at]))
    for share, part in parts:
        yield Guess("shifted", guess.weight * share, _shifted(choice, by, part, both))


def mended(
    found: Sequence[Guess], known: Sequence[tuple[int, int | None]], both: Sides
) -> list[Guess]:
    """The likeliest guesses with repairs, so that they fit to every answer that is known."""
    fitting = []
    for guess in found[:_MENDED]:
        tried = [guess]
        for slot, name in known:
            tried = [
                each
                for before in tried
                for each in (
                    [before] if before.choice[slot] == name else repaired(before, slot, name, both)
                )
            ][:_MOST_REPAIRS]
        fitting += [
            each for each in tried if all(each.choice[slot] == name for slot, name in known)
        ]
    return _merged(fitting)


# --- boards -----------------------------------------------------------------------------------


def _door(slots: Sequence[PlanogramSlot]) -> Board:
    """By the places of the slots; by their labels where two slots have one place."""
    places = [(slot.cabinet, slot.row, slot.column) for slot in slots]
    if len(set(places)) < len(places):
        return _board(layout([slot.label for slot in slots]))
    return _cabinets([(*place, at) for at, place in enumerate(places)])


def _board(names: Layout) -> Board:
    """Names without a pattern come last, in the order of the report."""
    last = max((place.cabinet for place in names.places if place), default=0) + 1
    return _cabinets(
        [
            (place.cabinet, place.row, place.column, at) if place else (last, 0, at, at)
            for at, place in enumerate(names.places)
        ]
    )


def _cabinets(places: list[tuple[int, int, int, int]]) -> Board:
    cabinets: dict[int, dict[int, list[Spot]]] = {}
    for cabinet, row, column, at in sorted(places):
        cabinets.setdefault(cabinet, {}).setdefault(row, []).append(Spot(at, column))
    return tuple(tuple(tuple(row) for row in rows.values()) for rows in cabinets.values())


def _order(board: Board) -> tuple[int, ...]:
    return tuple(spot.at for cabinet in board for row in cabinet for spot in row)


def _down(board: Board) -> tuple[int, ...]:
    """The order of a board that is counted down its columns."""
    return tuple(
        at
        for cabinet in board
        for _, _, at in sorted(
            (spot.column, number, spot.at) for number, row in enumerate(cabinet) for spot in row
        )
    )


def _from_below(board: Board) -> Board:
    return tuple(cabinet[::-1] for cabinet in board)


def _from_right(board: Board) -> Board:
    return tuple(tuple(row[::-1] for row in cabinet) for cabinet in board)


# --- guesses ----------------------------------------------------------------------------------


def _in_order(slots: Sequence[int], names: Sequence[int], count: int) -> Choice:
    choice: list[int | None] = [None] * count
    for slot, name in zip(slots, names, strict=False):
        choice[slot] = name
    return tuple(choice)


def _shifted(choice: Choice, by: int, part: Iterable[int], both: Sides) -> Choice:
    """The same, but `part` of the slots so many places further in the order of the machine."""
    place = both.name_place
    shifted = list(choice)
    for slot in part:
        name = choice[slot]
        if name is not None:
            further = place[name] + by
            shifted[slot] = both.names[further] if 0 <= further < len(both.names) else None
    return tuple(shifted)


def _filled(choice: Choice, both: Sides) -> Choice:
    """Slots without a name get what lies between their neighbours', where the numbers agree."""
    place = both.name_place
    taken = {name for name in choice if name is not None}
    if not taken:
        return choice
    filled = list(choice)
    anchors = [n for n, slot in enumerate(both.slots) if choice[slot] is not None]
    for left, right in pairwise([-1, *anchors, len(both.slots)]):
        low = place[_known(choice[both.slots[left]])] if left >= 0 else -1
        end = right == len(both.slots)
        high = len(both.names) if end else place[_known(choice[both.slots[right]])]
        between = [name for name in both.names[low + 1 : high] if name not in taken]
        gap = both.slots[left + 1 : right]
        if low < high and len(between) == len(gap):
            for slot, name in zip(gap, between, strict=True):
                filled[slot] = name
                taken.add(name)
    return tuple(filled)


def _known(name: int | None) -> int:
    assert name is not None
    return name


def _grid(
    both: Sides, count: int, *, up: bool = False, left: bool = False, swapped: bool = False
) -> Choice:
    """Row by row and place by place, cabinet by cabinet where both have as many."""
    door, machine = both.door, both.machine
    if len(door) != len(machine):
        door = (tuple(row for cabinet in door for row in cabinet),)
        machine = (tuple(row for cabinet in machine for row in cabinet),)
    choice: list[int | None] = [None] * count
    if not both.slots or not both.names:
        return tuple(choice)
    for its, theirs in zip(door, machine[::-1] if swapped else machine, strict=True):
        first = min(row[0].column for row in its)
        base = min(row[0].column for row in theirs)
        for slots, names in _row_pairs(its, theirs[::-1] if up else theirs):
            for slot, name in _row(slots, names[::-1] if left else names, first, base):
                choice[slot] = name
    return tuple(choice)


def _row_pairs(door: Sequence[Row], machine: Sequence[Row]) -> list[tuple[Row, Row]]:
    """Which rows belong together: all in order, else those whose sizes fit best, in order."""
    if len(door) == len(machine):
        return list(zip(door, machine, strict=True))
    best: list[list[float]] = [[0.0] * (len(machine) + 1) for _ in range(len(door) + 1)]
    for d in range(len(door) - 1, -1, -1):
        for m in range(len(machine) - 1, -1, -1):
            together = _alike(door[d], machine[m]) + best[d + 1][m + 1]
            best[d][m] = max(together, best[d + 1][m], best[d][m + 1])
    pairs = []
    d = m = 0
    while d < len(door) and m < len(machine):
        if best[d][m] == _alike(door[d], machine[m]) + best[d + 1][m + 1]:
            pairs.append((door[d], machine[m]))
            d, m = d + 1, m + 1
        elif best[d][m] == best[d + 1][m]:
            d += 1
        else:
            m += 1
    return pairs


def _alike(one: Row, other: Row) -> float:
    return min(len(one), len(other)) / max(len(one), len(other))


def _row(slots: Row, names: Row, first: int, base: int) -> Iterator[tuple[int, int]]:
    """One by one; two or three columns to a selection; else by the numbers of the columns."""
    if len(slots) == len(names):
        yield from ((s.at, n.at) for s, n in zip(slots, names, strict=True))
        return
    shared, left_over = divmod(len(slots), len(names))
    if shared in (2, 3) and not left_over:
        yield from ((s.at, names[number // shared].at) for number, s in enumerate(slots))
        return
    by_step = []
    for step in (1, 2):
        columns = {(n.column - base) / step: n.at for n in names}
        by_step.append(
            [(s.at, columns[s.column - first]) for s in slots if s.column - first in columns]
        )
    yield from max(by_step, key=len)


def _merged(found: Iterable[Guess]) -> list[Guess]:
    """Guesses that say the same add up; one that leaves slots or selections out counts less."""
    merged: dict[Choice, Guess] = {}
    for guess in found:
        covered = len({name for name in guess.choice if name is not None})
        if not covered:
            continue
        before = merged.get(guess.choice)
        if before is None:
            merged[guess.choice] = guess
        else:
            merged[guess.choice] = before._replace(weight=before.weight + guess.weight)
    weighed = [
        guess._replace(weight=guess.weight * _coverage(guess.choice)) for guess in merged.values()
    ]
    return sorted(weighed, key=lambda guess: -guess.weight)


def _coverage(choice: Choice) -> float:
    covered = sum(name is not None for name in choice) / max(1, len(choice))
    return covered * covered
