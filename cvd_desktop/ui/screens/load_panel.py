"""Beside the pick list: the chosen product, why so many, who gets less; the chosen tote."""

from PySide6.QtCore import QCoreApplication, Qt, Signal
from PySide6.QtGui import QAction, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from cvd_desktop.domain.route_records import LoadLineView, LoadView
from cvd_desktop.ui.load_paper_lists import door_order
from cvd_desktop.ui.load_words import NOTHING, LoadWords, number, off, short_place
from cvd_desktop.ui.screens.load_figures import CaseFigures, HeadButton, Sums
from cvd_desktop.ui.screens.load_part import LoadTools
from cvd_desktop.ui.screens.load_table import ToteRow
from cvd_desktop.ui.table_model import Cell, Column, Face, Fit, TableModel
from cvd_desktop.ui.theme import Look, Tone
from cvd_desktop.ui.widgets.card import Card
from cvd_desktop.ui.widgets.hairline import Hairline
from cvd_desktop.ui.widgets.painting import paint_box
from cvd_desktop.ui.widgets.shape import Shape
from cvd_desktop.ui.widgets.table_view import TableView
from cvd_desktop.ui.widgets.text_label import TextLabel
from cvd_shared.route_shapes import PickReason, ToteLine

LEAST_SLOTS, MOST_SLOTS = 2, 40  # rows of the table of slots
WHY_ROW = 32  # px at text scale 1
WHY_KEY = "W"
TABLE_FIRST = 1000  # stretch: the table grows to its rows before anything else does


class ReasonTable(TableView[PickReason]):
    """The slots that need a product: par, stock, what will be sold, need."""

    def __init__(self, look: Look, words: LoadWords) -> None:
        model = TableModel(
            _reason_columns(words),
            key=lambda one: (one.machine_id, one.key.cabinet, one.key.label),
            rows_alone=True,
        )
        super().__init__(look, model, words.tr("Need by slot"), WHY_ROW)
        model.setParent(self)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def _fit_height(self) -> None:
        rows = self.rows_model().rowCount()
        self.setMinimumHeight(self.height_of(min(rows, LEAST_SLOTS)))
        self.setMaximumHeight(self.height_of(min(max(rows, 1), MOST_SLOTS)))


