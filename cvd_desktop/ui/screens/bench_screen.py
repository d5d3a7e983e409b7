"""The Bench: a technician sees every byte of a read with its meaning, and compares it with a good
one. This file leads from page to page; reading is in bench_reading.py, files in bench_files.py.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import StrEnum
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, TypeVar

from PySide6.QtCore import Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from cvd_desktop.domain.bench_records import PartLine, StoredTrace
from cvd_desktop.domain.clock import Clock
from cvd_desktop.domain.problem import ExitCode, Problem
from cvd_desktop.domain.records import ReadSummary
from cvd_desktop.link.trace_decoder_steps import TraceStep
from cvd_desktop.ui.background import Background, Job, Lane
from cvd_desktop.ui.bench_columns import BenchColumns
from cvd_desktop.ui.bench_player import TracePlayer
from cvd_desktop.ui.bench_shown import GoodTrace, ShownTrace, shown_trace
from cvd_desktop.ui.messages import Messages
from cvd_desktop.ui.screen import Screen
from cvd_desktop.ui.screens.bench_actions import BenchActions
from cvd_desktop.ui.screens.bench_cards import GoodCard, PortCard, ReadCard
from cvd_desktop.ui.screens.bench_files import BenchFiles
from cvd_desktop.ui.screens.bench_ports import BenchPorts
from cvd_desktop.ui.screens.bench_ports_page import PortsPage
from cvd_desktop.ui.screens.bench_reading import BenchReading, ReadEnd, compared
from cvd_desktop.ui.screens.bench_services import BenchServices, BundleWanted, Finding
from cvd_desktop.ui.screens.bench_trace_card import TracePage
from cvd_desktop.ui.screens.bench_words import BenchWords
from cvd_desktop.ui.theme import Look
from cvd_desktop.ui.widgets.notice import announce
from cvd_desktop.ui.widgets.tag import TagKind

if TYPE_CHECKING:
    from cvd_desktop.ui.screens.bench_pages import ComparePage, PartsPage
    from cvd_desktop.ui.screens.bench_practice_page import PracticePage
    from cvd_desktop.ui.screens.bench_write_page import WritePage
    from cvd_shared.wire_records import MachineRecord

LINKS = ("auto", "dexucs", "ddcmp")
P = TypeVar("P", bound=QWidget)
R = TypeVar("R")


class Page(StrEnum):
    """The value is the name of the page's attribute."""

    PORTS = "ports"
    TRACE = "trace"
    COMPARE = "compare"
    PARTS = "parts"
    PRACTICE = "practice"
    WRITE = "write"


