"""Exports reads to a file: asks which, as what and where, writes in the lane of files, tells.

To use it: `ReadExporter(...)`, `ask` with the groups of reads to choose from, `told` for the action
bar, `changed` when an export began or ended.
"""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import QObject, QStandardPaths, Signal
from PySide6.QtWidgets import QWidget

from cvd_desktop.domain.records import ReadSummary
from cvd_desktop.ui import formats
from cvd_desktop.ui.background import Background, Lane
from cvd_desktop.ui.messages import Messages
from cvd_desktop.ui.theme import Look

if TYPE_CHECKING:
    from cvd_desktop.ui.dialogs.export_dialog import ExportDialog

RAW, JSON, CSV, XLSX = "raw", "json", "csv", "xlsx"


class ExportReads(Protocol):
    """services.export_reads.export_reads bound to the workplace; gives the size of the file."""

    def __call__(
        self,
        read_ids: Sequence[str],
        path: Path,
        wanted: str,
        *,
        on_progress: Callable[[int, int], object],
        cancelled: threading.Event,
    ) -> int: ...


@dataclass(frozen=True, slots=True)
class ExportServices:
    """What an export asks of the services."""

    export_reads: ExportReads
    export_name: Callable[[ReadSummary, str], str]
    """The name offered for the file of a read in a format."""


@dataclass(frozen=True, slots=True)
class ExportGroup:
    """Reads that a person may choose together."""

    word: str
    detail: str
    reads: tuple[ReadSummary, ...]


class ReadExporter(QObject):
    """One export at a time."""

    told = Signal(str)
    """A sentence: how far it is, where the file is, why there is none."""
    changed = Signal()
    """An export began or ended."""

    def __init__(
        self,
        look: Look,
        background: Background,
        messages: Messages,
        services: ExportServices,
        parent: QWidget,
    ) -> None:
        super().__init__(parent)
        self._look = look
        self._background = background
        self._messages = messages
        self._services = services
        self._over = parent
        self._stop = threading.Event()
        self._format = XLSX
        self.busy = False
        background.closing.connect(self.cancel)

    def ask(self, groups: Sequence[ExportGroup]) -> "ExportDialog | None":
        """Let a person choose among groups that are not empty; the first one is offered."""
        from cvd_desktop.ui.dialogs.export_dialog import ExportDialog

        offered = [group for group in groups if group.reads]
        if not offered or self.busy:
            return None
        which = [(group.word, group.detail) for group in offered]
        dialog = ExportDialog(self._look, which, self._over, self._format)
        dialog.chosen.connect(partial(self._ask_where, offered))
        dialog.open()
        return dialog

    def _ask_where(self, groups: Sequence[ExportGroup], which: int, wanted: str) -> None:
        from cvd_desktop.ui.file_dialogs import ask_where_to_save

        self._format = wanted
        reads = groups[which].reads
        places = QStandardPaths.StandardLocation
        folder = Path(QStandardPaths.writableLocation(places.DocumentsLocation))
        name = self._services.export_name(reads[-1], wanted)
        kinds = {
            RAW: self.tr("EVA-DTS text (*.dex *.txt)"),
            JSON: self.tr("JSON (*.json)"),
            CSV: self.tr("Table (*.csv)"),
            XLSX: self.tr("Spreadsheet (*.xlsx)"),
        }
        ask_where_to_save(
            self._over,
            self.tr("Save the export"),
            folder / name,
            [kinds[wanted]],
            partial(self.export, reads, wanted),
        )

    def export(self, reads: Sequence[ReadSummary], wanted: str, path: Path) -> None:
        """Write these reads into this file."""
        if self.busy:
            return
        self.busy = True
        self._stop = threading.Event()
        self._tell_progress((0, len(reads)))
        self.changed.emit()
        progress = self._background.progress(self._tell_progress)
        self._background.run(
            Lane.FILES,
            partial(
                self._services.export_reads,
                [read.id for read in reads],
                path,
                wanted,
                on_progress=lambda done, of: progress((done, of)),
                cancelled=self._stop,
            ),
            partial(self._saved, path),
            self._failed,
        )

    def cancel(self) -> None:
        """Stop a running export; its file is not written."""
        self._stop.set()

    def _tell_progress(self, step: tuple[int, int]) -> None:
        done, of = step
        if not self.busy:
            return
        words = self.tr("Exporting, {n} of {all} reads")
        if of == 1:
            words = self.tr("Exporting the read")
        self.told.emit(words.format(n=formats.number(done), all=formats.number(of)))

    def _saved(self, path: Path, size: int) -> None:
        self.busy = False
        words = self.tr("Saved: {file}, {size}")
        self.told.emit(words.format(file=path.name, size=formats.size(size)))
        self.changed.emit()

    def _failed(self, error: BaseException) -> None:
        self.busy = False
        told = self._messages.error(error)
        self.told.emit(" ".join(part for part in (told.what, told.do) if part))
        self.changed.emit()
