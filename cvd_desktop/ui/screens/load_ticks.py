"""What is ticked of a pick list: shown at once, kept in the database lane, taken back by undo."""

from collections.abc import Sequence
from dataclasses import replace

from PySide6.QtCore import QObject, QTimer, Signal

from cvd_desktop.domain.route_records import LoadLineView, LoadView
from cvd_desktop.ui.background import Lane
from cvd_desktop.ui.load_words import is_open
from cvd_desktop.ui.screens.load_part import LoadTools
from cvd_desktop.ui.screens.load_services import TICKED

SETTLED_MS = 600
"""After the last tick others are told: nobody works the list out again for each of them."""
PRODUCT, TOTE = "product", "tote"
Step = tuple[str, str, int | None]
"""What is set: (PRODUCT, product id, picked) or (TOTE, machine id, 1 or None)."""


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
        self._undo: list[tuple[Step, ...]] = []  # what was done at once goes back at once
        self._settled = QTimer(self)
        self._settled.setSingleShot(True)
        self._settled.setInterval(SETTLED_MS)
        self._settled.timeout.connect(self._tell)

    def show_view(self, view: LoadView) -> None:
        """As fetched. Another run has nothing to undo yet."""
        if self.view is None or self.view.run_id != view.run_id:
            self._undo.clear()
        self.view = view

    def leave(self) -> None:
        """Tell others now what was ticked."""
        if self._settled.isActive():
            self._tell()

    def _not_kept(self, error: BaseException) -> None:
        self._tell()  # the list as it is comes back
        self.failed.emit(error)

    def _tell(self) -> None:
        """In the lane behind what was kept."""
        self._settled.stop()
        self.tools.background.run(Lane.DATABASE, lambda: None, topics=TICKED)

    def can_undo(self) -> bool:
        return bool(self._undo)

    def next_line(self, here: int) -> int | None:
        """The next line that is still open, from this one on and then from the top."""
        lines = self.view.lines if self.view is not None else ()
        return next((n for n in _around(len(lines), here) if is_open(lines[n])), None)

    def next_tote(self, here: int) -> int | None:
        """The next tote that is still to be packed, likewise."""
        if self.view is None:
            return None
        totes, packed = self.view.totes, self.view.totes_ticked
        order = _around(len(totes), here)
        return next((n for n in order if totes[n].machine_id not in packed), None)

    def tick_product(self, product_id: str, picked: int | None) -> None:
        """None takes the tick back. A product that is not on the list is taken along."""
        lines = self._now().lines
        before = next((one.picked for one in lines if one.product.id == product_id), None)
        self._undo.append(((PRODUCT, product_id, before),))
        self._set([(PRODUCT, product_id, picked)])

    def tick_tote(self, machine_id: str, *, ticked: bool) -> None:
        was = machine_id in self._now().totes_ticked
        self._undo.append(((TOTE, machine_id, 1 if was else None),))
        self._set([(TOTE, machine_id, 1 if ticked else None)])

    def tick_open(self) -> None:
        """Everything that is still open was picked as wanted: all totes are packed."""
        lines = [one for one in self._now().lines if is_open(one)]
        self._undo.append(tuple((PRODUCT, one.product.id, None) for one in lines))
        self._set([(PRODUCT, one.product.id, one.to_pick) for one in lines])

    def undo(self) -> tuple[str, str] | None:
        """Take the newest step back: what it was of, and its id; None when there is none."""
        if not self._undo or self.view is None:
            return None
        steps = self._undo.pop()
        self._set(steps)
        kind, key, _ = steps[0]
        return kind, key

    def _now(self) -> LoadView:
        assert self.view is not None
        return self.view

    def _set(self, steps: Sequence[Step]) -> None:
        view = self._now()
        products = {key: value for kind, key, value in steps if kind == PRODUCT}
        totes = {key: value is not None for kind, key, value in steps if kind == TOTE}
        lines = tuple(
            replace(one, picked=products[one.product.id]) if one.product.id in products else one
            for one in view.lines
        )
        held = {key for key in view.totes_ticked if totes.get(key, True)}
        held |= {key for key, ticked in totes.items() if ticked}
        services, run_id = self.tools.services, view.run_id

        def keep() -> None:
            for key, picked in products.items():
                services.tick_product(run_id, key, picked)
            for key, ticked in totes.items():
                services.tick_tote(run_id, key, ticked)

        self.begun.emit()
        self.tools.background.run(Lane.DATABASE, keep, None, self._not_kept)
        wanted = {one.product.id: one.to_pick for one in view.lines}
        if all(picked == wanted.get(key) for key, picked in products.items()):
            self._settled.start()
        else:
            self._tell()  # others may get less, or more again
        self.view = replace(view, lines=lines, totes_ticked=frozenset(held))
        self.shown.emit()


def _around(count: int, here: int) -> list[int]:
    """The places after `here`, then those up to it; -1 is before the first."""
    return [*range(here + 1, count), *range(here + 1)]


def short_of(line: LoadLineView | None, view: LoadView) -> LoadLineView | None:
    """The chosen line when it is short, else the last one that is."""
    if line is not None and line.short:
        return line
    return next((one for one in reversed(view.lines) if one.short), None)
