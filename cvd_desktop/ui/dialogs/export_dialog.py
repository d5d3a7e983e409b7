"""Asks which reads are exported and as what; the place is asked for afterwards."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QDialog, QScrollArea, QVBoxLayout, QWidget

from cvd_desktop.ui.read_exporter import CSV, JSON, RAW, XLSX
from cvd_desktop.ui.theme import Look
from cvd_desktop.ui.widgets.action_button import ActionButton, ButtonKind
from cvd_desktop.ui.widgets.choice import Choice
from cvd_desktop.ui.widgets.choice_grid import ChoiceGrid
from cvd_desktop.ui.widgets.icon_engine import themed_icon
from cvd_desktop.ui.widgets.text_label import TextLabel

WIDE = 640  # px at text scale 1


class ExportDialog(QDialog):
    """Two groups of choices, where there is one choice of reads only the second. Enter goes on,
    Esc closes."""

    chosen = Signal(int, str)
    """Number of the choice of reads, and the format: raw, json, csv or xlsx."""

    def __init__(
        self, look: Look, which: Sequence[tuple[str, str]], parent: QWidget, format_: str = XLSX
    ) -> None:
        """`which` are the choices of reads: word and detail of each; `format_` is chosen at
        first."""
        super().__init__(parent)
        self._look = look
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setModal(True)
        self.setWindowTitle(self.tr("Export"))
        self.finished.connect(parent.activateWindow)  # as in the other dialogs
        space = look.theme.space
        outer = QVBoxLayout(self)
        outer.setContentsMargins(space.l, space.l, space.l, space.l)
        outer.setSpacing(space.m)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFrameShape(QScrollArea.Shape.NoFrame)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        inner = QWidget()
        column = QVBoxLayout(inner)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(space.s)
        column.addWidget(TextLabel(look, self.tr("Export"), "head"))
        self.reads = [Choice(look, word, detail) for word, detail in which]
        if len(self.reads) > 1:
            column.addWidget(TextLabel(look, self.tr("Which reads"), "bodyStrong"))
            column.addWidget(self._group(self.reads))
        self.formats = {
            XLSX: Choice(
                look,
                self.tr("Spreadsheet"),
                self.tr("XLSX: reads, selections, totals, events, each a sheet"),
            ),
            CSV: Choice(look, self.tr("Table"), self.tr("CSV: a row for each selection")),
            JSON: Choice(
                look, self.tr("Everything"), self.tr("JSON: every fact that the file tells")
            ),
            RAW: Choice(
                look, self.tr("As it came"), self.tr("The EVA-DTS text of the machine, unchanged")
            ),
        }
        column.addWidget(TextLabel(look, self.tr("As what"), "bodyStrong"))
        column.addWidget(self._group(list(self.formats.values())))
        column.addStretch(1)
        if self.reads:
            self.reads[0].setChecked(True)
        self.formats.get(format_, self.formats[XLSX]).setChecked(True)
        area.setWidget(inner)
        outer.addWidget(area, 1)
        go_on = QAction(themed_icon(look, "arrow-down"), self.tr("Choose where to save"), self)
        go_on.setShortcuts([QKeySequence("Return"), QKeySequence("Enter")])
        go_on.triggered.connect(self._go_on)
        self.addAction(go_on)
        self.button = ActionButton(look, go_on, ButtonKind.PRIMARY)
        outer.addWidget(self.button, 0, Qt.AlignmentFlag.AlignRight)
        room = parent.window().size()
        wanted = inner.sizeHint().height() + self.button.sizeHint().height() + 3 * space.l
        self.resize(
            min(look.theme.text_px(WIDE), room.width() - 2 * space.xxl),
            min(wanted + 2 * space.xl, room.height() - 2 * space.xxl),
        )
        (self.reads[0] if len(self.reads) > 1 else self.formats[XLSX]).setFocus(
            Qt.FocusReason.TabFocusReason
        )

    def _group(self, choices: Sequence[Choice]) -> ChoiceGrid:
        grid = ChoiceGrid(self._look)
        grid.set_choices(choices)
        return grid

    def _go_on(self) -> None:
        which = next((n for n, choice in enumerate(self.reads) if choice.isChecked()), 0)
        format_ = next(name for name, choice in self.formats.items() if choice.isChecked())
        self.accept()
        self.chosen.emit(which, format_)
