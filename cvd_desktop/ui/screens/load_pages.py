"""Pages of the Load screen behind the list: what changed, what is not ticked, what was loaded, and
what there is to say when there is no list."""

from collections.abc import Callable, Hashable, Sequence
from typing import TypeVar

from PySide6.QtCore import QCoreApplication, Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QWidget

from cvd_desktop.domain.records import RecordState
from cvd_desktop.domain.route_records import LoadedLineView, LoadLineView, LoadView
from cvd_desktop.ui import formats
from cvd_desktop.ui.load_words import is_open, number, short_place, signed
from cvd_desktop.ui.messages import Told
from cvd_desktop.ui.screens.load_figures import CaseFigures
from cvd_desktop.ui.screens.load_part import LoadPart, LoadTools
from cvd_desktop.ui.table_model import Cell, Column, Face, Fit, TableModel
from cvd_desktop.ui.theme import Tone
from cvd_desktop.ui.widgets.card import Card
from cvd_desktop.ui.widgets.fact_list import FactList
from cvd_desktop.ui.widgets.note_line import NoteLine
from cvd_desktop.ui.widgets.table_view import TableView
from cvd_desktop.ui.widgets.tag import TagKind
from cvd_desktop.ui.widgets.tag_box import TagBox
from cvd_desktop.ui.widgets.text_label import TextLabel
from cvd_desktop.ui.widgets.told_card import ToldCard
from cvd_shared.route_shapes import PickChange

LEAST_ROWS = 4
R = TypeVar("R")
Key = Callable[[R], Hashable]


class TablePage(LoadPart):
    """A title and words above one table."""

    back = Signal()

    def __init__(self, tools: LoadTools, parent: QWidget, words: str, *, side: bool) -> None:
        super().__init__(tools, parent)
        look = tools.look
        space = look.theme.space
        self.card = Card(look, padding=1, parent=self.page())
        self.card.body.setSpacing(0)
        self.main.addWidget(self.card, 1)
        self.title = TextLabel(look, "", "head", wrap=True)
        self.title.setContentsMargins(space.l, space.l, space.l, space.xs)
        self.words = TextLabel(look, words, "body", Tone.MUTED, wrap=True)
        self.words.setContentsMargins(space.l, 0, space.l, space.m)
        self.card.body.addWidget(self.title)
        self.card.body.addWidget(self.words)
        self.words.setVisible(bool(words))
        if not side:
            self.leave_side_out()

    def make_table(self, columns: tuple[Column[R], ...], key: Key[R], name: str) -> TableView[R]:
        """The table of the page."""
        look = self.tools.look
        table = TableView(look, TableModel(columns, key, self), name, look.theme.control.row)
        table.keep_height(LEAST_ROWS)
        self.follow(table)
        self.card.body.addWidget(table, 1)
        self.setFocusProxy(table)
        return table

    def take_focus(self) -> None:
        self.setFocus(Qt.FocusReason.OtherFocusReason)


class ChangesPage(TablePage):
    """Every line that moved since the list was accepted, with before, after and why."""

    accepted = Signal()

    def __init__(self, tools: LoadTools, parent: QWidget) -> None:
        said = QCoreApplication.translate(
            "ChangesPage",
            "The list shows the new figures already. What you have ticked stays as you ticked it; "
            "where more is wanted now, the line is short until you pick the rest.",
        )
        super().__init__(tools, parent, said, side=False)
        translate = QCoreApplication.translate
        self._names: dict[str, str] = {}
        words = tools.words
        self.table: TableView[PickChange] = self.make_table(
            (
                Column(
                    "product",
                    translate("LoadTable", "Product"),
                    lambda one: self._names.get(one.product_id, one.product_id),
                    Face.STRONG,
                    fit=Fit.REST,
                ),
                Column(
                    "before",
                    translate("LoadTable", "Before"),
                    lambda one: Cell(number(one.before), Tone.MUTED),
                    right=True,
                ),
                Column(
                    "after",
                    translate("LoadTable", "Now"),
                    lambda one: number(one.after),
                    Face.FIGURE,
                    right=True,
                ),
                Column(
                    "change",
                    translate("LoadTable", "Change"),
                    lambda one: signed(one.after - one.before),
                    Face.STRONG,
                    right=True,
                ),
                Column(
                    "why",
                    translate("LoadTable", "Why"),
                    lambda one: Cell(words.change_why(one), wrap=True),
                    fit=Fit.REST,
                    least=160,
                ),
            ),
            lambda one: one.product_id,
            self.tr("What changed"),
        )
        self.accept_action = self.action(
            "check", "", self.accepted.emit, self.tr("Use the new figures")
        )
        self.back_action = self.action("arrow-left", "Esc", self.back.emit, self.tr("Back"))

    def show_view(self, view: LoadView) -> None:
        self._names = view.names
        self.title.setText(self.tools.words.change_head(view))
        self.table.rows_model().set_rows(view.changes)
        self.changed.emit()

    def primary(self) -> QAction | None:
        return self.accept_action

    def secondary(self) -> Sequence[QAction]:
        return (self.back_action,)


