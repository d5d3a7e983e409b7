"""Painting 200 cells of a planogram anew, beside filling the same rectangles bare.

Every cell has its label, product, figures, gauge and, one in five, a flag, as in the Fill tab.
"""

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PySide6.QtCore import QRect

    from cvd_desktop.ui.widgets.planogram_cells import CabinetFace

_ROWS, _COLUMNS = 10, 20
_ROUNDS = 60
_SIZE = (2560, 1440)


def run() -> tuple[float, float]:
    """Milliseconds of one repaint: (PlanogramView, the same rectangles filled bare)."""
    environment = os.environ | {"QT_QPA_PLATFORM": "offscreen"}
    told = subprocess.run(
        [sys.executable, "-m", "benchmarks.planogram_cells"],
        check=True,
        stdout=subprocess.PIPE,
        text=True,
        env=environment,
    ).stdout
    ours, bare = told.split()[-2:]
    return float(ours), float(bare)


def main() -> None:
    from PySide6.QtGui import QColor, QPainter, QPaintEvent
    from PySide6.QtWidgets import QWidget

    from cvd_desktop.app.application import qt_application
    from cvd_desktop.ui.theme import Look
    from cvd_desktop.ui.widgets.planogram_view import PlanogramView

    qt = qt_application()
    cabinet = _cabinet()
    view = PlanogramView(Look(qt, "light", 1.0), "planogram")
    view.resize(*_SIZE)
    view.show_cabinets([cabinet])
    view.show()
    qt.processEvents()
    boxes: list[QRect] = [view.box_of(cell.key) for cell in cabinet.cells]

    class Bare(QWidget):
        def paintEvent(self, _event: QPaintEvent) -> None:
            painter = QPainter(self)
            for box in boxes:
                painter.fillRect(box, QColor("grey"))
            painter.end()

    bare = Bare()
    bare.resize(view.viewport().size())
    bare.show()
    qt.processEvents()
    ours = _typical(view.viewport().repaint)
    if view.painted_cells != len(cabinet.cells):
        raise RuntimeError(f"{view.painted_cells} cells were painted")
    print(ours, _typical(bare.repaint))


def _typical(repaint: Callable[[], None]) -> float:
    """The median of the quicker half: others use this computer too."""
    times = []
    for _ in range(_ROUNDS):
        begun = time.perf_counter()
        repaint()
        times.append((time.perf_counter() - begun) * 1000)
    return statistics.median(sorted(times)[: _ROUNDS // 2])


def _cabinet() -> "CabinetFace":
    from cvd_desktop.ui.theme import Tone
    from cvd_desktop.ui.widgets.planogram_cells import CabinetFace, CellFace, FlagFace, Gauge
    from cvd_shared.route_shapes import SlotKey

    cells = []
    for place in range(_ROWS * _COLUMNS):
        row, column = divmod(place, _COLUMNS)
        label = f"{chr(65 + row)}{column + 1}"
        cells.append(
            CellFace(
                key=SlotKey(1, label),
                row=row + 1,
                column=column + 1,
                label=label,
                product=f"Product of the shelf {place}",
                price="1.50",
                before=str(place % 10),
                after="10",
                beside="of 12",
                gauge=Gauge(12, place % 10, 10 - place % 10, 10),
                flag=FlagFace("alert", Tone.WARNING, "Low") if place % 5 == 0 else None,
            )
        )
    return CabinetFace(1, "Cabinet", tuple(cells))


if __name__ == "__main__":
    main()
