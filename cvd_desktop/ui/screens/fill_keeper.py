"""Keeps what is filled and where the person is, and tells others once it has settled."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from cvd_desktop.ui.background import Background, Lane
from cvd_desktop.ui.screens.fill_services import FillServices
from cvd_desktop.ui.screens.stop_keeper import Keeper

if TYPE_CHECKING:
    from cvd_desktop.domain.fill_sheet import CellEdit
    from cvd_shared.route_shapes import SlotKey

TAB = "fill"
CHANGED = frozenset({"visit"})
SETTLED_MS = 600
"""After the last change others are told: nobody works the stop out again for every key."""


class FillKeeper(QObject):
    """Every change is kept at once; of changes that wait the newest is."""

    failed = Signal(object)
    """The exception of what could not be kept; it is tried again with the next change."""

    def __init__(self, background: Background, services: FillServices, parent: QObject) -> None:
        super().__init__(parent)
        self._background = background
        self._services = services
        self._edits = Keeper(background, frozenset(), self)
        self._place = Keeper(background, frozenset(), self)
        self._edits.failed.connect(self.failed)
        self._settled = QTimer(self)
        self._settled.setSingleShot(True)
        self._settled.setInterval(SETTLED_MS)
        self._settled.timeout.connect(self._tell)

    def keep_edits(self, visit_id: str, edits: Mapping[SlotKey, CellEdit]) -> None:
        save = partial(self._services.keep_edits, visit_id, edits)
        self._edits.keep(visit_id, "edits", save)
        self._settled.start()

    def keep_place(self, visit_id: str, cell: SlotKey | None) -> None:
        save = partial(self._services.keep_place, visit_id, TAB, cell)
        self._place.keep(visit_id, "place", save)

    def leave(self) -> None:
        """Try what could not be kept once more, and tell others now."""
        self._edits.again()
        if self._settled.isActive():
            self._settled.stop()
            self._tell()

    def _tell(self) -> None:
        """In the lane behind what was kept."""
        self._background.run(Lane.DATABASE, lambda: None, topics=CHANGED)
