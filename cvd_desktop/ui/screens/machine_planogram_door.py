"""The door of a machine, painted, in one of its three views, and the current slot in all three."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QAction, QKeySequence, QPixmap
from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from cvd_desktop.ui import formats
from cvd_desktop.ui.screens.machine_part import MachineShown
from cvd_desktop.ui.screens.machine_planogram_faces import DoorSlot, cabinet_faces
from cvd_desktop.ui.theme import Look, Tone
from cvd_desktop.ui.widgets.action_button import ActionButton
from cvd_desktop.ui.widgets.card import Card
from cvd_desktop.ui.widgets.icon_engine import themed_icon
from cvd_desktop.ui.widgets.planogram_cells import CellFace
from cvd_desktop.ui.widgets.planogram_view import PlanogramView
from cvd_desktop.ui.widgets.source_mark import Source
from cvd_desktop.ui.widgets.sourced_facts import SourcedFact, SourcedFacts
from cvd_desktop.ui.widgets.text_label import NameLabel, TextLabel
from cvd_shared.route_shapes import SlotKey

MOST_ROWS = 10  # without scrolling inside
NARROWER = 6  # px: a cabinet of eight columns stands beside the panel at 1280 px
PICTURE = 64


class DoorCard(Card):
    """Cabinets side by side where they fit; Page Up and Page Down turn to the others."""

    moved = Signal(object)
    """SlotKey of the cell that is current now."""

    def __init__(self, look: Look, parent: QWidget) -> None:
        super().__init__(look, padding=0, parent=parent)
        space = look.theme.space
        self.setProperty("role", "page")
        self.head.setContentsMargins(0, 0, 0, 0)
        self.body.setSpacing(space.xs)
        row = QHBoxLayout()
        row.setSpacing(space.m)
        self.which = TextLabel(look, "", "dense", Tone.MUTED, wrap=True)
        row.addWidget(self.which, 1)
        self.turn = QAction(themed_icon(look, "arrow-down"), "", self)
        self.turn.setShortcut(QKeySequence("Ctrl+PgDown"))
        self.turn.triggered.connect(self._turn)
        self.addAction(self.turn)
        self.turn_button = ActionButton(look, self.turn, parent=self)
        row.addWidget(self.turn_button)
        self.body.addLayout(row)
        self.view = PlanogramView(look, self.tr("Planogram"), self, narrower=NARROWER)
        self.view.moved.connect(self.moved)
        self.view.shown_changed.connect(self._name_cabinets)
        self.body.addWidget(self.view)
        look.follow(self._restyle)

    def show_doors(
        self,
        doors: tuple[DoorSlot, ...],
        names: Mapping[int, str],
        face: Callable[[DoorSlot], CellFace],
        about: str,
    ) -> None:
        """`about` says what the figures are and how old they are."""
        self.view.show_cabinets(cabinet_faces(doors, names, face))
        self._about = about
        self._name_cabinets()
        self._restyle()

    _about = ""

    def _name_cabinets(self) -> None:
        shown = self.view.shown_cabinets()
        words = ", ".join(one.name for one in shown)
        self.which.setText("  ·  ".join(part for part in (words, self._about) if part))
        following = self.view.cabinet_after(shown[-1].number) if shown else None
        several = following is not None and len(shown) < self.view.cabinet_count()
        self.turn.setVisible(several)
        if following is not None:
            self.turn.setText(following.name)

    def _turn(self) -> None:
        """To the next cabinets, after the last to the first."""
        shown = self.view.shown_cabinets()
        following = self.view.cabinet_after(shown[-1].number) if shown else None
        if following is not None and following.cells:
            self.view.set_current(following.cells[0].key)
            self.moved.emit(following.cells[0].key)

    def _restyle(self) -> None:
        high = self.view.height_of_all_rows(MOST_ROWS)
        if self.view.height() != high:
            self.view.setFixedHeight(high)


class SlotCard(Card):
    """The current slot as planned, in the machine and as DEX has seen it, with its picture."""

    def __init__(self, look: Look, parent: QWidget) -> None:
        super().__init__(look, parent=parent)
        self._pictures = Pictures(look, self)
        row = QHBoxLayout()
        row.setSpacing(look.theme.space.m)
        self.picture = QLabel(self)
        self.picture.setAccessibleName(self.tr("Picture of the product"))
        self.picture.hide()
        row.addWidget(self.picture, 0, Qt.AlignmentFlag.AlignTop)
        self.name = NameLabel(look, "", "head")
        row.addWidget(self.name, 1)
        self.body.addLayout(row)
        self.lines = SourcedFacts(look)
        self.body.addWidget(self.lines)
        self.differs = TextLabel(look, "", "denseStrong", Tone.ACCENT, wrap=True)
        self.body.addWidget(self.differs)

    def show_slot(self, door: DoorSlot, shown: MachineShown) -> None:
        slot, stock = door.slot, door.stock
        inside = door.inside if door.inside is not None else self.tr("empty")
        self.name.set_text(f"{slot.label}  {inside or door.planned}")
        last, price = shown.last, door.machine_price
        known = stock.known_at if stock is not None else None
        confirmed = formats.moment_beside(known, shown.now) if known is not None else ""
        read = formats.moment_beside(last.detail.summary.at, shown.now) if last is not None else ""
        office, person, device = Source.MANUAL, Source.MANUAL, Source.DEVICE
        planned = f"{door.planned}, {door.money(slot.price)}"
        lines = [SourcedFact(self.tr("Planned"), planned, office)]
        if stock is not None:
            held = f"{inside}, {door.money(door.price_inside)}"
            lines.append(SourcedFact(self.tr("In machine"), held, person, confirmed))
        if last is not None and door.seen is None:
            seen = self.tr("not in the file")
            lines.append(SourcedFact(self.tr("Seen by DEX"), seen, device, read))
        elif last is not None:
            seen = door.money(price) if price is not None else self.tr("no price")
            lines.append(SourcedFact(self.tr("Seen by DEX"), seen, device, read))
        source = Source(stock.source) if stock is not None else Source.CALCULATED
        lines.append(SourcedFact(self.tr("Stock"), self._stock(door), source, confirmed))
        if confirmed:
            lines.append(SourcedFact(self.tr("Confirmed"), confirmed, person))
        if read:
            lines.append(SourcedFact(self.tr("Read"), read, device))
        if door.seen is not None:
            name = door.seen.selection.selection
            lines.append(SourcedFact(self.tr("Selection"), name, device, read))
            sold = door.seen.selection.meters.sold_since_init
            if sold is not None:
                meter = formats.number(sold)
                lines.append(SourcedFact(self.tr("Sold by its meter"), meter, device, read))
        self.lines.show_facts(lines)
        self._show_difference(door)
        self._pictures.show(self.picture, shown.pictures, self._product(door))

    def _stock(self, door: DoorSlot) -> str:
        units = door.stock.units if door.stock is not None else None
        held = self.tr("not known") if units is None else formats.number(units)
        return self.tr("{n}, par {par}, fits {fits}").format(
            n=held,
            par=formats.number(door.slot.par),
            fits=formats.number(door.slot.capacity),
        )

    def _product(self, door: DoorSlot) -> str:
        stock = door.stock
        product = stock.product_id if stock is not None else door.slot.product_id
        return product or ""

    def _show_difference(self, door: DoorSlot) -> None:
        found = []
        if door.product_differs:
            found.append(self.tr("The planned product is not in it yet."))
        if door.price_waits:
            found.append(self.tr("The planned price is not confirmed yet."))
        if door.price_differs:
            found.append(self.tr("The machine takes another price than planned."))
        self.differs.setText(" ".join(found))
        self.differs.setVisible(bool(found))


class Pictures(QObject):
    """Pixmaps of products, each made once."""

    def __init__(self, look: Look, parent: QObject) -> None:
        super().__init__(parent)
        self._look = look
        self._made: dict[tuple[str, int], QPixmap] = {}

    def show(self, label: QLabel, pictures: Mapping[str, bytes], product_id: str) -> None:
        """The picture of a product in its place; hidden where there is none."""
        side = self._look.theme.text_px(PICTURE)
        made = self._made.get((product_id, side))
        data = pictures.get(product_id)
        if made is None and data is not None:
            whole = QPixmap()
            if whole.loadFromData(data):
                made = whole.scaled(
                    side,
                    side,
                    Qt.AspectRatioMode.KeepAspectRatio,
                    Qt.TransformationMode.SmoothTransformation,
                )
                self._made[product_id, side] = made
        if made is not None:
            label.setPixmap(made)
            label.setFixedSize(made.size())
        label.setVisible(made is not None)


def door_of(doors: tuple[DoorSlot, ...], key: SlotKey | None) -> DoorSlot | None:
    """The slot of a cell."""
    return next((door for door in doors if door.key == key), None)