class OpenLinesPage(TablePage):
    """The lines that nobody ticked, before a load is recorded without them."""

    confirmed = Signal()

    def __init__(self, tools: LoadTools, parent: QWidget) -> None:
        said = QCoreApplication.translate(
            "OpenLinesPage",
            "What is not ticked is not on the truck: it is recorded as not loaded, and its slots "
            "get less. It stays on the list and can be added to the load later.",
        )
        super().__init__(tools, parent, said, side=False)
        translate = QCoreApplication.translate
        words = tools.words
        self.table: TableView[LoadLineView] = self.make_table(
            (
                Column(
                    "place",
                    translate("LoadTable", "Place"),
                    lambda one: Cell(short_place(one.product.pick_place), Tone.MUTED),
                    Face.LABEL,
                    optional=True,
                ),
                Column(
                    "product",
                    translate("LoadTable", "Product"),
                    lambda one: one.product.name,
                    Face.STRONG,
                    fit=Fit.REST,
                ),
                Column(
                    "amount",
                    translate("LoadTable", "To pick"),
                    lambda one: words.amount(one.to_pick, one.product.case_size),
                    right=True,
                ),
                Column(
                    "units",
                    translate("LoadTable", "Units"),
                    lambda one: number(one.to_pick),
                    Face.FIGURE,
                    right=True,
                ),
            ),
            lambda one: one.product.id,
            self.tr("Not picked"),
        )
        self.back_action = self.action("arrow-left", "", self.back.emit, self.tr("Pick them first"))
        self.record_action = self.action(
            "load", "F9", self.confirmed.emit, self.tr("Record the load without them")
        )

    def show_view(self, view: LoadView) -> None:
        lines = [one for one in view.lines if is_open(one)]
        products = self.tools.words.products(len(lines))
        self.title.setText(self.tr("{products} not picked yet").format(products=products))
        self.table.rows_model().set_rows(lines)
        units = self.tools.words.units(view.picked_units)
        self.record_action.setText(self.tr("Record {units} without them").format(units=units))
        self.changed.emit()

    def primary(self) -> QAction | None:
        return self.back_action

    def secondary(self) -> Sequence[QAction]:
        return (self.record_action,)