class BenchScreen(Screen):
    """Ports, trace, comparison, parts, practice, or the write panel; the cards stay at the left."""

    name = "bench"
    icon = "pulse"
    topics = frozenset({"reads", "snapshot"})

    machine_state_changed = Signal(object, object)
    """For the machine chip: a MachineChipState, and None: how far a read is, is not told here."""

    def __init__(
        self,
        look: Look,
        background: Background,
        messages: Messages,
        services: BenchServices,
        clock: Clock,
    ) -> None:
        super().__init__()
        self._look = look
        self._background = background
        self._messages = messages
        self._services = services
        self._clock = clock
        self._words = BenchWords(messages, self)
        self._machine: MachineRecord | None = None
        self._link = LINKS[0]
        self._page = Page.PORTS
        self._shown: ShownTrace | None = None
        self._good: GoodTrace | None = None
        self._told = ""
        self._end: ReadEnd | None = None
        self._jobs: dict[str, Job[Any]] = {}
        self.port_card = PortCard(look)
        self.read_card = ReadCard(look)
        self.good_card = GoodCard(look)
        self.ports = PortsPage(look)
        self.trace = TracePage(look)
        self._stack = QStackedWidget()
        self.columns = BenchColumns(look, self._stack, self)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.columns)
        for card in (self.port_card, self.read_card, self.good_card):
            self.columns.side.addWidget(card)
        self.columns.side.addStretch(1)
        self._stack.addWidget(self.ports)
        self._stack.addWidget(self.trace)
        self._later = [Page.COMPARE, Page.PARTS]
        if services.practice is not None:
            self._later.append(Page.PRACTICE)
        if services.write is not None:
            self._later.append(Page.WRITE)
        self.do = BenchActions(look, self)
        self.do.name_link(self._link)
        self.player = TracePlayer(self._play_on, self)
        self.player.ended.connect(self._changed)
        self.files = BenchFiles(background, messages, services, clock, self)
        self.files.told.connect(self._tell)
        self.files.opened.connect(self.show_stored)
        self.reading = BenchReading(background, services, clock, self)
        self.reading.grown.connect(self._grown)
        self.reading.ended.connect(self._ended)
        self.reading.tested.connect(self._tested)
        background.closing.connect(self.reading.cancel)
        self.line = BenchPorts(background, services.list_ports, lambda: self._busy, self)
        self.line.changed.connect(self._ports_changed)
        self.line.failed.connect(lambda error: self._tell(messages.error(error).what))
        self.ports.port_chosen.connect(self.line.choose)
        self.ports.trace_wanted.connect(self._fetch_trace)
        self._show(Page.PORTS)

    # pages that are not seen at first

    @cached_property
    def compare(self) -> ComparePage:
        from cvd_desktop.ui.screens.bench_pages import ComparePage

        return self._added(ComparePage(self._look))

    @cached_property
    def parts(self) -> PartsPage:
        from cvd_desktop.ui.screens.bench_pages import PartsPage

        return self._added(PartsPage(self._look))

    @cached_property
    def practice(self) -> PracticePage:
        from cvd_desktop.ui.screens.bench_practice_page import PracticePage

        assert self._services.practice is not None
        page = PracticePage(self._look, self._background, self._services.practice)
        page.changed.connect(self._changed)
        page.turned.connect(self._practice_turned)
        page.failed.connect(self._failed)
        return self._added(page)

    @cached_property
    def write(self) -> WritePage:
        from cvd_desktop.ui.screens.bench_write_page import WritePage

        assert self._services.write is not None
        page = WritePage(self._look, self._background, self._messages, self._services.write, self)
        page.changed.connect(self._changed)
        page.left.connect(self.show_trace_page)
        page.traced.connect(self._keep_trace)
        self._background.closing.connect(page.cancel)
        return self._added(page)

    def _added(self, page: P) -> P:
        self._stack.addWidget(page)
        return page

    def make_next(self) -> bool:
        if self._later:
            getattr(self, self._later.pop(0).value)
            return True
        return False

    # what the frame asks

    def word(self) -> str:
        return self.tr("Bench")

    def place(self) -> tuple[str, str]:
        shown = self._shown.stored.head if self._shown and self._page is not Page.PORTS else None
        now = None if self.reading.running else self._clock()
        return self._words.place(self.word(), self._machine, shown, now)

    def primary(self) -> QAction | None:
        if self.reading.running or self.player.playing:
            return None
        if self._page is Page.WRITE:
            return self.write.primary_action()
        if self._page is Page.PRACTICE and not self.practice.port:
            return self.do.start
        return self.do.again if self._end is not None else self.do.read

    def secondary(self) -> Sequence[QAction]:
        if self.reading.busy:
            return (self.do.cancel,)
        if self.player.playing:
            return (self.do.stop_play,)
        if self._page is Page.WRITE:
            return self.write.secondary_actions()
        if self._page is Page.PRACTICE:
            return self.do.of_practice(running=bool(self.practice.port))
        if self._page in (Page.COMPARE, Page.PARTS):
            return (self.do.back, self.do.export)
        if self._page is Page.PORTS or self._shown is None:
            return self.do.of_ports(self._services)
        return self.do.of_trace(self._services)

    def fact(self) -> str:
        if self._page is Page.WRITE:
            return self.write.fact()
        if self._told:
            return self._told
        if self.reading.running:
            return self.tr("Every byte is shown as it comes")
        if self.reading.testing:
            return self.tr("Testing the cable: its two wires must be joined")
        if self._page is Page.TRACE and self._shown is not None:
            return self._words.reset_mode(self._shown.facts)
        return ""

    def reload(self) -> None:
        """Ports and list of reads again; from now on ports are looked for by themselves."""
        self.line.look()
        self._run("reads", self._services.list_reads, self._show_reads)
        if self._page is Page.PARTS:
            self._run("parts", self._services.parts, self._show_parts)

    def choose_machine(self, machine: MachineRecord) -> None:
        """A person came with a machine: reads are of it."""
        self._machine = machine
        self._changed()

    # reading

    def start_read(self) -> None:
        port = self.line.chosen()
        if port is None or self.reading.busy:
            self._changed()
            return
        self._told, self._end, self._good = "", None, None
        self.trace.failure.hide()
        self.trace.show_trace((), growing=True)
        self.reading.start(port, self._machine, self._link)
        self._show(Page.TRACE)

    def cancel_read(self) -> None:
        """Stop the read or the loop-back test that runs."""
        self.reading.cancel()
        self._tell(self.tr("Ending it. What arrived is kept."))

    def test_loop_back(self) -> None:
        if self.line.device and not self.reading.busy:
            self._told = ""
            self.reading.test(self.line.device)
            self._changed()

    def _grown(self, shown: ShownTrace) -> None:
        self._shown = shown
        self.trace.show_trace(shown.steps, growing=True)
        self._show_cards()

    def _ended(self, end: ReadEnd) -> None:
        self._end, self._told = end, ""
        self._show_trace(end.shown)
        if end.error is not None:
            cancelled = isinstance(end.error, Problem) and end.error.code == "cancelled"
            self.trace.failure.show_failure(self._messages.error(end.error), critical=not cancelled)
            self._ask_part(end.error)

    def _ask_part(self, error: BaseException) -> None:
        ask = self._services.evidence
        if ask is not None and isinstance(error, Problem):
            work = partial(ask, error, self._machine)
            self._run("evidence", work, self.trace.failure.show_part)

    def _tested(self, device: str, found: Finding | BaseException) -> None:
        if isinstance(found, BaseException):
            self._tell(self._messages.error(found).what)
        else:
            code, values = found
            told = self._messages.error(Problem(code, ExitCode.DONE, **dict(values)))
            self.line.findings[device] = self._words.tested(code, told.what, self._clock())
            self.ports.show_findings(self.line.findings)
            self._tell(" ".join(part for part in (told.what, told.do) if part))
        self._show_cards()
        self._changed()

    # traces

    def _fetch_trace(self, read_id: str) -> None:
        self._run("trace", partial(self._services.trace_of, read_id), self.show_stored)

    def show_stored(self, stored: StoredTrace) -> None:
        """Show a trace of a read or of a file."""
        self._run("shown", partial(shown_trace, stored), self._show_opened, Lane.FILES)

    def _show_opened(self, shown: ShownTrace) -> None:
        self._told, self._end = "", None
        self.trace.failure.hide()
        self._show_trace(shown)

    def _show_trace(self, shown: ShownTrace) -> None:
        self._shown, self._good = shown, None
        self.trace.show_trace(shown.steps)
        self._show(Page.TRACE)
        if shown.steps:
            self._run(
                "good",
                partial(compared, self._services, shown, self._machine),
                self._show_good,
            )

    def _show_good(self, good: GoodTrace | None) -> None:
        self._good = good
        self._show_cards()
        self._changed()

    def _show_reads(self, reads: Sequence[ReadSummary]) -> None:
        with_trace = [read for read in reads if not read.source]
        self.ports.show_reads(with_trace, self._clock())

    def _show_parts(self, parts: Sequence[PartLine]) -> None:
        self.parts.show_parts(parts)

    # pages

    def show_trace_page(self) -> None:
        """Back to the trace; to the ports where there is none."""
        self._show(Page.PORTS if self._shown is None else Page.TRACE)

    def show_ports_page(self) -> None:
        self._show(Page.PORTS)

    def show_comparison(self) -> None:
        if self._good is not None:
            whose = self._words.whose(self._good.stored)
            self.compare.show_comparison(whose, self._good.comparison)
            self._show(Page.COMPARE)

    def show_parts(self) -> None:
        self._run("parts", self._services.parts, self._show_parts)
        self._show(Page.PARTS)

    def show_practice(self) -> None:
        self._show(Page.PRACTICE)

    def show_write(self) -> None:
        self.write.begin(self.line.chosen(), self._machine)
        self._show(Page.WRITE)
        self.write.take_focus()

    def _keep_trace(self, stored: StoredTrace) -> None:
        """The trace of a write is there when the person comes back to it."""
        self._shown, self._good, self._end = shown_trace(stored), None, None
        self.trace.failure.hide()
        self.trace.show_trace(self._shown.steps)

    @property
    def _busy(self) -> bool:
        """The lane of machines is taken."""
        return self.reading.busy or (self._page is Page.WRITE and self.write.running)

    def go_to_mark(self) -> None:
        self.trace.table.go_to_marked()

    def turn_link(self) -> None:
        """The next read tries another link, or finds it out."""
        self._link = LINKS[(LINKS.index(self._link) + 1) % len(LINKS)]
        self.do.name_link(self._link)
        self._show_cards()
        self._changed()

    def play(self) -> None:
        """Each step as it came then."""
        if self._shown is not None:
            self.player.play(self._shown.steps)
            self._changed()

    def stop_playing(self) -> None:
        self.player.stop()

    def _play_on(self, steps: Sequence[TraceStep]) -> None:
        self.trace.table.show_steps(steps, follow=True)

    # files

    def save_trace(self) -> None:
        if self._shown is not None:
            self.files.save(self._shown.stored)

    def open_trace(self) -> None:
        self.files.open()

    def replay(self) -> None:
        if self._shown is not None:
            self.files.replay(self._shown.stored)

    def export_bundle(self) -> None:
        error = self._end.error if self._end is not None else None
        self.files.export(
            BundleWanted(
                trace=self._shown.stored if self._shown is not None else None,
                good=self._good.stored if self._good is not None else None,
                problem=error if isinstance(error, Problem) else None,
            )
        )

    # practice

    def start_practice(self) -> None:
        self.practice.start()

    def stop_practice(self) -> None:
        self.practice.stop()

    def _practice_turned(self, port: str) -> None:
        """A machine answers on this port now; "" when it has ended."""
        if port:
            self.line.choose(port)
        self.line.look()

    # inside

    def _ports_changed(self) -> None:
        self.ports.show_ports(self.line.known, self.line.device)
        self._show_cards()
        self._changed()

    def _show(self, page: Page) -> None:
        self.player.stop()
        self._page = page
        self._stack.setCurrentWidget(getattr(self, page.value))
        self._show_cards()
        self._changed()

    def _show_cards(self) -> None:
        shown = self._shown if self._page is not Page.PORTS else None
        shown = shown if shown is not None and shown.steps else None
        line = self.line
        checks = self._words.port_checks(line.known, line.device, line.finding(), held=line.held)
        if self._link != LINKS[0]:
            checks.append((TagKind.INFO, self.do.link.text()))
        facts: list[tuple[str, str]] = []
        if shown is not None:
            facts = self._words.facts(shown.stored, shown.facts, shown.stored.head.link)
            self.read_card.show_facts(shown.facts)
        self.port_card.show_port(checks, facts)
        self.read_card.setVisible(shown is not None)
        self.good_card.setVisible(shown is not None and not self.reading.running)
        if self._good is not None:
            whose = self._words.whose(self._good.stored)
            self.good_card.show_comparison(whose, self._good.comparison)
        else:
            self.good_card.show_nothing(
                self.tr("No good trace of this machine or its model is on this laptop.")
            )

    def _changed(self) -> None:
        self.do.enable(
            port=self.line.chosen() is not None,
            testing=self.reading.testing,
            ports_known=self.line.known is not None,
            held=self.line.held,
            good=self._good is not None,
        )
        self.machine_state_changed.emit(self.line.chip_state(reading=self._busy), None)
        self.frame_changed.emit()

    def _tell(self, words: str) -> None:
        self._told = words
        announce(self, words)
        self.frame_changed.emit()

    def _run(
        self,
        name: str,
        work: Callable[[], R],
        done: Callable[[R], object],
        lane: Lane = Lane.DATABASE,
    ) -> None:
        """One answer of a kind at a time: a later question takes the place of an earlier one."""
        before = self._jobs.pop(name, None)
        if before is not None:
            before.cancel()
        self._jobs[name] = self._background.run(lane, work, done, self._failed)

    def _failed(self, error: BaseException) -> None:
        told = self._messages.error(error)
        self._tell(" ".join(part for part in (told.what, told.do) if part))
