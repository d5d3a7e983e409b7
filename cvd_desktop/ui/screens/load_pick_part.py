"""Picking: the list by product or by tote, ticked by Enter, by touch and by scan; shorts; undo."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QWidget

from cvd_desktop.domain.route_records import LoadLineView, LoadView
from cvd_desktop.ui.background import Lane
from cvd_desktop.ui.load_words import is_open, number
from cvd_desktop.ui.product_codes import is_trade_code, place_of_code
from cvd_desktop.ui.screens.load_banner import LoadBanner
from cvd_desktop.ui.screens.load_entry import AmountCard, found_note
from cvd_desktop.ui.screens.load_head import LoadHead
from cvd_desktop.ui.screens.load_panel import ProductPanel, ShortCard, TotePanel
from cvd_desktop.ui.screens.load_part import LoadPart, LoadTools, allow
from cvd_desktop.ui.screens.load_table import PickTable, ToteTable, tote_rows
from cvd_desktop.ui.screens.load_ticks import PRODUCT, TOTE, LoadTicks, short_of
from cvd_desktop.ui.widgets.card import Card
from cvd_desktop.ui.widgets.notice import announce
from cvd_desktop.ui.widgets.tag import TagKind
from cvd_shared.wire_records import ProductRecord

LEAST_ROWS = 5


class PickPart(LoadPart):
    """The list at the left, what is chosen at the right."""

    finish_wanted = Signal()
    """Everything is ticked, or the person says so: record the load."""
    changes_wanted = Signal()

    def __init__(self, tools: LoadTools, parent: QWidget) -> None:
        super().__init__(tools, parent)
        self.ticks = LoadTicks(tools, self)
        self.ticks.shown.connect(self._show_ticks)
        self.ticks.failed.connect(self._failed)
        self._entering = ""  # id of the product whose found units are being typed
        self._told = ""
        self._held = 0  # how many wait with showing what is chosen
        self._asked_code = ""
        self._extra: ProductRecord | None = None  # scanned, not on the list: it may be taken too
        look = tools.look
        self._make_actions()
        page = self.page()
        self.head = LoadHead(look, self.tr("Views of the list"), page)
        self.main.addWidget(self.head)
        self.head.strip.chosen.connect(self._show_mode)
        self.banner = LoadBanner(look, TagKind.INFO, self.show_action, page)
        self.main.addWidget(self.banner)
        card = Card(look, padding=1, parent=page)
        card.body.setSpacing(0)
        self.main.addWidget(card, 1)
        self.table = PickTable(look, tools.words, self._current_product)
        self.totes = ToteTable(look, self._current_tote)
        for table in (self.table, self.totes):
            table.keep_height(LEAST_ROWS)
            card.body.addWidget(table, 1)
        self.follow(self.table)
        self.follow(self.totes)
        self.table.current_changed.connect(self._chosen)
        self.totes.current_changed.connect(self._chosen)
        self.table.ticked.connect(self._touch_product)
        self.totes.ticked.connect(self._touch_tote)
        self.panel = ProductPanel(tools, page)
        self.panel.to_list.connect(self.take_focus)
        self.tote_panel = TotePanel(tools, page)
        self.entry = AmountCard(look, tools.words, page)
        self.entry.changed.connect(self._name_actions)
        self.entry.walked.connect(self._walk)
        self.short = ShortCard(tools, page)
        self.side.addWidget(self.panel, 1)
        self.side.addWidget(self.tote_panel, 1)
        self.side.addWidget(self.entry)
        self.side.addWidget(self.short)
        self.side.addStretch(0)
        self._show_cards()

    def _make_actions(self) -> None:
        self.pick_action = self.action("check", "", self._tick_current)
        self.next_action = self.action("arrow-down", "", self._go_on, self.tr("To the next one"))
        self.packed_action = self.action(
            "check", "", self._tick_open, self.tr("All packed: tick every product")
        )
        self.done_action = self.action("check", "", self.finish_wanted.emit)
        self.short_action = self.action("minus", "S", self.begin_short, self.tr("Short"))
        self.undo_action = self.action("undo", "Ctrl+Z", self.undo, self.tr("Undo"))
        self.found_action = self.action("check", "", self._take_found)
        self.cancel_action = self.action("close", "Esc", self.end_short, self.tr("Back"))
        self.early_action = self.action(
            "load", "F9", self.finish_wanted.emit, self.tr("Finish the load")
        )
        self.add_action = self.action("plus", "A", self.add_product, self.tr("Add a product"))
        self.show_action = self.action("eye", "N", self.changes_wanted.emit, self.tr("Show"))

    @property
    def view(self) -> LoadView | None:
        """With every tick, also those that are on their way to the disk."""
        return self.ticks.view

    # what the screen asks

    def primary(self) -> QAction | None:
        if self._entering:
            return self.found_action
        if self.view is None:
            return None
        if self._all_done():
            return self.done_action
        if self._by_tote() and self.ticks.next_tote(-1) is None:
            return self.packed_action
        return self.next_action if self._current_is_done() else self.pick_action

    def secondary(self) -> Sequence[QAction]:
        if self._entering:
            return (self.cancel_action,)
        if self._by_tote():
            return (self.undo_action,)
        return (self.short_action, self.undo_action)

    def later(self) -> Sequence[QAction]:
        """Actions that stand behind the others."""
        if self._entering:
            return ()
        return (self.add_action, *(() if self._all_done() else (self.early_action,)))

    def fact(self) -> str:
        if self._told:
            return self._told
        if self._entering:
            return ""
        scan = (
            self.tr("Scan a tote label to find its tote.")
            if self._by_tote()
            else self.tr("Scan a product to find its line.")
        )
        return f"{scan} {self.tools.words.data_age(self.view)}" if self.view is not None else scan

    def takes_digits_now(self) -> bool:
        return bool(self._entering)

    def take_focus(self) -> None:
        if self._entering:
            self.entry.take_focus()
            self.bring(self.entry)
        elif self._by_tote():
            self.totes.setFocus()
            self.show_row(self.totes)
        else:
            self.table.setFocus()
            self.show_row(self.table)

    def show_view(self, view: LoadView) -> None:
        """Show these figures; the place in the list stays."""
        if self.view is None or self.view.run_id != view.run_id:
            self._entering, self._extra = "", None
        self.ticks.show_view(view)
        self._show_ticks()

    @contextmanager
    def _at_once(self) -> Iterator[None]:
        """What is done within is shown once, at its end: each showing measures half the window."""
        self._held += 1
        try:
            yield
        finally:
            self._held -= 1
        self._chosen()

    def _show_ticks(self) -> None:
        view = self.view
        assert view is not None
        words = self.tools.words
        with self._at_once():
            self.table.rows_model().set_rows(view.lines)
            self.totes.rows_model().set_rows(tote_rows(view))
            if self.table.current() is None:
                self._go_to_open()
            if self.totes.current() is None:
                self.totes.go_to(self.ticks.next_tote(-1) or 0)
            told = (words.change_head(view), words.change_lines(view)) if view.changes else ("", "")
            self.banner.say(*told)

    def show_mode(self, mode: str) -> None:
        """By product or by tote."""
        self.head.strip.show_view(mode)
        self._show_mode(mode)

    # ticking

    def _tick_current(self) -> None:
        with self._at_once():
            self._tick_chosen()

    def _tick_chosen(self) -> None:
        self._told = ""
        if self._by_tote():
            row = self.totes.current()
            if row is not None and not row.ticked:
                self.ticks.tick_tote(row.tote.machine_id, ticked=True)
                self._go_on()
            return
        line = self.table.current()
        if line is not None and is_open(line):
            self._tick_line(line, line.to_pick)
            self._go_on()

    def _touch_product(self, row: int) -> None:
        line = self.table.rows_model().row(row)
        if line is None or self._entering:
            return
        self._told = ""
        self._tick_line(line, line.to_pick if line.picked is None else None)

    def _touch_tote(self, row: int) -> None:
        shown = self.totes.rows_model().row(row)
        if shown is not None:
            self._told = ""
            self.ticks.tick_tote(shown.tote.machine_id, ticked=not shown.ticked)

    def _tick_line(self, line: LoadLineView, picked: int | None) -> None:
        self.ticks.tick_product(line.product.id, picked)
        words = self.tools.words
        said = words.state(replace(line, picked=picked)) if picked is not None else ""
        announce(self, f"{line.product.name}: {said or self.tr('not picked')}")

    def _tick_open(self) -> None:
        """The totes hold what every product is wanted for."""
        self._told = ""
        self.ticks.tick_open()

    def undo(self) -> None:
        """Take the last tick of this list back, or set it again."""
        self._told = ""
        step = self.ticks.undo()
        if step is None:
            return
        kind, key = step
        self.show_mode(kind)
        table = self.table if kind == PRODUCT else self.totes
        place = table.rows_model().find(key)
        if place is not None:
            table.go_to(place)

    def _failed(self, error: BaseException) -> None:
        told = self.tools.messages.error(error)
        self.told.emit(f"{told.what} {told.safe}".strip())

    # shorts

    def begin_short(self) -> None:
        """Ask how many were found of the chosen product."""
        line = self.table.current()
        if line is None or self._by_tote():
            return
        self._told = ""
        self._entering = line.product.id
        place = self.tr("{place}, {amount} wanted").format(
            place=line.product.pick_place or line.product.sku,
            amount=self.tools.words.amount(line.to_pick, line.product.case_size),
        )
        note = found_note(self.tools.words, line.to_pick)
        self.entry.ask(line.product, place, self.tr("How many were found?"), note, line.picked)
        self._show_cards()
        self.take_focus()
        self._name_actions()

    def end_short(self) -> None:
        """Back to the list; what was typed is not kept."""
        self._entering, self._extra = "", None
        self._show_cards()
        self.take_focus()
        self._name_actions()

    def _take_found(self) -> None:
        units, line, extra = self.entry.units(), self.table.current(), self._extra
        if units is None:
            return
        self.end_short()
        if extra is not None:
            self.ticks.tick_product(extra.id, units)
            return
        if line is None:
            return
        self._tick_line(line, units)
        self._go_on()

    # places in the list

    def _current_product(self) -> str:
        line = self.table.current()
        return line.product.id if line is not None else ""

    def _current_tote(self) -> str:
        row = self.totes.current()
        return row.tote.machine_id if row is not None else ""

    def _go_on(self) -> None:
        """To the next one that is not ticked, from here on and then from the top."""
        if self._by_tote():
            place = self.ticks.next_tote(self.totes.currentIndex().row())
            if place is not None:
                self.totes.go_to(place)
        else:
            self._go_to_open()
        self._chosen()

    def _go_to_open(self) -> None:
        place = self.ticks.next_line(self.table.currentIndex().row())
        if place is not None:
            self.table.go_to(place)
        elif self.table.rows_model().rowCount() and not self.table.currentIndex().isValid():
            self.table.go_to(0)

    def _walk(self, step: int) -> None:
        """Up and down leave the typing and choose another line."""
        self.end_short()
        self.table.go_to(self.table.currentIndex().row() + step)

    # scans

    def scanned(self, text: str) -> bool:
        """A product finds its line, and ticks it when it is the chosen one; a label of a machine
        finds its tote likewise."""
        view = self.view
        if view is None:
            return False
        code = text.strip()
        place = place_of_code((line.product for line in view.lines), code)
        if place is not None:
            self._scan_product(view.lines[place], place)
            return True
        tote = next((one for one in view.totes if one.asset_number == code), None)
        if tote is not None:
            self._scan_tote(tote.machine_id)
            return True
        if not is_trade_code(code):
            return False
        self._asked_code = code
        self.tools.background.run(
            Lane.DATABASE,
            partial(self.tools.services.product_by_code, code),
            self._not_on_list,
            self._failed,
        )
        return True

    def _scan_product(self, line: LoadLineView, place: int) -> None:
        was = self._current_product() if not self._by_tote() and not self._entering else ""
        if self._entering:
            self.end_short()
        self.show_mode(PRODUCT)
        self._told = ""
        if was == line.product.id and is_open(line):
            self._tick_line(line, line.to_pick)
            self._go_on()
            return
        self.table.go_to(place)
        self._told = (
            self.tr("Scan it again when it is picked")
            if is_open(line)
            else self.tr("Picked already")
        )
        self._chosen()

    def _scan_tote(self, machine_id: str) -> None:
        was = self._current_tote() if self._by_tote() else ""
        if self._entering:
            self.end_short()
        self.show_mode(TOTE)
        self._told = ""
        place = self.totes.rows_model().find(machine_id)
        assert place is not None
        row = self.totes.rows_model().row(place)
        if was == machine_id and row is not None and not row.ticked:
            self.ticks.tick_tote(row.tote.machine_id, ticked=True)
            self._go_on()
            return
        self.totes.go_to(place)
        self._chosen()

    def add_product(self) -> None:
        from cvd_desktop.ui.screens.load_add import AddDialog  # not before it is wanted

        dialog = AddDialog(self.tools, self)
        dialog.chosen.connect(self._add)
        dialog.show()

    def _add(self, product: ProductRecord) -> None:
        place = self.table.rows_model().find(product.id)
        self.show_mode(PRODUCT)
        if place is not None:
            self.table.go_to(place)
        else:
            self._not_on_list(product)

    def _not_on_list(self, product: ProductRecord | None) -> None:
        """One that nothing needs can be taken along all the same."""
        if product is None:
            self._told = self.tr("No product has the code {code}").format(code=self._asked_code)
            announce(self, self._told)
            self._name_actions()
            return
        self.show_mode(PRODUCT)
        self._extra, self._entering = product, product.id
        note = found_note(self.tools.words, 0)
        words = self.tr("It is not on this list.")
        self.entry.ask(product, words, self.tr("How many are taken along?"), note)
        announce(self, f"{product.name}: {words}")
        self._show_cards()
        self.take_focus()
        self._name_actions()

    # showing

    def _by_tote(self) -> bool:
        return self.head.strip.current() == TOTE

    def _show_mode(self, mode: str) -> None:
        if mode == TOTE:
            self._entering, self._extra = "", None
        self._chosen()
        self.take_focus()

    def _show_cards(self) -> None:
        tote = self._by_tote()
        self.table.setVisible(not tote)
        self.totes.setVisible(tote)
        self.panel.setVisible(not tote and not self._entering)
        self.entry.setVisible(not tote and bool(self._entering))
        self.tote_panel.setVisible(tote)
        if tote or self._entering:
            self.short.hide()

    def _chosen(self, _: int = -1) -> None:
        view = self.view
        if view is None or self._held:
            return
        line, row = self.table.current(), self.totes.current()
        other = self._extra is None and (line is None or line.product.id != self._entering)
        if self._entering and other:
            self._entering = ""
        self._show_cards()
        if self._by_tote():
            self.mark_current(self.totes)
            if row is not None:
                self.tote_panel.show_tote(row, view)
        else:
            self.mark_current(self.table)
            if line is not None:
                self.panel.show_line(line)
        short = None if self._by_tote() or self._entering else short_of(line, view)
        self.short.show_short(short, view, chosen=short is line)
        self.head.show_view(view, self.tools.words, by_tote=self._by_tote())
        self._name_actions()

    def _all_done(self) -> bool:
        return self.view is not None and self.ticks.next_line(-1) is None

    def _current_is_done(self) -> bool:
        if self._by_tote():
            row = self.totes.current()
            return row is None or row.ticked
        line = self.table.current()
        return line is None or not is_open(line)

    def _name_actions(self) -> None:
        view, line, row = self.view, self.table.current(), self.totes.current()
        if view is None:
            return
        words = self.tools.words
        if self._by_tote() and row is not None:
            self.pick_action.setText(self.tr("Packed tote {n}").format(n=row.tote.number))
        elif line is not None:
            amount = words.amount(line.to_pick, line.product.case_size)
            self.pick_action.setText(self.tr("Picked {amount}").format(amount=amount))
        self.done_action.setText(
            self.tr("Load done, {units}").format(units=words.units(view.picked_units))
        )
        nothing = "" if view.picked_lines else self.tr("Nothing is ticked yet")
        for action in (self.done_action, self.early_action):
            allow(action, nothing)
        units = self.entry.units()
        self.found_action.setText(
            self.tr("Found {n}").format(n=number(units or 0))
            if units is not None
            else self.tr("Found")
        )
        allow(self.found_action, "" if units is not None else self.tr("Type how many there are"))
        allow(
            self.undo_action,
            "" if self.ticks.can_undo() else self.tr("Nothing was ticked since it opened"),
        )
        allow(self.short_action, "" if line is not None else self.tr("No product is chosen"))
        self.changed.emit()
