"""Meters by hand as a screen: choose the machine, type its meters, see what became of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout

from cvd_desktop.domain.clock import Clock
from cvd_desktop.domain.records import MachineLine
from cvd_desktop.domain.ticket_records import KnownMeters, MetersDone
from cvd_desktop.ui.background import Background, Lane
from cvd_desktop.ui.messages import Messages
from cvd_desktop.ui.screen import Screen
from cvd_desktop.ui.screens.machine_list import FindMachines, MachineList
from cvd_desktop.ui.screens.meters_page import MetersPage, TypedMeters
from cvd_desktop.ui.screens.ticket_list import Tools
from cvd_desktop.ui.theme import Look
from cvd_desktop.ui.ticket_words import TicketWords
from cvd_shared.wire_events import MeterKind

ENTERED = frozenset({"meters", "outbox"})

EnterMeters = Callable[
    [str, MeterKind, int | None, int | None, int | None, Mapping[str, int], str], MetersDone
]
"""enter_meters(machine_id, kind, vends, value, cash_box, selections, note)"""


@dataclass(frozen=True, slots=True)
class MeterServices:
    """The services of this screen (services/meters_by_hand.py), bound to the workplace."""

    known_meters: Callable[[str], KnownMeters]
    enter_meters: EnterMeters
    find_machines: FindMachines


class MetersScreen(Screen):
    """Opened by name, after a read has failed; `show_machine` says for which machine."""

    name = "meters"
    icon = "pulse"
    topics = frozenset({"snapshot"})

    recorded = Signal(object)
    """MetersDone: the meters are recorded now."""

    def __init__(
        self,
        look: Look,
        background: Background,
        messages: Messages,
        services: MeterServices,
        clock: Clock,
    ) -> None:
        super().__init__()
        self._look = look
        self._background = background
        self._messages = messages
        self._services = services
        self._clock = clock
        self._words = TicketWords(self)
        self._tools = Tools(look, self._words, messages, clock)
        self._told = ""
        self._busy = False
        self._stack = QStackedWidget(self)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._stack)
        make = partial(self.make_action, look)
        self.choose_action = make("arrow-right", "", self._choose_current)
        self.record_action = make("check", "", self._record, self.tr("Record the meters"))
        keys = [QKeySequence(key) for key in ("Return", "Enter", "Ctrl+Return")]
        self.record_action.setShortcuts(keys)  # Enter goes on to the next field
        self.done_action = make("arrow-left", "", self._leave, self.tr("Done"))
        self.leave_action = make("arrow-left", "Esc", self._leave, self.tr("Leave it"))
        self.other_action = make(
            "machine", "Ctrl+M", self.choose_machine, self.tr("Another machine")
        )
        self.correct_action = make("undo", "U", self._correct, self.tr("Correct them"))
        self._stack.addWidget(self.machines)
        self._name_actions()

    @cached_property
    def machines(self) -> MachineList:
        """The machines to choose from where none is known."""
        machines = MachineList(
            self._look,
            self._background,
            self._messages,
            self._services.find_machines,
            self._clock,
            self._stack,
        )
        machines.opened.connect(self._machine_chosen)
        machines.changed.connect(self._name_actions)
        return machines

    @cached_property
    def page(self) -> MetersPage:
        page = MetersPage(self._tools, self._stack)
        self._stack.addWidget(page)
        page.changed.connect(self._name_actions)
        return page

    def make_next(self) -> bool:
        return "page" not in vars(self) and self.page is not None

    # what the frame asks

    def word(self) -> str:
        return self.tr("Meters by hand")

    def place(self) -> tuple[str, str]:
        if self._typing and self.page.known is not None:
            machine = self.page.known.machine
            return self.word(), f"{machine.asset_number}  {machine.location_name}".strip()
        return self.word(), self.tr("of which machine?")

    def primary(self) -> QAction | None:
        if not self._typing:
            return self.choose_action
        return self.record_action if self.page.done is None else self.done_action

    def secondary(self) -> Sequence[QAction]:
        if not self._typing:
            return (self.leave_action,)
        if self.page.done is None:
            return (self.leave_action, self.other_action)
        return (self.correct_action, self.other_action)

    def fact(self) -> str:
        return self._told

    def reload(self) -> None:
        """What is being typed stays as it is."""
        if not self._typing:
            self.machines.reload()

    def scanned(self, text: str) -> bool:
        """An asset label chooses the machine, while nothing of another one is typed."""
        if not self._typing or self.page.done is not None:
            self.choose_machine()
            self.machines.look_for(text)
            return True
        return False

    @property
    def _typing(self) -> bool:
        return "page" in vars(self) and self._stack.currentWidget() is self.page

    # the machine

    def choose_machine(self) -> None:
        """Of which machine are the meters?"""
        self._told = ""
        self._stack.setCurrentWidget(self.machines)
        self.machines.reload()
        self.machines.field.setFocus(Qt.FocusReason.OtherFocusReason)
        self._name_actions()

    def show_machine(self, machine_id: str) -> None:
        """An empty form for this machine."""
        self._told = ""
        self._background.run(
            Lane.DATABASE,
            partial(self._services.known_meters, machine_id),
            self._begin,
            self._no_machine,
        )

    def _choose_current(self) -> None:
        self.machines.open_current()

    def _machine_chosen(self, line: object) -> None:
        assert isinstance(line, MachineLine)
        self.show_machine(line.record.id)

    def _begin(self, known: KnownMeters) -> None:
        self.page.begin(known)
        self._stack.setCurrentWidget(self.page)
        self.page.take_focus()
        self._name_actions()

    def _no_machine(self, error: BaseException) -> None:
        told = self._messages.error(error)
        self.choose_machine()
        self._tell(f"{told.what} {told.do}")

    # recording

    def _record(self) -> None:
        known, typed = self.page.known, self.page.typed()
        if known is None or typed is None:
            return
        self._busy, self._told = True, ""
        self._name_actions()
        self._background.run(
            Lane.DATABASE,
            partial(
                self._services.enter_meters,
                known.machine.id,
                typed.kind,
                typed.vends,
                typed.value,
                typed.cash_box,
                typed.selections,
                typed.note,
            ),
            partial(self._recorded, typed),
            self._refused,
            topics=ENTERED,
        )

    def _recorded(self, typed: TypedMeters, done: MetersDone) -> None:
        self._busy = False
        self.setFocus()  # the field that had it is hidden now
        self.page.show_done(done, typed)
        self._name_actions()
        self.recorded.emit(done)

    def _correct(self) -> None:
        """A mistyped figure: the form once more; the record after it says what is right."""
        self.page.correct()

    def _refused(self, error: BaseException) -> None:
        self._busy = False
        self.page.show_trouble(error)
        self._tell(self.tr("Nothing was recorded"))

    def _leave(self) -> None:
        """Back to where the person came from; the next visit here chooses anew."""
        self.choose_machine()
        self.left.emit()

    def _tell(self, words: str) -> None:
        self._told = words
        self._name_actions()

    def _name_actions(self) -> None:
        line = self.machines.current()
        name = line.record.asset_number if line is not None else self.tr("a machine")
        self.choose_action.setText(self.tr("Meters of {machine}").format(machine=name))
        self.choose_action.setEnabled(line is not None)
        self.choose_action.setStatusTip("" if line else self.tr("No machine is chosen"))
        known = self.page.known if "page" in vars(self) else None
        reason = self.tr("Recording") if self._busy else ""
        if known is not None and not known.may_enter:
            reason = self.tr("Your role may not enter meters")
        self.record_action.setEnabled(not reason)
        self.record_action.setStatusTip(reason)
        self.frame_changed.emit()