class ProductPanel(Card):
    """What to take of the chosen product, and why."""

    to_list = Signal()
    """The person is done with the slots: back to the list."""

    def __init__(self, tools: LoadTools, parent: QWidget) -> None:
        super().__init__(tools.look, parent=parent)
        look, self._words = tools.look, tools.words
        space = look.theme.space
        self.body.setSpacing(space.xs)
        self._head = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._head.setSpacing(space.xs)
        self.title = TextLabel(look, "", "head", wrap=True)
        self.sku = TextLabel(look, "", "mono", Tone.MUTED)
        self._head.addWidget(self.title, 1)
        self._head.addWidget(self.sku, 0, Qt.AlignmentFlag.AlignTop)
        self.body.addLayout(self._head)
        self.figures = CaseFigures(look)
        self.body.addWidget(self.figures)
        self.found = TextLabel(look, "", "dense", Tone.MUTED, wrap=True)
        self.body.addWidget(self.found)
        self.body.addSpacing(space.xs)
        self.body.addWidget(Hairline(look))
        self.why = HeadButton(look, WHY_KEY)
        self.why.clicked.connect(self.go_to_slots)
        self.body.addWidget(self.why)
        self.why_action = QAction(self.tr("Why so many?"), self)
        self.why_action.setShortcut(WHY_KEY)
        self.why_action.triggered.connect(self.go_to_slots)
        self.addAction(self.why_action)
        self.reasons = ReasonTable(look, self._words)
        self.reasons.current_changed.connect(self._tell_slot)
        self.body.addWidget(self.reasons, TABLE_FIRST)
        self.sums = Sums(look)
        self.body.addWidget(self.sums)
        self.sentence = TextLabel(look, "", "dense", Tone.MUTED, wrap=True)
        self.body.addWidget(self.sentence)
        self.body.addStretch(1)
        self._line: LoadLineView | None = None

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        super().resizeEvent(event)
        self._place_sku()

    def _place_sku(self) -> None:
        """Beside the name where both have room on one line, else below it."""
        room = self.width() - 2 * self.look.theme.space.l - self.sku.sizeHint().width()
        name = self.title.fontMetrics().horizontalAdvance(self.title.text())
        beside = name + 2 * self.look.theme.space.m <= room
        wanted = QBoxLayout.Direction.LeftToRight if beside else QBoxLayout.Direction.TopToBottom
        if self._head.direction() is not wanted:
            self._head.setDirection(wanted)

    def show_line(self, line: LoadLineView) -> None:
        words = self._words
        other = self._line is None or self._line.product.id != line.product.id
        self._line = line
        product = line.product
        self.title.setText(product.name)
        sku = self.tr("SKU {sku}").format(sku=product.sku)
        whole = short_place(product.pick_place) == product.pick_place
        self.sku.setText(sku if whole else f"{product.pick_place}, {sku}")
        self._place_sku()
        self.figures.show_pairs(self._pairs(line))
        self.found.setText(self._found(line))
        self.found.setVisible(bool(self.found.text()))
        self.why.say(self.tr("Why {n}?").format(n=number(line.to_pick)))
        self.reasons.rows_model().set_rows(line.reasons)
        if other:
            self.reasons.clearSelection()
            self.reasons.setCurrentIndex(self.reasons.rows_model().index(-1, -1))
        self.sums.show_lines(
            [
                (words.need_of(len(line.reasons)), number(line.need)),
                (self.tr("On the truck already"), off(line.on_truck)),
                (self.tr("To pick"), number(line.to_pick)),
            ]
        )
        self._tell_slot()

    def go_to_slots(self) -> None:
        """The keys walk the slots; the sentence is that of the one chosen. Again: to the list."""
        if self.reasons.hasFocus():
            self.to_list.emit()
            return
        if self._line is None or not self._line.reasons:
            return
        if self.reasons.current() is None:
            telling = self._words.telling(self._line.reasons)
            self.reasons.go_to(self._line.reasons.index(telling) if telling else 0)
        self.reasons.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def _tell_slot(self, _: int = -1) -> None:
        if self._line is None:
            return
        reason = self.reasons.current() or self._words.telling(self._line.reasons)
        self.sentence.setText(self._words.why(reason) if reason is not None else "")
        self.sentence.setVisible(reason is not None)

    def _pairs(self, line: LoadLineView) -> list[tuple[str, str]]:
        words = self._words
        pairs = []
        if line.cases:
            pairs.append((number(line.cases), words.case_unit(line.cases, line.product.case_size)))
        if line.singles or not pairs:
            unit = words.single_unit(line.singles, cases=bool(line.cases))
            pairs.append((number(line.singles), unit))
        return pairs

    def _found(self, line: LoadLineView) -> str:
        """What was ticked, once it was."""
        if line.picked is None:
            return ""
        amount = self._words.amount(line.picked, line.product.case_size)
        return self.tr("Picked: {amount}").format(amount=amount)


class ShortCard(Card):
    """A product of which fewer were found, and who gets less."""

    def __init__(self, tools: LoadTools, parent: QWidget) -> None:
        super().__init__(tools.look, parent=parent)
        look, self._words = tools.look, tools.words
        self.body.setSpacing(look.theme.space.xs)
        head = QHBoxLayout()
        head.setSpacing(look.theme.space.s)
        head.addWidget(
            Shape(look, "warning", Tone.WARNING, 20, "bodyStrong"), 0, Qt.AlignmentFlag.AlignTop
        )
        self.title = TextLabel(look, "", "bodyStrong", Tone.WARNING, wrap=True)
        head.addWidget(self.title, 1)
        self.body.addLayout(head)
        self.words = TextLabel(look, "", "dense", wrap=True)
        self.body.addWidget(self.words)
        self.hide()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """As every card, with a border that says what it is about."""
        super().paintEvent(event)
        theme = self.look.theme
        painter = QPainter(self)
        paint_box(
            painter,
            self.rect(),
            fill=None,
            border=theme.text_color(Tone.WARNING),
            line=theme.colors.line_width,
            radius=theme.radius.card,
        )
        painter.end()

    def show_short(self, line: LoadLineView | None, view: LoadView, *, chosen: bool) -> None:
        """Of this line; None hides the card. The chosen one is named above it already."""
        self.setVisible(line is not None)
        if line is None:
            return
        self.title.setText(self._words.short_head(line, named=not chosen))
        shares = view.shorts.get(line.product.id, ())
        said = self._words.short_shares(line, shares)
        others = sum(one.short > 0 for one in view.lines) - 1
        if others > 0:
            more = self.tr("1 other product is short too.")
            if others > 1:
                more = self.tr("{n} other products are short too.").format(n=number(others))
            said = f"{said} {more}"
        self.words.setText(said)


