"""The Fill tab of a stop: the planogram as the machine looks, filled by digits, keys and touch."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial

from PySide6.QtCore import QRect, Signal
from PySide6.QtGui import QAction, QKeySequence, QPixmap, QResizeEvent, QShowEvent

from cvd_desktop.domain.clock import Clock
from cvd_desktop.domain.fill_sheet import Cell, CellEdit, FillSheet
from cvd_desktop.domain.visit_records import VisitView
from cvd_desktop.ui import formats
from cvd_desktop.ui.background import Background, Job, Lane
from cvd_desktop.ui.fill_hand import FillHand, Mode
from cvd_desktop.ui.fill_words import FillWords, Hint
from cvd_desktop.ui.messages import Messages
from cvd_desktop.ui.screens.fill_head import CabinetHead, JumpTag
from cvd_desktop.ui.screens.fill_panel import FillPanel, PanelActions, PanelShown
from cvd_desktop.ui.screens.fill_services import FillServices
from cvd_desktop.ui.screens.stop_keeper import Keeper
from cvd_desktop.ui.screens.stop_part import StopPart
from cvd_desktop.ui.theme import Look, Tone
from cvd_desktop.ui.widgets.icon_engine import themed_icon
from cvd_desktop.ui.widgets.planogram_cells import CabinetFace, CellFace, FlagFace
from cvd_desktop.ui.widgets.planogram_view import PlanogramView
from cvd_desktop.ui.widgets.text_label import TextLabel
from cvd_shared.route_shapes import SlotKey
from cvd_shared.wire_events import SpoilReason
from cvd_shared.wire_records import ProductRecord

TAB = "fill"
EDITED = frozenset({"visit"})
DOCKED_FROM = 1100  # px of the tab; below it the panel is a sheet
ROOMY = 1600
PANEL_ROOMY = 420
LARGE_TEXT = 1.5


class FillPart(StopPart):
    """Keeps a FillSheet, paints at once and hands every change on to be kept."""

    proof_wanted = Signal(str, str)
    """Id of a read and a selection: the lines behind "sold since"."""
    not_a_product = Signal(str)
    """What was scanned is no product that is known here."""

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
        self._pictures: dict[str, QPixmap] = {}
        self._pictures_of: frozenset[str] = frozenset()
        self._told: Hint | None = None  # what was said of the last thing done
        self._panel_open: bool | None = None  # None: as the size wants it
        self._code_job: Job[ProductRecord | None] | None = None
        self._frame_before: tuple[object, ...] = ()
        self._keeper = Keeper(background, EDITED, self)
        self._place_keeper = Keeper(background, frozenset(), self)
        self._keeper.failed.connect(self._not_kept)
        self._make_actions()
        self.view = PlanogramView(look, self.tr("Planogram"), self)
        self.view.takes_digits = True
        self.setFocusProxy(self.view)
        self.view.moved.connect(self._moved)
        self.view.touched.connect(self._touched_again)
        self.view.typed.connect(self._digit)
        self.view.erased.connect(self._erase)
        self.view.taken_back.connect(self._take_back)
        self.view.entered.connect(self._commit)
        self.view.escaped.connect(self._give_up)
        self.view.shown_changed.connect(self._place_heads)
        self._heads: list[CabinetHead] = []
        self._nothing = TextLabel(look, "", "body", Tone.MUTED, wrap=True, parent=self)
        self._nothing.hide()
        self.panel = FillPanel(look, self.words, self._panel_actions(), self)
        self.panel.typed.connect(self._digit)
        self.panel.erased.connect(self._erase)
        self.panel.source_wanted.connect(self._open_source)
        look.follow(self._restyle)

    def _make_actions(self) -> None:
        make = self._action
        self.all_action = make("arrow-up", "F8", self._all_to_par, self.tr("All to par"))
        self.undo_action = make("undo", "Ctrl+Z", self._undo, self.tr("Undo"))
        self.next_action = make("arrow-right", "N", self.next_flag, self.tr("Next flag"))
        self.redo_action = make("retry", "Ctrl+Y", self._redo, self.tr("Redo"))
        self.par_action = make("check", "P", self._par, self.tr("This to par"))
        self.remove_action = make(
            "minus", "-", lambda: self._begin(Mode.REMOVED), self.tr("Removed")
        )
        self.spoil_action = make("close", "S", self.ask_spoiled, self.tr("Spoiled"))
        self.count_action = make("ring-dot", "C", lambda: self._begin(Mode.COUNT), self.tr("Count"))
        self.swap_action = make("reorder", "X", self.ask_product, self.tr("Other product"))
        self.expiry_action = make("clock", "E", self.ask_expiry, self.tr("Date"))
        self.price_action = make("check", "V", self._confirm_price, self.tr("It is right now"))
        self.confirm_action = make("check", "", self._confirm, self.tr("Confirm"))
        self.source_action = make("file", "L", self._open_last_read, self.tr("Lines of the read"))
        self.cabinet_action = make("arrow-down", "PgDown", self._next_cabinet, "")
        self.panel_action = make("list", "K", self._toggle_panel, self.tr("Keypad"))
        self.close_action = make("close", "", self._toggle_panel, self.tr("Close"))
        self._changing = (
            self.all_action,
            self.par_action,
            self.remove_action,
            self.spoil_action,
            self.count_action,
            self.swap_action,
            self.expiry_action,
            self.price_action,
            self.confirm_action,
        )

    def _panel_actions(self) -> PanelActions:
        return PanelActions(
            spoil=self.spoil_action,
            remove=self.remove_action,
            count=self.count_action,
            par=self.par_action,
            confirm=self.confirm_action,
            price=self.price_action,
            close=self.close_action,
        )

    def _action(self, icon: str, key: str, run: Callable[[], object], text: str) -> QAction:
        action = QAction(themed_icon(self._look, icon), text, self)
        if key:
            action.setShortcut(QKeySequence(key))
        action.triggered.connect(lambda: run())
        return action

    # what the frame asks

    def primary(self) -> QAction | None:
        """A change that waits at the current slot; else the screen's own next step."""
        return self.confirm_action if self._waits() else None

    def secondary(self) -> Sequence[QAction]:
        several = len(self.view.shown_cabinets()) < len(self._cabinet_numbers())
        cabinet = (self.cabinet_action,) if several else ()
        panel = (self.panel_action,) if self._is_sheet() else ()
        return (
            self.all_action,
            self.undo_action,
            self.next_action,
            *panel,
            *cabinet,
            self.par_action,
            self.remove_action,
            self.spoil_action,
            self.count_action,
            self.swap_action,
            self.expiry_action,
            *((self.price_action,) if self._price_waits() else ()),
            self.source_action,
            self.redo_action,
        )

    def fact(self) -> str:
        if self._told is not None and self._is_sheet():
            return self._told.words
        if not self._able():
            return self._why_not()
        return self.tr("Arrows walk, digits set the fill")

    def leave(self) -> None:
        """What was typed is kept already; here its number ends."""
        self.hand.commit()
        self._code_job = None
        self._keeper.again()
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
        self._fetch_pictures()
        self._refresh()

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802 - Qt's name
        super().showEvent(event)
        self._arrange()

    def _cell(self) -> Cell | None:
        return self.hand.sheet.cell(self.hand.key) if self.hand.key is not None else None

    def _able(self) -> bool:
        return self._visit is not None and self._visit.draft is not None

    def _why_not(self) -> str:
        if self._visit is not None and self._visit.finished is not None:
            return self.tr("This visit is finished: corrections are made under Finish")
        return self.tr("Arrive at the machine first, then fill it")

    def _waits(self) -> bool:
        cell = self._cell()
        return self._able() and cell is not None and "change" in cell.flags

    def _price_waits(self) -> bool:
        cell = self._cell()
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
            for key in {*before.edits, *sheet.edits}:
                if key in self._faces and before.edits.get(key) != sheet.edits.get(key):
                    self._faces[key] = self.words.face(sheet.cell(key))
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

    def _cabinet_numbers(self) -> list[int]:
        return sorted({facts.key.cabinet for facts in self.hand.sheet.slots})

    def _cabinets(self) -> tuple[CabinetFace, ...]:
        cells: dict[int, list[CellFace]] = {}
        for facts in self.hand.sheet.slots:
            cells.setdefault(facts.key.cabinet, []).append(self._faces[facts.key])
        return tuple(
            CabinetFace(number, self._cabinet_name(number), tuple(cells[number]))
            for number in sorted(cells)
        )

    def _cabinet_name(self, number: int) -> str:
        known = self._visit.machine.record.cabinets if self._visit is not None else ()
        name = next((each.name for each in known if each.number == number), "")
        return name or self.tr("Cabinet {n}").format(n=number)

    def _show_heads(self) -> None:
        shown = self.view.shown_cabinets()
        while len(self._heads) < len(shown):
            head = CabinetHead(self._look, self)
            head.jump.connect(self._jump)
            self._heads.append(head)
        for head, cabinet in zip(self._heads, shown, strict=False):
            totals = self.hand.sheet.totals(cabinet.number)
            tags = [
                JumpTag(flag, face)
                for flag, face in (
                    ("sold_out", self._tag("alert", Tone.CRITICAL, totals.sold_out, filled=True)),
                    ("price", self._tag("warning", Tone.WARNING, totals.prices)),
                    ("change", self._tag("diamond", Tone.ACCENT, totals.changes)),
                    ("count", self._tag("ring-dot", Tone.INFO, totals.to_count)),
                )
                if face is not None
            ]
            head.show_cabinet(cabinet.name, totals, tags)
            head.show()
        for head in self._heads[len(shown) :]:
            head.hide()

    def _tag(self, icon: str, tone: Tone, n: int, *, filled: bool = False) -> FlagFace | None:
        if not n:
            return None
        one, many = {
            "alert": (self.tr("1 sold out"), self.tr("{n} sold out")),
            "warning": (self.tr("1 price"), self.tr("{n} prices")),
            "diamond": (self.tr("1 change"), self.tr("{n} changes")),
            "ring-dot": (self.tr("1 to count"), self.tr("{n} to count")),
        }[icon]
        words = one if n == 1 else many.format(n=formats.number(n))
        return FlagFace(icon, tone, words, filled)

    def _show_panel(self) -> None:
        cell = self._cell()
        if cell is None:
            return
        hand = self.hand
        self.panel.show_cell(
            PanelShown(
                cell=cell,
                now=self._clock(),
                name=self._mode_word(),
                figure=self._figure(cell),
                hint=self._hint(cell),
                wrong=hand.error is not None and hand.typing is not None,
                able=self._able(),
                picture=self._pictures.get(cell.edit.swapped_to or cell.facts.product_id or ""),
            )
        )

    def _mode_word(self) -> str:
        typing = self.hand.typing
        if typing is None or typing.mode is Mode.FILL:
            return self.tr("Put in")
        if typing.mode is Mode.REMOVED:
            return self.tr("Removed")
        if typing.mode is Mode.COUNT:
            return self.tr("Counted")
        return self.tr("Spoiled: {why}").format(why=dict(self.words.reasons())[typing.reason])

    def _figure(self, cell: Cell) -> str:
        typing = self.hand.typing
        if typing is not None and typing.refused:
            return typing.digits
        edit = cell.edit
        if typing is None or typing.mode is Mode.FILL:
            return formats.number(cell.put_in)
        if typing.mode is Mode.REMOVED:
            return formats.number(edit.removed)
        if typing.mode is Mode.COUNT:
            return "–" if edit.counted is None else formats.number(edit.counted)
        found = next((units for units, why in edit.spoiled if why == typing.reason), 0)
        return formats.number(found)

    def _hint(self, cell: Cell) -> Hint | None:
        error = self.hand.error
        if error is not None:
            return Hint(self.words.error(error, cell.facts.key.label), Tone.CRITICAL, "alert")
        return self._told or self.words.hint(cell)

    def _show_actions(self) -> None:
        able, cell = self._able(), self._cell()
        why = "" if able else self._why_not()
        for action in self._changing:
            action.setEnabled(able and cell is not None)
            action.setStatusTip(why)
        sheet = self.hand.sheet
        self.undo_action.setEnabled(able and bool(sheet.past))
        self.redo_action.setEnabled(able and bool(sheet.future))
        self.undo_action.setStatusTip(why or self.tr("Nothing was changed here yet"))
        self.redo_action.setStatusTip(why or self.tr("Nothing was taken back"))
        self.source_action.setEnabled(self._read_behind() != "")
        self.source_action.setStatusTip(self.tr("No read is behind this stock"))
        if cell is not None:
            label = cell.facts.key.label
            self.confirm_action.setText(self.tr("Confirm {slot}").format(slot=label))
        if self.hand.key is not None:
            numbers = self._cabinet_numbers()
            at = numbers.index(self.hand.key.cabinet)
            last = at + 1 == len(numbers)
            there = numbers[at - 1] if last else numbers[at + 1]
            self.cabinet_action.setText(self._cabinet_name(there))
            self.cabinet_action.setShortcut(QKeySequence("PgUp" if last else "PgDown"))
        now = (self.primary(), tuple(self.secondary()), self.fact(), self.confirm_action.text())
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

    def _is_wide_sheet(self) -> bool:
        """No room for the panel in one column: it lies over the whole grid."""
        theme = self._look.theme
        keys = 4 * theme.control.touch + 3 * theme.control.touch_gap
        needed = theme.text_px(256) + 60 + keys
        return theme.text_scale >= LARGE_TEXT or self.height() - 20 < needed

    def _is_sheet(self) -> bool:
        return self._is_wide_sheet() or self.width() < DOCKED_FROM

    def _panel_shown(self) -> bool:
        if not self.hand.sheet.slots:
            return False
        if not self._is_sheet():
            return True
        return not self._is_wide_sheet() if self._panel_open is None else self._panel_open

    def _arrange(self) -> None:
        theme = self._look.theme
        space = theme.space
        area = self.rect().adjusted(space.m, space.s, -space.m, -space.m)
        sheet, wide = self._is_sheet(), self._is_wide_sheet()
        shown = self._panel_shown()
        self.panel.set_wide(wide=wide)
        self.panel.set_sheet(sheet=sheet)
        side = theme.text_px(theme.frame.side_panel)
        if sheet:
            side = theme.text_px(theme.frame.side_panel_compact)
        elif self.width() >= ROOMY:
            side = theme.text_px(PANEL_ROOMY)
        grid = QRect(area)
        if wide:
            self.panel.setGeometry(area)
        else:
            box = QRect(area.right() + 1 - side, area.top(), side, area.height())
            self.panel.setGeometry(box)
            if shown:
                grid.setRight(box.left() - 1 - space.m)
        self.panel.setVisible(shown)
        self.panel.raise_()
        empty = not self.hand.sheet.slots
        self._nothing.setVisible(empty)
        self._nothing.setGeometry(grid)
        self.view.setVisible(not empty)
        for head in self._heads:
            head.setVisible(not empty)
        self._grid = grid
        self._place_view()
        self._show_panel()
        self._show_actions()

    def _place_view(self) -> None:
        grid = self._grid
        high = 0
        for head in self._heads[: len(self.view.shown_cabinets())]:
            high = max(high, head.height_for(grid.width()), head.line_height())
        top = self._look.theme.space.s // 4 + (high or self._look.theme.control.touch)
        self.view.setGeometry(grid.left(), top + 2, grid.width(), grid.bottom() + 1 - top - 2)
        self._place_heads()

    def _place_heads(self) -> None:
        """Each above its cabinet; the only one has the whole width."""
        self._show_heads()
        frames = self.view.shown_frames()
        grid = self.view.geometry()
        for n, (head, frame) in enumerate(zip(self._heads, frames, strict=False)):
            left = grid.left() + frame.left()
            right = frames[n + 1].left() + grid.left() if n + 1 < len(frames) else grid.right() + 1
            if len(frames) == 1:
                right = left + frame.width()
            high = head.height_for(right - left)
            head.setGeometry(left, max(2, grid.top() - high - 2), right - left, high)

    # doing

    def _changed_sheet(self, before: FillSheet) -> None:
        """After everything that a person did: paint it, keep it."""
        sheet = self.hand.sheet
        if sheet.edits != before.edits and self._visit is not None and self._able():
            draft = self._visit.draft
            assert draft is not None
            edits: Mapping[SlotKey, CellEdit] = sheet.edits
            visit_id = draft.visit_id
            self._keeper.keep(
                visit_id, "edits", partial(self._services.keep_edits, visit_id, edits)
            )
        self._refresh()

    def _do(self, change: Callable[[], object]) -> None:
        """Something that changes the sheet, where that may be."""
        self._told = None
        if not self._able():
            self._tell(self._why_not(), Tone.WARNING, "warning")
            return
        before = self.hand.sheet
        change()
        self._changed_sheet(before)

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

    def _all_to_par(self) -> None:
        self.hand.commit()
        self._do(lambda: self.hand.do(lambda sheet, _: sheet.all_to_par()))

    def _par(self) -> None:
        self._do(lambda: self.hand.do(lambda sheet, key: sheet.to_par(key)))

    def _begin(self, mode: Mode) -> None:
        self._do(lambda: self.hand.begin(mode))
        self.view.setFocus()

    def _undo(self) -> None:
        self._do(self.hand.undo)

    def _redo(self) -> None:
        self._do(self.hand.redo)

    def _confirm(self) -> None:
        self._do(lambda: self.hand.do(lambda sheet, key: sheet.confirm_change(key)))

    def _confirm_price(self) -> None:
        def confirmed(sheet: FillSheet, key: SlotKey) -> FillSheet:
            return sheet.confirm_price(key, sheet.cell(key).facts.price)

        if self._price_waits():
            self._do(lambda: self.hand.do(confirmed))

    # walking

    def _moved(self, key: SlotKey) -> None:
        self._told = None
        self.hand.go(key)
        self._refresh()
        if self._visit is not None and self._visit.draft is not None:
            visit_id = self._visit.draft.visit_id
            self._place_keeper.keep(
                visit_id, "place", partial(self._services.keep_place, visit_id, TAB, key)
            )

    def _go(self, key: SlotKey) -> None:
        self.view.set_current(key)
        self._moved(key)

    def _touched_again(self, key: SlotKey) -> None:
        """The current cell once more: the panel is wanted where it is a sheet."""
        del key
        if self._is_sheet() and not self._panel_shown():
            self._toggle_panel()

    def next_flag(self) -> None:
        """Go to the next cell that wants something."""
        key = self.hand.sheet.next_flag(self.hand.key)
        if key is None:
            self._tell(self.tr("Nothing more asks for a look"), Tone.POSITIVE, "check-circle")
        else:
            self._go(key)

    def _jump(self, flag: str) -> None:
        cells = self.hand.sheet.cells()
        start = next((n for n, cell in enumerate(cells) if cell.facts.key == self.hand.key), -1)
        order = (*cells[start + 1 :], *cells[: start + 1])
        found = next((cell.facts.key for cell in order if flag in cell.flags), None)
        if found is not None:
            self._go(found)

    def _next_cabinet(self) -> None:
        numbers = self._cabinet_numbers()
        if self.hand.key is not None:
            self.view.turn_page(forward=numbers.index(self.hand.key.cabinet) + 1 < len(numbers))

    def _toggle_panel(self) -> None:
        self._panel_open = not self._panel_shown()
        self._arrange()
        self.view.setFocus()

    def _tell(self, words: str, tone: Tone = Tone.INFO, icon: str = "info") -> None:
        self._told = Hint(words, tone, icon)
        self._refresh()

    def _not_kept(self, error: BaseException) -> None:
        told = self._messages.error(error)
        self._tell(f"{told.what} {told.do}", Tone.CRITICAL, "alert")

    # asking

    def ask_spoiled(self) -> None:
        """Why units of the current slot are spoiled; a digit answers."""
        from cvd_desktop.ui.dialogs.spoil_dialog import SpoilDialog

        cell = self._cell()
        if cell is None or not self._able():
            self._do(lambda: None)
            return
        name = f"{cell.facts.key.label}  {self.words.product(cell)}"
        dialog = SpoilDialog(self._look, name, self.words.reasons(), self)
        dialog.chosen.connect(self._spoil)
        dialog.show()

    def _spoil(self, reason: SpoilReason) -> None:
        self._do(lambda: self.hand.begin(Mode.SPOILED, reason))
        self.view.setFocus()

    def ask_product(self) -> None:
        """Which product is put into the current slot instead."""
        from cvd_desktop.ui.dialogs.swap_dialog import SwapDialog

        cell = self._cell()
        if cell is None or not self._able():
            self._do(lambda: None)
            return
        dialog = SwapDialog(
            self._look,
            self._background,
            cell.facts.key.label,
            self.words.product(cell),
            self._services,
            self,
        )
        dialog.chosen.connect(self._swap)
        dialog.show()

    def _swap(self, product: ProductRecord) -> None:
        self._do(lambda: self.hand.do(lambda sheet, key: sheet.swap(key, product.id, product.name)))
        self._fetch_pictures()
        self.view.setFocus()

    def ask_expiry(self) -> None:
        """The earliest date on what is in the current slot."""
        from cvd_desktop.ui.dialogs.expiry_dialog import ExpiryDialog

        cell = self._cell()
        if cell is None or not self._able():
            self._do(lambda: None)
            return
        today = self._clock().astimezone().date()
        name = f"{cell.facts.key.label}  {self.words.product(cell)}"
        known = cell.edit.expiry or cell.facts.expiry or ""
        dialog = ExpiryDialog(self._look, name, known, today, self)
        dialog.chosen.connect(self._set_expiry)
        dialog.show()

    def _set_expiry(self, day: str) -> None:
        self._do(lambda: self.hand.do(lambda sheet, key: sheet.set_expiry(key, day or None)))
        self.view.setFocus()

    # scans, pictures, proof

    def scanned(self, text: str) -> bool:
        """A product goes to its slots, one after the other."""
        code = text.strip()
        if not code or not self.hand.sheet.slots:
            return False
        self._code_job = self._background.run(
            Lane.DATABASE,
            lambda: self._services.product_by_code(code),
            partial(self._found_product, code),
        )
        return True

    def _found_product(self, code: str, product: ProductRecord | None) -> None:
        if product is None:
            words = self.tr("No product here has the code {code}").format(code=code)
            self._tell(words, Tone.WARNING, "warning")
            self.not_a_product.emit(code)
            return
        cells = self.hand.sheet.cells()
        start = next((n for n, cell in enumerate(cells) if cell.facts.key == self.hand.key), -1)
        order = (*cells[start + 1 :], *cells[: start + 1])
        found = [cell for cell in order if _has(cell, product.id)]
        if not found:
            self._tell(
                self.tr("{product} is in no slot of this machine. X puts it into one.").format(
                    product=product.name
                ),
                Tone.WARNING,
                "warning",
            )
            return
        self._go(found[0].facts.key)

    def _fetch_pictures(self) -> None:
        """Once for each product that has one."""
        wanted = {facts.picture for facts in self.hand.sheet.slots if facts.picture}
        wanted |= {edit.swapped_to for edit in self.hand.sheet.edits.values() if edit.swapped_to}
        new = frozenset(wanted - self._pictures_of)
        if new:
            self._pictures_of |= new
            self._background.run(
                Lane.DATABASE,
                lambda: self._services.product_pictures(new),
                self._show_pictures,
            )

    def _show_pictures(self, pictures: Mapping[str, bytes]) -> None:
        for product_id, data in pictures.items():
            picture = QPixmap()
            if picture.loadFromData(data):
                self._pictures[product_id] = picture
        self._show_panel()

    def _read_behind(self) -> str:
        cell = self._cell()
        if cell is None:
            return ""
        lines = self.words.ledger(cell.facts, self._clock())
        return next((line.read_id for line in lines if line.read_id), "")

    def _open_last_read(self) -> None:
        read_id = self._read_behind()
        if read_id:
            self._open_source(read_id)

    def _open_source(self, read_id: str) -> None:
        cell = self._cell()
        if cell is not None:
            self.proof_wanted.emit(read_id, cell.facts.selection)


def _has(cell: Cell, product_id: str) -> bool:
    """The product is in the slot, or is to be."""
    change = cell.facts.change if cell.edit.swapped_to is None else None
    planned = change.product_id if change is not None else None
    return product_id in (cell.edit.swapped_to or cell.facts.product_id, planned)
