"""Asks which paper is wanted, makes it off the GUI thread, and prints it or saves it as PDF."""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, QStandardPaths, Qt, Signal
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QDialog, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from cvd_desktop.domain.problem import ExitCode, Problem
from cvd_desktop.domain.route_records import LoadView
from cvd_desktop.ui.background import Lane
from cvd_desktop.ui.dialogs.dialog_head import dialog_head
from cvd_desktop.ui.file_dialogs import ask_where_to_save
from cvd_desktop.ui.load_paper import Paper, page_layout, paint_paper, save_paper
from cvd_desktop.ui.load_paper_labels import SHEETS, tote_labels_paper
from cvd_desktop.ui.load_paper_lists import kit_sheets_paper, pick_list_paper, route_sheet_paper
from cvd_desktop.ui.screens.load_part import LoadTools
from cvd_desktop.ui.theme import Look
from cvd_desktop.ui.widgets.action_button import ActionButton, ButtonKind
from cvd_desktop.ui.widgets.choice import Choice
from cvd_desktop.ui.widgets.choice_grid import ChoiceGrid
from cvd_desktop.ui.widgets.icon_engine import themed_icon

WIDE = 760  # px at text scale 1
PICK_LIST, ROUTE_SHEET, KIT_SHEETS, LABELS = "pick_list", "route_sheet", "kit_sheets", "labels"
MakePaper = Callable[[], Paper]


class PaperDialog(QDialog):
    """One choice of papers. Enter saves a PDF, P prints, Esc closes."""

    save_wanted = Signal(str)
    """Key of the paper that is to be saved as PDF."""
    print_wanted = Signal(str)
    """Key of the paper that is to be printed."""

    def __init__(self, look: Look, papers: Sequence[tuple[str, str, str]], parent: QWidget) -> None:
        """`papers` are key, word and detail of each."""
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setModal(True)
        self.setWindowTitle(self.tr("Print"))
        self.finished.connect(parent.activateWindow)
        space = look.theme.space
        outer = QVBoxLayout(self)
        outer.setContentsMargins(space.l, space.l, space.l, space.l)
        outer.setSpacing(space.m)
        outer.addLayout(dialog_head(look, self.tr("Which paper?"), self))
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFrameShape(QScrollArea.Shape.NoFrame)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        inner = QWidget()
        inner.setProperty("role", "page")
        column = QVBoxLayout(inner)
        column.setContentsMargins(0, 0, 0, 0)
        self.papers = {key: Choice(look, word, detail) for key, word, detail in papers}
        grid = ChoiceGrid(look)
        grid.set_choices(tuple(self.papers.values()))
        column.addWidget(grid)
        column.addStretch(1)
        area.setWidget(inner)
        outer.addWidget(area, 1)
        self.save_action = self._action(look, "file", self.tr("Save as PDF"), ("Return", "Enter"))
        self.save_action.triggered.connect(lambda: self._go_on(self.save_wanted))
        self.print_action = self._action(look, "print", self.tr("Print"), ("P",))
        self.print_action.triggered.connect(lambda: self._go_on(self.print_wanted))
        buttons = QHBoxLayout()
        buttons.setSpacing(look.theme.control.touch_gap)
        buttons.addWidget(ActionButton(look, self.print_action))
        buttons.addStretch(1)
        buttons.addWidget(ActionButton(look, self.save_action, ButtonKind.PRIMARY))
        outer.addLayout(buttons)
        room = parent.window().size()
        wide = min(look.theme.text_px(WIDE), room.width() - 2 * space.xxl)
        grid.resize(wide - 2 * space.l, 100)
        high = inner.heightForWidth(wide - 2 * space.l) if inner.hasHeightForWidth() else 0
        wanted = max(high, grid.sizeHint().height()) + 12 * space.l
        self.resize(wide, min(wanted, room.height() - 2 * space.xxl))
        first = next(iter(self.papers.values()))
        first.setChecked(True)
        first.setFocus(Qt.FocusReason.TabFocusReason)

    def _action(self, look: Look, icon: str, text: str, keys: Sequence[str]) -> QAction:
        action = QAction(themed_icon(look, icon), text, self)
        action.setShortcuts([QKeySequence(key) for key in keys])
        self.addAction(action)
        return action

    def chosen(self) -> str:
        return next(key for key, choice in self.papers.items() if choice.isChecked())

    def _go_on(self, wanted: object) -> None:
        key = self.chosen()
        self.accept()
        signal = self.save_wanted if wanted is self.save_wanted else self.print_wanted
        signal.emit(key)