class TotePanel(Card):
    """What goes into the chosen tote, by the labels of the door."""

    def __init__(self, tools: LoadTools, parent: QWidget) -> None:
        super().__init__(tools.look, parent=parent)
        look = tools.look
        self.body.setSpacing(look.theme.space.xs)
        self._names: dict[str, str] = {}
        self.title = TextLabel(look, "", "head", wrap=True)
        self.place = TextLabel(look, "", "dense", Tone.MUTED, wrap=True)
        column = QVBoxLayout()
        column.setSpacing(0)
        column.addWidget(self.title)
        column.addWidget(self.place)
        self.body.addLayout(column)
        self.figures = CaseFigures(look)
        self.body.addWidget(self.figures)
        translate = QCoreApplication.translate
        model: TableModel[ToteLine] = TableModel(
            (
                Column(
                    "door", translate("LoadTable", "Door"), lambda one: one.key.label, Face.LABEL
                ),
                Column(
                    "cabinet",
                    translate("LoadTable", "Cabinet"),
                    lambda one: number(one.key.cabinet) if one.key.cabinet > 1 else "",
                    right=True,
                    optional=True,
                ),
                Column(
                    "product",
                    translate("LoadTable", "Product"),
                    lambda one: self._names.get(one.product_id, one.product_id),
                    fit=Fit.REST,
                    least=96,
                ),
                Column(
                    "units",
                    translate("LoadTable", "Units"),
                    lambda one: number(one.units),
                    Face.STRONG,
                    right=True,
                ),
            ),
            key=lambda one: one.key,
            parent=self,
        )
        self.lines = TableView(look, model, self.tr("In this tote"), WHY_ROW)
        self.lines.keep_height(4)
        self.body.addWidget(self.lines, 1)

    def show_tote(self, row: ToteRow, view: LoadView) -> None:
        tote = row.tote
        self._names = view.names
        self.title.setText(
            self.tr("Tote {n}: machine {asset}").format(n=tote.number, asset=tote.asset_number)
        )
        self.place.setText(row.place)
        self.place.setVisible(bool(row.place))
        unit = self.tr("unit") if tote.units == 1 else self.tr("units")
        self.figures.show_pairs([(number(tote.units), unit)])
        self.lines.rows_model().set_rows(sorted(tote.lines, key=door_order))


def _reason_columns(words: LoadWords) -> tuple[Column[PickReason], ...]:
    translate = QCoreApplication.translate

    def stock(one: PickReason) -> Cell:
        if one.stock is None:
            return Cell("?", Tone.WARNING, spoken=translate("LoadTable", "Stock not known"))
        if not one.sure:
            return Cell(f"{number(one.stock)} ?", Tone.WARNING)
        return Cell(number(one.stock))

    return (
        Column(
            "slot",
            translate("LoadTable", "Slot"),
            lambda one: words.slot(one.asset_number, one.key),
            face=Face.MONO,
            fit=Fit.REST,
            least=160,
        ),
        Column(
            "par", translate("LoadTable", "Par"), lambda one: number(one.par), right=True, rank=2
        ),
        Column("stock", translate("LoadTable", "Stock"), stock, right=True),
        Column(
            "sells",
            translate("LoadTable", "Will sell"),
            lambda one: number(one.will_sell) if one.per_day is not None else NOTHING,
            right=True,
            rank=1,
        ),
        Column(
            "need",
            translate("LoadTable", "Need"),
            lambda one: number(one.need),
            face=Face.STRONG,
            right=True,
        ),
    )
