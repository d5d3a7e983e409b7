"""What a painted planogram shows: frozen cells of cabinets, as words and figures, without rules."""

from collections.abc import Sequence
from dataclasses import dataclass

from cvd_desktop.ui.theme import Tone
from cvd_shared.route_shapes import SlotKey


@dataclass(frozen=True, slots=True)
class Gauge:
    """One segment for each unit that fits, from below: `was`, then `added`, then empty ones."""

    fits: int
    was: int
    added: int
    par: int


@dataclass(frozen=True, slots=True)
class FlagFace:
    """The one flag of a cell: a shape and a word; `filled` for what counts most."""

    icon: str
    tone: Tone
    word: str
    filled: bool = False


@dataclass(frozen=True, slots=True)
class CellFace:
    """One cell as it is painted. `row` and `column` are places on the door, in any numbering.

    `before` and `after` are figures with an arrow between them where both are there; `beside` is a
    few muted letters behind them ("of 10", "full", "par 8").
    """

    key: SlotKey
    row: int
    column: int
    label: str
    product: str
    price: str = ""
    before: str = ""
    after: str = ""
    beside: str = ""
    beside_right: bool = False  # at the right edge
    critical: bool = False  # the first figure is a sold-out zero
    gauge: Gauge | None = None
    flag: FlagFace | None = None
    outlined: bool = False  # a planned change
    quiet: bool = False  # nothing is planned here
    spoken: str = ""  # all of it in words


@dataclass(frozen=True, slots=True)
class CabinetFace:
    """A cabinet as the machine has it."""

    number: int
    name: str
    cells: tuple[CellFace, ...]

    def __contains__(self, key: object) -> bool:
        return any(cell.key == key for cell in self.cells)


def cabinet_of(cabinets: Sequence[CabinetFace], key: SlotKey | None) -> int | None:
    """The place of the cabinet that has this slot."""
    return next((n for n, one in enumerate(cabinets) if key in one), None)
