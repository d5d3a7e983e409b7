"""When a window of the tests has come to rest."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication

    from cvd_desktop.ui.background import Background


def settle(application: "QApplication", background: "Background", *, wait: bool = True) -> None:
    """Work until no job is left and what it announced is shown; `wait=False`: jobs stay."""
    from PySide6.QtCore import QEvent  # programs that choose a screen first import this file

    for _ in range(4):
        application.processEvents()
        while wait and background.busy:
            application.processEvents()
        application.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def raise_error(error: BaseException) -> None:
    """What a window does with an error that nobody expects."""
    raise error
