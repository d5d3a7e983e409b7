"""The Read screen: one button, the audit of a machine, and what it says.

This file leads from page to page; what a read says is told by the pages of read_done_page.py.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property, partial
from typing import TYPE_CHECKING, TypeVar

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QApplication, QStackedWidget, QVBoxLayout, QWidget

from cvd_desktop.domain.clock import Clock
from cvd_desktop.domain.records import PortFact, ReadDetail, ReadSummary
from cvd_desktop.ui import formats
from cvd_desktop.ui.background import Background, Job, Lane
from cvd_desktop.ui.messages import Messages
from cvd_desktop.ui.print_page import PagePrinter
from cvd_desktop.ui.read_view import ReadProgress
from cvd_desktop.ui.read_words import ReadWords
from cvd_desktop.ui.screen import Screen
from cvd_desktop.ui.screens.read_port_watch import PortWatch
from cvd_desktop.ui.screens.read_ready_page import ReadyPage
from cvd_desktop.ui.screens.run_read import MAX_WAIT, ReadMachine, ReadOutcome, run_read
from cvd_desktop.ui.theme import Look
from cvd_desktop.ui.widgets.chip import MachineChipState

if TYPE_CHECKING:
    from cvd_desktop.ui.read_proof import Proof
    from cvd_desktop.ui.screens.read_done_page import DonePage
    from cvd_desktop.ui.screens.read_failed_page import FailedPage
    from cvd_desktop.ui.screens.read_running_page import RunningPage
    from cvd_shared.wire_records import MachineRecord

P = TypeVar("P", bound=QWidget)

CHANGES = frozenset({"reads", "outbox"})


@dataclass(frozen=True, slots=True)
class ReadServices:
    """The services of this screen, bound to the workplace by the application."""

    read_machine: ReadMachine
    read_detail: Callable[[str], ReadDetail]
    list_reads: Callable[[], list[ReadSummary]]
    list_ports: Callable[[], list[PortFact]]
    import_files: Callable[[], object] | None = None  # opens the import; None: there is none
    conformance: Callable[[str], str] | None = None  # read id -> the report as a page of HTML
    export: Callable[[Sequence[ReadSummary], ReadSummary], object] | None = None
    """Asks which of these reads, the second one offered first, as what and where."""


class Page(StrEnum):
    """The value is the name of the page's attribute."""

    READY = "ready"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class ReadScreen(Screen):
    """Ready, running, done or failed."""

    name = "read"
    icon = "read"
    topics = CHANGES | {"sync"}

    machine_state_changed = Signal(object, object)
    """For the machine chip: a MachineChipState, and the percent of a running read or None."""

    def __init__(
        self,
        look: Look,
        background: Background,
        messages: Messages,
        services: ReadServices,
        clock: Clock,
    ) -> None:
        super().__init__()
        self._look = look
        self._background = background
        self._messages = messages
        self._services = services
        self._clock = clock
        self._words = ReadWords(messages, self)
        self._machine: MachineRecord | None = None
        self._stop = threading.Event()
        self._progress = ReadProgress()
        self._page = Page.READY
        self._kept: ReadSummary | None = None
        self._fresh = False
        self._told = ""
        self._list_job: Job[list[ReadSummary]] | None = None
        self._detail_job: Job[ReadDetail] | None = None
        self._stack = QStackedWidget(self)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._stack)
        self.ready = ReadyPage(look, messages, self._words, self._stack)
        self._stack.addWidget(self.ready)
        self._later = [Page.RUNNING, Page.DONE, Page.FAILED]
        self._make_actions()
        self.ready.chosen.connect(self._chosen)
        self.ready.opened.connect(self.open_read)
        background.closing.connect(self.cancel_read)
        self._printer = PagePrinter(background, messages, self)
        self._printer.told.connect(self._tell)
        self._ports = PortWatch(background, services.list_ports, lambda: self.reading, self)
        self._ports.found.connect(self.ready.show_ports)
        self._ports.failed.connect(self._no_ports)
        self._show(Page.READY)

    # pages that are not seen at first are imported and made after the first paint, one at a time

    @cached_property
    def running(self) -> RunningPage:
        from cvd_desktop.ui.screens.read_running_page import RunningPage

        return self._added(RunningPage(self._look, self._words, self._stack))

    @cached_property
    def done(self) -> DonePage:
        from cvd_desktop.ui.screens.read_done_page import DonePage

        page = DonePage(self._look, self._messages, self._words, self._stack)
        page.changed.connect(self._chosen)
        page.save_wanted.connect(self._save_report)
        page.print_wanted.connect(self._print_report)
        if self._services.conformance is not None:
            page.offer_report()
        page.addAction(self.overview_action)
        return self._added(page)

    @cached_property
    def failed(self) -> FailedPage:
        from cvd_desktop.ui.screens.read_failed_page import FailedPage

        return self._added(FailedPage(self._look, self._messages, self._words, self._stack))

    def _added(self, page: P) -> P:
        self._stack.addWidget(page)
        return page

    def _make_next_page(self) -> None:
        if self._later:
            getattr(self, self._later.pop(0).value)
        elif not self.done.make_next():
            return
        QTimer.singleShot(0, self, self._make_next_page)

    def _make_actions(self) -> None:
        make = partial(self.make_action, self._look)
        self.start_action = make("read", "", self.start_read)
        self.next_action = make("arrow-right", "", self.next_machine, self.tr("Next machine"))
        self.cancel_action = make("close", "Esc", self.cancel_read, self.tr("Cancel the read"))
        self.again_action = make("retry", "F9", self.start_read, self.tr("Read again"))
        self.raw_action = make("file", "F11", self._show_file, self.tr("Raw file"))
        self.purpose_action = make("cash", "C", self._turn_purpose)
        self.any_action = make("close", "M", self._any_machine, self.tr("Any machine"))
        self.back_action = make("arrow-left", "Esc", self._back, self.tr("Back"))
        self.proof_back_action = make("arrow-left", "Esc", self._back)
        self.proof_back_action.setShortcuts(
            [QKeySequence(key) for key in ("Esc", "Return", "Enter")]
        )
        self.overview_action = make("arrow-left", "Esc", self._back, self.tr("Overview"))
        self.kept_action = make("file", "F11", self._show_kept, self.tr("Show what arrived"))
        self.import_action = make("folder", "I", self._import_files, self.tr("Import files"))
        self.export_action = make("arrow-down", "Ctrl+E", self._export, self.tr("Export"))

    # what the frame asks

    def word(self) -> str:
        return self.tr("Read")

    def place(self) -> tuple[str, str]:
        detail = self._shown_detail()
        if detail is not None:
            when = formats.moment_beside(detail.summary.at, self._clock())
            purpose = self._words.purpose(detail.summary.purpose)
            words = self.tr("{purpose}, read {when}").format(purpose=purpose, when=when)
            return self._words.machine(detail.summary.machine_asset), words
        if self._machine is not None:
            return self._machine.asset_number, self._machine.location_name
        return self.word(), ""

    def primary(self) -> QAction | None:
        if self._page is Page.DONE:
            proof = self.done.proof_is_open()
            return self.proof_back_action if proof else self.next_action
        return {
            Page.READY: self.start_action,
            Page.RUNNING: None,
            Page.FAILED: self.again_action,
        }[self._page]

    def secondary(self) -> Sequence[QAction]:
        imports = (self.import_action,) if self._services.import_files is not None else ()
        export = (self.export_action,) if self._services.export is not None else ()
        if self._page is Page.READY:
            known = (self.any_action,) if self._machine else ()
            return (self.purpose_action, *known, *imports, *export)
        if self._page is Page.RUNNING:
            return (self.cancel_action,)
        if self._page is Page.FAILED:
            kept = (self.kept_action,) if self._kept else ()
            return (self.back_action, *kept, *imports)
        here = self.done.actions_here()
        again = (self.again_action,) if self._fresh else ()
        if self.done.current == "file":
            return here if self.done.proof_is_open() else (*here, *again)
        return (*here, self.raw_action, *again, *export)

    def fact(self) -> str:
        if self._told:
            return self._told
        if self._page is Page.DONE and self._fresh and not self.done.proof_is_open():
            return self.tr("Pull the plug, so that the machine sells again")
        if self._page is Page.READY:
            return self.start_action.statusTip()
        return ""

    def reload(self) -> None:
        """List, shown read and ports again; from now on ports are looked for by themselves."""
        if not self._ports.running:
            QTimer.singleShot(0, self, self._make_next_page)
        self._ports.start()
        if self._list_job is not None:
            self._list_job.cancel()
        self._list_job = self._background.run(
            Lane.DATABASE, self._services.list_reads, self._show_reads, self._no_list
        )
        detail = self._shown_detail()
        if detail is not None:
            self._fetch_detail(detail.summary.id, self._refresh_detail)

    # the read

    @property
    def reading(self) -> bool:
        """Whether a machine is being read now."""
        return self._page is Page.RUNNING

    def choose_machine(self, machine: MachineRecord) -> None:
        """A person came from the list of machines to read this one."""
        self._machine = machine
        self.ready.show_machine(machine.asset_number, machine.location_name)
        if not self.reading:
            self._show(Page.READY)

    def start_read(self) -> None:
        port = self.ready.port()
        if port is None or self.reading:
            self._show(Page.READY)
            return
        self._stop = threading.Event()
        self._progress = ReadProgress()
        self._kept = None
        machine = self._machine
        title = self.tr("Reading the machine")
        if machine is not None:
            title = self.tr("Reading {machine}").format(machine=machine.asset_number)
        self.running.begin(title, MAX_WAIT)
        self._show(Page.RUNNING)
        report = self._background.progress(self._step)
        self._background.run(
            Lane.MACHINE,
            partial(
                run_read,
                self._services.read_machine,
                port,
                self.ready.purpose(),
                machine,
                self._stop,
                report,
            ),
            self._ended,
            self._broke,
            topics=CHANGES,
        )

    def cancel_read(self) -> None:
        """Stop a running read; what arrived is kept, and the failed page says so."""
        self._stop.set()
        if self.reading:
            self.running.sentence.setText(self.tr("Ending the read. What arrived is kept."))

    def open_read(self, read_id: str, proof: Proof | None = None) -> None:
        """Show an earlier read, or the lines of its file that prove something."""
        if not self.reading:
            self._fetch_detail(read_id, partial(self.show_read, fresh=False, proof=proof))

    def next_machine(self) -> None:
        """Back to the beginning, for another machine if one was read just now."""
        if self._fresh:
            self._any_machine()
        self._show(Page.READY)

    def _step(self, progress: ReadProgress) -> None:
        self._progress = progress
        self.running.show_progress(progress)
        self._tell_machine_state()

    def _ended(self, outcome: ReadOutcome) -> None:
        self._kept = outcome.read
        if outcome.problem is not None or outcome.read is None:
            self._fail(outcome.problem)
            return
        self._fetch_detail(outcome.read.id, partial(self.show_read, fresh=True))

    def _broke(self, error: BaseException) -> None:
        self._fail(error)

    def _fail(self, error: BaseException | None) -> None:
        self.running.end()
        cause = error if error is not None else RuntimeError("the read gave no answer")
        self.failed.show_failure(cause, self._kept, self._progress)
        self._show(Page.FAILED)

    # fetching and showing

    def _shown_detail(self) -> ReadDetail | None:
        return self.done.detail() if self._page is Page.DONE else None

    def _fetch_detail(self, read_id: str, done: Callable[[ReadDetail], None]) -> None:
        if self._detail_job is not None:
            self._detail_job.cancel()
        self._detail_job = self._background.run(
            Lane.DATABASE, partial(self._services.read_detail, read_id), done, self._no_detail
        )

    def show_read(self, detail: ReadDetail, *, fresh: bool, proof: Proof | None = None) -> None:
        self.running.end()
        self._fresh = fresh
        self.done.show_detail(detail, self._clock())
        self._show(Page.DONE)
        if proof is not None:
            self.done.show_proof(proof)

    def _refresh_detail(self, detail: ReadDetail) -> None:
        shown = self._shown_detail()
        if shown is not None and shown.summary.id == detail.summary.id and shown != detail:
            self.done.show_detail(detail, self._clock())
            self.frame_changed.emit()

    def _no_detail(self, error: BaseException) -> None:
        if not self.reading:
            self._kept, self._progress = None, ReadProgress()
        self._fail(error)

    def _show_reads(self, reads: list[ReadSummary]) -> None:
        self.ready.show_reads(reads, self._clock())

    def _no_list(self, error: BaseException) -> None:
        told = self._messages.error(error)
        self.ready.show_reading(f"{told.what} {told.do}")

    def _no_ports(self, error: BaseException) -> None:
        self.ready.show_ports(())
        self.ready.port_words.setText(self._messages.error(error).what)

    def _show(self, page: Page) -> None:
        self._page = page
        widget: QWidget = getattr(self, page.value)
        if self._stack.currentWidget() is not widget:
            focus = QApplication.focusWidget()
            if focus is not None and self.isAncestorOf(focus):
                self.setFocus()  # else Qt moves the focus of a hidden page to any widget
            self._stack.setCurrentWidget(widget)
        self._chosen()

    def _name_done_actions(self) -> None:
        """What leads to the file, and from a page back to where the person was."""
        picked = self.done.picked_proof() is not None
        self.raw_action.setText(self.tr("Show in the file") if picked else self.tr("Raw file"))
        proof = self.done.proof_is_open()
        back = self.tr("Back to {view}").format(view=self.done.back_word())
        self.proof_back_action.setText(back)
        self.overview_action.setEnabled(not proof and self.done.current != "overview")

    def _chosen(self) -> None:
        """Port, purpose or page changed: words and reasons of the actions."""
        collect = self.ready.purpose() == "collect"
        self.start_action.setText(
            self.tr("Read and collect") if collect else self.tr("Read the machine")
        )
        self.purpose_action.setText(self.tr("Only look") if collect else self.tr("Collect"))
        able = self.ready.port() is not None
        reason = ""
        if not able:
            reason = self.tr("Looking for the adapter")
            if self.ready.choices():
                reason = self.tr("Choose a port first")
            elif self.ready.ports_known():
                reason = self.tr("Plug the adapter in first")
        for action in (self.start_action, self.again_action):
            action.setEnabled(able)
            action.setStatusTip(reason)
        if self._page is Page.FAILED and self.ready.choices() and not able:
            self.again_action.setStatusTip(self.tr("Go back and choose a port"))
        self.next_action.setText(
            self.tr("Next machine") if self._fresh else self.tr("Back to the reads")
        )
        if self._page is Page.DONE:
            self._name_done_actions()
        self._tell_machine_state()
        self.frame_changed.emit()

    def _tell_machine_state(self) -> None:
        if self.reading:
            state = MachineChipState.READING
        elif self._page is Page.DONE and self._fresh:
            state = MachineChipState.PULL_THE_PLUG
        elif self.ready.port() is not None:
            state = MachineChipState.ADAPTER_READY
        elif self.ready.several_adapters():
            state = MachineChipState.CHOOSE_PORT
        else:
            state = MachineChipState.NO_ADAPTER
        self.machine_state_changed.emit(state, self.running.percent() if self.reading else None)

    # the conformance report on paper

    def _save_report(self) -> None:
        asked = self._report()
        if asked is not None:
            make, title, name = asked
            self._printer.save(make, title, name)

    def _print_report(self) -> None:
        asked = self._report()
        if asked is not None:
            make, title, _ = asked
            self._printer.print_out(make, title)

    def _report(self) -> tuple[Callable[[], str], str, str] | None:
        """What makes the page of the read that is shown, its title, the name of its file."""
        detail, conformance = self.done.detail(), self._services.conformance
        if detail is None or conformance is None:
            return None
        machine = self._words.machine(detail.summary.machine_asset)
        title = self.tr("Conformance report, {machine}").format(machine=machine)
        day = detail.summary.at.astimezone().date().isoformat()
        name = f"conformance-{detail.summary.machine_asset or 'machine'}-{day}.pdf"
        return partial(conformance, detail.summary.id), title, name

    def _tell(self, words: str) -> None:
        self._told = words
        self.frame_changed.emit()

    # small actions

    def _show_file(self) -> None:
        """The lines of the row that a person picked, else the whole file."""
        proof = self.done.picked_proof()
        if proof is not None:
            self.done.show_proof(proof)
        else:
            self.done.show_part("file")

    def _show_kept(self) -> None:
        if self._kept is not None:
            self._fetch_detail(self._kept.id, partial(self.show_read, fresh=True))

    def _back(self) -> None:
        if self._page is not Page.DONE or not self.done.back():
            self._show(Page.READY)

    def _import_files(self) -> None:
        if self._services.import_files is not None:
            self._services.import_files()

    def _export(self) -> None:
        export, detail = self._services.export, self._shown_detail()
        rows = map(self.ready.reads.row, range(self.ready.reads.rowCount()))
        listed = [read for read in rows if read is not None]
        if export is not None and detail is not None:
            export((detail.summary,), detail.summary)
        elif export is not None and listed:
            export(listed, self.ready.table.current() or listed[0])

    def _turn_purpose(self) -> None:
        self.ready.set_purpose("look" if self.ready.purpose() == "collect" else "collect")

    def _any_machine(self) -> None:
        self._machine = None
        self.ready.show_machine("", "")
        self._chosen()
