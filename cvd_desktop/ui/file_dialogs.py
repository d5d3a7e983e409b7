"""Asks a person for files with the dialogs of the system; where it has none, with Qt's own.

Each calls back with what was chosen, and does nothing when the person changed their mind.
"""

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtWidgets import QFileDialog, QWidget

Chosen = Callable[[Sequence[Path]], object]


def ask_for_files(parent: QWidget, title: str, chosen: Chosen) -> QFileDialog:
    """Any number of files that are there."""
    dialog = QFileDialog(parent, title)
    dialog.setFileMode(QFileDialog.FileMode.ExistingFiles)
    return _open(dialog, chosen)


def ask_for_folder(parent: QWidget, title: str, chosen: Chosen) -> QFileDialog:
    """One folder."""
    dialog = QFileDialog(parent, title)
    dialog.setFileMode(QFileDialog.FileMode.Directory)
    dialog.setOption(QFileDialog.Option.ShowDirsOnly)
    return _open(dialog, chosen)


def ask_where_to_save(
    parent: QWidget,
    title: str,
    offered: Path,
    filters: Sequence[str],
    chosen: Callable[[Path], object],
) -> QFileDialog:
    """A file to write; a name without a suffix gets that of the one `offered`. `filters` are Qt's:
    "Spreadsheet (*.xlsx)"."""
    dialog = QFileDialog(parent, title)
    dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    dialog.setNameFilters(list(filters))
    dialog.setDefaultSuffix(offered.suffix.lstrip("."))
    dialog.setDirectory(str(offered.parent))
    dialog.selectFile(offered.name)
    return _open(dialog, lambda paths: chosen(paths[0]))


def _open(dialog: QFileDialog, chosen: Chosen) -> QFileDialog:
    def accepted() -> None:
        paths = [Path(name) for name in dialog.selectedFiles() if name]
        if paths:
            chosen(paths)

    dialog.accepted.connect(accepted)
    dialog.finished.connect(dialog.deleteLater)
    over = dialog.parentWidget()
    if over is not None:  # a computer without a window manager does not by itself
        dialog.finished.connect(over.activateWindow)
    dialog.open()
    return dialog
