"""Where the cells of cabinets stand: their sizes, what fits side by side, what is beside what.

Sizes are of README of the mockups: cells of at least 96 x 82 px and at most 140 x 112, grown with
the text. Where a cabinet is too wide the view scrolls by whole columns.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from PySide6.QtCore import QRect

from cvd_desktop.ui.theme import Theme
from cvd_desktop.ui.widgets.planogram_cells import CabinetFace
from cvd_shared.route_shapes import SlotKey

CELL_MOST = (140, 112)  # px at text scale 1
CELL_BESIDE = 102  # from this width on another cabinet may stand beside


class Sizes(NamedTuple):
    """px of one theme and text scale."""

    least: tuple[int, int]
    most: tuple[int, int]
    beside: int
    gap: int  # between cells
    pad: int  # from the edge of a cabinet to its cells
    apart: int  # between cabinets


def sizes_of(theme: Theme, narrower: int = 0) -> Sizes:
    """The sizes at this text scale; cells may be so many px narrower than the least."""
    wide, high = theme.control.cell_min
    wide -= narrower
    gap = theme.text_px(theme.control.cell_gap)
    return Sizes(
        (theme.text_px(wide), theme.text_px(high)),
        (theme.text_px(CELL_MOST[0]), theme.text_px(CELL_MOST[1])),
        theme.text_px(CELL_BESIDE),
        gap,
        gap + theme.colors.line_width,
        theme.space.m,
    )


class Grid:
    """The cells of a cabinet in rows and columns without holes in the numbering.

    A place that two slots claim goes to the first; the other gets the next free one of its row.
    """

    def __init__(self, cabinet: CabinetFace) -> None:
        rows = sorted({cell.row for cell in cabinet.cells})
        first = min((cell.column for cell in cabinet.cells), default=0)
        row_of = {row: n for n, row in enumerate(rows)}
        self.at: dict[tuple[int, int], SlotKey] = {}
        free: dict[int, int] = {}
        late: list[tuple[int, SlotKey]] = []
        for cell in cabinet.cells:
            place = (row_of[cell.row], cell.column - first)
            if place in self.at:
                late.append((place[0], cell.key))
            else:
                self.at[place] = cell.key
        for row, key in late:
            column = free.get(row, 0)
            while (row, column) in self.at:
                column += 1
            self.at[row, column] = key
            free[row] = column + 1
        self.place_of = {key: place for place, key in self.at.items()}
        self.rows = max(len(rows), 1)
        self.columns = max((column for _, column in self.at), default=0) + 1


@dataclass(frozen=True, slots=True)
class Plan:
    """Where everything stands, in px from the top left of the content."""

    boxes: dict[SlotKey, QRect]
    frames: tuple[QRect, ...]  # of the cabinets shown, as seen: they do not scroll
    step: tuple[int, int]  # from one column, one row to the next
    most: tuple[int, int]  # how far it scrolls: whole columns and rows
    scrolls: tuple[bool, bool]


def cabinets_beside(columns: Sequence[int], first: int, width: int, sizes: Sizes) -> range:
    """The cabinets that stand side by side when `first` is shown: as many as fit."""
    used = 0
    last = first
    for n in range(first, len(columns)):
        used += _wide(columns[n], sizes.beside, sizes) + (sizes.apart if n > first else 0)
        if n > first and used > width:
            break
        last = n
    return range(first, last + 1)


def _wide(columns: int, cell: int, sizes: Sizes) -> int:
    return columns * (cell + sizes.gap) - sizes.gap + 2 * sizes.pad


def plan(grids: Sequence[Grid], width: int, height: int, bar: int, sizes: Sizes) -> Plan:
    """Lay out cabinets side by side in so many px; `bar` is the room that a scroll bar takes."""
    rows = max((grid.rows for grid in grids), default=1)
    columns = sum(grid.columns for grid in grids) or 1
    between = len(grids) - 1
    spare = between * (sizes.apart + 2 * sizes.pad - sizes.gap)
    least_high = rows * (sizes.least[1] + sizes.gap) - sizes.gap + 2 * sizes.pad
    least_wide = _wide(columns, sizes.least[0], sizes) + spare
    down = least_high > height
    room = width - (bar if down else 0)
    across = least_wide > room
    if across and not down:
        down = least_high > height - bar
        room = width - (bar if down else 0)
    tall = height - (bar if across else 0)
    if across:
        whole = max(1, (room - 2 * sizes.pad + sizes.gap) // (sizes.least[0] + sizes.gap))
        step_x = float((room - 2 * sizes.pad + sizes.gap) // whole)
        room = int(whole * step_x) - sizes.gap + 2 * sizes.pad  # the frame ends with a column
        most_x = max(0, columns - whole)
    else:
        step_x = min(
            (room - spare - 2 * sizes.pad + sizes.gap) / columns, sizes.most[0] + sizes.gap
        )
        most_x = 0
    if down:
        step_y = float(sizes.least[1] + sizes.gap)
        whole = max(1, int((tall - 2 * sizes.pad + sizes.gap) // step_y))
        most_y = max(0, rows - whole)
    else:
        step_y = min((tall - 2 * sizes.pad + sizes.gap) / rows, sizes.most[1] + sizes.gap)
        most_y = 0
    boxes: dict[SlotKey, QRect] = {}
    frames: list[QRect] = []
    whole_wide = columns * step_x + spare - sizes.gap + 2 * sizes.pad
    left = 0 if across else max(0, int((room - whole_wide) // 2))
    for grid in grids:
        wide = round(grid.columns * step_x) - sizes.gap + 2 * sizes.pad
        high = round(grid.rows * step_y) - sizes.gap + 2 * sizes.pad
        frames.append(QRect(left, 0, min(wide, room) if not across else room, min(high, tall)))
        for (row, column), key in grid.at.items():
            x, next_x = round(column * step_x), round((column + 1) * step_x)
            y, next_y = round(row * step_y), round((row + 1) * step_y)
            boxes[key] = QRect(
                left + sizes.pad + x, sizes.pad + y, next_x - x - sizes.gap, next_y - y - sizes.gap
            )
        left += wide + sizes.apart
    return Plan(
        boxes,
        tuple(frames),
        (int(step_x), int(step_y)),
        (most_x, most_y),
        (across, down),
    )


STEPS = {"left": (0, -1), "right": (0, 1), "up": (-1, 0), "down": (1, 0)}


def neighbour(grids: Sequence[Grid], key: SlotKey, direction: str) -> SlotKey:
    """The next cell in a direction, over holes; at the edge that of the cabinet beside, else the
    cell itself."""
    number = next((n for n, grid in enumerate(grids) if key in grid.place_of), None)
    if number is None:
        return key
    grid = grids[number]
    row, column = grid.place_of[key]
    down, right = STEPS[direction]
    if right:
        row_cells = sorted(c for r, c in grid.at if r == row and (c - column) * right > 0)
        if row_cells:
            return grid.at[row, row_cells[0] if right > 0 else row_cells[-1]]
        beside = number + right
        if not 0 <= beside < len(grids) or not grids[beside].at:
            return key
        other = grids[beside]
        edge = 0 if right > 0 else other.columns - 1
        return other.at[min(other.at, key=lambda p: (abs(p[0] - row), abs(p[1] - edge), p))]
    rows = sorted({r for r, _ in grid.at if (r - row) * down > 0}, reverse=down < 0)
    if not rows:
        return key
    nearest = min((p for p in grid.at if p[0] == rows[0]), key=lambda p: (abs(p[1] - column), p))
    return grid.at[nearest]
