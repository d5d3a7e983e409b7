"""The blind count on return: what is on the truck, counted by somebody who does not see what is
expected; afterwards the difference, and the share of the load that came back."""

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import QCoreApplication, Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QWidget

from cvd_desktop.domain.route_records import ReturnView, TruckLine
from cvd_desktop.ui.background import Job, Lane
from cvd_desktop.ui.load_words import NOTHING, number, short_place
from cvd_desktop.ui.product_codes import place_of_code
from cvd_desktop.ui.screens.load_count_done import CountDone
from cvd_desktop.ui.screens.load_entry import AmountCard
from cvd_desktop.ui.screens.load_find import FindCard
from cvd_desktop.ui.screens.load_head import LoadProgress
from cvd_desktop.ui.screens.load_part import LoadPart, LoadTools, allow
from cvd_desktop.ui.screens.load_services import RECORDED, TICKED
from cvd_desktop.ui.table_model import Cell, Column, Face, Fit, TableModel
from cvd_desktop.ui.theme import Tone
from cvd_desktop.ui.widgets.card import Card
from cvd_desktop.ui.widgets.notice import announce
from cvd_desktop.ui.widgets.table_view import TableView
from cvd_desktop.ui.widgets.tag import TagKind
from cvd_desktop.ui.widgets.text_label import TextLabel
from cvd_shared.wire_records import ProductRecord

LEAST_ROWS = 5