class LoadedPage(TablePage):
    """After the load is recorded: what was loaded, what was short, where the record is."""

    def __init__(self, tools: LoadTools, parent: QWidget) -> None:
        super().__init__(tools, parent, "", side=True)
        look, translate = tools.look, QCoreApplication.translate
        self.table: TableView[LoadedLineView] = self.make_table(
            (
                Column(
                    "product",
                    translate("LoadTable", "Product"),
                    lambda one: one.product.name,
                    Face.STRONG,
                    fit=Fit.REST,
                ),
                Column(
                    "wanted",
                    translate("LoadTable", "Wanted"),
                    lambda one: Cell(number(one.wanted), Tone.MUTED),
                    right=True,
                ),
                Column(
                    "loaded",
                    translate("LoadTable", "Loaded"),
                    lambda one: number(one.loaded),
                    Face.FIGURE,
                    right=True,
                ),
                Column("state", translate("LoadTable", "State"), self._state, Face.STRONG),
            ),
            lambda one: one.product.id,
            self.tr("What was loaded"),
        )
        side = Card(look, parent=self.page())
        self.side.addWidget(side)
        self.mark = TagBox(look, boxed=False)
        self.figures = CaseFigures(look)
        self.facts = FactList(look)
        self.note = NoteLine(look)
        for widget in (self.mark, self.figures, self.facts, self.note):
            side.body.addWidget(widget)
        self.side.addStretch(1)

    def _state(self, one: LoadedLineView) -> Cell:
        if one.loaded >= one.wanted:
            return Cell(self.tr("Loaded"), Tone.POSITIVE, TagKind.GOOD)
        words = self.tr("{n} short").format(n=number(one.wanted - one.loaded))
        return Cell(words, Tone.WARNING, TagKind.WARNING)

    def show_view(self, view: LoadView) -> None:
        words = self.tools.words
        at = view.recorded_at
        self.title.setText(
            self.tr("The load is recorded, {time}").format(
                time=formats.moment_beside(at, words.clock()) if at is not None else ""
            )
        )
        lines = sorted(view.loaded, key=lambda one: one.loaded >= one.wanted)
        self.table.rows_model().set_rows(lines)
        loaded = sum(one.loaded for one in view.loaded)
        unit = self.tr("unit loaded") if loaded == 1 else self.tr("units loaded")
        self.figures.show_pairs([(number(loaded), unit)])
        state = view.record_state or RecordState.RECORDED_HERE
        self.mark.show_tag(TagKind(state.value), self.tools.messages.state(state))
        short = [one for one in view.loaded if one.loaded < one.wanted]
        self.facts.show_lines(
            [
                (self.tr("Products"), number(sum(one.loaded > 0 for one in view.loaded))),
                (self.tr("Short"), words.products(len(short)) if short else self.tr("none")),
                (self.tr("Still on the list"), words.units(view.units)),
            ]
        )
        self.note.show_note(
            TagKind.INFO,
            self.tr("Add more with A: what is recorded then is added to this load.")
            if view.units
            else self.tr("Nothing more is needed. Add more with A all the same."),
        )
        self.changed.emit()


class NoListPage(LoadPart):
    """Instead of a list: what is being fetched, why there is none, or what went wrong."""

    again = Signal()
    """The person wants it worked out once more."""
    left = Signal()

    def __init__(self, tools: LoadTools, parent: QWidget) -> None:
        super().__init__(tools, parent)
        look = tools.look
        self.said = Card(look, padding=look.theme.space.xl, parent=self.page())
        self.title = TextLabel(look, "", "head", wrap=True)
        self.do = TextLabel(look, "", "body", Tone.MUTED, wrap=True)
        self.said.body.addWidget(self.title)
        self.said.body.addWidget(self.do)
        self.main.addWidget(self.said)
        self.card = ToldCard(look)
        self.main.addWidget(self.card)
        self.main.addStretch(1)
        self.leave_side_out()
        self.again_action = self.action("retry", "", self.again.emit, self.tr("Look again"))
        self.left_action = self.action("today", "", self.left.emit, self.tr("Back to the day"))
        self._next: QAction | None = None

    def show_told(self, title: str, told: Told) -> None:
        """Something went wrong."""
        self.card.show_told(title, "", told, "alert", Tone.CRITICAL)
        self._show(self.card, self.again_action)

    def show_fetching(self, words: str) -> None:
        self._say(words, "", None)

    def show_nothing(self, words: str, do: str) -> None:
        """There is a run, and nothing to do for it here."""
        self._say(words, do, self.left_action)

    def show_none(self, words: str, do: str) -> None:
        """There is no run."""
        self._say(words, do, self.again_action)

    def text(self) -> str:
        """What is said, for tests and screen readers."""
        shown = self.said if not self.said.isHidden() else self.card
        return f"{shown.accessibleName()} {shown.accessibleDescription()}"

    def primary(self) -> QAction | None:
        return self._next

    def _say(self, words: str, do: str, action: QAction | None) -> None:
        self.title.setText(words)
        self.do.setText(do)
        self.do.setVisible(bool(do))
        self.said.setAccessibleName(words)
        self.said.setAccessibleDescription(do)
        self._show(self.said, action)

    def _show(self, card: Card, action: QAction | None) -> None:
        self.said.setVisible(card is self.said)
        self.card.setVisible(card is self.card)
        self._next = action
        self.changed.emit()
