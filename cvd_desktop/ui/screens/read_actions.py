"""What a person can do on the Read screen: its actions, and how they are called at the moment."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtGui import QKeySequence

from cvd_desktop.ui.theme import Look

if TYPE_CHECKING:
    from cvd_desktop.ui.screens.read_done_page import DonePage
    from cvd_desktop.ui.screens.read_ready_page import ReadyPage
    from cvd_desktop.ui.screens.read_screen import ReadScreen


class ReadActions(QObject):
    """Made once by the screen, which says what each of them does."""

    def __init__(self, look: Look, screen: ReadScreen, import_files: Callable[[], object]) -> None:
        super().__init__(screen)
        make = partial(screen.make_action, look)
        self.start = make("read", "", screen.start_read)
        self.next = make("arrow-right", "", screen.next_machine, self.tr("Next machine"))
        self.cancel = make("close", "Esc", screen.cancel_read, self.tr("Cancel the read"))
        self.again = make("retry", "F9", screen.start_read, self.tr("Read again"))
        self.file = make("file", "F11", screen.show_file, self.tr("Raw file"))
        self.purpose = make("cash", "C", lambda: screen.ready.turn_purpose())
        self.any = make("close", "M", screen.any_machine, self.tr("Any machine"))
        self.back = make("arrow-left", "Esc", screen.go_back, self.tr("Back"))
        self.proof_back = make("arrow-left", "Esc", screen.go_back)
        self.proof_back.setShortcuts([QKeySequence(key) for key in ("Esc", "Return", "Enter")])
        self.overview = make("arrow-left", "Esc", screen.go_back, self.tr("Overview"))
        self.kept = make("file", "F11", screen.show_kept, self.tr("Show what arrived"))
        self.bank = make("read", "B", screen.start_bank)
        self.bank_again = make("retry", "F9", screen.start_bank, self.tr("Read them again"))
        self.codes = make(
            "lock",
            "P",
            lambda: screen.helps.ask_codes(screen.machine),
            self.tr("Type the codes"),
        )
        self.meters = make(
            "list",
            "H",
            lambda: screen.helps.enter_meters(screen.machine),
            self.tr("Meters by hand"),
        )
        self.imports = make("folder", "I", import_files, self.tr("Import files"))
        self.export = make("arrow-down", "Ctrl+E", screen.export, self.tr("Export"))

    def name_start(self, ready: ReadyPage, *, failed: bool) -> None:
        """The words of what begins a read, and why it cannot begin."""
        collect = ready.purpose() == "collect"
        self.start.setText(self.tr("Read and collect") if collect else self.tr("Read the machine"))
        self.purpose.setText(self.tr("Only look") if collect else self.tr("Collect"))
        count = len(ready.likely_ports())
        self.bank.setText(self.tr("Read all {n} at once").format(n=count))
        able = ready.port() is not None
        reason = ""
        if not able:
            reason = self.tr("Looking for the adapter")
            if ready.choices():
                reason = self.tr("Choose a port first")
            elif ready.ports_known():
                reason = self.tr("Plug the adapter in first")
        for action in (self.start, self.again):
            action.setEnabled(able)
            action.setStatusTip(reason)
        if failed and ready.choices() and not able:
            self.again.setStatusTip(self.tr("Go back and choose a port"))

    def name_next(self, *, fresh: bool) -> None:
        """Where the biggest button leads after a read, or after an earlier one was looked at."""
        self.next.setText(self.tr("Next machine") if fresh else self.tr("Back to the reads"))

    def name_done(self, done: DonePage) -> None:
        """What leads to the file, and from a page back to where the person was."""
        picked = done.picked_proof() is not None
        self.file.setText(self.tr("Show in the file") if picked else self.tr("Raw file"))
        proof = done.proof_is_open()
        self.proof_back.setText(self.tr("Back to {view}").format(view=done.back_word()))
        self.overview.setEnabled(not proof and done.current != "overview")
