"""A virtual machine to practise on: which model, by which link, with which faults."""

from collections.abc import Sequence
from functools import partial
from itertools import pairwise

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from cvd_desktop.ui.background import Background, Lane
from cvd_desktop.ui.bench_columns import without_margins
from cvd_desktop.ui.screens.bench_services import NamedFault, NamedModel, PracticeServices
from cvd_desktop.ui.table_model import Cell, Column, Face, Fit, TableModel
from cvd_desktop.ui.theme import Look, Tone
from cvd_desktop.ui.widgets.card import Card
from cvd_desktop.ui.widgets.choice import Choice
from cvd_desktop.ui.widgets.choice_grid import ChoiceGrid
from cvd_desktop.ui.widgets.field import Field
from cvd_desktop.ui.widgets.shape import Shape
from cvd_desktop.ui.widgets.table_view import TableView
from cvd_desktop.ui.widgets.tag import TagKind
from cvd_desktop.ui.widgets.text_label import TextLabel
from cvd_desktop.ui.widgets.two_columns import TwoColumns

SIDE, SIDE_COMPACT = 420, 330
LEAST_FAULTS = 6
LINK_NAMES = {"dexucs": "DEX/UCS", "ddcmp": "DDCMP"}


class PracticePage(QWidget):
    """Models at the left, faults at the right; plainly marked as practice."""

    changed = Signal()
    turned = Signal(str)
    """The port on which a machine answers now; "" when it has ended."""
    failed = Signal(object)
    """The exception with which it could not be started or ended."""

    def __init__(self, look: Look, background: Background, services: PracticeServices) -> None:
        super().__init__()
        self._background = background
        self._look = look
        self._services = services
        self.port = ""
        self._on: set[str] = set()
        self._values: dict[str, str] = {}  # what stands behind the colon of a fault
        self._models: dict[str, NamedModel] = {}
        self._asked = False
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        self._columns = TwoColumns(look, SIDE, SIDE_COMPACT, self)
        column.addWidget(self._columns)
        without_margins(self._columns)
        self._build_faults(look)
        self._build_models(look)
        self.show_running("")

    def _build_models(self, look: Look) -> None:
        mark = Card(look, strong=True)
        mark.head.insertWidget(0, Shape(look, "info", Tone.INFO, 20, "bodyStrong"))
        mark.set_heading(self.tr("Practice: nothing of this reaches the server"))
        self.state = TextLabel(look, "", "dense", wrap=True)
        mark.body.addWidget(self.state)
        self._columns.main.addWidget(mark)
        card = Card(look, self.tr("Machine"))
        self.model_choices = ChoiceGrid(look)
        self.loading = TextLabel(
            look, self.tr("Looking which machines there are."), "dense", Tone.MUTED, wrap=True
        )
        card.body.addWidget(self.loading)
        card.body.addWidget(self.model_choices)
        card.body.addSpacing(look.theme.space.s)
        card.body.addWidget(TextLabel(look, self.tr("Link"), "bodyStrong"))
        self.link_choices = ChoiceGrid(look)
        self._links: dict[str, Choice] = {}
        card.body.addWidget(self.link_choices)
        self._columns.main.addWidget(card)
        self._columns.main.addStretch(1)

    def _build_faults(self, look: Look) -> None:
        card = Card(look, padding=1)
        space = look.theme.space
        card.head.setContentsMargins(space.l, space.m, space.l, 0)
        card.set_heading(self.tr("Faults"))
        about = TextLabel(
            look,
            self.tr("Enter or a double click puts a fault in."),
            "dense",
            Tone.MUTED,
            wrap=True,
        )
        about.setContentsMargins(space.l, 0, space.l, space.s)
        card.body.addWidget(about)
        self.faults: TableModel[NamedFault] = TableModel(
            (
                Column("on", "", self._on_cell),
                Column("name", self.tr("Fault"), self._fault_cell, fit=Fit.REST, least=160),
            ),
            key=lambda fault: fault.name,
            parent=self,
        )
        self.table = TableView(
            look, self.faults, self.tr("Faults"), look.theme.control.row, enter_opens=True
        )
        self.table.keep_height(LEAST_FAULTS)
        self.table.opened.connect(self._turn)
        self.table.current_changed.connect(self._show_value)
        card.body.addWidget(self.table, 1)
        self.value = Field(look, "")
        self.value.setContentsMargins(space.l, space.s, space.l, space.l)
        self.value.edited.connect(self._value_typed)
        self.value.hide()
        card.body.addWidget(self.value)
        self._columns.side.addWidget(card, 1)

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802 - Qt's name
        """The machines are asked for when somebody looks: their rules take a while to load."""
        super().showEvent(event)
        if not self._asked:
            self._asked = True
            self._background.run(
                Lane.FILES, self._services.models, self._show_models, self.failed.emit
            )

    def _show_models(self, models: Sequence[NamedModel]) -> None:
        self._models = {model.name: model for model in models}
        choices = [
            Choice(self._look, model.name, f"{model.make}, {model.kind}") for model in models
        ]
        self.loading.hide()
        self.model_choices.set_choices(choices)
        for choice in choices:
            choice.toggled.connect(self._model_changed)
        if choices:
            choices[0].setChecked(True)
        self.focus_first()

    def start(self) -> None:
        """Start the chosen machine in place of the one that runs."""
        model = self.model()
        if model is not None:
            work = partial(self._services.start, model.name, self.link(), self.chosen_faults())
            self._background.run(Lane.FILES, work, self.show_running, self.failed.emit)

    def stop(self) -> None:
        self._background.run(
            Lane.FILES, self._services.stop, lambda _: self.show_running(""), self.failed.emit
        )

    # what is chosen

    def model(self) -> NamedModel | None:
        chosen = (c.word for c in self.model_choices.choices() if c.isChecked())
        return self._models.get(next(chosen, ""))

    def link(self) -> str:
        return next((link for link, choice in self._links.items() if choice.isChecked()), "")

    def chosen_faults(self) -> tuple[str, ...]:
        values = ((name, self._values.get(name, "").strip()) for name in sorted(self._on))
        return tuple(f"{name}:{value}" if value else name for name, value in values)

    def show_running(self, port: str) -> None:
        """The port of the running machine; "" when none runs."""
        self.port = port
        words = self.tr("No practice machine runs.")
        if port:
            words = self.tr(
                "A practice machine answers on {port}. Read it as any other: its reads stay on "
                "this laptop."
            ).format(port=port)
        self.state.setText(words)
        self.changed.emit()
        self.turned.emit(port)

    def _model_changed(self, checked: bool) -> None:
        if checked:
            self._show_links()
            self.changed.emit()

    def _show_links(self) -> None:
        model = self.model()
        links = model.links if model is not None else ()
        self._links = {link: Choice(self._look, LINK_NAMES.get(link, link)) for link in links}
        for n, choice in enumerate(self._links.values()):
            choice.setChecked(n == 0)
            choice.toggled.connect(self._show_faults)
        self.link_choices.set_choices(tuple(self._links.values()))
        self._order_tabs()
        self._show_faults(True)

    def _order_tabs(self) -> None:
        """Tab goes in reading order, also through choices that were made late."""
        choices = (*self.model_choices.choices(), *self._links.values())
        for before, after in pairwise((self.table, *choices, self.table)):
            self.setTabOrder(before, after)
        self.setTabOrder(self.table, self.value.edit)

    def _show_faults(self, checked: bool) -> None:
        if checked:
            faults = self._services.faults(self.link()) if self.link() else ()
            self._on &= {fault.name for fault in faults}
            self.faults.set_rows(tuple(faults))

    def _turn(self, row: int) -> None:
        fault = self.faults.row(row)
        if fault is not None:
            self._on ^= {fault.name}
            self.faults.set_rows(self._rows())

    def _show_value(self, row: int) -> None:
        """A field for what may stand behind the name of the current fault."""
        fault = self.faults.row(row)
        there = fault is not None and bool(fault.argument)
        self.value.setVisible(there)
        if fault is not None and there:
            name = fault.name.replace("_", " ")
            words = self.tr("{fault}: {value}").format(fault=name, value=fault.argument)
            self.value.label.setText(words)
            self.value.edit.setAccessibleName(words)
            self.value.set_text(self._values.get(fault.name, ""))

    def _value_typed(self, text: str) -> None:
        """Who types a value wants the fault."""
        fault = self.table.current()
        if fault is not None:
            self._values[fault.name] = text
            if text.strip():
                self._on.add(fault.name)
            self.faults.set_rows(self._rows())

    def _rows(self) -> Sequence[NamedFault]:
        rows = (self.faults.row(number) for number in range(self.faults.rowCount()))
        return [fault for fault in rows if fault is not None]

    def _on_cell(self, fault: NamedFault) -> Cell:
        if fault.name in self._on:
            return Cell(self.tr("on"), mark=TagKind.WARNING)
        return Cell(self.tr("off"), Tone.MUTED)

    def _fault_cell(self, fault: NamedFault) -> Cell:
        return Cell(fault.name.replace("_", " "), detail=fault.meaning, face=Face.STRONG, wrap=True)

    def focus_first(self) -> None:
        """Arrow keys walk the models."""
        chosen = next((c for c in self.model_choices.choices() if c.isChecked()), None)
        if chosen is not None:
            chosen.setFocus(Qt.FocusReason.OtherFocusReason)
