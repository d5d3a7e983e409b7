"""The conformance report of a read, as a PDF file or on paper."""

from collections.abc import Callable
from functools import partial

from PySide6.QtWidgets import QWidget

from cvd_desktop.domain.records import ReadDetail
from cvd_desktop.ui.background import Background
from cvd_desktop.ui.messages import Messages
from cvd_desktop.ui.print_page import PagePrinter
from cvd_desktop.ui.read_words import ReadWords

MakeReport = Callable[[str], str]
"""Read id -> the report as a page of HTML."""


class ReadReport(PagePrinter):
    """`make` may be None: then there is no report to be had."""

    def __init__(
        self,
        background: Background,
        messages: Messages,
        words: ReadWords,
        make: MakeReport | None,
        parent: QWidget,
    ) -> None:
        super().__init__(background, messages, parent)
        self._words = words
        self._make = make

    def save_report(self, detail: ReadDetail | None) -> None:
        """Ask where to, and write the PDF."""
        if detail is not None and self._make is not None:
            day = detail.summary.at.astimezone().date().isoformat()
            name = f"conformance-{detail.summary.machine_asset or 'machine'}-{day}.pdf"
            self.save(partial(self._make, detail.summary.id), self._title(detail), name)

    def print_report(self, detail: ReadDetail | None) -> None:
        """Ask for a printer, and print."""
        if detail is not None and self._make is not None:
            self.print_out(partial(self._make, detail.summary.id), self._title(detail))

    def _title(self, detail: ReadDetail) -> str:
        machine = self._words.machine(detail.summary.machine_asset)
        return self.tr("Conformance report, {machine}").format(machine=machine)
