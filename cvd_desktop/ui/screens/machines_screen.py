"""The Machines screen: find one by typing, see all that is known of it, go and read it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout

from cvd_desktop.domain.clock import Clock
from cvd_desktop.domain.records import MachineLine
from cvd_desktop.ui import formats
from cvd_desktop.ui.background import Background, Job, Lane
from cvd_desktop.ui.messages import Messages
from cvd_desktop.ui.read_fact_words import FactWords
from cvd_desktop.ui.read_rows import ReadRows
from cvd_desktop.ui.read_words import ReadWords
from cvd_desktop.ui.screen import Screen
from cvd_desktop.ui.screens.machine_facts import MachineServices, fetch, save_text, work_out
from cvd_desktop.ui.screens.machine_list import MachineList
from cvd_desktop.ui.screens.machine_part import MachineShown
from cvd_desktop.ui.screens.read_part import PartWords
from cvd_desktop.ui.theme import Look

if TYPE_CHECKING:
    from cvd_desktop.ui.print_page import PagePrinter
    from cvd_desktop.ui.read_exporter import ReadExporter
    from cvd_desktop.ui.screens.machine_page import MachinePage

__all__ = ["MachineServices", "MachinesScreen"]


class MachinesScreen(Screen):
    """The list, and behind it the page of one machine."""

    name = "machines"
    icon = "machine"
    topics = frozenset({"snapshot", "reads", "outbox"})

    read_wanted = Signal(object)
    """MachineRecord that a person wants to read now."""
    read_opened = Signal(str, object)
    """Id of a read that a person wants to see, and the `Proof` in it or None."""
    ticket_wanted = Signal(str, object)
    """Machine id, and the codes of events that are active at it."""
    import_wanted = Signal()
    """A person wants to import files."""

    def __init__(
        self,
        look: Look,
        background: Background,
        messages: Messages,
        services: MachineServices,
        clock: Clock,
    ) -> None:
        super().__init__()
        self._look = look
        self._background = background
        self._messages = messages
        self._services = services
        self._clock = clock
        self._job: Job[MachineShown] | None = None
        self._told = ""
        self._stack = QStackedWidget(self)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._stack)
        self.list = MachineList(
            look, background, messages, services.find_machines, clock, self._stack
        )
        self._stack.addWidget(self.list)
        self.open_action = self.make_action(look, "arrow-right", "", self.open_current)
        self.read_action = self.make_action(look, "read", "", self._want_read)
        self.back_action = self.make_action(look, "arrow-left", "Esc", self.show_list)
        self.show_read_action = self.make_action(look, "file", "R", self._open_read)
        self.export_action = self.make_action(look, "arrow-down", "Ctrl+E", self._export)
        self.clear_action = self.make_action(look, "close", "Esc", self.list.clear)
        self.import_action = self.make_action(look, "folder", "Ctrl+I", self.import_wanted.emit)
        self.ticket_action = self.make_action(look, "wrench", "T", self._want_ticket)
        self.ticket_action.setText(self.tr("New ticket"))
        self.back_action.setText(self.tr("All machines"))
        self.read_action.setText(self.tr("Read this machine"))
        self.show_read_action.setText(self.tr("Open the read"))
        self.clear_action.setText(self.tr("Show all"))
        self.import_action.setText(self.tr("Import files"))
        self.list.opened.connect(self._open)
        self.list.changed.connect(self._name_actions)
        self._name_actions()

    @cached_property
    def page(self) -> MachinePage:
        """Made when the first machine is opened."""
        from cvd_desktop.ui.screens.machine_page import MachinePage

        facts = FactWords(self)
        words = PartWords(
            self._messages,
            ReadWords(self._messages, self),
            facts,
            ReadRows(self._messages, facts, self),
        )
        page = MachinePage(self._look, words, self._stack)
        self._stack.addWidget(page)
        page.read_opened.connect(self._show_read)
        page.proof_opened.connect(self.read_opened)
        page.changed.connect(self._name_actions)
        page.report_wanted.connect(self._make_report)
        page.save_wanted.connect(self._save_text)
        return page

    @cached_property
    def exporter(self) -> ReadExporter | None:
        """Made when somebody exports; None where nobody can."""
        from cvd_desktop.ui.read_exporter import ReadExporter

        if self._services.exports is None:
            return None
        exporter = ReadExporter(
            self._look, self._background, self._messages, self._services.exports, self
        )
        exporter.told.connect(self._tell)
        exporter.changed.connect(self._name_actions)
        return exporter

    @cached_property
    def _printer(self) -> PagePrinter:
        from cvd_desktop.ui.print_page import PagePrinter

        printer = PagePrinter(self._background, self._messages, self)
        printer.told.connect(self._tell)
        return printer

    def make_next(self) -> bool:
        if "page" in vars(self):
            return self.page.make_next()
        return self.page is not None

    # what the frame asks

    def word(self) -> str:
        return self.tr("Machine")

    def place(self) -> tuple[str, str]:
        line = self._line()
        if self.machine_shown and line is not None:
            return line.record.asset_number, line.record.location_name or self.tr("No location")
        return self.tr("Machines"), self.list.found_words()

    def primary(self) -> QAction | None:
        if not self.machine_shown:
            return self.open_action
        return self.page.primary_here() or self.read_action

    def secondary(self) -> Sequence[QAction]:
        if self.machine_shown:
            here = [one for one in self.page.actions_here() if one.isVisible()]
            export = [self.export_action] if self._services.exports is not None else []
            return (self.back_action, self.show_read_action, *here, *export, self.ticket_action)
        if self.list.field.text():
            return (self.clear_action, self.import_action)
        return (self.import_action,)

    def fact(self) -> str:
        return self._told if self.machine_shown else ""

    def reload(self) -> None:
        self.list.reload()
        line = self._line()
        if self.machine_shown and line is not None:
            self._fetch(line)
        elif not self.list.field.edit.hasFocus():
            self.list.field.setFocus(Qt.FocusReason.OtherFocusReason)

    def _want_ticket(self) -> None:
        """A ticket for this machine, with what it tells of itself that is not routine."""
        line = self._line()
        if line is not None:
            self.ticket_wanted.emit(line.record.id, self.page.active_events())

    def scanned(self, text: str) -> bool:
        """An asset label opens its machine."""
        self.show_list()
        self.list.look_for(text)
        return True

    # the list and the machine

    @property
    def machine_shown(self) -> bool:
        return self._stack.currentWidget() is not self.list

    def show_list(self) -> None:
        self._stack.setCurrentWidget(self.list)
        self.list.field.setFocus(Qt.FocusReason.OtherFocusReason)
        self._name_actions()

    def open_current(self) -> None:
        self.list.open_current()

    def _open(self, line: MachineLine) -> None:
        self._told = ""
        shown = self.page.shown
        if shown is None or shown.line.record.id != line.record.id:
            self.page.show_machine(MachineShown(line, self._clock()))
        self._stack.setCurrentWidget(self.page)
        self.page.take_focus()
        self._fetch(line)
        self._name_actions()

    def _line(self) -> MachineLine | None:
        if "page" not in vars(self):
            return None
        return self.page.shown.line if self.page.shown is not None else None

    # fetching

    def _fetch(self, line: MachineLine) -> None:
        if self._job is not None:
            self._job.cancel()
        self._job = self._background.run(
            Lane.DATABASE,
            partial(fetch, self._services, line, self._clock()),
            self._show_fetched,
            self._no_facts,
        )

    def _show_fetched(self, shown: MachineShown) -> None:
        """What was worked out before is shown until the new past is here."""
        before = self.page.shown
        if before is not None and before.worked_out and before.line.record == shown.line.record:
            points = {read.record.id: read.point for read in before.reads}
            reads = tuple(replace(read, point=points.get(read.record.id)) for read in shown.reads)
            self.page.show_machine(
                replace(shown, reads=reads, history=before.history, last=before.last)
            )
        else:
            self.page.show_machine(shown)
        self._job = self._background.run(
            Lane.DATABASE,
            partial(work_out, self._services, shown, before),
            self.page.show_machine,
            self._no_facts,
        )

    def _no_facts(self, error: BaseException) -> None:
        told = self._messages.error(error)
        shown = self.page.shown
        if shown is not None:
            self.page.show_machine(replace(shown, trouble=f"{told.what} {told.do}"))

    # what a person does here

    def _want_read(self) -> None:
        line = self._line()
        if line is not None:
            self.page.read_begins()
            self.read_wanted.emit(line.record)

    def _open_read(self) -> None:
        read = self.page.current_read()
        if read is not None:
            self._show_read(read.record.id)

    def _show_read(self, read_id: str) -> None:
        self.read_opened.emit(read_id, None)

    def _export(self) -> None:
        """The current read, the reads of this laptop; while an export runs, stop it."""
        from cvd_desktop.ui.read_exporter import ExportGroup

        exporter, read = self.exporter, self.page.current_read()
        if exporter is None or self.page.shown is None:
            return
        if exporter.busy:
            exporter.cancel()
            return
        here = [each.summary for each in self.page.shown.reads if each.summary is not None]
        groups = []
        if read is not None and read.summary is not None:
            when = formats.moment_beside(read.summary.at, self._clock())
            groups.append(ExportGroup(self.tr("This read"), when, (read.summary,)))
        if len(here) > 1 or not groups:
            count = self.tr("{n} reads").format(n=formats.number(len(here)))
            oldest_first = tuple(sorted(here, key=lambda each: (each.at, each.id)))
            groups.append(ExportGroup(self.tr("All of this machine"), count, oldest_first))
        exporter.ask(groups)

    def _make_report(self, on_paper: bool) -> None:
        """The conformance report of the newest file, printed or as a PDF."""
        shown, conformance = self.page.shown, self._services.conformance
        if conformance is None or shown is None or shown.last is None:
            return
        summary = shown.last.detail.summary
        asset = shown.line.record.asset_number
        title = self.tr("Conformance report, {machine}").format(machine=asset)
        make = partial(conformance, summary.id)
        if on_paper:
            self._printer.print_out(make, title)
        else:
            day = summary.at.astimezone().date().isoformat()
            self._printer.save(make, title, f"conformance-{asset}-{day}.pdf")

    def _save_text(self, text: str, path: Path) -> None:
        self._background.run(
            Lane.FILES,
            partial(save_text, text, path),
            lambda _: self._tell(self.tr("Saved: {file}").format(file=path.name)),
            lambda error: self._tell(self._messages.error(error).what),
        )

    def _tell(self, words: str) -> None:
        self._told = words
        self.frame_changed.emit()

    def _name_actions(self) -> None:
        line = self.list.current()
        self.open_action.setEnabled(line is not None)
        name = line.record.asset_number if line is not None else self.tr("machine")
        self.open_action.setText(self.tr("Open {machine}").format(machine=name))
        self.open_action.setStatusTip("" if line is not None else self.tr("No machine is chosen"))
        read = self.page.current_read() if self.machine_shown else None
        here = read is not None and read.here
        self.show_read_action.setEnabled(here)
        reason = ""
        if read is None:
            reason = self.tr("There is no read to open")
        elif not here:
            reason = self.tr("The file of this read is on another laptop")
        self.show_read_action.setStatusTip(reason)
        busy = "exporter" in vars(self) and self.exporter is not None and self.exporter.busy
        self.export_action.setText(self.tr("Stop the export") if busy else self.tr("Export"))
        shown = self.page.shown if self.machine_shown else None
        some = shown is not None and any(each.here for each in shown.reads)
        self.export_action.setEnabled(busy or some)
        self.export_action.setStatusTip("" if some else self.tr("No read is on this laptop"))
        self.frame_changed.emit()
