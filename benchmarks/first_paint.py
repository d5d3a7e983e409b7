"""Shows a window, says `painted` on stdout at its first paint, and leaves at once."""

import os
import sys
import tempfile
from pathlib import Path

from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QApplication, QMainWindow, QWidget


class FirstPaint(QObject):
    """Watches every widget of the application for the first paint event that was handled."""

    def __init__(self, window: QWidget) -> None:
        super().__init__()
        self._window = window

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.UpdateRequest and watched is self._window:
            self._window.removeEventFilter(self)
            self._window.repaint()  # paints all children before it returns
            os.write(1, b"painted\n")
            os._exit(0)
        return False


def main(which: str) -> int:
    application = QApplication([])
    if which == "empty":
        window: QWidget = QMainWindow()
        window.resize(1280, 800)
        window.show()
    else:
        from cvd_desktop.app.application import Application

        window = Application(application, Path(tempfile.mkdtemp(prefix="cvd-bench-"))).show()
    watcher = FirstPaint(window)
    window.installEventFilter(watcher)
    window.update()
    return application.exec()


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1]))
