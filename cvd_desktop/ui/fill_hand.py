"""The hand of a person who fills: the current cell, the number being typed, what a digit does.

A digit acts at once, on the sheet as it was before the number was begun: 1 and then 2 are 12, and
one step to undo. A number that cannot be leaves everything as it was before it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum

from cvd_desktop.domain.fill_sheet import FillSheet, SheetError, typed_units
from cvd_shared.route_shapes import SlotKey
from cvd_shared.wire_events import SpoilReason

_LOGGED = 64  # digits that can be taken back: longer than any scan


class Mode(StrEnum):
    """What a number means."""

    FILL = "fill"
    REMOVED = "removed"
    COUNT = "count"
    SPOILED = "spoiled"


@dataclass(frozen=True, slots=True)
class Typing:
    """A number that is being typed."""

    mode: Mode
    base: FillSheet  # before it was begun
    digits: str = ""
    reason: SpoilReason = "other"
    refused: bool = False  # the next digit begins anew


class FillHand:
    """`sheet` is what holds now; every method leaves it whole."""

    def __init__(self, sheet: FillSheet, key: SlotKey | None = None) -> None:
        self.sheet = sheet
        self.key = key if key is not None else next((each.key for each in sheet.slots), None)
        self.typing: Typing | None = None
        self.error: SheetError | None = None
        self._log: deque[tuple[FillSheet, Typing | None, SheetError | None]] = deque(maxlen=_LOGGED)

    @property
    def mode(self) -> Mode:
        return self.typing.mode if self.typing is not None else Mode.FILL

    def digit(self, digit: str) -> None:
        """A digit was pressed."""
        self._log.append((self.sheet, self.typing, self.error))
        typing = self.typing or Typing(Mode.FILL, self.sheet)
        before = "" if typing.refused else typing.digits
        self._type(replace(typing, digits=(before + digit).lstrip("0") or "0", refused=False))

    def erase(self) -> None:
        """Backspace: the last digit; without a number the whole cell is as nobody touched it."""
        typing = self.typing
        if typing is not None and typing.digits:
            rest = "" if typing.refused else typing.digits[:-1]
            self._type(replace(typing, digits=rest, refused=False))
        elif typing is not None:
            self.commit()
        else:
            self.do(lambda sheet, key: sheet.clear(key))

    def _type(self, typing: Typing) -> None:
        self.error = None
        self.typing = typing
        self.sheet = typing.base
        if not typing.digits or self.key is None:
            return
        try:
            self.sheet = self._applied(typing, self.key)
        except SheetError as error:
            self.error = error
            self.typing = replace(typing, refused=True)

    def _applied(self, typing: Typing, key: SlotKey) -> FillSheet:
        units = typed_units(typing.digits)
        base = typing.base
        if typing.mode is Mode.REMOVED:
            return base.remove(key, units)
        if typing.mode is Mode.COUNT:
            return base.count(key, units)
        if typing.mode is Mode.SPOILED:
            return base.spoil(key, units, typing.reason)
        return base.set_fill(key, units)

    def begin(self, mode: Mode, reason: SpoilReason = "other") -> None:
        """The next digits mean this. Of what is spoiled one unit is recorded at once."""
        self.commit()
        typing = Typing(mode, self.sheet, reason=reason)
        self.typing = typing
        if mode is Mode.SPOILED:
            self._type(replace(typing, digits="1"))
            if self.typing.refused:
                return
            self.typing = replace(typing, digits="")  # the first digit takes the place of the 1

    def commit(self) -> None:
        """The number is as it should be."""
        self.typing = None
        self.error = None

    def give_up(self) -> None:
        """The number is not wanted: as before it."""
        if self.typing is not None:
            self.sheet = self.typing.base
        self.commit()

    def take_back(self, count: int) -> None:
        """The last so many digits were a scanner's."""
        for _ in range(min(count, len(self._log))):
            self.sheet, self.typing, self.error = self._log.pop()

    def go(self, key: SlotKey | None) -> None:
        """Another cell: a number that was being typed is done."""
        if key != self.key:
            self.commit()
            self._log.clear()
            self.key = key

    def do(self, change: Callable[[FillSheet, SlotKey], FillSheet]) -> bool:
        """Something else at the current cell; False where it cannot be, with `error` set."""
        self.commit()
        self._log.clear()
        if self.key is None:
            return False
        try:
            self.sheet = change(self.sheet, self.key)
        except SheetError as error:
            self.error = error
            return False
        return True

    def undo(self) -> None:
        self.commit()
        self.sheet = self.sheet.undo()

    def redo(self) -> None:
        self.commit()
        self.sheet = self.sheet.redo()

    def with_facts(self, newer: FillSheet) -> None:
        """Newer facts of the slots; what was done and what is being typed stays."""
        if newer.slots == self.sheet.slots:
            return
        self.sheet = self.sheet.with_facts(newer.slots)
        if self.typing is not None:
            self.typing = replace(self.typing, base=self.typing.base.with_facts(newer.slots))
        if all(each.key != self.key for each in self.sheet.slots):
            self.go(next((each.key for each in self.sheet.slots), None))
