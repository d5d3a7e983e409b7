"""A page of HTML on paper: as a PDF file, or on a printer that a person chooses.

To use it: `PagePrinter(background, messages, parent)`, then `save` or `print_out` with what makes
the HTML. Making the page and the PDF happen off the GUI thread; `told` says what came of it.
"""

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QMarginsF, QObject, QStandardPaths, Signal
from PySide6.QtGui import QPageLayout, QPageSize, QPdfWriter, QTextDocument
from PySide6.QtWidgets import QFileDialog, QWidget

from cvd_desktop.domain.problem import ExitCode, Problem
from cvd_desktop.ui.background import Background, Lane
from cvd_desktop.ui.file_dialogs import ask_where_to_save
from cvd_desktop.ui.messages import Messages

DOTS_PER_INCH = 300
MakePage = Callable[[], str]


def save_pdf(html: str, path: Path, title: str) -> None:
    """Write the page as A4, in any thread. Raises Problem("file_not_written")."""
    try:
        path.open("ab").close()  # says why not; QPdfWriter would only warn
    except OSError as error:
        raise Problem(
            "file_not_written", ExitCode.USAGE, path=str(path), reason=error.strerror or str(error)
        ) from error
    writer = QPdfWriter(str(path))
    writer.setResolution(DOTS_PER_INCH)
    writer.setTitle(title)
    writer.setPageLayout(
        QPageLayout(
            QPageSize(QPageSize.PageSizeId.A4),
            QPageLayout.Orientation.Portrait,
            QMarginsF(),  # the document keeps 2 cm by itself
        )
    )
    _document(html, title).print_(writer)


class PagePrinter(QObject):
    """Asks where to, makes the page in a lane, and tells how it went."""

    told = Signal(str)
    """A sentence for the action bar: the page is being made, is saved, could not be written."""

    def __init__(self, background: Background, messages: Messages, parent: QWidget) -> None:
        super().__init__(parent)
        self._background = background
        self._messages = messages
        self._over = parent

    def save(self, make: MakePage, title: str, name: str) -> QFileDialog:
        """Ask for a file, `name` among the person's documents being offered, and write the PDF."""
        documents = QStandardPaths.StandardLocation.DocumentsLocation
        return ask_where_to_save(
            self._over,
            self.tr("Save as PDF"),
            Path(QStandardPaths.writableLocation(documents)) / name,
            ("PDF (*.pdf)",),
            lambda path: self.save_to(make, title, path),
        )

    def save_to(self, make: MakePage, title: str, path: Path) -> None:
        """Write the PDF into this file."""
        self.told.emit(self.tr("The page is being made"))
        self._background.run(
            Lane.DATABASE,
            lambda: save_pdf(make(), path, title),
            lambda _: self.told.emit(self.tr("Saved: {file}").format(file=path.name)),
            self._failed,
        )

    def print_out(self, make: MakePage, title: str) -> None:
        """Make the page, then let the person choose a printer."""
        self.told.emit(self.tr("The page is being made"))
        self._background.run(Lane.DATABASE, make, partial(self._ask, title), self._failed)

    def _ask(self, title: str, html: str) -> None:
        from PySide6.QtPrintSupport import QPrintDialog, QPrinter  # not before it is wanted

        self.told.emit("")
        printer = QPrinter(QPrinter.PrinterMode.HighResolution)
        printer.setDocName(title)
        printer.setFullPage(True)  # as above
        dialog = QPrintDialog(printer, self._over)
        dialog.setWindowTitle(title)
        dialog.setModal(True)
        dialog.accepted.connect(lambda: _document(html, title).print_(printer))
        dialog.finished.connect(dialog.deleteLater)
        dialog.show()

    def _failed(self, error: BaseException) -> None:
        self.told.emit(self._messages.error(error).what)


def _document(html: str, title: str) -> QTextDocument:
    document = QTextDocument()
    document.setMetaInformation(QTextDocument.MetaInformation.DocumentTitle, title)
    document.setDocumentMargin(0)
    document.setHtml(html)
    return document
