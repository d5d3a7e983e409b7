"""What is ticked of a pick list: shown at once, kept in the database lane, taken back by undo."""

from dataclasses import replace
from functools import partial

from PySide6.QtCore import QObject, Signal

from cvd_desktop.domain.route_records import LoadView
from cvd_desktop.ui.background import Lane
from cvd_desktop.ui.screens.load_part import LoadTools
from cvd_desktop.ui.screens.load_services import TICKED

PRODUCT, TOTE = "product", "tote"
Step = tuple[str, str, int | None]
"""What undo sets again: (PRODUCT, product id, picked before) or (TOTE, machine id, 1 or None)."""


class LoadTicks(QObject):
    """`view` holds every tick that was made here, also those that are on their way to the disk."""

    begun = Signal()
    """A tick is on its way: what was fetched before it is of no use."""
    shown = Signal()
    """`view` has another tick."""
    failed = Signal(object)
    """Exception: the tick was not kept."""

    def __init__(self, tools: LoadTools, parent: QObject) -> None:
        super().__init__(parent)
        self.tools = tools
        self.view: LoadView | None = None
        self._undo: list[Step] = []

    def show_view(self, view: LoadView) -> None:
        """As fetched. Another run has nothing to undo yet."""
        if self.view is None or self.view.run_id != view.run_id:
            self._undo.clear()
        self.view = view

    def can_undo(self) -> bool:
        return bool(self._undo)

    def tick_product(self, product_id: str, picked: int | None) -> None:
        """None takes the tick back. A product that is not on the list is taken along."""
        before = next(
            (one.picked for one in self._now().lines if one.product.id == product_id), None
        )
        self._undo.append((PRODUCT, product_id, before))
        self._store_product(product_id, picked)

    def tick_tote(self, machine_id: str, *, ticked: bool) -> None:
        was = machine_id in self._now().totes_ticked
        self._undo.append((TOTE, machine_id, 1 if was else None))
        self._store_tote(machine_id, ticked=ticked)

    def undo(self) -> tuple[str, str] | None:
        """Take the newest step back: what it was of, and its id; None when there is none."""
        if not self._undo or self.view is None:
            return None
        kind, key, before = self._undo.pop()
        if kind == PRODUCT:
            self._store_product(key, before)
        else:
            self._store_tote(key, ticked=before is not None)
        return kind, key

    def _now(self) -> LoadView:
        assert self.view is not None
        return self.view

    def _store_product(self, product_id: str, picked: int | None) -> None:
        view = self._now()
        lines = tuple(
            replace(one, picked=picked) if one.product.id == product_id else one
            for one in view.lines
        )
        self._keep(
            partial(self.tools.services.tick_product, view.run_id, product_id, picked),
            replace(view, lines=lines),
        )

    def _store_tote(self, machine_id: str, *, ticked: bool) -> None:
        view = self._now()
        held = view.totes_ticked | {machine_id} if ticked else view.totes_ticked - {machine_id}
        self._keep(
            partial(self.tools.services.tick_tote, view.run_id, machine_id, ticked),
            replace(view, totes_ticked=frozenset(held)),
        )

    def _keep(self, work: partial[object], view: LoadView) -> None:
        self.begun.emit()
        self.tools.background.run(Lane.DATABASE, work, None, self.failed.emit, topics=TICKED)
        self.view = view
        self.shown.emit()
