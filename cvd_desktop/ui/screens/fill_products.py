"""The products of the Fill tab: looked for by words or code in the database lane, and pictured."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QPixmap

from cvd_desktop.domain.fill_sheet import Cell, FillSheet
from cvd_desktop.ui.background import Background, Job, Lane
from cvd_desktop.ui.screens.fill_services import FillServices
from cvd_shared.route_shapes import SlotKey
from cvd_shared.wire_records import ProductRecord


class FillProducts(QObject):
    """Answers come on the GUI thread; of several scans the last one counts."""

    found = Signal(str, object)
    """A code, and its ProductRecord or None."""
    pictures_came = Signal()

    def __init__(self, background: Background, services: FillServices, parent: QObject) -> None:
        super().__init__(parent)
        self._background = background
        self._services = services
        self._job: Job[ProductRecord | None] | None = None
        self._pictures: dict[str, QPixmap] = {}
        self._asked: frozenset[str] = frozenset()

    def look_up(self, code: str) -> None:
        """`found` tells what has this code."""
        self.forget()
        self._job = self.by_code(code, partial(self.found.emit, code))

    def forget(self) -> None:
        """The answer is not wanted any more."""
        if self._job is not None:
            self._job.cancel()
            self._job = None

    def by_code(
        self, code: str, done: Callable[[ProductRecord | None], object]
    ) -> Job[ProductRecord | None]:
        return self._background.run(
            Lane.DATABASE, lambda: self._services.product_by_code(code), done
        )

    def by_words(
        self, text: str, done: Callable[[Sequence[ProductRecord]], object]
    ) -> Job[Sequence[ProductRecord]]:
        return self._background.run(Lane.DATABASE, lambda: self._services.find_products(text), done)

    def fetch_pictures(self, sheet: FillSheet) -> None:
        """Once for each product that has one."""
        wanted = {facts.picture for facts in sheet.slots if facts.picture}
        wanted |= {edit.swapped_to for edit in sheet.edits.values() if edit.swapped_to}
        new = frozenset(wanted - self._asked)
        if new:
            self._asked |= new
            self._background.run(
                Lane.DATABASE, lambda: self._services.product_pictures(new), self._show
            )

    def _show(self, pictures: Mapping[str, bytes]) -> None:
        for product_id, data in pictures.items():
            picture = QPixmap()
            if picture.loadFromData(data):
                self._pictures[product_id] = picture
        self.pictures_came.emit()

    def picture_of(self, cell: Cell) -> QPixmap | None:
        """Of what is in the slot now; None while there is none."""
        return self._pictures.get(cell.edit.swapped_to or cell.facts.product_id or "")


def holds(cell: Cell, product_id: str) -> bool:
    """The product is in the slot, or is to be."""
    change = cell.facts.change if cell.edit.swapped_to is None else None
    planned = change.product_id if change is not None else None
    return product_id in (cell.edit.swapped_to or cell.facts.product_id, planned)


def next_slot(
    sheet: FillSheet, after: SlotKey | None, wanted: Callable[[Cell], bool]
) -> SlotKey | None:
    """The next such slot in the order of the door, around; None where there is none."""
    cells = sheet.cells()
    start = next((n for n, cell in enumerate(cells) if cell.facts.key == after), -1) + 1
    order = (*cells[start:], *cells[:start])
    return next((cell.facts.key for cell in order if wanted(cell)), None)
