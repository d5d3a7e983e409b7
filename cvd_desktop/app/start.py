"""Starts the window: `cvd-desktop` and `cvd window`. Imports Qt when it is called, not before."""

import gc
import os
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from cvd_desktop.services.data_folder import laptop_folder
from cvd_desktop.services.people import WIPE_MARK, folder_in_use

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication

    from cvd_desktop.app.application import Application
    from cvd_desktop.ui.main_window import MainWindow


def start(data_dir: Path, qt: "QApplication | None" = None) -> "Application":
    """The application with its window shown; nothing is painted before its event loop runs.

    A folder that is being deleted is not opened: its deletion is finished, and the next one is.
    What is made until the window has settled lives as long as the program: the garbage collector
    would look through it again and again and find nothing.
    """
    gc.disable()
    if (data_dir / WIPE_MARK).exists():
        data_dir = folder_in_use(laptop_folder(data_dir))
    if "CVD_PASSPHRASE" in os.environ:  # else a key store or a person is asked, later
        from cvd_desktop.services.database_key import derive_ahead

        derive_ahead(data_dir)
    from PySide6 import QtCore  # noqa: F401 - the search is there when PySide6 is

    from cvd_desktop.app.qt_features import skip_source_search

    skip_source_search()
    from cvd_desktop.app.application import Application, qt_application

    application = Application(qt or qt_application(), data_dir)
    sys.excepthook = lambda _kind, error, _trace: application.workings.reports.report(error)
    application.show(settled=partial(_collect_garbage, application.window))
    return application


def run_window(data_dir: Path) -> int:
    """Show the window until it is closed, and any that is to follow it; the exit code."""
    application = start(data_dir)
    while True:
        try:
            code = application.run()
        finally:
            application.close()
        if application.next_folder is None:
            return code
        application = start(application.next_folder, application.qt)


def _collect_garbage(window: "MainWindow") -> None:
    from cvd_desktop.app.garbage import GarbageTimer

    GarbageTimer(window)
