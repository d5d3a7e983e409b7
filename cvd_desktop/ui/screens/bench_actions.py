"""What a technician can do on the Bench: its actions, their keys, and why one cannot be done."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction

from cvd_desktop.ui.theme import Look

if TYPE_CHECKING:
    from cvd_desktop.ui.screens.bench_screen import BenchScreen
    from cvd_desktop.ui.screens.bench_services import BenchServices


class BenchActions(QObject):
    """Made once by the screen, which says what each of them does."""

    def __init__(self, look: Look, screen: BenchScreen) -> None:
        super().__init__(screen)
        make = partial(screen.make_action, look)
        self.read = make("read", "F9", screen.start_read, self.tr("Read the machine"))
        self.again = make("undo", "F9", screen.start_read, self.tr("Read again"))
        self.cancel = make("close", "Esc", screen.cancel_read, self.tr("Cancel the read"))
        self.compare = make("check", "F7", screen.show_comparison, self.tr("Compare"))
        self.write = make("machine", "F8", screen.show_write, self.tr("Write settings"))
        self.export = make("usb", "Ctrl+E", screen.export_bundle, self.tr("Export bundle"))
        self.mark = make("warning", "N", screen.go_to_mark, self.tr("Next mark"))
        self.loop_back = make("plug", "L", screen.test_loop_back, self.tr("Loop-back test"))
        self.practice = make("retry", "P", screen.show_practice, self.tr("Practice machine"))
        self.parts = make("list", "T", screen.show_parts, self.tr("Reads by part"))
        self.replay = make("arrow-right", "Y", screen.replay, self.tr("Replay"))
        self.play = make("pulse", "F6", screen.play, self.tr("Play"))
        self.stop_play = make("close", "Esc", screen.stop_playing, self.tr("Show all of it"))
        self.link = make("plug", "K", screen.turn_link)
        self.save = make("load", "Ctrl+S", screen.save_trace, self.tr("Save trace"))
        self.open = make("folder", "Ctrl+O", screen.open_trace, self.tr("Open trace"))
        self.ports = make("arrow-left", "Esc", screen.show_ports_page, self.tr("Ports and traces"))
        self.back = make("arrow-left", "Esc", screen.show_trace_page, self.tr("Back"))
        self.start = make("retry", "F5", screen.start_practice, self.tr("Start the machine"))
        self.stop = make("close", "S", screen.stop_practice, self.tr("Stop the machine"))

    def of_trace(self, services: BenchServices) -> Sequence[QAction]:
        """Beside a trace; what has no room is behind More."""
        write = (self.write,) if services.write is not None else ()
        practice = (self.practice,) if services.practice is not None else ()
        return (
            self.compare,
            *write,
            self.export,
            self.mark,
            self.loop_back,
            *practice,
            self.link,
            self.parts,
            self.play,
            self.replay,
            self.save,
            self.open,
            self.ports,
        )

    def of_ports(self, services: BenchServices) -> Sequence[QAction]:
        """Before anything was read."""
        write = (self.write,) if services.write is not None else ()
        practice = (self.practice,) if services.practice is not None else ()
        return (
            self.loop_back,
            *write,
            self.export,
            *practice,
            self.link,
            self.parts,
            self.open,
        )

    def of_practice(self, *, running: bool) -> Sequence[QAction]:
        return (self.back, self.stop) if running else (self.back,)

    def name_link(self, link: str) -> None:
        """Which link the next read tries: "auto", "dexucs" or "ddcmp"."""
        names = {
            "auto": self.tr("Link: found out"),
            "dexucs": self.tr("Link: DEX/UCS"),
            "ddcmp": self.tr("Link: DDCMP"),
        }
        self.link.setText(names[link])

    def enable(
        self, *, port: bool, testing: bool, ports_known: bool, held: bool, good: bool
    ) -> None:
        """`port`: one is chosen; `held`: another screen is at a machine; `good`: there is a good
        trace to compare with."""
        reason = ""
        if held:
            reason = self.tr("A machine is being read on another screen")
        elif not port:
            reason = self.tr("Looking for the adapter")
            if ports_known:
                reason = self.tr("Choose a port, or plug the adapter in")
        elif testing:
            reason = self.tr("The loop-back test runs")
        for action in (self.read, self.again, self.loop_back):
            action.setEnabled(not reason)
            action.setStatusTip(reason)
        self.compare.setEnabled(good)
        self.compare.setStatusTip(
            "" if good else self.tr("No good trace of this machine or its model is here")
        )
