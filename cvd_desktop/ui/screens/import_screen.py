"""The Import screen: files, folders and zips become reads, in a lane of their own."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Protocol

from PySide6.QtCore import Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QApplication, QStackedWidget, QVBoxLayout, QWidget

from cvd_desktop.domain.clock import Clock
from cvd_desktop.domain.import_records import FileLeft, ImportReport, ImportStep
from cvd_desktop.domain.problem import Problem
from cvd_desktop.domain.records import ReadSummary
from cvd_desktop.ui.background import Background, Lane
from cvd_desktop.ui.file_dialogs import ask_for_files, ask_for_folder
from cvd_desktop.ui.import_view import Imported, MachineReads, imported
from cvd_desktop.ui.import_words import ImportWords
from cvd_desktop.ui.messages import Messages, Told
from cvd_desktop.ui.read_words import ReadWords
from cvd_desktop.ui.screen import Screen
from cvd_desktop.ui.screens.import_done_page import ImportDonePage
from cvd_desktop.ui.screens.import_ready_page import ImportReadyPage
from cvd_desktop.ui.screens.import_running_page import ImportRunningPage
from cvd_desktop.ui.theme import Look

CHANGES = frozenset({"reads", "outbox"})


class ImportFiles(Protocol):
    """services.import_reads.import_files bound to the workplace."""

    def __call__(
        self,
        paths: Sequence[Path],
        *,
        on_progress: Callable[[ImportStep], None],
        cancelled: threading.Event,
    ) -> ImportReport: ...


@dataclass(frozen=True, slots=True)
class ImportServices:
    """The services of this screen, bound to the workplace by the application."""

    import_files: ImportFiles
    list_reads: Callable[[], Sequence[ReadSummary]]
    """All reads of this laptop."""
    left_words: Callable[[FileLeft], str]


class Page(StrEnum):
    READY = "ready"
    RUNNING = "running"
    DONE = "done"


class ImportScreen(Screen):
    """One import at a time; it goes on while other screens are shown."""

    name = "import"
    icon = "folder"
    topics = frozenset()

    machine_opened = Signal(str)
    """Asset number of a machine that a person wants to see."""
    read_opened = Signal(str)
    """Id of a read that a person wants to see."""
    ended = Signal(str)
    """An import has ended: a sentence for a person who is on another screen."""

    def __init__(
        self,
        look: Look,
        background: Background,
        messages: Messages,
        services: ImportServices,
        clock: Clock,
    ) -> None:
        super().__init__()
        self._look = look
        self._background = background
        self._messages = messages
        self._services = services
        self._clock = clock
        self._words = ImportWords(self)
        self._stop = threading.Event()
        self._page = Page.READY
        self._stack = QStackedWidget(self)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._stack)
        self.ready = ImportReadyPage(look, self._stack)
        self.running = ImportRunningPage(look, self._words, self._stack)
        self.done = ImportDonePage(look, self._words, ReadWords(messages, self), self._stack)
        for page in (self.ready, self.running, self.done):
            self._stack.addWidget(page)
        self.done.machine_opened.connect(self._open_machine)
        self.done.read_opened.connect(self.read_opened)
        self.done.changed.connect(self._name_actions)
        background.closing.connect(self.cancel)
        self._make_actions()
        self._name_actions()

    def _make_actions(self) -> None:
        look = self._look
        self.files_action = self.make_action(look, "file", "", self.ask_for_files)
        self.folder_action = self.make_action(look, "folder", "Ctrl+O", self._ask_for_folder)
        self.cancel_action = self.make_action(look, "close", "Esc", self.cancel)
        self.more_action = self.make_action(look, "plus", "Ctrl+I", self.begin_anew)
        self.open_action = self.make_action(look, "arrow-right", "", self.done.open_current)
        self.back_action = self.make_action(look, "arrow-left", "Esc", self.left.emit)
        self.files_action.setText(self.tr("Choose files"))
        self.folder_action.setText(self.tr("Choose a folder"))
        self.cancel_action.setText(self.tr("Stop the import"))
        self.more_action.setText(self.tr("Import more"))
        self.back_action.setText(self.tr("Back"))

    # what the frame asks

    def word(self) -> str:
        return self.tr("Import files")

    def place(self) -> tuple[str, str]:
        detail = {
            Page.READY: "",
            Page.RUNNING: self.tr("running"),
            Page.DONE: self.tr("ended"),
        }[self._page]
        return self.tr("Import files"), detail

    def primary(self) -> QAction | None:
        if self._page is Page.RUNNING:
            return None
        if self._page is Page.DONE and self._openable():
            return self.open_action
        return self.files_action

    def secondary(self) -> Sequence[QAction]:
        if self._page is Page.RUNNING:
            return (self.cancel_action,)
        if self._page is Page.DONE and self._openable():
            return (self.back_action, self.more_action)
        return (self.back_action, self.folder_action)

    # importing

    @property
    def importing(self) -> bool:
        return self._page is Page.RUNNING

    def begin_anew(self) -> None:
        """Ready for other files, unless an import is running."""
        if not self.importing:
            self._show(Page.READY)

    def ask_for_files(self) -> None:
        """Let a person choose files, then import them."""
        title = self.tr("Files of machines")
        ask_for_files(self.window(), title, self.import_paths)

    def _ask_for_folder(self) -> None:
        title = self.tr("Folder with files of machines")
        ask_for_folder(self.window(), title, self.import_paths)

    def import_paths(self, paths: Sequence[Path]) -> bool:
        """Import these now; False when an import is running already."""
        if self.importing or not paths:
            return False
        self._stop = threading.Event()
        self.running.begin()
        self._show(Page.RUNNING)
        self._background.run(
            Lane.FILES,
            partial(
                _run_import,
                self._services,
                tuple(paths),
                self._background.progress(self._show_step),
                self._stop,
            ),
            self._ended,
            self._broke,
            topics=CHANGES,
        )
        return True

    def cancel(self) -> None:
        """Stop a running import; what was taken over is kept."""
        self._stop.set()
        if self.importing:
            self.running.stopping()
            self.cancel_action.setEnabled(False)
            self.cancel_action.setStatusTip(self.tr("It is stopping"))

    def _show_step(self, step: ImportStep) -> None:
        self.running.show_step(step, stopping=self._stop.is_set())

    def _ended(self, shown: Imported) -> None:
        problem = shown.report.problem
        self._show_end(shown, self._messages.error(problem) if problem is not None else None)
        if not self.isVisible():
            self.ended.emit(self._words.toast(shown.report))

    def _broke(self, error: BaseException) -> None:
        """The service itself failed: nothing is known of what was taken over."""
        problem = error if isinstance(error, Problem) else None
        report = ImportReport(0, 0, (), (), (), (), 0.0, problem=problem)
        told = self._messages.error(error)
        self._show_end(Imported(report, (), (), (), ()), told)
        self.done.title.setText(self.tr("The import did not work"))
        if not self.isVisible():
            self.ended.emit(told.what)

    def _show_end(self, shown: Imported, told: Told | None) -> None:
        self.done.show_import(shown, self._clock(), told)
        self._show(Page.DONE)
        if self.isVisible():
            self.done.take_focus()

    # pages

    def _show(self, page: Page) -> None:
        self._page = page
        widget: QWidget = {
            Page.READY: self.ready,
            Page.RUNNING: self.running,
            Page.DONE: self.done,
        }[page]
        focus = QApplication.focusWidget()
        if focus is not None and self.isAncestorOf(focus):
            self.setFocus()  # else Qt moves the focus of a hidden page to any widget
        self._stack.setCurrentWidget(widget)
        self.cancel_action.setEnabled(True)
        self.cancel_action.setStatusTip("")
        self._name_actions()

    def _openable(self) -> bool:
        machine = self.done.current_machine()
        return machine is not None or self.done.current_read() is not None

    def _open_machine(self, machine: MachineReads) -> None:
        """One that is in no list here has its newest read to show."""
        if machine.known and machine.asset:
            self.machine_opened.emit(machine.asset)
        else:
            self.read_opened.emit(machine.reads[-1].id)

    def _name_actions(self) -> None:
        machine = self.done.current_machine()
        words = self.tr("Open the read")
        if machine is not None and machine.known:
            words = self.tr("Open {machine}").format(machine=self._words.machine(machine))
        elif machine is not None:
            words = self.tr("Open its newest read")
        self.open_action.setText(words)
        self.frame_changed.emit()


def _run_import(
    services: ImportServices,
    paths: Sequence[Path],
    on_progress: Callable[[ImportStep], None],
    cancelled: threading.Event,
) -> Imported:
    """In the lane of files."""
    report = services.import_files(paths, on_progress=on_progress, cancelled=cancelled)
    some = report.reads or report.duplicates
    return imported(report, services.list_reads() if some else (), services.left_words)
