"""What helps after a read that failed: the evidence of other tries, the codes, meters by hand."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from cvd_desktop.domain.problem import Problem
from cvd_desktop.ui.background import Background, Job, Lane
from cvd_desktop.ui.dialogs.codes_dialog import CodesDialog
from cvd_desktop.ui.messages import Messages
from cvd_desktop.ui.theme import Look

if TYPE_CHECKING:
    from cvd_desktop.ui.screens.read_services import ReadServices
    from cvd_shared.wire_records import MachineRecord


class ReadHelps(QObject):
    """Made when the first read has failed."""

    evidence = Signal(object)
    """Sentences: the part at fault, then what speaks for it."""
    read_again = Signal()

    def __init__(
        self,
        look: Look,
        background: Background,
        messages: Messages,
        services: ReadServices,
        screen: QWidget,
    ) -> None:
        super().__init__(screen)
        self._look = look
        self._background = background
        self._messages = messages
        self._services = services
        self._screen = screen
        self._job: Job[Sequence[str]] | None = None

    def look_for_evidence(self, error: BaseException, machine: MachineRecord | None) -> None:
        """Ask which part is at fault; a later question takes the place of an earlier one."""
        if self._job is not None:
            self._job.cancel()
        if self._services.evidence is None or not isinstance(error, Problem):
            return
        self._job = self._background.run(
            Lane.DATABASE, partial(self._services.evidence, error, machine), self._found
        )

    def ask_codes(self, machine: MachineRecord | None) -> None:
        """The machine wants its codes: ask twice, keep them, read again."""
        if machine is None:
            return
        dialog = CodesDialog(self._look, machine.asset_number, self._screen)
        dialog.given.connect(partial(self._keep, dialog, machine))
        dialog.show()

    def enter_meters(self, machine: MachineRecord | None) -> None:
        """No cable helps: the meters are typed."""
        if machine is not None and self._services.enter_meters is not None:
            self._services.enter_meters(machine)

    def _found(self, sentences: Sequence[str]) -> None:
        self.evidence.emit(sentences)

    def _keep(self, dialog: CodesDialog, machine: MachineRecord, first: str, second: str) -> None:
        keep = self._services.keep_codes
        if keep is None:
            return

        def kept(nothing: object) -> None:
            del nothing
            dialog.accept()
            self.read_again.emit()

        def failed(error: BaseException) -> None:
            dialog.show_problem(self._messages.error(error))

        self._background.run(Lane.DATABASE, partial(keep, machine, first, second), kept, failed)