class CountPart(LoadPart):
    """The list at the left, the figure that is typed at the right."""

    finished = Signal()
    """The person leaves the count; what was typed is kept."""

    def __init__(self, tools: LoadTools, parent: QWidget) -> None:
        super().__init__(tools, parent)
        look = tools.look
        self.view: ReturnView | None = None
        self._counted: dict[str, int] = {}
        self._added: dict[str, TruckLine] = {}  # counted or found here, not on the truck's list
        self._again = False  # counting once more, after a count was recorded
        self._busy = False
        self._told = ""
        self._asked = ""  # id of the product whose units are typed
        self._code = ""
        self._job: Job[ReturnView | None] | None = None
        self._make_actions()
        page = self.page()
        head = Card(look, parent=page)
        self.progress = LoadProgress(look)
        head.body.addWidget(self.progress)
        self.head = head
        self.main.addWidget(head)
        card = Card(look, padding=1, parent=page)
        card.body.setSpacing(0)
        self.list_card = card
        self.main.addWidget(card, 1)
        space = look.theme.space
        self.empty = TextLabel(look, "", "body", Tone.MUTED, wrap=True)
        self.empty.setContentsMargins(space.l, space.l, space.l, space.l)
        card.body.addWidget(self.empty)
        model: TableModel[TruckLine] = TableModel(
            self._columns(), key=lambda one: one.product.id, parent=self
        )
        self.table = TableView(look, model, self.tr("To count"), look.theme.control.row)
        self.table.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # a touch leaves it where digits go
        self.table.keep_height(LEAST_ROWS)
        self.follow(self.table)
        self.table.current_changed.connect(self._chosen)
        card.body.addWidget(self.table, 1)
        self.done = CountDone(tools, page)
        self.main.addWidget(self.done, 1)
        self.entry = AmountCard(look, tools.words, page)
        self.entry.changed.connect(self._name_actions)
        self.entry.walked.connect(self._walk)
        self.finder = FindCard(tools, page)
        self.finder.chosen.connect(self._take_product)
        self.finder.changed.connect(self._name_actions)
        self.finder.hide()
        self.side.addWidget(self.entry)
        self.side.addWidget(self.finder, 1)
        self.side.addWidget(self.done.side)
        self.side.addStretch(1)
        self._say(self.tr("What is on the truck is being fetched."))

    def _make_actions(self) -> None:
        self.keep_action = self.action("check", "", self._keep)
        self.next_action = self.action("arrow-down", "", self._go_on, self.tr("To the next one"))
        self.record_action = self.action("check", "", self._record)
        self.early_action = self.action("list", "F9", self._record, self.tr("Record the count"))
        self.find_action = self.action("plus", "F4", self._begin_find, self.tr("Add a product"))
        self.take_action = self.action("check", "", self._take_found, self.tr("Count this one"))
        self.close_action = self.action("close", "Esc", self._end_find, self.tr("Back"))
        self.back_action = self.action("arrow-left", "Esc", self.finished.emit, self.tr("Back"))
        self.again_action = self.action("retry", "F6", self._begin_again, self.tr("Count again"))
        self.leave_action = self.action(
            "arrow-left", "", self.finished.emit, self.tr("Back to the load")
        )

    def _columns(self) -> tuple[Column[TruckLine], ...]:
        translate = QCoreApplication.translate
        return (
            Column(
                "place",
                translate("LoadTable", "Place"),
                lambda one: Cell(short_place(one.product.pick_place) or NOTHING, Tone.MUTED),
                Face.LABEL,
            ),
            Column(
                "product",
                translate("LoadTable", "Product"),
                lambda one: one.product.name,
                Face.STRONG,
                fit=Fit.REST,
                least=160,
            ),
            Column(
                "sku",
                translate("LoadTable", "SKU"),
                lambda one: Cell(one.product.sku, Tone.MUTED),
                Face.MONO,
                rank=3,
            ),
            Column("counted", translate("LoadTable", "Counted"), self._figure, Face.FIGURE, True),
            Column("state", translate("LoadTable", "State"), self._state, Face.STRONG),
        )

    def _figure(self, one: TruckLine) -> Cell:
        counted = self._counted.get(one.product.id)
        return Cell(NOTHING, Tone.MUTED) if counted is None else Cell(number(counted))

    def _state(self, one: TruckLine) -> Cell:
        if one.product.id in self._counted:
            return Cell(self.tr("Counted"), Tone.POSITIVE, TagKind.GOOD)
        if self._current_id() == one.product.id:
            return Cell(self.tr("Counting"), Tone.ACCENT, TagKind.CURRENT)
        return Cell(self.tr("To count"), Tone.MUTED, TagKind.TO_DO, face=Face.PLAIN)

    # what the screen asks

    def primary(self) -> QAction | None:
        if self._finding():
            return self.take_action
        if self._result():
            return self.leave_action
        if not self._lines():
            return self.find_action if self.view is not None else self.back_action
        if self._all_counted() and not self._typed_new():
            return self.record_action
        if self.entry.units() is None or self._typed_new():
            return self.keep_action
        return self.next_action

    def secondary(self) -> Sequence[QAction]:
        if self._finding():
            return (self.close_action,)
        if self._result():
            return (self.again_action,)
        if self.view is None:
            return ()
        early = () if self._all_counted() else (self.early_action,)
        return (self.back_action, self.find_action, *early)

    def fact(self) -> str:
        if self._told or self._finding() or self._result():
            return self._told
        return self.tr("Scan a product to find its line")

    def takes_digits_now(self) -> bool:
        return not self._result()

    def take_focus(self) -> None:
        if self._finding():
            self.finder.take_focus()
            self.bring(self.finder)
        elif self._result():
            self.done.take_focus()
        elif self._lines():
            self.entry.take_focus()
            self.bring(self.entry)
        else:
            self.setFocus()

    def detail(self) -> str:
        view = self.view
        if view is None:
            return ""
        return self.tr("Route {number}").format(number=view.route_number)

    def reload(self) -> None:
        self._drop_fetch()
        self._job = self.tools.background.run(
            Lane.DATABASE, self.tools.services.return_view, self._fetched, self._no_truck
        )

    def _drop_fetch(self) -> None:
        if self._job is not None:
            self._job.cancel()
            self._job = None

    # showing

    def _fetched(self, view: ReturnView | None) -> None:
        inside = self.holds_focus()
        if inside:
            self.setFocus()  # else Qt moves the focus of a hidden card to any widget
        self.view = view
        if view is None:
            self._counted = {}
            self._say(
                self.tr(
                    "No route is known on this laptop, so there is no truck to count. "
                    "Sign in and sync first."
                )
            )
        else:
            self._counted = {**view.counted}
            if view.recorded_at is None:
                self._again = False
        self._show_rows()
        if inside:
            self.take_focus()

    def _no_truck(self, error: BaseException) -> None:
        told = self.tools.messages.error(error)
        self._say(f"{told.what} {told.do}")
        self._name_actions()

    def _show_rows(self) -> None:
        lines = self._lines()
        if self.view is not None:
            self._say(
                ""
                if lines
                else self.tr(
                    "By its records nothing is on the truck. Scan what you find, or add it "
                    "with F4; record nothing when it is empty."
                )
            )
        self.table.rows_model().set_rows(lines)
        if lines and self.table.current() is None:
            self._go_on()
        result = self._result()
        self.head.setVisible(not result)
        self.list_card.setVisible(not result)
        self.done.setVisible(result)
        self.done.side.setVisible(result)
        if result and self.view is not None:
            self.done.show_view(self.view)
        self._chosen()

    def _say(self, sentence: str) -> None:
        self.empty.setText(sentence)
        self.empty.setVisible(bool(sentence))
        self.table.setVisible(not sentence)

    def _lines(self) -> tuple[TruckLine, ...]:
        """Those of the truck, then what was found besides."""
        if self.view is None:
            return ()
        known = {one.product.id for one in self.view.lines}
        added = [one for key, one in self._added.items() if key not in known]
        return (*self.view.lines, *added)

    def _chosen(self, _: int = -1) -> None:
        line = self.table.current()
        result = self._result()
        asking = not result and not self._finding() and line is not None
        self.entry.setVisible(asking)
        if asking and line is not None and self._may_ask(line.product.id):
            self._asked = line.product.id
            place = line.product.pick_place
            sku = self.tr("SKU {sku}").format(sku=line.product.sku)
            detail = f"{place}, {sku}" if place else sku
            counted = self._counted.get(line.product.id)
            label = self.tr("How many are on the truck?")
            self.entry.ask(line.product, detail, label, self._note, counted)
        counted_lines = sum(one.product.id in self._counted for one in self._lines())
        total = len(self._lines())
        words = self.tools.words
        self.progress.show_progress(
            number(counted_lines),
            self.tr("of {all}").format(all=words.products(total)),
            number(sum(self._counted.values())),
            self.tr("units counted"),
            counted_lines / total if total else 0.0,
        )
        self.mark_current(self.table)
        self.table.viewport().update()
        self._name_actions()

    def _may_ask(self, product_id: str) -> bool:
        """Newer facts do not undo what is being typed."""
        return product_id != self._asked or not self._typed_new()

    def _note(self, units: int | None) -> tuple[TagKind, str]:
        if units is None:
            return TagKind.INFO, self.tools.words.found_hint()
        return TagKind.INFO, self.tr("None of it is there.") if units == 0 else ""

    # counting

    def _keep(self) -> None:
        line, units = self.table.current(), self.entry.units()
        if line is None or units is None:
            return
        self._store(line.product, units)
        self._go_on()

    def _store(self, product: ProductRecord, units: int) -> None:
        view = self.view
        if view is None:
            return
        self._told = ""
        self._drop_fetch()
        self._counted[product.id] = units
        key = view.run_id or view.route_id
        work = partial(self.tools.services.keep_count, key, product.id, units)
        self.tools.background.run(Lane.DATABASE, work, None, self._failed, topics=TICKED)
        announce(self, f"{product.name}: {number(units)}")

    def _go_on(self) -> None:
        """To the next product that is not counted."""
        lines = self._lines()
        here = self.table.currentIndex().row()
        order = [*range(here + 1, len(lines)), *range(here + 1)]
        place = next((n for n in order if lines[n].product.id not in self._counted), None)
        if place is not None:
            self.table.go_to(place)
        elif lines and here < 0:
            self.table.go_to(0)
        self._chosen()
        if self.holds_focus():
            self.take_focus()

    def _walk(self, step: int) -> None:
        """Up or down; what is typed is kept."""
        if self._typed_new():
            line, units = self.table.current(), self.entry.units()
            if line is not None and units is not None:
                self._store(line.product, units)
        row = self.table.currentIndex().row() + step
        if 0 <= row < len(self._lines()):
            self.table.go_to(row)
        self.entry.take_focus()

    def scanned(self, text: str) -> bool:
        if self._result() or self.view is None:
            return False
        code = text.strip()
        self._told = ""
        place = place_of_code((line.product for line in self._lines()), code)
        if place is not None:
            self._end_find()
            self.table.go_to(place)
            self.take_focus()
            return True
        self._code = code
        work = partial(self.tools.services.product_by_code, code)
        self.tools.background.run(Lane.DATABASE, work, self._found_by_code, self._failed)
        return True

    def _found_by_code(self, product: ProductRecord | None) -> None:
        if product is not None:
            self._take_product(product)
            return
        self._told = self.tr("No product has the code {code}").format(code=self._code)
        announce(self, self._told)
        self._name_actions()

    def _begin_find(self) -> None:
        self.finder.begin()
        self.finder.show()
        self._chosen()
        self.take_focus()

    def _end_find(self) -> None:
        if self._finding():
            self.finder.hide()
            self._chosen()
            self.take_focus()

    def _take_found(self) -> None:
        product = self.finder.current()
        if product is not None:
            self._take_product(product)

    def _take_product(self, product: ProductRecord) -> None:
        """Count it too, listed or not."""
        self.finder.hide()
        if product.id not in {one.product.id for one in self._lines()}:
            self._added[product.id] = TruckLine(product, 0, ())
            self._show_rows()
        place = self.table.rows_model().find(product.id)
        if place is not None:
            self.table.go_to(place)
        self._chosen()
        self.take_focus()

    def _record(self) -> None:
        view = self.view
        if view is None or self._busy or not self._counted:
            return
        self._busy = True
        self._drop_fetch()
        self._told = self.tr("The count is being recorded")
        key = view.run_id or view.route_id
        work = partial(self.tools.services.record_count, key, "")
        self.tools.background.run(
            Lane.DATABASE, work, self._recorded, self._failed, topics=RECORDED
        )
        self._name_actions()

    def _recorded(self, _: object) -> None:
        self._busy = False
        self._again = False
        self._told = ""
        self._added.clear()
        self.reload()

    def _failed(self, error: BaseException) -> None:
        self._busy = False
        told = self.tools.messages.error(error)
        self._told = " ".join(part for part in (told.what, told.do) if part)
        self.reload()

    def _begin_again(self) -> None:
        self._again = True
        self._counted = {}
        self._show_rows()
        self.take_focus()

    # inside

    def _result(self) -> bool:
        view = self.view
        return view is not None and view.recorded_at is not None and not self._again

    def _finding(self) -> bool:
        return not self.finder.isHidden()

    def _current_id(self) -> str:
        line = self.table.current()
        return line.product.id if line is not None else ""

    def _all_counted(self) -> bool:
        lines = self._lines()
        return bool(lines) and all(one.product.id in self._counted for one in lines)

    def _typed_new(self) -> bool:
        """Something else is typed than what is kept of this product."""
        units = self.entry.units()
        return units is not None and units != self._counted.get(self._current_id())

    def _name_actions(self) -> None:
        units = self.entry.units()
        words = self.tools.words
        self.keep_action.setText(
            self.tr("Counted") if units is None else self.tr("Counted {n}").format(n=number(units))
        )
        allow(self.keep_action, "" if units is not None else self.tr("Type how many there are"))
        total = words.units(sum(self._counted.values()))
        self.record_action.setText(self.tr("Record the count, {units}").format(units=total))
        nothing = "" if self._counted else self.tr("Nothing is counted yet")
        busy = self.tr("The count is being recorded") if self._busy else ""
        for action in (self.record_action, self.early_action):
            allow(action, busy or nothing)
        allow(
            self.take_action,
            "" if self.finder.current() is not None else self.tr("No product is chosen"),
        )
        self.changed.emit()
