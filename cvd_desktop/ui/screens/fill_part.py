"""The Fill tab of a stop: the planogram as the machine looks, filled by digits, keys and touch."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from PySide6.QtCore import QRect, Signal
from PySide6.QtGui import QAction, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QApplication, QWidget

from cvd_desktop.domain.clock import Clock
from cvd_desktop.domain.fill_cell import units_to_put_in
from cvd_desktop.domain.fill_sheet import Cell, FillSheet
from cvd_desktop.domain.visit_records import VisitView
from cvd_desktop.ui.background import Background
from cvd_desktop.ui.fill_hand import FillHand, Mode
from cvd_desktop.ui.fill_words import FillWords, Hint
from cvd_desktop.ui.messages import Messages
from cvd_desktop.ui.product_codes import is_trade_code
from cvd_desktop.ui.screens.fill_actions import FillActions
from cvd_desktop.ui.screens.fill_head import CabinetHeads
from cvd_desktop.ui.screens.fill_keeper import FillKeeper
from cvd_desktop.ui.screens.fill_panel import FillPanel, PanelShown
from cvd_desktop.ui.screens.fill_places import PanelPlace, panel_place, panel_width
from cvd_desktop.ui.screens.fill_products import FillProducts, holds, next_slot
from cvd_desktop.ui.screens.fill_services import FillServices
from cvd_desktop.ui.screens.stop_part import StopPart
from cvd_desktop.ui.theme import Look, Tone
from cvd_desktop.ui.widgets.planogram_cells import CabinetFace, CellFace
from cvd_desktop.ui.widgets.planogram_view import PlanogramView
from cvd_desktop.ui.widgets.text_label import TextLabel
from cvd_shared.route_shapes import SlotKey
from cvd_shared.wire_events import SpoilReason
from cvd_shared.wire_records import ProductRecord


class FillPart(StopPart):
    """Keeps a FillSheet, paints at once and hands every change on to be kept."""

    proof_wanted = Signal(str, str)
    """Id of a read and a selection: the lines behind "sold since"."""
    not_a_product = Signal(str)
    """What was scanned is neither a product that is known here nor a number of the trade."""

    def __init__(
        self,
        look: Look,
        background: Background,
        messages: Messages,
        services: FillServices,
        clock: Clock,
    ) -> None:
        super().__init__()
        self._look = look
        self._background = background
        self._messages = messages
        self._services = services
        self._clock = clock
        self.words = FillWords(messages, self)
        self.hand = FillHand(FillSheet(()))
        self._visit: VisitView | None = None
        self._shown_as: tuple[str, str, bool] | None = None  # machine, visit, may be changed
        self._faces: dict[SlotKey, CellFace] = {}
        self._faced: FillSheet | None = None  # what the faces are of
        self._told: Hint | None = None  # what was said of the last thing done
        self._panel_open: bool | None = None  # None: as the size wants it
        self._frame_before: tuple[object, ...] = ()
        self._keeper = FillKeeper(background, services, self)
        self._keeper.failed.connect(self._not_kept)
        self.do = FillActions(look, self)
        self.products = FillProducts(background, services, self)
        self.products.found.connect(self._found_product)
        self.products.pictures_came.connect(self._show_panel)
        self.view = PlanogramView(look, self.tr("Planogram"), self)
        self.view.takes_digits = True
        self.setFocusProxy(self.view)
        self.view.moved.connect(self._moved)
        self.view.touched_again.connect(self._touched_again)
        self.view.typed.connect(self._digit)
        self.view.erased.connect(self._erase)
        self.view.taken_back.connect(self._take_back)
        self.view.entered.connect(self._commit)
        self.view.escaped.connect(self._give_up)
        self.view.shown_changed.connect(self._place_heads)
        self.heads = CabinetHeads(look, self)
        self.heads.jump.connect(self._jump)
        self._grid = QRect()
        self._nothing = TextLabel(look, "", "body", Tone.MUTED, wrap=True, parent=self)
        self._nothing.hide()
        self.panel = FillPanel(look, self.words, self.do.of_panel(), self)
        self.panel.typed.connect(self._digit)
        self.panel.erased.connect(self._erase)
        self.panel.source_wanted.connect(self.open_source)
        application = QApplication.instance()
        assert isinstance(application, QApplication)
        application.focusChanged.connect(self._focus_changed)
        look.follow(self._restyle)

    # what the frame asks

    def primary(self) -> QAction | None:
        """A change that waits at the current slot, then what it is filled with; else the screen's
        own next step."""
        if self._waits():
            return self.do.confirm
        cell = self.cell()
        return self.do.put_in if self.able() and cell and units_to_put_in(cell) else None

    def secondary(self) -> Sequence[QAction]:
        return self.do.offered()

    def fact(self) -> str:
        cell = self.cell()
        if cell is not None and not self._panel_shown():
            hint = self._hint(cell)
            if hint is not None and (self._told is not None or self.hand.error is not None):
                return hint.words
        if not self.able():
            return self.why_not()
        return self.tr("Arrows walk, digits set the fill")

    def leave(self) -> None:
        """What was typed is kept already; here its number ends."""
        self.hand.commit()
        self.products.forget()
        self._keeper.leave()
        self._refresh()

    # showing

    def show_visit(self, view: VisitView) -> None:
        """Another visit begins anew; of the same one only what is known of the slots is new."""
        machine = view.machine.record
        visit_id = view.draft.visit_id if view.draft is not None else ""
        if not visit_id and view.finished is not None:
            visit_id = view.finished.id
        shown_as = (machine.id, visit_id, view.draft is not None)
        self._visit = view
        self.words.decimals = machine.decimals
        if shown_as != self._shown_as:
            self._shown_as = shown_as
            key = view.draft.cell if view.draft is not None else None
            known = any(facts.key == key for facts in view.sheet.slots)
            self.hand = FillHand(view.sheet, key if known else None)
            self._told = None
            self._faced = None
        else:
            self.hand.with_facts(view.sheet)
        self.products.fetch_pictures(self.hand.sheet)
        self._refresh()

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802 - Qt's name
        super().showEvent(event)
        self._arrange()
        self.view.setFocus()

    def _focus_changed(self, before: QWidget | None, now: QWidget | None) -> None:
        """A screen that is opened, or a click beside everything, leaves the keys to the cells."""
        del before
        if now is not None and self.isVisible() and now.isAncestorOf(self):
            self.view.setFocus()

    def cell(self) -> Cell | None:
        return self.hand.sheet.cell(self.hand.key) if self.hand.key is not None else None

    def able(self) -> bool:
        return self._visit is not None and self._visit.draft is not None

    def why_not(self) -> str:
        if self._visit is not None and self._visit.finished is not None:
            return self.tr("This visit is finished: corrections are made under Finish")
        return self.tr("Arrive at the machine first, then fill it")

    def _waits(self) -> bool:
        cell = self.cell()
        return self.able() and cell is not None and "change" in cell.flags

    def price_waits(self) -> bool:
        cell = self.cell()
        return cell is not None and "price" in cell.flags and "change" not in cell.flags

    def _refresh(self) -> None:
        """Paint what differs, and tell the frame what it shows."""
        self._refresh_cells()
        self.view.set_current(self.hand.key)
        self.view.wants_enter = self.hand.typing is not None
        self._show_heads()
        self._show_panel()
        self._show_actions()

    def _refresh_cells(self) -> None:
        sheet, before = self.hand.sheet, self._faced
        if sheet is before:
            return
        if before is None or before.slots is not sheet.slots:
            self._faces = {cell.facts.key: self.words.face(cell) for cell in sheet.cells()}
        else:
            touched = {*before.edits, *sheet.edits}
            other = {key for key in touched if before.edits.get(key) != sheet.edits.get(key)}
            for cell in sheet.cells() if len(other) > 1 else map(sheet.cell, other):
                if cell.facts.key in other:
                    self._faces[cell.facts.key] = self.words.face(cell)
        self._faced = sheet
        self.view.show_cabinets(self._cabinets())
        empty = not sheet.slots
        self._nothing.setText(
            self.tr(
                "The office has planned no slots for this machine, or they are not on this laptop "
                "yet. The visit can be finished without a fill; say in its note what was put in."
            )
        )
        if self._nothing.isVisibleTo(self) != empty:
            self._arrange()

    def cabinet_numbers(self) -> list[int]:
        return sorted({facts.key.cabinet for facts in self.hand.sheet.slots})

    def _cabinets(self) -> tuple[CabinetFace, ...]:
        cells: dict[int, list[CellFace]] = {}
        for facts in self.hand.sheet.slots:
            cells.setdefault(facts.key.cabinet, []).append(self._faces[facts.key])
        return tuple(
            CabinetFace(number, self.cabinet_name(number), tuple(cells[number]))
            for number in sorted(cells)
        )

    def cabinet_name(self, number: int) -> str:
        known = self._visit.machine.record.cabinets if self._visit is not None else ()
        name = next((each.name for each in known if each.number == number), "")
        return name or self.tr("Cabinet {n}").format(n=number)

    def _show_panel(self) -> None:
        cell = self.cell()
        if cell is None:
            return
        hand = self.hand
        self.panel.show_cell(
            PanelShown(
                cell=cell,
                now=self._clock(),
                name=self.words.typed_name(hand.typing),
                figure=self.words.typed_figure(cell, hand.typing),
                hint=self._hint(cell),
                wrong=hand.error is not None and hand.typing is not None,
                able=self.able(),
                picture=self.products.picture_of(cell),
            )
        )

    def _hint(self, cell: Cell) -> Hint | None:
        error = self.hand.error
        if error is not None:
            return Hint(self.words.error(error, cell.facts.key.label), Tone.CRITICAL, "alert")
        return self._told or self.words.hint(cell)

    def _show_actions(self) -> None:
        self.do.show_state(able=self.able(), why="" if self.able() else self.why_not())
        offered = self.secondary()
        actions = [(one, one.text(), one.isEnabled(), one.statusTip()) for one in offered]
        primary = self.primary()
        now = (primary, primary.text() if primary is not None else "", actions, self.fact())
        if now != self._frame_before:
            self._frame_before = now
            self.changed.emit()

    # layout

    def _restyle(self) -> None:
        self._faced = None
        self._refresh()
        self._arrange()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        super().resizeEvent(event)
        self._arrange()

    def _place(self) -> PanelPlace:
        return panel_place(self._look.theme, self.width(), self.height())

    def is_sheet(self) -> bool:
        """The panel can be closed."""
        return self._place() is not PanelPlace.DOCKED

    def _panel_shown(self) -> bool:
        place = self._place()
        wanted = place is PanelPlace.SHEET if self._panel_open is None else self._panel_open
        return bool(self.hand.sheet.slots) and (place is PanelPlace.DOCKED or wanted)

    def _arrange(self) -> None:
        theme = self._look.theme
        space = theme.space
        area = self.rect().adjusted(space.m, space.s, -space.m, -space.m)
        place, shown = self._place(), self._panel_shown()
        self.panel.set_wide(wide=place is PanelPlace.WIDE)
        self.panel.set_sheet(sheet=place is not PanelPlace.DOCKED)
        grid, box = QRect(area), QRect(area)
        if place is not PanelPlace.WIDE:
            box.setLeft(area.right() + 1 - panel_width(theme, self.width(), place))
            if shown:
                grid.setRight(box.left() - 1 - space.m)
        self.panel.setGeometry(box)
        self.panel.setVisible(shown)
        self.panel.raise_()
        empty = not self.hand.sheet.slots
        self._nothing.setVisible(empty)
        self._nothing.setGeometry(grid)
        self.view.setVisible(not empty)
        self.heads.set_visible(visible=not empty)
        self._grid = grid
        self._place_view()
        self._show_panel()
        self._show_actions()

    def _place_view(self) -> None:
        grid = self._grid
        top = self.heads.height_for(grid.width()) + 4
        self.view.setGeometry(grid.left(), top, grid.width(), grid.bottom() + 1 - top)
        self._place_heads()

    def _place_heads(self) -> None:
        self._show_heads()
        self.heads.place(self.view.shown_frames(), self.view.geometry())

    def _show_heads(self) -> None:
        self.heads.show(self.view.shown_cabinets(), self.hand.sheet)

    # doing

    def _changed_sheet(self, before: FillSheet) -> None:
        """After everything that a person did: paint it, keep it."""
        sheet = self.hand.sheet
        if sheet.edits != before.edits and self._visit is not None and self.able():
            draft = self._visit.draft
            assert draft is not None
            self._keeper.keep_edits(draft.visit_id, sheet.edits)
        self._refresh()

    def _do(self, change: Callable[[], object]) -> None:
        """Something that changes the sheet, where that may be."""
        self._told = None
        if not self.able():
            self.tell(self.why_not(), Tone.WARNING, "warning")
            return
        before = self.hand.sheet
        change()
        self._changed_sheet(before)

    def refuse(self) -> None:
        """Nothing may be changed: say why."""
        self._do(lambda: None)

    def now(self) -> datetime:
        return self._clock()

    def _digit(self, digit: str) -> None:
        self._do(lambda: self.hand.digit(digit))

    def _erase(self) -> None:
        self._do(self.hand.erase)

    def _take_back(self, count: int) -> None:
        self._do(lambda: self.hand.take_back(count))

    def _commit(self) -> None:
        self.hand.commit()
        self._refresh()

    def _give_up(self) -> None:
        self._do(self.hand.give_up)

    def all_to_par(self) -> None:
        self.hand.commit()
        self._do(lambda: self.hand.do(lambda sheet, _: sheet.all_to_par()))

    def par(self) -> None:
        self._do(lambda: self.hand.do(lambda sheet, key: sheet.to_par(key)))

    def begin(self, mode: Mode) -> None:
        self._do(lambda: self.hand.begin(mode))
        self.view.setFocus()

    def undo(self) -> None:
        self._do(self.hand.undo)

    def redo(self) -> None:
        self._do(self.hand.redo)

    def confirm(self) -> None:
        self._do(lambda: self.hand.do(lambda sheet, key: sheet.confirm_change(key)))

    def confirm_price(self) -> None:
        def confirmed(sheet: FillSheet, key: SlotKey) -> FillSheet:
            return sheet.confirm_price(key, sheet.cell(key).facts.price)

        if self.price_waits():
            self._do(lambda: self.hand.do(confirmed))

    # walking

    def _moved(self, key: SlotKey) -> None:
        self._told = None
        self.hand.go(key)
        self._refresh()
        if self._visit is not None and self._visit.draft is not None:
            self._keeper.keep_place(self._visit.draft.visit_id, key)

    def go(self, key: SlotKey) -> None:
        self.view.set_current(key)
        self._moved(key)

    def _touched_again(self, key: SlotKey) -> None:
        """The current cell once more: the panel is wanted where it is a sheet."""
        del key
        if self.is_sheet() and not self._panel_shown():
            self.toggle_panel()

    def next_flag(self) -> None:
        """Go to the next cell that wants something."""
        key = self.hand.sheet.next_flag(self.hand.key)
        if key is None:
            self.tell(self.tr("Nothing more asks for a look"), Tone.POSITIVE, "check-circle")
        else:
            self.go(key)

    def _jump(self, flag: str) -> None:
        found = next_slot(self.hand.sheet, self.hand.key, lambda cell: flag in cell.flags)
        if found is not None:
            self.go(found)

    def next_cabinet(self) -> None:
        numbers = self.cabinet_numbers()
        if self.hand.key is not None:
            self.view.turn_page(forward=numbers.index(self.hand.key.cabinet) + 1 < len(numbers))

    def toggle_panel(self) -> None:
        self._panel_open = not self._panel_shown()
        self._arrange()
        self.view.setFocus()

    def tell(self, words: str, tone: Tone = Tone.INFO, icon: str = "info") -> None:
        self._told = Hint(words, tone, icon)
        self._refresh()

    def _not_kept(self, error: BaseException) -> None:
        told = self._messages.error(error)
        self.tell(f"{told.what} {told.do}", Tone.CRITICAL, "alert")

    def spoil(self, reason: SpoilReason) -> None:
        """One unit is spoiled for this reason; the digits that follow say how many."""
        self._do(lambda: self.hand.begin(Mode.SPOILED, reason))
        self.view.setFocus()

    def swap(self, product: ProductRecord) -> None:
        """This product is in the current slot from now on."""
        self._do(lambda: self.hand.do(lambda sheet, key: sheet.swap(key, product.id, product.name)))
        self.products.fetch_pictures(self.hand.sheet)
        self.view.setFocus()

    def set_expiry(self, day: str) -> None:
        """The earliest date on what is in the current slot, ISO 8601; nothing for none."""
        self._do(lambda: self.hand.do(lambda sheet, key: sheet.set_expiry(key, day or None)))
        self.view.setFocus()

    # proof

    def scanned(self, text: str) -> bool:
        """A product goes to its slots, one after the other."""
        code = text.strip()
        if not code or not self.hand.sheet.slots:
            return False
        self.products.look_up(code)
        return True

    def _found_product(self, code: str, product: ProductRecord | None) -> None:
        if product is None and is_trade_code(code):
            words = self.tr("No product here has the code {code}").format(code=code)
            self.tell(words, Tone.WARNING, "warning")
            return
        if product is None:  # the label of a machine, or of whatever it may be
            self.not_a_product.emit(code)
            return
        found = next_slot(self.hand.sheet, self.hand.key, lambda cell: holds(cell, product.id))
        if found is None:
            words = self.tr("{product} is in no slot of this machine. X puts it into one.")
            self.tell(words.format(product=product.name), Tone.WARNING, "warning")
        else:
            self.go(found)

    def open_source(self, read_id: str) -> None:
        """The lines of a read that say what was sold of the current slot."""
        cell = self.cell()
        if cell is not None:
            self.proof_wanted.emit(read_id, cell.facts.selection)
