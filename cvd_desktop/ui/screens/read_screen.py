"""The Read screen: one button, the audit of a machine, and what it says.

This file leads from page to page; what a read says is told by the pages of read_done_page.py.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from enum import StrEnum
from functools import cached_property, partial
from typing import TYPE_CHECKING, TypeVar

from PySide6.QtCore import Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QApplication, QStackedWidget, QVBoxLayout, QWidget

from cvd_desktop.domain.clock import Clock
from cvd_desktop.domain.records import ReadDetail, ReadSummary
from cvd_desktop.ui import formats
from cvd_desktop.ui.background import Background, Job, Lane
from cvd_desktop.ui.messages import Messages
from cvd_desktop.ui.read_view import ReadProgress
from cvd_desktop.ui.read_words import ReadWords
from cvd_desktop.ui.screen import Screen
from cvd_desktop.ui.screens.read_actions import ReadActions
from cvd_desktop.ui.screens.read_port_watch import PortWatch
from cvd_desktop.ui.screens.read_ready_page import ReadyPage
from cvd_desktop.ui.screens.read_services import ReadServices
from cvd_desktop.ui.screens.run_read import MAX_WAIT, ReadOutcome, asks_for_codes, run_read
from cvd_desktop.ui.theme import Look
from cvd_desktop.ui.widgets.chip import MachineChipState

if TYPE_CHECKING:
    from cvd_desktop.ui.read_proof import Proof
    from cvd_desktop.ui.screens.read_bank_page import BankPage
    from cvd_desktop.ui.screens.read_done_page import DonePage
    from cvd_desktop.ui.screens.read_failed_page import FailedPage
    from cvd_desktop.ui.screens.read_helps import ReadHelps
    from cvd_desktop.ui.screens.read_report import ReadReport
    from cvd_desktop.ui.screens.read_running_page import RunningPage
    from cvd_shared.wire_records import MachineRecord

P = TypeVar("P", bound=QWidget)

CHANGES = frozenset({"reads", "outbox"})


class Page(StrEnum):
    """The value is the name of the page's attribute."""

    READY = "ready"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    BANK = "bank"


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
        self._page = self._home = Page.READY  # home: where a read that is looked at was opened
        self._kept: ReadSummary | None = None
        self._fresh = False
        self._failure: BaseException | None = None
        self._link = "auto"  # a person may say more after a read that failed
        self._told = self._where = ""
        self.embedded = False  # in another screen, which says which machine is read
        self._list_job: Job[list[ReadSummary]] | None = None
        self._detail_job: Job[ReadDetail] | None = None
        self._stack = QStackedWidget(self)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._stack)
        self.ready = ReadyPage(look, messages, self._words, self._stack)
        self._stack.addWidget(self.ready)
        self._later = [Page.RUNNING, Page.DONE, Page.FAILED]
        self.do = ReadActions(look, self, services.import_files or (lambda: None))
        self.next_action, self.raw_action = self.do.next, self.do.file
        self.ready.chosen.connect(self._chosen)
        self.ready.opened.connect(self.open_read)
        background.closing.connect(self.cancel_read)
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
        page.save_wanted.connect(lambda: self._report.save_report(page.detail()))
        page.print_wanted.connect(lambda: self._report.print_report(page.detail()))
        page.machine_decided.connect(self._assign)
        if self._services.conformance is not None:
            page.offer_report()
        if self._services.assign_read is None:
            page.overview.whose.take_away()
        page.addAction(self.do.overview)
        return self._added(page)

    @cached_property
    def failed(self) -> FailedPage:
        from cvd_desktop.ui.screens.read_failed_page import FailedPage

        page = FailedPage(self._look, self._messages, self._words, self._stack)
        page.ways.chosen.connect(self._choose_link)
        return self._added(page)

    @cached_property
    def bank(self) -> BankPage:
        """Several machines at once."""
        from cvd_desktop.ui.screens.read_bank_page import BankPage

        assert self._services.read_bank is not None
        page = BankPage(
            self._look,
            self._background,
            self._messages,
            self._words,
            self._services.read_bank,
            self._stack,
        )
        page.opened.connect(self.open_read)
        page.changed.connect(self._chosen)
        return self._added(page)

    @cached_property
    def helps(self) -> ReadHelps:
        """What helps after a read that failed: evidence, codes, meters by hand."""
        from cvd_desktop.ui.screens.read_helps import ReadHelps

        helps = ReadHelps(self._look, self._background, self._messages, self._services, self)
        helps.evidence.connect(lambda said: self.failed.fault.show_sentences(said))
        helps.read_again.connect(self.start_read)
        return helps

    @cached_property
    def _report(self) -> ReadReport:
        from cvd_desktop.ui.screens.read_report import ReadReport

        make = self._services.conformance
        report = ReadReport(self._background, self._messages, self._words, make, self)
        report.told.connect(self._tell)
        return report

    def _added(self, page: P) -> P:
        self._stack.addWidget(page)
        return page

    def make_next(self) -> bool:
        if self._later:
            getattr(self, self._later.pop(0).value)
            return True
        if not self._ports.running:
            self._ports.start()  # the machine chip tells it on every screen
        return self.done.make_next()

    # what the frame asks

    def word(self) -> str:
        return self.tr("Read")

    def place(self) -> tuple[str, str]:
        detail = self.shown_detail()
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
            return self.do.proof_back if proof else self.next_action
        return {
            Page.READY: self.do.start,
            Page.RUNNING: None,
            Page.FAILED: self.do.again,
            Page.BANK: None if self.reading else self.do.bank_again,
        }[self._page]

    def secondary(self) -> Sequence[QAction]:
        imports = (self.do.imports,) if self._services.import_files is not None else ()
        export = (self.do.export,) if self._services.export is not None else ()
        if self._page is Page.READY:
            known = (self.do.any,) if self._machine and not self.embedded else ()
            able = self._services.read_bank is not None and self.ready.several_adapters()
            bank = (self.do.bank,) if able and not self.embedded else ()
            return (self.do.purpose, *bank, *known, *imports, *export)
        if self.reading:
            return (self.do.cancel,)
        if self._page is Page.BANK:
            return (self.do.back,)
        if self._page is Page.FAILED:
            kept = (self.do.kept,) if self._kept else ()
            return (self.do.back, *self._other_ways(), *kept, *imports)
        here = self.done.actions_here()
        again = (self.do.again,) if self._fresh else ()
        if self.done.current == "file":
            return here if self.done.proof_is_open() else (*here, *again)
        return (*here, self.raw_action, *again, *export)

    def _other_ways(self) -> Sequence[QAction]:
        """What else can be done after a failure, where a machine was chosen to do it for."""
        if self._machine is None:
            return ()
        asks = asks_for_codes(self._failure) and self._services.keep_codes is not None
        codes = (self.do.codes,) if asks else ()
        meters = (self.do.meters,) if self._services.enter_meters is not None else ()
        return (*codes, *meters)

    def fact(self) -> str:
        if self._told:
            return self._told
        if self._page is Page.DONE and self._fresh and not self.done.proof_is_open():
            return self.tr("Pull the plug, so that the machine sells again")
        if self._page is Page.READY:
            return self.do.start.statusTip()
        return ""

    def reload(self) -> None:
        """List, shown read and ports again; from now on ports are looked for by themselves."""
        self._ports.start()
        if self._list_job is not None:
            self._list_job.cancel()
        reads = self._services.reads_for(self._machine if self.embedded else None)
        self._list_job = self._background.run(Lane.DATABASE, reads, self._show_reads, self._no_list)
        detail = self.shown_detail()
        if detail is not None:
            self._fetch_detail(detail.summary.id, self._refresh_detail)

    # the read

    @property
    def machine(self) -> MachineRecord | None:
        """The machine that a person wants to read; None for any."""
        return self._machine

    @property
    def reading(self) -> bool:
        """Whether a machine is being read now, or several of them."""
        return self._page is Page.RUNNING or ("bank" in vars(self) and self.bank.running)

    def choose_machine(self, machine: MachineRecord) -> None:
        """A person wants to read this one."""
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
        report, purpose = self._background.progress(self._step), self.ready.purpose()
        self._background.run(
            Lane.MACHINE,
            partial(
                run_read,
                self._services.read_machine,
                port,
                purpose,
                machine,
                self._link,
                self._stop,
                report,
            ),
            self._ended,
            self._fail,
            topics=CHANGES,
        )

    def start_bank(self) -> None:
        """Read the machines at all known adapters at once."""
        ports = self.ready.likely_ports()
        if self.reading or len(ports) < 2:
            self._show(Page.READY)
            return
        self.any_machine()
        self.bank.begin(ports, self.ready.purpose())
        self._show(Page.BANK)

    def cancel_read(self) -> None:
        """Stop a running read; what arrived is kept, and the failed page says so."""
        self._stop.set()
        if "bank" in vars(self):
            self.bank.cancel()
        if self.reading:
            self.running.sentence.setText(self.tr("Ending the read. What arrived is kept."))

    def open_read(self, read_id: str, proof: Proof | None = None) -> None:
        """Show an earlier read, or the lines of its file that prove something."""
        if not self.reading:
            self._fetch_detail(read_id, partial(self.show_read, fresh=False, proof=proof))

    def next_machine(self) -> None:
        """Back to the beginning, for another machine if one was read just now."""
        if self._fresh:
            self.any_machine()
            self._link = "auto"
        self._show(self._home)

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

    def _fail(self, error: BaseException | None) -> None:
        self.running.end()
        cause = error if error is not None else RuntimeError("the read gave no answer")
        self.failed.show_failure(cause, self._kept, self._progress)
        self.failed.ways.show_link(self._link)
        self._failure = cause
        self._show(Page.FAILED)
        self.helps.look_for_evidence(cause, self._machine)

    def _choose_link(self, link: str) -> None:
        self._link = link

    # fetching and showing

    def shown_detail(self) -> ReadDetail | None:
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
        shown = self.shown_detail()
        if shown is not None and shown.summary.id == detail.summary.id and shown != detail:
            self.done.show_detail(detail, self._clock())
            self.frame_changed.emit()

    def _no_detail(self, error: BaseException) -> None:
        if not self.reading:
            self._kept, self._progress = None, ReadProgress()
        self._fail(error)

    def _show_reads(self, reads: list[ReadSummary]) -> None:
        self.ready.show_reads(reads, self._clock(), of_one=self.embedded)

    def _no_list(self, error: BaseException) -> None:
        told = self._messages.error(error)
        self.ready.show_reading(f"{told.what} {told.do}")

    def _no_ports(self, error: BaseException) -> None:
        self.ready.show_ports(())
        self.ready.port_words.setText(self._messages.error(error).what)

    def _show(self, page: Page) -> None:
        self._page = page
        if page in (Page.READY, Page.BANK):
            self._home = page
        widget: QWidget = getattr(self, page.value)
        if self._stack.currentWidget() is not widget:
            focus = QApplication.focusWidget()
            if focus is not None and self.isAncestorOf(focus):
                self.setFocus()  # else Qt moves the focus of a hidden page to any widget
            self._stack.setCurrentWidget(widget)
        self._chosen()

    def _chosen(self) -> None:
        """Port, purpose, page or view changed: words and reasons of the actions."""
        self.do.name_start(self.ready, failed=self._page is Page.FAILED)
        self.do.name_next(fresh=self._fresh)
        if self._page is Page.DONE:
            self.do.name_done(self.done)
        where = f"{self._page} {self.done.current if self._page is Page.DONE else ''}"
        if where != self._where:
            self._where, self._told = where, ""
        self._tell_machine_state()
        self.frame_changed.emit()

    def _tell_machine_state(self) -> None:
        if self.reading:
            state = MachineChipState.READING
        elif self._page is Page.DONE and self._fresh:
            state = MachineChipState.PULL_THE_PLUG
        else:
            state = self.ready.chip_state()
        one = self._page is Page.RUNNING
        self.machine_state_changed.emit(state, self.running.percent() if one else None)

    def _tell(self, words: str) -> None:
        """A sentence beside the biggest button, until another page is shown."""
        self._told = words
        self.frame_changed.emit()

    # whose read it is

    def _assign(self, machine_id: str) -> None:
        detail, assign = self.done.detail(), self._services.assign_read
        if detail is not None and assign is not None:
            self._background.run(
                Lane.DATABASE,
                partial(assign, detail.summary.id, machine_id),
                lambda _: self._tell(self.tr("The read belongs to it now; the office is told")),
                lambda error: self._tell(self._messages.error(error).what),
                topics=CHANGES,
            )

    # small actions

    def show_file(self) -> None:
        """The lines of the row that a person picked, else the whole file."""
        proof = self.done.picked_proof()
        if proof is not None:
            self.done.show_proof(proof)
        else:
            self.done.show_part("file")

    def show_kept(self) -> None:
        if self._kept is not None:
            self._fetch_detail(self._kept.id, partial(self.show_read, fresh=True))

    def go_back(self) -> None:
        if self._page is not Page.DONE or not self.done.back():
            self._show(self._home if self._page is Page.DONE else Page.READY)

    def export(self) -> None:
        export, detail = self._services.export, self.shown_detail()
        listed, current = self.ready.listed()
        if export is not None and detail is not None:
            export((detail.summary,), detail.summary)
        elif export is not None and current is not None:
            export(listed, current)

    def any_machine(self) -> None:
        self._machine = None
        self.ready.show_machine("", "")
        self._chosen()