class LoadPrinter(QObject):
    """The way of a paper from the list to the printer."""

    told = Signal(str)
    """A sentence for the action bar."""

    def __init__(self, tools: LoadTools, parent: QWidget) -> None:
        super().__init__(parent)
        self._tools = tools
        self._over = parent
        self._view: LoadView | None = None

    def ask(self, view: LoadView) -> PaperDialog:
        """Which paper of this list."""
        self._view = view
        dialog = PaperDialog(self._tools.look, self._papers(), self._over)
        dialog.save_wanted.connect(self._save)
        dialog.print_wanted.connect(self._print)
        dialog.show()
        return dialog

    def _papers(self) -> list[tuple[str, str, str]]:
        labels = [(sheet.key, *self._tools.words.label_sheet(sheet.key)) for sheet in SHEETS]
        return [
            (PICK_LIST, self.tr("Pick list"), self.tr("by product, with boxes to tick")),
            (ROUTE_SHEET, self.tr("Route sheet"), self.tr("stops in order, access, machines")),
            (KIT_SHEETS, self.tr("Kit sheets"), self.tr("a page a machine, by door label")),
            *(
                (key, self.tr("Tote labels: {sheet}").format(sheet=word), detail)
                for key, word, detail in labels
            ),
        ]

    def maker(self, key: str) -> tuple[MakePaper, str]:
        """What makes the paper in the database lane, and the name of its file."""
        view, now = self._view, self._tools.words.clock()
        assert view is not None
        day = view.day.isoformat()
        route = view.route_number or "0"
        if key == PICK_LIST:
            return partial(pick_list_paper, view, now), f"pick-list-{route}-{day}.pdf"
        if key == KIT_SHEETS:
            return partial(kit_sheets_paper, view, now), f"kit-sheets-{route}-{day}.pdf"
        if key == ROUTE_SHEET:
            services = self._tools.services

            def route_sheet() -> Paper:
                run = services.todays_run()
                if run is None:
                    raise Problem("no_run_today", ExitCode.USAGE)
                return route_sheet_paper(run, view, now)

            return route_sheet, f"route-sheet-{route}-{day}.pdf"
        sheet = next(one for one in SHEETS if one.key == key)
        return partial(tote_labels_paper, view, sheet), f"tote-labels-{route}-{day}.pdf"

    # as PDF

    def _save(self, key: str) -> None:
        make, name = self.maker(key)
        documents = QStandardPaths.writableLocation(
            QStandardPaths.StandardLocation.DocumentsLocation
        )
        ask_where_to_save(
            self._over,
            self.tr("Save as PDF"),
            Path(documents) / name,
            ("PDF (*.pdf)",),
            partial(self.save_to, make),
        )

    def save_to(self, make: MakePaper, path: Path) -> None:
        """Make the paper and write it into this file."""
        self.told.emit(self.tr("The paper is being made"))
        self._tools.background.run(
            Lane.DATABASE,
            lambda: save_paper(make(), path),
            lambda _: self.told.emit(self.tr("Saved: {file}").format(file=path.name)),
            self._failed,
        )

    # on a printer

    def _print(self, key: str) -> None:
        make, _ = self.maker(key)
        self.told.emit(self.tr("The paper is being made"))
        self._tools.background.run(Lane.DATABASE, make, self._choose_printer, self._failed)

    def _choose_printer(self, paper: Paper) -> None:
        from PySide6.QtPrintSupport import QPrintDialog, QPrinter  # not before it is wanted

        self.told.emit("")
        printer = QPrinter(QPrinter.PrinterMode.HighResolution)
        printer.setDocName(paper.title)
        printer.setPageLayout(page_layout(paper))
        printer.setFullPage(True)  # the pages keep their own margins
        dialog = QPrintDialog(printer, self._over)
        dialog.setWindowTitle(paper.title)
        dialog.setModal(True)
        dialog.accepted.connect(lambda: self._send(paper, printer))
        dialog.finished.connect(dialog.deleteLater)
        dialog.show()

    def _send(self, paper: Paper, printer: object) -> None:
        from PySide6.QtPrintSupport import QPrinter

        assert isinstance(printer, QPrinter)
        self.told.emit(self.tr("The paper is being printed"))
        self._tools.background.run(
            Lane.DATABASE,
            lambda: paint_paper(paper, printer, printer.resolution()),
            self._printed,
            self._failed,
        )

    def _printed(self, taken: bool) -> None:
        self.told.emit(
            self.tr("Sent to the printer")
            if taken
            else self.tr("The printer took no page. Save the paper as PDF instead.")
        )

    def _failed(self, error: BaseException) -> None:
        self.told.emit(self._tools.messages.error(error).what)
