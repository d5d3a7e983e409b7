"""The actions of the Today screen: their icons, keys and words, and when they are not offered."""

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction, QKeySequence

from cvd_desktop.domain.route_records import MachineElsewhere, RunView, StopView
from cvd_desktop.ui import formats
from cvd_desktop.ui.screens.today_run import held, to_do
from cvd_desktop.ui.theme import Look
from cvd_desktop.ui.widgets.icon_engine import themed_icon


class TodayActions(QObject):
    """The screen connects them to what it does."""

    def __init__(self, look: Look, parent: QObject) -> None:
        super().__init__(parent)
        self._look = look
        tr, make = self.tr, self._make
        self.arrive = make("arrow-right", "", "")
        self.reorder = make("reorder", "R", tr("Reorder"))
        self.skip = make("skip", "K", tr("Skip"))
        self.navigate = make("map", "G", tr("Navigate"))
        self.undo = make("undo", "Ctrl+Z", tr("Undo"))
        self.machine = make("machine", "I", tr("About the machine"))
        self.run = make("today", "O", "")
        self.keep = make("check", "", tr("Keep this order"))
        self.earlier = make("arrow-up", "Up", tr("Earlier"))
        self.later = make("arrow-down", "Down", tr("Later"))
        self.put_back = make("undo", "Esc", tr("Put back"))
        self.elsewhere = make("map", "M", tr("Show them"))
        self.serve = make("arrow-right", "", "")
        self.stops = make("arrow-left", "Esc", tr("Back to the stops"))
        self.seen = make("check", "S", tr("Seen"))
        self.load = make("load", "L", tr("Load the truck"))
        self.count = make("load", "", tr("Count the truck"))
        self.sign_in = make("sign-in", "", tr("Sign in"))
        self.again = make("retry", "", tr("Look again"))

    def _make(self, icon: str, key: str, text: str) -> QAction:
        action = QAction(themed_icon(self._look, icon), text, self)
        if key:
            action.setShortcut(QKeySequence(key))
        return action

    def name_run(self, view: RunView, *, ordering: bool) -> None:
        if len(view.other_runs) == 1:
            self.run.setText(self.tr("To {run}").format(run=view.other_runs[0][1]))
        else:
            self.run.setText(self.tr("Next of {n} runs").format(n=len(view.other_runs) + 1))
        busy = self.tr("Keep the order or put it back first") if ordering else ""
        _allow(self.elsewhere, busy)

    def name_elsewhere(self, one: MachineElsewhere | None) -> None:
        asset = one.machine.record.asset_number if one is not None else ""
        self.serve.setText(self.tr("Serve {machine}").format(machine=asset).strip())
        missing = "" if one is not None else self.tr("No machine is chosen")
        for action in (self.serve, self.machine):
            _allow(action, missing)

    def name_stop(self, stop: StopView, view: RunView, *, mapped: bool) -> None:
        """`stop` is the one that Enter means; `mapped`: a map can show where it is."""
        words = {
            "open": self.tr("Arrive at stop {n}"),
            "arrived": self.tr("Go on at stop {n}"),
            "skipped": self.tr("Arrive at stop {n}"),
            "done": self.tr("Look at stop {n}"),
        }[stop.state]
        number = formats.number(stop.number)
        self.arrive.setText(words.format(n=number))
        again = stop.state == "skipped"
        self.skip.setText(self.tr("Do not skip") if again else self.tr("Skip"))
        done = self.tr("Stop {n} is done").format(n=number) if stop.state == "done" else ""
        _allow(self.skip, done)
        few = len(to_do(view)) - held(view) < 2
        _allow(self.reorder, self.tr("There is no other stop to move") if few else "")
        unknown = self.tr("No address of {name} is known").format(name=stop.name)
        _allow(self.navigate, "" if mapped else unknown)
        none = self.tr("No machine of it is known here")
        _allow(self.machine, "" if stop.machines else none)


def _allow(action: QAction, reason: str) -> None:
    """Enabled, or disabled with the sentence that says why."""
    action.setEnabled(not reason)
    action.setStatusTip(reason)
